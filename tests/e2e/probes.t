#!/bin/sh
# Builds that take what they can get (SEC-71): each ends as it should, with a
# sentence that its owner understands, leaves nothing behind, and the next
# build does not notice.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf build-memory 192
conf build-disk 192
conf build-inodes 3000
conf build-pids 64
conf build-output-max 2
conf build-log-rate 1000000
conf build-slots 1
# Users whom no other test's cages have.
base=1900000000
conf build-uid-base $base
start postgres redis api serve builderd git nginx
account ann
# shellcheck disable=SC2046
groups=$(printf 'slipway-%s-%x' $(stat -c '%D %i' "$T/state/work"))
isnt "$(find /sys/fs/cgroup -type d -name "$groups")" '' 'where the cgroups of builds are made'

# How many run as those.
processes() {
	cat /proc/[0-9]*/status 2>/dev/null | awk -v lo="$base" \
	    '/^Uid:/ && $2 >= lo && $2 < lo + 2 * 65536 { n++ } END { print n + 0 }'
}
# What a cage may leave: processes, groups of them, images, loops, mounts.
left() {
	echo "$(processes) processes"
	find /sys/fs/cgroup -type d -path "*/$groups/*" 2>/dev/null
	find "$T/state/work" -mindepth 1 -not -name lock 2>/dev/null
	losetup -l -n -O BACK-FILE 2>/dev/null | grep -F "$T/state/work"
	grep -F "$T/state/work" /proc/self/mountinfo
}
# gone: nothing is left, now or soon: the cage is cleared away after the last
# word, and nobody is told when.
gone() {
	for i in $(seq 100); do
		[ "$(left)" != '0 processes' ] || return 0
		sleep 0.1
	done
	return 1
}

repo probe
api POST /api/projects "{\"slug\":\"probe\",\"repo\":\"$repo\",\"build_command\":\"sh run.sh\",\"output_dir\":\"dist\"}"
repo fine
echo '<h1>fine</h1>' >"$T/src/fine/index.html"
commit fine Begin
api POST /api/projects "{\"slug\":\"fine\",\"repo\":\"$repo\"}"

# probe NAME STATE CODE PATTERN COMMAND
probe() {
	printf 'mkdir dist\necho x >dist/index.html\n%s\n' "$5" >"$T/src/probe/run.sh"
	commit probe "$1"
	deploy probe
	like "$state $(json '.error_code // "-"')" "^$2 ($3)$" "$1: $2"
	like "$(json '.error // ""')" "$4" "$1: in words"
	[ "$state" = "$2" ] || note "$log"
	gone
	is "$(left)" '0 processes' "$1: nothing is left"
	deploy fine
	is "$state" ready "$1: the next one is built"
}

# It grows for a while before it is too large.
probe 'fork bomb' failed processes '64 processes' \
    'f() { f | f & }; f 2>/dev/null; for i in $(seq 500); do sh -c : || exit 1; done; exit 1'
probe 'a fork bomb that goes on' failed processes '^killed: it wanted more than 64 processes' \
    'exec perl -e "fork while 1"'
probe 'a memory hog' failed memory '192 MiB of memory; raise build_memory|192 MiB.*build-memory' \
    'perl -e '\''my @a; push @a, "x" x 8388608 while 1'\'
probe 'memory of a child' failed memory '192 MiB' \
    'perl -e '\''my @a; push @a, "x" x 8388608 while 1'\'' | cat; exit 0'
probe 'a memory hog that goes on' failed memory '192 MiB' \
    'while :; do perl -e '\''my @a; push @a, "x" x 8388608 while 1'\''; done'
# All builds together have less than each may have, as on a host that is full.
most=$(find /sys/fs/cgroup -path "*/$groups/memory.max" -o -path "*/$groups/memory.limit_in_bytes")
unlimited=$(cat "$most")
echo 96M >"$most"
probe 'a full host' failed memory '^killed: the server has no memory left; .* of its 192 MiB' \
    'perl -e '\''my @a; push @a, "x" x 8388608 while 1'\'
echo "$unlimited" >"$most"
probe 'a memory file system' failed 'memory|exit' 'MiB of memory|No space|exited' \
    'dd if=/dev/zero of=/tmp/full bs=1M 2>&1; dd if=/dev/zero of=/dev/shm/full bs=1M 2>&1; exit 4'
probe 'a full disk' failed disk '192 MiB' \
    'for i in $(seq 40); do echo "$i"; head -c 10000000 /dev/zero >>big || exit; done'
probe 'too many files' failed disk '3000 files' \
    'perl -e '\''for (my $i = 0;; $i++) { open(my $f, ">", "f$i") or exit 5 }'\'
probe 'endless output' failed output_limit '2 MiB' 'exec yes'
api PATCH /api/projects/probe '{"build_timeout":5}'
probe 'a busy loop' failed timeout 'more than 5 s' 'while :; do echo x; perl -e '\''for (1..20000000) {}'\''; done'
probe 'ignored signals' failed timeout 'more than 5 s' \
    'trap "" TERM INT HUP; while :; do echo x; sleep 1; done'
api PATCH /api/projects/probe '{"build_timeout":null}'
probe 'closed and done' ready - '^$' 'exec >&- 2>&-'
probe 'what goes to the background' ready - '^$' \
    '(setsid sh -c "trap \"\" TERM HUP; while :; do sleep 1; done" >/dev/null 2>&1 &); exec setsid sleep 0'
probe 'too many open files' failed exit 'exited with 6' \
    'perl -e '\''my @f; while (open(my $h, "<", "/dev/null")) { push @f, $h } exit(@f < 100000 ? 6 : 7)'\'
probe 'a killed shell' failed exit 'signal 9' 'kill -KILL $$'

# What cages are in is there as long as builderd; and what fetches is not to be
# silent for so long either, not even on an emulated processor.
stop builderd
is "$(find /sys/fs/cgroup -type d -name "$groups" 2>/dev/null)" '' 'without builderd there are no cgroups for builds'
silence=5
[ -z "$SLIPWAY_VM" ] || silence=50
echo "build-silence $silence" >>"$T/slipway.conf"
start builderd
probe 'silence' failed silence "$silence seconds" 'sleep 1000'
probe 'a closed output' failed silence "$silence seconds" 'exec >&- 2>&-; sleep 1000'
probe 'a stopped build' failed silence "$silence seconds" 'kill -STOP $$ $PPID; sleep 1000'
"$daemon" stop 9 30 "$(pid_of builderd)"
gone() {
	[ -z "$(find /sys/fs/cgroup -type d -name "$groups" 2>/dev/null)" ]
}
for i in $(seq 100); do
	! gone || break
	sleep 0.1
done
ok 'nor after it was killed' gone
