#!/bin/sh
# On a terminal: the password is asked for without echo, there are colours and
# a progress line, and NO_COLOR takes the colours away.
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v script >/dev/null || skip_all 'no script(1)'
start postgres redis api nginx
. "$srcdir/tests/cli/lib.sh"
esc=$(printf '\033')

# tty ENVIRONMENT COMMAND [QUESTION ANSWER ...]: sets $out to what is seen.
# An answer is typed when its question has been asked.
tty() {
	rm -f "$T/home/keys" "$T/home/screen"
	mkfifo "$T/home/keys"
	env TERM=xterm "$1" script -qefc "$2" "$T/home/screen" \
	    <"$T/home/keys" >/dev/null 2>&1 &
	pid=$!
	exec 9>"$T/home/keys"
	shift 2
	while [ $# -gt 1 ]; do
		until grep -q "$1" "$T/home/screen" 2>/dev/null ||
		    ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
		printf '%s\n' "$2" >&9
		shift 2
	done
	wait $pid
	got=$?
	exec 9>&-
	out=$(tr -d '\r' <"$T/home/screen")
}

tty A=b "'$slipway' login --signup --url $url --email ann@example.org" \
    Password: 'correct horse ann' 'Once more:' 'correct horse ann'
is "$got" 0 'an account'
like "$out" 'Signed in at' 'signs in'
unlike "$out" 'horse' 'without echo'
tty A=b "'$slipway' login --signup --url $url --email bob@example.org" \
    Password: 'correct horse bob' 'Once more:' 'correct horse bib'
like "$out" 'the two differ' 'a slip of the finger is noticed'
mkdir "$T/w" && cd "$T/w" || exit 99
echo hello >index.html
tty A=b "'$slipway' init" 'Name of' typed
like "$out" 'Name of the project \[w\]: ' 'asks for a name'
like "$out" 'Made typed' 'takes it'
tty A=b "'$slipway' deploy --no-wait"
like "$out" "$esc\\[K.* (reading|comparing|sending)" 'a progress line'
tty A=b "'$slipway' ls"
like "$out" "$esc\\[2mDEPLOYMENT  *STATE  *TARGET" 'a head, in colour'
like "$out" 's ago ' 'times for people'
tty NO_COLOR=1 "'$slipway' ls"
unlike "$out" "$esc" 'NO_COLOR'
tty TERM=dumb "'$slipway' ls"
unlike "$out" "$esc" 'a dumb terminal'
cli 0 'elsewhere' ls
unlike "$out" "$esc|DEPLOYMENT" 'neither head nor colours'
