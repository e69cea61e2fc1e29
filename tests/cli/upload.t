#!/bin/sh
# Sending a folder is resumable: what has arrived is never sent again, and an
# API that goes away for a while is waited for.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api nginx
. "$srcdir/tests/cli/lib.sh"

cli 0 'an account' login --signup --url "$url" --email ann@example.org --password-stdin <<EOP
correct horse ann
EOP

# fill FOLDER N: so many files that are like no other.
fill() {
	mkdir -p "$1" && cd "$1" || exit 99
	for i in $(seq "$2"); do
		head -c 60000 /dev/urandom >"file.$i"
	done
}
# arrived: how many files of the project are there.
arrived() {
	(cd "$T/state/uploads" && find . -type f ! -name '*.list' ! -path '*/tmp/*' | wc -l)
}
# begin: a deploy in the background that has sent a few files.
begin() {
	before=$(arrived)
	"$slipway" deploy --no-wait >"$T/home/out" 2>"$T/home/begin.err" &
	pid=$!
	soon
	until [ "$(arrived)" -gt $((before + 5)) ] || ! kill -0 $pid 2>/dev/null || late; do :; done
}

fill "$T/w/one" 400
cli 0 'init' init --yes
begin
kill -9 $pid 2>/dev/null
wait $pid 2>/dev/null
some=$(arrived)
note "$some of 400 had arrived"
[ "$some" -gt 0 ] && [ "$some" -lt 400 ]
result $? 'killed on the way'
cli 0 'once more' deploy --no-wait
new=$(printf '%s\n' "$err" | sed -n 's/.*files, .*; \([0-9]*\) new.*/\1/p')
[ "${new:-999}" -le $((400 - some)) ]
result $? 'only what was missing travels'
is "$(arrived)" 400 'all there'
cli 0 'a third time' deploy --no-wait
like "$err" '; 0 new' 'nothing travels'

fill "$T/w/two" 400
cli 0 'init' init --yes
begin
stop api
start api
wait $pid
result $? 'the API was away' || note "$(cat "$T/home/begin.err")"
is "$(arrived)" 800 'no matter'

# What found nobody to connect to was not done; what somebody took may have been.
stop api
api POST /api/projects '{"slug":"away"}'
is "$status $(json .connected) $(header Retry-After)" '503 - 1' 'nobody was there'
mkfifo "$T/run/taken"
python3 -c 'import os, socket, sys
s = socket.socket(socket.AF_UNIX)
if os.path.exists(sys.argv[1]): os.unlink(sys.argv[1])
s.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
s.listen()
print(flush=True)
s.accept()[0].recv(1)' "$T/run/api.sock" >"$T/run/taken" &
told "$T/run/taken" >/dev/null
api POST /api/projects '{"slug":"away"}'
is "$status $(json .type)" '503 /api/errors/busy' 'somebody was, and is no more'
isnt "$(json .connected)" - 'as is said'
start api
# server TYPE: one that answers the first POST with that, and logs all.
server() {
	python3 "$srcdir/tests/cli/away.py" "$1" "$T/home/away.$1" >"$T/run/taken" &
	fake=$(told "$T/run/taken")
	export SLIPWAY_URL="http://localhost:$fake" SLIPWAY_TOKEN=slp_token
}
server down
cli 0 'writing that never came to the API' rollback -p shop
is "$(grep -c POST "$T/home/away.down")" 2 'is sent again'
server busy
cli 1 'writing that may have been done' rollback -p shop
is "$(grep -c POST "$T/home/away.busy")" 1 'is not'
like "$err" 'Later' 'and its user is told'
unset SLIPWAY_URL SLIPWAY_TOKEN

# What the server would refuse is refused here, by name.
mkdir "$T/w/three" && cd "$T/w/three" || exit 99
cli 0 'init' init --yes
cli 1 'nothing to send' deploy
like "$err" '^slipway: .*no files to send' 'says so'
echo x >"$(printf 'a\nb')"
cli 1 'a name with a newline' deploy
like "$err" '^slipway: a.x0ab: a name must be UTF-8' 'shown as a code'
rm a*
echo x >"$(printf 'a\377b')"
cli 1 'a name that is not UTF-8' deploy
like "$err" 'a.xffb' 'shown as a code'
rm a*
d=$(printf '%40s' | sed 's, ,d/,g')
mkdir -p "$d" && echo x >"$d/x"
cli 1 'too deep' deploy
like "$err" 'more than 32 folders deep' 'names the limit'
cli 1 'no such folder' deploy nowhere
like "$err" '^slipway: nowhere: No such file' 'names it'

# An archive is one file, from a disk or a pipe.
mkdir "$T/w/four" && cd "$T/w/four" || exit 99
cli 0 'init' init --yes
lists() {
	cat "$T"/state/uploads/*/*.list | grep -c " a archive\$"
}
head -c 3000000 /dev/urandom >one
tar czf "$T/one.tgz" one
cli 0 'an archive' deploy --no-wait "$T/one.tgz"
like "$err" '3.0 MB sent' 'is sent'
is "$(lists)" 1 'as it is'
tar c one | "$slipway" deploy --no-wait - >"$T/home/out" 2>&1
is "$?" 0 'one on standard input'
is "$(lists)" 2 'too'
: >"$T/none.tgz"
cli 1 'an empty one' deploy "$T/none.tgz"
cli 2 'which has no tag' deploy --tag v1 "$T/one.tgz"
cli 2 'nor a folder' deploy --prebuilt=dist "$T/one.tgz"
