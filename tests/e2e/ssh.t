#!/bin/sh
# Private repositories: by a deploy key over ssh, from the real server; by a
# token over HTTP.  What they are read with is nowhere else.  SEC-16, SEC-33,
# SEC-65
. "${srcdir:-.}/tests/e2e/lib.sh"
PATH=$PATH:/usr/sbin
for p in sshd ssh-keygen; do
	command -v $p >/dev/null || skip_all "no $p"
done
ssh_port=$("$daemon" port)
ask_port=$("$daemon" port)
conf net-allow "127.0.0.1/32:$git_port 127.0.0.1/32:$ssh_port 127.0.0.1/32:$ask_port"
start postgres redis api serve builderd git nginx

token=
secret_token=canary-T0kenOfAGitHost-91xQ
echo "ann:$secret_token" >"$T/users"
guarded ask 127.0.0.1 "$ask_port"
start sshd

account ann
repo site
echo '<h1>Private</h1>' >"$T/src/site/index.html"
commit site Begin
ssh_url=ssh://$(id -un)@127.0.0.1:$ssh_port$T/git/site.git
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$ssh_url\"}"
is "$status" 201 'a project that is read by ssh'
api POST /api/projects '{"slug":"scp","repo":"git@git.example.com:ann/shop.git"}'
is "$status" 201 'as Git hosts write it'
for bad in 'ssh://-oProxyCommand=x@h.example/a' 'ssh://git:pw@h.example/a' 'git@h.example:-x' \
    "git@h.example:a'b" 'ssh://git@127.0.0.1:22/a'; do
	api POST /api/projects "$(jq -cn --arg r "$bad" '{slug: "bad", repo: $r}')"
	is "$status" 422 "not $bad"
done

deploy site
is "$state/$(json .error_code)" failed/auth 'without a key'
like "$(json .error)" 'slipway key make' 'and what to do'
api GET /api/projects/site/deploy-key
is "$status" 404 'there is none'
like "$body" 'slipway key make' 'and what to do'
api POST /api/projects/site/deploy-key
is "$status" 201 'a deploy key'
public=$(json .public_key)
like "$public" '^ssh-ed25519 [A-Za-z0-9+/]{68} slipway-site$' 'its public half'
echo "$public" >"$T/public"
is "$(json .fingerprint)" "$(ssh-keygen -lf "$T/public" | cut -d' ' -f2)" 'and fingerprint'
is "$(json 'keys|join(" ")')" 'created_at fingerprint public_key used_at' 'and nothing else'
deploy site
is "$state/$(json .error_code)" failed/auth 'that the host does not know'
like "$(json .error)" 'slipway key show' 'and what to do'
admit "$public"
deploy site
is "$state" ready 'that it knows'
[ "$state" = ready ] || note "$log"
is "$(json .ref)" main 'its default branch'
site site /
like "$body" Private 'the site is there'
api GET /api/known-hosts
is "$(json '.known_hosts[0]|"\(.host) \(.port) \(.fingerprint)"')" \
    "127.0.0.1 $ssh_port $(ssh-keygen -lf "$T/host.pub" | cut -d' ' -f2)" 'its host is known now'
is "$(json '[.pinned[].host]|unique|join(" ")')" 'bitbucket.org codeberg.org github.com gitlab.com' \
    'as some were before'

# Another key of the host, and of ours.
stop sshd
start sshd
deploy site
is "$state/$(json .error_code)" failed/host_key 'the host has another key'
like "$(json .error)" 'slipway known-hosts rm 127.0.0.1' 'and what to do'
api DELETE /api/known-hosts/127.0.0.1
is "$status" 204 'forgotten'
deploy site
is "$state" ready 'it is as new'
api POST /api/projects/site/deploy-key
isnt "$(json .public_key)" "$public" 'another deploy key'
public=$(json .public_key)
deploy site
is "$(json .error_code)" auth 'takes the place of the first'
admit "$public"
api GET /api/projects/site/deploy-key
is "$(json .used_at | cut -c1-2)" 20 'and was used'

# A token.
http_url=http://127.0.0.1:$ask_port/site.git
api PATCH /api/projects/site "{\"repo\":\"$http_url\"}"
deploy site
is "$(json .error_code)" auth 'without a token'
like "$(json .error)" 'slipway git-token set' 'and what to do'
api PUT /api/projects/site/git-token "{\"token\":\"$secret_token\",\"username\":\"ann\"}"
is "$status/$(json .host)" "200/http://127.0.0.1:$ask_port" 'set for that host'
unlike "$body" "$secret_token" 'and not told back'
deploy site
is "$state" ready 'with it'
[ "$state" = ready ] || note "$log"
for t in 'a b' '' 'a\nb'; do
	api PUT /api/projects/site/git-token "$(printf '{"token":"%s"}' "$t")"
	is "$status" 422 "no token '$t'"
