#!/bin/sh
# Private repositories in parts: what the project's own is read with reads its
# submodules of the same host, and no other host is shown it.  SEC-12
. "${srcdir:-.}/tests/e2e/lib.sh"
for p in sshd ssh-keygen; do
	command -v $p >/dev/null || skip_all "no $p"
done
ssh_port=$("$daemon" port)
ask_port=$("$daemon" port)
conf net-allow "127.0.0.1/32:$ssh_port 127.0.0.1/32:$ask_port 127.0.1.1/32:$ask_port"
start postgres redis api serve builderd git nginx
secret_token=canary-T0kenOfAGitHost-37vK
basic=$(printf %s "ann:$secret_token" | base64)
echo "ann:$secret_token" >"$T/users"
guarded ask 127.0.0.1 "$ask_port"
guarded other 127.0.1.1 "$ask_port" # which a build may reach, too
start sshd
ask=http://127.0.0.1:$ask_port
ssh=ssh://$(id -un)@127.0.0.1:$ssh_port$T/git

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
