#!/bin/bash
# bounded.t -- what runs the tests ends one that hangs, says where it was, and
# notices whom a test left behind.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 10
bounded=$builddir/tests/bounded
ln -s "$(command -v sleep)" "$T/sleep" # another test may sleep, too
t() {
	printf '#!/bin/sh\n%s\n' "$2" >"$T/$1"
	chmod +x "$T/$1"
}

t good 'echo ok 1; echo "2 of 2" >&2; exit 3'
out=$("$bounded" "$T/good" 2>&1)
is "$?" 3 'its exit code is passed on'
is "$out" "ok 1
2 of 2" 'and what it says'
t dies 'kill -9 $$'
"$bounded" "$T/dies"
is "$?" 137 'so is a signal'

t hangs "trap 'echo clears up; exit 1' TERM; echo ok 1; $T/sleep 1001 & wait"
out=$(TEST_SECONDS=1 "$bounded" "$T/hangs" 2>&1)
is "$?" 99 'what hangs is an error'
like "$out" '^not ok - it ends within 1 seconds' 'which fails'
like "$out" '^#.*sleep 1001' 'its processes are named'
like "$out" '^clears up' 'it may clear up'

t deaf "trap '' TERM; (setsid $T/sleep 1002 &)"
out=$("$bounded" "$T/deaf" 2>&1)
like "$out" '^not ok - nothing is left running' 'what is left behind fails'
like "$out" '^#.*sleep 1002' 'and is named'
is "$(grep -als "$T/sleep.100[12]" /proc/[0-9]*/cmdline | wc -l)" 0 'nothing of all this is left'
