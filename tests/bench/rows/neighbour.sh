# neighbour -- what visitors notice of builds that take what they can get.
#
# They come at a steady rate that leaves the server time: a client that asks
# again at once takes all there is, and what is left for others to be measured
# is chance.  A page that the web server keeps is asked for anew each second,
# about as seldom as the p99 is exceeded; so pages that nobody keeps, each of
# which goes through fcgi-serve, are measured as well.
kept_rate=2000
each_rate=1000
# The worst of six figures is above what is true of any by chance, so these are
# taken more often than others.
rounds=$((RUNS * 3))

repo hog
api POST /api/projects "{\"slug\":\"hog\",\"repo\":\"$repo\",\"output_dir\":\"dist\"}"
# visitors RATE FILE: adds the p99 of some seconds to it, in microseconds.
visitors() {
	"$visit" "$port" "bench.localhost:$port" /4k.html "$1" "$SECONDS_EACH" >"$T/visits" ||
	    { say 'visitors were turned away'; exit 1; }
	sort -n "$T/visits" | awk '{ v[NR] = $1 } END { print v[int(NR * 0.99)] }' >>"$2"
}
# beside RATE NAME COMMAND: p99 while that is built, into a file of that name.
beside() {
	printf 'mkdir dist; echo begun; %s\n' "$3" >"$T/src/hog/run.sh"
	commit hog "$2"
	api POST /api/projects/hog/deployments '{}'
	d=$(json .id)
	begun "$d" || { say "$2 did not begin: $body"; exit 1; }
	visitors "$1" "$T/beside/$2"
	api GET "/api/deployments/$d"
	[ "$(json .state)" = building ] || echo "$2" >>"$T/killed"
	api POST "/api/deployments/$d/cancel"
	settle "$d"
}
# floor RATE NAME COMMAND [ARG ...]: beside no build, but a process with as little
# weight as there is: what the kernel does for it, or later by itself, is done at
# a stretch that no priority interrupts.
floor() {
	floor_rate=$1 floor_name=$2
	shift 2
	(cd "$T" && exec setsid sh -c 'echo 19 >/proc/self/autogroup; exec nice -n 19 ionice -c 3 "$@"' sh "$@") 2>/dev/null &
	visitors "$floor_rate" "$T/beside/$floor_name without a build"
	kill -9 -- "-$!"
	wait $! 2>/dev/null
	rm -f "$T/big"
}
hogs() {
	cat <<'EOH'
a busy loop: for i in 1 2 3 4; do while :; do :; done & done; wait
a fork bomb: f() { f | f & }; while :; do f 2>/dev/null; sleep 1; done
a memory hog: while :; do perl -e 'my @a; push @a, "x" x 8388608 while 1' & wait; done
a disk filler: while :; do head -c 4000000000 /dev/zero >big; rm -f big; done
a maker of files: perl -e 'for (my $i = 0;; $i++) { open(my $f, ">", "f$i") or unlink(glob "f*") }'
endless output: exec yes
EOH
}
# measured RATE WHAT: all of them in turns, and idle between any two, since what
# is idle changes with the minute as well; a line of it.
measured() {
	rm -rf "$T/beside" "$T/idle"
	: >"$T/killed"
	mkdir "$T/beside"
	for _ in $(seq "$rounds"); do
		n=0
		while read -r hog <&3; do
			[ $((n++ % 2)) = 1 ] || visitors "$1" "$T/idle"
			beside "$1" "${hog%%: *}" "${hog#*: }"
		done 3<<-EOH
			$(hogs)
		EOH
		visitors "$1" "$T/idle"
	done
	for _ in $(seq "$RUNS"); do
		floor "$1" 'one program after the other' sh -c 'while :; do /bin/true; done'
	done
	# The kernel has long to do with what this has written.
	for _ in $(seq "$RUNS"); do
		# shellcheck disable=SC2016
		floor "$1" writing perl -e 'my $x = "\0" x 1048576;
			while (1) { open(my $f, ">", "big"); syswrite($f, $x) for 1 .. 2048; close($f); unlink("big") }'
	done
	sync -f "$T"
	for _ in $(seq "$RUNS"); do
		floor "$1" 'memory by the GiB' sh -c 'while :; do perl -e "my @a; push @a, q(x) x 8388608 for 1 .. 250"; done'
	done
	idle=$(median <"$T/idle")
	: >"$T/hogs"
	for f in "$T"/beside/*; do
		b=$(median <"$f")
		name=${f##*/}
		! grep -qx "$name" "$T/killed" || name="$name (soon killed)"
		say "$name, $1 requests/s: $idle us idle, $b us beside it"
		echo "$(ratio "$b" "$idle") $b us, $name" >>"$T/hogs"
	done
	told=$(sort -gr "$T/hogs" | paste -sd ';' | sed 's/;/; /g')
	worst=$(grep -v 'without a build' "$T/hogs" | sort -gr | head -1)
	line "p99 of $2 beside a build that takes what it can, against idle ($idle us); the worst of six such builds" \
	    '<= 2' "${worst%% *}: $told" "$(reached "${worst%% *} <= 2")"
}
api PATCH /api/projects/hog '{"build_command":"sh run.sh"}'
measured "$kept_rate" "a page that the web server keeps, $kept_rate requests/s,"
nginx_cache off
measured "$each_rate" "a page through fcgi-serve, $each_rate requests/s,"
nginx_cache on
