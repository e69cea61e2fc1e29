#!/bin/sh
# Ways out of a cage, tried from inside a real build (SEC-70); and what a build
# leaves for the next one in its place (SEC-72).
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$(uname -m)" = x86_64 ] || skip_all 'the numbers of the system calls are those of x86_64'
conf build-slots 1
start postgres redis api serve builderd git nginx
account ann

# builds NAME COMMAND: a project whose build that is, its output in $body.
builds() {
	jq -n --arg b "mkdir dist; { $2; } >dist/index.html; echo done >>dist/index.html" \
	    '{scripts: {build: $b}}' >"$T/src/$1/package.json"
	commit "$1" Begin
	api POST /api/projects "{\"slug\":\"$1\",\"repo\":\"$repo\"}"
	deploy "$1"
	is "$state" ready "$1: is built"
	[ "$state" = ready ] || note "$log"
	own /
}

repo jail
cp "$srcdir/tests/e2e/jail.pl" "$T/src/jail"
builds jail 'perl jail.pl'
is "$body" done 'nothing led out'

# A build that leaves something wherever it can, and the next one, of somebody
# else, which has the same slot and so the same user.
repo leaves
cat >"$T/src/leaves/leave.sh" <<'EOF'
for d in / /tmp /var/tmp /dev/shm /dev /run /home /home/build /workspace /workspace/.. /usr \
    /etc /usr/local/bin /mirror /upload "$HOME/.npm" "$HOME/.cache"; do
	mkdir -p "$d/left-behind" 2>/dev/null && echo x >"$d/left-behind/file" && echo "$d"
done
setsid sh -c 'while :; do sleep 1; done' left-behind >/dev/null 2>&1 &
EOF
builds leaves 'sh leave.sh'
like "$body" '^/tmp' 'it found places for it'
like "$body" '^/home/build' 'and more'
account bob
repo finds
cat >"$T/src/finds/find.sh" <<'EOF'
find / /tmp /dev /home /workspace -xdev -name 'left-[b]ehind*' 2>/dev/null
for p in /proc/[0-9]*; do
	tr '\0' ' ' <"$p/cmdline" 2>/dev/null | grep 'left-[b]ehind'
done
true
EOF
builds finds 'sh find.sh'
is "$body" done 'the next one finds nothing of it'
