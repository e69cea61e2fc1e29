#!/bin/sh
# Hooks: a receiver behind TLS is told what becomes of deployments, once each,
# with a signature; one that is down is asked again; and no hook reaches what
# it should not.
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v openssl >/dev/null || skip_all 'no openssl'
mkdir -p "$T/hook" "$T/hook/in"
chmod 777 "$T/hook/in"
(
	cd "$T/hook" || exit 99
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=ca
	openssl req -newkey rsa:2048 -nodes -keyout key.pem -out csr.pem -subj /CN=localhost
	printf 'subjectAltName=DNS:hook.localhost,IP:127.0.0.1\n' >ext
	openssl x509 -req -in csr.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
	    -extfile ext -out cert.pem
) >>"$T/log/openssl.log" 2>&1
tls=$("$daemon" port) cgi=$("$daemon" port) inside=$("$daemon" port)
conf net-allow "127.0.0.1/32:$git_port 127.0.0.1/32:$tls"
conf build-ca-file "$T/hook/ca.pem"
# What it says depends on the path; what it got it keeps.
cat >"$T/hook/receive" <<EOC
#!/bin/sh
f=$T/hook/in/\$(date +%s%N)
cat >"\$f.body"
env >"\$f.env"
case \$REQUEST_URI in
/down) echo 'Status: 503' ;;
/away) echo 'Status: 302'; echo 'Location: https://127.0.0.1:$inside/' ;;
*) echo 'Status: 200' ;;
esac
echo
EOC
chmod +x "$T/hook/receive"
cat >"$T/hook.conf" <<EOC
server.modules = ("mod_alias", "mod_cgi")
server.document-root = "$T/hook"
server.bind = "127.0.0.1"
server.port = $cgi
server.pid-file = "$T/pid/hook"
server.errorlog = "$T/log/hook.log"
alias.url = ( "/" => "$T/hook/receive/" )
cgi.assign = ( "" => "" )
EOC
lighttpd -f "$T/hook.conf" >>"$T/log/hook.log" 2>&1
web_extra="server { listen 127.0.0.1:$tls ssl; listen 127.0.0.1:$inside ssl;
    ssl_certificate $T/hook/cert.pem; ssl_certificate_key $T/hook/key.pem;
    location / { proxy_pass http://127.0.0.1:$cgi; proxy_set_header X-Port \$server_port; } }"
start postgres redis api serve builderd git nginx

# came PATH N: waits until N notices have come there; their files, oldest first.
came() {
	until_then=$(($(date +%s) + 20))
	while :; do
		got=$(grep -lx "REQUEST_URI=$1" "$T"/hook/in/*.env 2>/dev/null | sed 's/env$/body/' | sort)
		[ "$(echo "$got" | grep -c .)" -lt "$2" ] && [ "$(date +%s)" -lt "$until_then" ] || break
		db "SELECT pg_sleep(0.1)" >/dev/null
	done
	echo "$got"
}
# becomes VALUE SQL: waits for it, for a while.
becomes() {
	until_then=$(($(date +%s) + 20))
	while [ "$(db "$2; SELECT pg_sleep(0.05)" | head -n 1)" != "$1" ]; do
		[ "$(date +%s)" -lt "$until_then" ] || { note "never: $2"; break; }
	done
}
account ann
repo site
echo '<p>hello' >"$T/src/site/index.html"
commit site Begin
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
secret='a canary of a secret'
hook() {
	api POST /api/projects/site/hooks "{\"url\":\"$1\",\"secret\":\"$secret\",\"events\":\"$2\"}"
}
hook "https://127.0.0.1:$tls/all" all
is "$status" 201 'a hook'
unlike "$body" canary 'which does not say its secret'
all=$(json .id)
hook "https://127.0.0.1:$tls/ended" ended
deploy site
is "$state" ready 'a deployment'
files=$(came /all 3)
is "$(cat $files | jq -r .event | xargs)" 'deployment.queued deployment.building deployment.ready' 'is told of as it goes'
is "$(cat $(came /ended 1) | jq -r '.event + " " + .deployment + " " + .project + " " + .state + " " + .url')" \
    "deployment.ready $deployment site ready http://${deployment#dpl_}--site.localhost:$port" 'what it is'
last=$(echo "$files" | tail -1)
sign=$(sed -n 's/^HTTP_SLIPWAY_SIGNATURE=//p' "${last%body}env")
t=${sign#t=}
t=${t%%,*}
is "$sign" "t=$t,v1=$( { printf '%s.' "$t"; cat "$last"; } | openssl dgst -sha256 -hmac "$secret" | sed 's/.* //')" \
    'signed over the time and the raw body'
is "$(sed -n 's/^HTTP_IDEMPOTENCY_KEY=//p' "${last%body}env")" "$(jq -r .id "$last")" 'with a key of its own'
is "$(db 'SELECT count(*) FROM outbox WHERE delivered_at IS NULL')" 0 'nothing is left to tell'
is "$(db 'SELECT outbox_wait() IS NULL')" t 'and nothing is waited for'
api GET /api/projects/site/hooks
is "$(json '.hooks[0].last | .event + " " + .answer')" 'deployment.ready HTTP 200' 'as the list says'

# ---- down, and back -----------------------------------------------------------
api DELETE "/api/projects/site/hooks/$all"
is "$status" 204 'removed'
hook "https://127.0.0.1:$tls/down" ready
deploy site
first=$(came /down 1)
becomes 1 "SELECT count(*) FROM outbox WHERE answer = 'HTTP 503'"
is "$(db "SELECT round(extract(epoch FROM next_at - now())) BETWEEN 30 AND 80 FROM outbox WHERE answer = 'HTTP 503'")" \
    t 'what was not taken is tried again in about a minute'
db "UPDATE outbox SET next_at = now() WHERE answer = 'HTTP 503'; NOTIFY slipway_outbox" >/dev/null
again=$(came /down 2 | tail -1)
is "$(jq -r .id "$again")" "$(jq -r .id "$first")" 'as the same notice'
becomes 1 "SELECT count(*) FROM outbox WHERE answer = 'HTTP 503' AND attempt = 2 AND next_at > now()"
is "$(db 'SELECT outbox_wait() > 0')" t 'which is waited for'
db "UPDATE outbox SET next_at = now(), created_at = now() - interval '25 hours' WHERE answer = 'HTTP 503'; NOTIFY slipway_outbox" >/dev/null
came /down 3 >/dev/null
becomes 1 "SELECT count(*) FROM outbox WHERE attempt = 3 AND answer = 'HTTP 503' AND next_at IS NULL"
is "$(db "SELECT fate FROM admin.deliveries WHERE attempt = 3")" 'given up' 'after a day it is given up, for all to see'

# ---- where it must not go --------------------------------------------------------
refused() {
	hook "$1" all
	is "$status" 422 "no hook: $1"
}
refused "http://127.0.0.1:$tls/x"
refused https://127.0.0.1/x
refused https://169.254.169.254/latest
refused 'https://[::1]/x'
refused https://user:pass@example.org/
refused ssh://git@example.org/x
# One that gets past the first wall meets the second, which looks at addresses.
prj=$(db "SELECT id FROM projects WHERE slug = 'site'")
for u in "https://$(hostname):$inside/in" "https://127.0.0.1:$tls/away"; do
	hook "https://127.0.0.1:$tls/x" ready
	db "UPDATE project_hooks SET url = '$u' WHERE id = '$(json .id)'" >/dev/null
done
deploy site
becomes 0 "SELECT count(*) FROM outbox WHERE deployment_id = '$deployment' AND answer IS NULL"
like "$(db "SELECT answer FROM admin.deliveries WHERE url LIKE '%/in' ORDER BY age LIMIT 1")" \
    '^refused: (.* address|its name cannot be resolved)$' 'a name that leads inside'
is "$(db "SELECT answer FROM admin.deliveries WHERE url LIKE '%/away' ORDER BY age LIMIT 1")" 'HTTP 302' \
    'a redirect is not followed'
is "$(grep -lx "HTTP_X_PORT=$inside" "$T"/hook/in/*.env | wc -l)" 0 'nothing came in there'
grep -rqs 'canary of a secret' "$T/log"
is $? 1 'the secret is in no log'
is "$(db "SELECT count(*) FROM project_hooks WHERE encode(sealed, 'escape') LIKE '%canary%'")" 0 'nor in the database'

# ---- from the command line ---------------------------------------------------------
id=$(echo 'another secret of mine' | cli hook add "https://127.0.0.1:$tls/cli" --events failed -p site)
like "$id" '^hok_[a-z2-7]{12}$' 'slipway hook add'
like "$(cli hook ls -p site)" "$id[[:space:]]+failed[[:space:]]+-[[:space:]]+-[[:space:]]+https://127.0.0.1:$tls/cli" 'slipway hook ls'
like "$(cli hook rm "$id" -p site)" "Removed $id" 'slipway hook rm'
unlike "$(cli hook ls -p site)" "$id" 'is gone'
