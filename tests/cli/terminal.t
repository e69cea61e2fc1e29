#!/bin/sh
# On a terminal: the password is asked for without echo, there are colours, also
# of logs, and a progress line, and NO_COLOR takes the colours away.
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
		soon
		until grep -q "$1" "$T/home/screen" 2>/dev/null ||
		    ! kill -0 $pid 2>/dev/null || late; do sleep 0.05; done
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

# wide COLUMNS OPTIONS: ls on a terminal of that width; $most is its longest line.
wide() {
	tty NO_COLOR=1 "stty cols $1; '$slipway' ls $2"
	most=$(printf '%s\n' "$out" | grep -v ^Script | awk '{ if (length($0) > n) n = length($0) } END { print n + 0 }')
}
as_it_was=$(db "SELECT source FROM deployments")
db "UPDATE deployments SET source = 'git', repo = 'https://git.example.org/w.git',
    ref = 'feature/that-has-a-name-which-nobody-reads-in-one-go', branch_label = 'feature',
    commit_sha = repeat('a1b2', 10)"
wide 240
like "$out" 'URL  *BRANCH URL$' 'a wide one has all columns'
like "$out" ' feature/that-has-a-name-which-nobody-reads-in-one-go a1b2a1b  ' 'and whole cells'
wide 150
like "$out" 'CREATED  *URL$' 'one that is less wide has less'
wide 80
ok 'one of 80 has lines that fit' test "$most" -gt 60 -a "$most" -le 80
like "$out" 'FROM  *CREATED$' 'without the URLs'
like "$out" ' feature/tha[^ ]*\.\.\.[^ ]* a1b2a1b  ' 'and with both ends of what is cut'
cli 0 'ls, elsewhere' ls
like "$out" '	feature/that-has-a-name-which-nobody-reads-in-one-go a1b2a1b	.*	http://[^	]*--typed[^	]*	http://feature--typed' 'has all'
wide 40 --projects
ok 'projects fit as well' test "$most" -gt 20 -a "$most" -le 40
db "UPDATE deployments SET source = '$as_it_was', repo = NULL, ref = '', branch_label = '', commit_sha = NULL"
tty TERM=dumb "'$slipway' ls"
unlike "$out" "$esc" 'a dumb terminal'

# A log, coloured by its build, and by somebody who wants more than colours.
building() { # prints the deployment that is queued, when there is one
	for _ in $(seq 100); do
		d=$(db "UPDATE deployments SET state = 'building', fence = 7, lease_owner = 'x',
		    key_hash = sha256('k'), lease_until = now() + interval '1 hour' WHERE state = 'queued' RETURNING id")
		[ -z "$d" ] || break
		sleep 0.1
	done
	db "SELECT job.log('$d', 7, 'k', 1, ARRAY[1,2,3,4,5]::float8[],
	    ARRAY['build','build','build','build','build'], ARRAY['out','err','out','info','out'],
	    ARRAY['wörld red plain', 'half', 'evil \\x', 'ours', E'\\x1b[2Jraw'],
	    ARRAY['[[6,\"31;1\"],[9,\"0\"]]', '[[2,\"38;5;208\"]]',
		'[[0,\"2J\"],[1,\"31m\\u001b]0;t\\u0007\"],[2,\"\\u001b[2J\"],[3,\"200\"],[4,\"?1049h\"],[-1,\"5n\"]]',
		'[[0,\"31\"]]', NULL]::json[])" >/dev/null
	echo "$d"
}
painted="wörld $esc\[31;1mred$esc\[0m plain$esc\[0m"
d=$(building)
tty A=b "'$slipway' logs $d"
like "$out" "^$painted\$" 'a log in its colours'
like "$out" "^ha$esc\[38;5;208mlf$esc\[0m\$" 'which end with their line'
like "$out" '^evil \\x$' 'hostile ones do nothing'
like "$out" "^$esc\[1mours$esc\[0m\$" 'our own words are as they were'
like "$out" '^\\x1b\[2Jraw$' 'and a text makes no colours'
tty NO_COLOR=1 "'$slipway' logs $d"
like "$out" '^wörld red plain$' 'NO_COLOR: the text'
unlike "$out" "$esc\\[[0-9;]*m" 'and nothing else'
tty TERM=dumb "'$slipway' logs $d"
unlike "$out" "$esc\\[[0-9;]*m" 'a dumb terminal'
tty A=b "'$slipway' logs --json $d"
unlike "$out" "$esc\\[[0-9;]*m" 'JSON'
like "$out" '"colours":' 'has them as data'
tty A=b "'$slipway' logs --output '$T/home/log' $d"
unlike "$(cat "$T/home/log")" "$esc" 'a file'
like "$(cat "$T/home/log")" 'wörld red plain$' 'has the text'
cli 0 'a pipe' logs "$d"
unlike "$out" "$esc" 'neither'
fail() {
	db "UPDATE deployments SET state = 'failed', lease_owner = NULL, lease_until = NULL,
	    finished_at = now(), error_code = 'build', error = 'so be it' WHERE id = '$1'" >/dev/null
}
fail "$d"
(fail "$(building)") &
painter=$!
tty A=b "'$slipway' deploy"
wait $painter
is "$got" 1 'a deployment that fails'
like "$out" "build    *$esc\[0m $painted\$" 'shows its log in its colours'
cli 0 'elsewhere' ls
unlike "$out" "$esc|DEPLOYMENT" 'neither head nor colours'
