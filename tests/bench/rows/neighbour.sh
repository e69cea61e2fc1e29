# neighbour -- what visitors notice of builds that take what they can get.
#
# They come at a steady rate that leaves the server time: a client that asks
# again at once takes all there is, and what is left for others to be measured
# is chance.  A page that the web server keeps is asked for anew each second,
# about as seldom as the p99 is exceeded; so pages that nobody keeps, each of
# which goes through fcgi-serve, are measured as well.
kept_rate=2000
each_rate=500

repo hog
api POST /api/projects "{\"slug\":\"hog\",\"repo\":\"$repo\",\"output_dir\":\"dist\"}"
# visitors RATE FILE: adds the p99 of some seconds to it, in microseconds.
visitors() {
	"$visit" "$port" "bench.localhost:$port" /4k.html "$1" "$SECONDS_EACH" >"$T/visits" ||
	    { say 'visitors were turned away'; exit 1; }
	sort -n "$T/visits" | awk '{ v[NR] = $1 } END { print v[int(NR * 0.99)] }' >>"$2"
}
# compared RATE NAME FILE: a line into the file: the ratio of the medians, both,
# and of what.
compared() {
	a=$(median <"$T/a") b=$(median <"$T/b")
	r=$(ratio "$b" "$a")
	say "$2, $1 requests/s: $a us idle, $b us beside it, $r"
	echo "$r $a $b $2" >>"$3"
}
# beside RATE NAME COMMAND: p99 while that is built and with nothing to build, in
# turns.
beside() {
	: >"$T/a"
	: >"$T/b"
	for _ in $(seq "$RUNS"); do
		visitors "$1" "$T/a"
		printf 'mkdir dist; echo begun; %s\n' "$3" >"$T/src/hog/run.sh"
		commit hog "$2"
		api POST /api/projects/hog/deployments '{}'
		d=$(json .id)
		begun "$d" || { say "$2 did not begin: $body"; exit 1; }
		visitors "$1" "$T/b"
		api POST "/api/deployments/$d/cancel"
		settle "$d"
	done
	compared "$1" "$2" "$T/hogs"
}
# floor RATE: beside no build, but a process of the lowest priority that writes
# as the disk filler does: what the kernel then does by itself has no priority
# that anybody could lower.
floor() {
	: >"$T/a"
	: >"$T/b"
	for _ in $(seq "$RUNS"); do
		visitors "$1" "$T/a"
		# shellcheck disable=SC2016
		(cd "$T" && exec setsid sh -c 'echo 19 >/proc/self/autogroup; exec chrt -i 0 ionice -c 3 "$@"' sh perl -e '
			my $x = "\0" x 1048576;
			while (1) { open(my $f, ">", "big"); syswrite($f, $x) for 1 .. 2048; close($f); unlink("big") }') 2>/dev/null &
		visitors "$1" "$T/b"
		kill -9 $!
		wait $! 2>/dev/null
		rm -f "$T/big"
	done
	: >"$T/floor"
	compared "$1" 'writing without a build' "$T/floor"
}
# begun DEPLOYMENT: waits for the build's own first line.
begun() {
	after=0
	while api GET "/api/deployments/$1/logs?after=$after&wait=10"; do
		after=$(json .last)
		json '.lines[].line' | grep -qx begun && return
		[ "$(json .done)" = false ] || return
	done
}
hogs() {
	beside "$1" 'a busy loop' 'for i in 1 2 3 4; do while :; do :; done & done; wait'
	beside "$1" 'a fork bomb' 'f() { f | f & }; while :; do f 2>/dev/null; sleep 1; done'
	beside "$1" 'a memory hog' 'while :; do perl -e '\''my @a; push @a, "x" x 8388608 while 1'\'' & wait; done'
	beside "$1" 'a disk filler' 'while :; do head -c 4000000000 /dev/zero >big; rm -f big; done'
	beside "$1" 'a maker of files' 'perl -e '\''for (my $i = 0;; $i++) { open(my $f, ">", "f$i") or unlink(glob "f*") }'\'
	beside "$1" 'endless output' 'exec yes'
}
# told WHAT: the line of it.
told() {
	worst=$(sort -gr "$T/hogs" | head -1)
	all=$(sort -gr "$T/hogs" | cat - "$T/floor" | while read -r r a b name; do
		echo "$name $r ($b us, idle $a us)"
	done | paste -sd ';' | sed 's/;/; /g')
	line "p99 of $1 beside a build that takes what it can, against idle; the worst of six such builds" \
	    '<= 2' "${worst%% *}: $all" "$(reached "${worst%% *} <= 2")"
}
api PATCH /api/projects/hog '{"build_command":"sh run.sh"}'
: >"$T/hogs"
hogs "$kept_rate"
floor "$kept_rate"
told "a page that the web server keeps, $kept_rate requests/s,"
: >"$T/hogs"
nginx_cache off
hogs "$each_rate"
floor "$each_rate"
nginx_cache on
told "a page through fcgi-serve, $each_rate requests/s,"