done
api PATCH /api/projects/site "{\"repo\":\"$repo\"}"
deploy site
is "$(json .error_code)" token_host 'the repository is at another host'
like "$(json .error)" 'git-token set' 'and what to do'
db "UPDATE git_credentials SET origin = 'http://127.0.0.1:$git_port' WHERE kind = 'token'" >/dev/null
deploy site
is "$(json .error_code)" git_token 'nor does changing the row send it there'
api DELETE /api/projects/site/git-token
is "$status" 204 'removed'
deploy site
is "$state" ready 'a public one needs none'

# The canaries: the token, and the private half, which is opened here by the
# key that only slipway-open has.  While a build is at it, and afterwards.
api PATCH /api/projects/site "{\"repo\":\"$http_url\"}"
api PUT /api/projects/site/git-token "{\"token\":\"$secret_token\",\"username\":\"ann\"}"
cat >"$T/src/site/package.json" <<'EOP'
{"name":"x","scripts":{"build":"n=$( (env; cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline; grep -rsa 'T0kenOfA[G]it' /workspace /tmp /home) 2>/dev/null | grep -ac 'T0kenOfA[G]it'); echo \"leaks: $n\"; tail -f /dev/null"}}
EOP
commit site Canary
api POST /api/projects/site/deployments '{}'
deployment=$(json .id)
step=
soon
until [ "$step" = build ] || [ "$step" = - ] || late; do
	cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' >>"$T/seen"
	step=$(db "SELECT CASE WHEN state IN ('queued', 'building') THEN step ELSE '-' END
	    FROM deployments WHERE id = '$deployment'")
done
soon
until db "SELECT line FROM build_logs WHERE deployment_id = '$deployment'" | grep -q '^leaks' ||
    [ "$(db "SELECT state FROM deployments WHERE id = '$deployment'")" != building ] || late; do :; done
ok 'something was seen' test -s "$T/seen"
is "$(grep -cF "$secret_token" "$T/seen")" 0 'no command line or environment of a build'
api POST "/api/deployments/$deployment/cancel"
follow "$deployment"
is "$state" canceled 'a build that waits'
like "$log" '^leaks: 0$' 'found nothing of it where it is'
is "$(grep -rlaF "$secret_token" "$T/log" "$T/state" "$T/run" 2>/dev/null | wc -l)" 0 'no file has the token'
basic=$(printf %s "ann:$secret_token" | base64)
is "$(grep -rlaF "$basic" "$T/log" "$T/state" "$T/run" 2>/dev/null | wc -l)" 0 'nor as it is sent'
db "SELECT * FROM git_credentials; SELECT * FROM audit_log; SELECT * FROM deployments; SELECT * FROM build_logs" >"$T/dump"
is "$(grep -cF -e "$secret_token" -e "$basic" -e 'PRIVATE KEY' "$T/dump")" 0 'nor the database'
is "$(grep -rlaF -e 'PRIVATE KEY' -e b3BlbnNzaC1rZXktdjE "$T/log" "$T/state" "$T/run" 2>/dev/null | wc -l)" 0 'no file has a private key'
is "$(db "SELECT string_agg(DISTINCT action, ' ' ORDER BY action) FROM audit_log WHERE action LIKE 'git_cred%'")" \
    'git_credentials.delete git_credentials.insert git_credentials.update git_credentials.use' 'all of it is in the audit log'
like "$(db "SELECT detail ->> 'deployment' FROM audit_log WHERE action = 'git_credentials.use' ORDER BY id DESC LIMIT 1")" \
    "$deployment" 'with the deployment that used it'
key=
for p in /proc/[0-9]*; do
	[ "$(cat "$p/comm" 2>/dev/null)" = slipway-open ] && [ "$(grep -cF "$T" "$p/cmdline" 2>/dev/null)" != 0 ] && key="$key x"
done
is "$key" ' x' 'one process opens them'

# From the command line.
is "$(cli key show -p site | grep -cF "$public")" 1 'slipway key show'
like "$(printf '%s\n' other-token-123 | cli git-token set -p site -u bob)" "for http://127.0.0.1:$ask_port, as bob" 'slipway git-token set'
like "$(cli known-hosts ls)" "127.0.0.1[[:space:]]+$ssh_port[[:space:]]+ed25519" 'slipway known-hosts ls'
like "$(cli known-hosts rm 127.0.0.1)" 'Forgot 127.0.0.1' 'slipway known-hosts rm'
like "$(cli key rm -p site)" Removed 'slipway key rm'
