#!/bin/sh
# Private repositories in parts: what the project's own is read with reads its
# submodules of the same host, and no other host is shown it.  One that is read
# by a deploy key may have a token besides: what a URL says comes first, and the
# other where that is refused.
# SEC-12
. "${srcdir:-.}/tests/e2e/lib.sh"
for p in sshd ssh-keygen openssl python3; do
	command -v $p >/dev/null || skip_all "no $p"
done
ssh_port=$("$daemon" port)
ask_port=$("$daemon" port)
large_port=$("$daemon" port)
# Addresses of its own, for https is at port 443.
ssh_host=127.$((ssh_port / 256)).$((ssh_port % 256)).1
far_host=${ssh_host%.1}.2
conf net-allow "$ssh_host/32:$ssh_port $ssh_host/32:443 $far_host/32:443 127.0.0.1/32:$ask_port 127.0.1.1/32:$ask_port"
(
	cd "$T/keys" || exit 99
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem -subj /CN=ca
	openssl req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj "/CN=$ssh_host"
	printf 'subjectAltName=DNS:%s,IP:%s,DNS:%s,IP:%s\n' "$ssh_host" "$ssh_host" \
	    "$far_host" "$far_host" >ext
	openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
	    -extfile ext -out tls.pem
) >>"$T/log/openssl.log" 2>&1
conf build-ca-file "$T/keys/ca.pem"
web_extra="server { listen $ssh_host:443 ssl; listen $far_host:443 ssl;
    ssl_certificate $T/keys/tls.pem; ssl_certificate_key $T/keys/tls.key;
    proxy_set_header Host \$host; proxy_set_header X-Forwarded-Proto https;
    location / { proxy_pass http://127.0.0.1:$large_port; }
    location $T/git/ { proxy_pass http://127.0.0.1:$large_port/; } }"
start postgres redis api serve builderd git nginx
secret_token=canary-T0kenOfAGitHost-37vK
basic=$(printf %s "ann:$secret_token" | base64)
echo "ann:$secret_token" >"$T/users"
guarded ask 127.0.0.1 "$ask_port"
guarded other 127.0.1.1 "$ask_port" # which a build may reach, too
mkdir -p "$T/lfs/store"
echo ok >"$T/lfs/mode"
guarded large 127.0.0.1 "$large_port" '
	$HTTP["url"] =~ "/info/lfs" {
		alias.url = ( "/whole.git/info/lfs" => "'"$srcdir/tests/cage/lfs.py"'" )
		cgi.assign = ( "" => "/usr/bin/python3" )
		setenv.set-environment = ( "LFS" => "'"$T/lfs"'" )
	}
	$HTTP["url"] =~ "/info/lfs/store/" { auth.require = () }'
start sshd
ask=http://127.0.0.1:$ask_port
ssh=ssh://$(id -un)@$ssh_host:$ssh_port$T/git

# parts NAME PATH=URL ...: repository NAME has part.git there, and nowhere else.
parts() {
	parts_in=$T/src/$1 parts_name=$1
	shift
	: >"$parts_in/.gitmodules"
	git -C "$parts_in" add -A
	for part; do
		printf '[submodule "%s"]\n\tpath = %s\n\turl = %s\n' \
		    "${part%%=*}" "${part%%=*}" "${part#*=}" >>"$parts_in/.gitmodules"
		git -C "$parts_in" update-index --add --cacheinfo "160000,$part_commit,${part%%=*}"
	done
	git -C "$parts_in" add .gitmodules
	git -C "$parts_in" commit -qm 'in parts'
	git -C "$parts_in" push -q origin HEAD:main
	note "$parts_name is in parts: $*"
}
# whole WHAT: what is deployed has its parts.
whole() {
	is "$state" ready "$1"
	[ "$state" = ready ] || note "$log"
	for part in docs more; do
		own "/$part/"
		is "$body" '<h1>Part</h1>' "$part is there"
	done
}

account ann
repo part
echo '<h1>Part</h1>' >"$T/src/part/index.html"
commit part Begin
part_commit=$commit
repo whole
echo '<h1>Whole</h1>' >"$T/src/whole/index.html"

# A token.
parts whole docs=../part.git "more=$ask/part.git"
api POST /api/projects "{\"slug\":\"whole\",\"repo\":\"$ask/whole.git\"}"
api PUT /api/projects/whole/git-token "{\"token\":\"$secret_token\",\"username\":\"ann\"}"
is "$status" 200 'a token'
deploy whole
whole 'by a token, with submodules'
parts whole "away=http://127.0.1.1:$ask_port/part.git"
deploy whole
is "$state/$(json .error_code)" failed/auth 'a submodule of another host'
like "$(json .error)" '^submodule away: this repository is private' 'is not read with it'
stop ask other
like "$(cat "$T/ask.seen")" "$basic" 'its host was sent the token'
ok 'the other was asked' test -s "$T/other.seen"
is "$(grep -cF "$basic" "$T/other.seen")" 0 'and was sent no token'

# A deploy key.
parts whole docs=../part.git "more=$ssh/part.git"
api POST /api/projects "{\"slug\":\"keyed\",\"repo\":\"$ssh/whole.git\"}"
api POST /api/projects/keyed/deploy-key
is "$status" 201 'a deploy key'
admit "$(json .public_key)"
deploy keyed
whole 'by a deploy key, with submodules'
https=https://$ssh_host$T/git
parts whole "docs=$https/part.git" "more=$ssh/part.git"
deploy keyed
whole 'what has a URL of https and no token'
like "$log" "it is not opened by https without a token: $ssh/part.git" 'by the key as well'
parts whole "away=https://$far_host$T/git/part.git"
deploy keyed
is "$state/$(json .error_code)" failed/auth 'at another host'
like "$(json .error)" '^submodule away: this repository is private' 'the key is not tried'
parts whole docs=../part.git "more=$ssh/part.git"
api PUT /api/projects/keyed/git-token '{"token":"stale","username":"ann"}'
deploy keyed
whole 'beside a token that the host refuses'
unlike "$log" 'it is not opened by' 'what has a URL of ssh'
parts whole "docs=$https/part.git" "more=$ssh/part.git"
deploy keyed
whole 'by the key where the token is refused'
like "$log" "it is not opened by the token: $ssh/part.git" 'which is said'

# One that opens this repository alone, as many hosts have it.
cat >"$T/serve" <<EOC
PATH=/usr/bin:/bin
[ "\$SSH_ORIGINAL_COMMAND" = "git-upload-pack '$T/git/whole.git'" ] &&
    exec git-upload-pack "$T/git/whole.git"
echo 'ERROR: Repository not found.' >&2
exit 1
EOC
deploy keyed
is "$state/$(json .error_code)" failed/not_found 'by neither'
like "$(json .error)" '^submodule docs, which is not opened by the token: there is no such repository for this deploy key' \
    'both are named'
parts whole docs=../part.git "more=$ssh/part.git"
deploy keyed
is "$state/$(json .error_code)" failed/auth 'nor the other way round'
like "$(json .error)" '^submodule docs, which is not opened by the deploy key: the host refused the token' 'both are named'
api DELETE /api/projects/keyed/git-token
deploy keyed
is "$state/$(json .error_code)" failed/not_found 'by a key that opens the one alone'
like "$(json .error)" '^submodule docs: .*slipway git-token set' 'and what to do'
echo large >"$T/large"
sum=$(sha256sum <"$T/large" | cut -c1-64)
cp "$T/large" "$T/lfs/store/$sum"
printf '*.bin filter=lfs\n' >"$T/src/whole/.gitattributes"
printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize 6\n' "$sum" \
    >"$T/src/whole/a.bin"
git -C "$T/src/whole" rm -q --cached docs more
parts whole
deploy keyed
is "$state/$(json .error_code)" failed/auth 'nor are files in Git LFS opened'
like "$(json .error)" 'slipway git-token set' 'and what to do'
parts whole docs=../part.git "more=$ssh/part.git"
api PUT /api/projects/keyed/git-token "{\"token\":\"$secret_token\",\"username\":\"ann\"}"
is "$status/$(json .host)" "200/https://$ssh_host:443" 'a token, for its host over https'
deploy keyed
whole 'by both, with submodules'
like "$log" "it is not opened by the deploy key: $https/part.git" 'which the token opened'
own /a.bin
is "$body" large 'and the files in Git LFS'
stop large
like "$(cat "$T/large.seen")" "$basic" 'it was sent the token'
