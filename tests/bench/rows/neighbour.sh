# neighbour -- what visitors notice of builds that take what they can get.
#
# They come at a steady rate that leaves the server time: a client that asks
# again at once takes all there is, and what is left for others to be measured
# is chance.  A page that the web server keeps is asked for anew each second,
# about as seldom as the p99 is exceeded; so pages that nobody keeps, each of
# which goes through fcgi-serve, are measured as well.
kept_rate=2000
each_rate=1000

# As they are, and by httpd-conf/first.conf.
ways='plain first'

repo hog
api POST /api/projects "{\"slug\":\"hog\",\"repo\":\"$repo\",\"output_dir\":\"dist\"}"
# served WAY: what serves is run in that way from now on.
served() {
	case $1 in
	plain) set -- -o -p 0 ;;
	first) set -- -r -p 1 ;;
	esac
	for pid in $(descend "$(pid_of nginx)"; descend "$(pid_of serve)"); do
		chrt "$@" "$pid" || exit 1
	done
}
# visitors RATE NAME: adds the p99 of some seconds to the file of each way, in
# microseconds.
visitors() {
	for way in $ways; do
		served "$way"
		"$visit" "$port" "bench.localhost:$port" /4k.html "$1" "$SECONDS_EACH" >"$T/visits" ||
		    { say 'visitors were turned away'; exit 1; }
		sort -n "$T/visits" | awk '{ v[NR] = $1 } END { print v[int(NR * 0.99)] }' >>"$T/$way/$2"
	done
	served plain
}
# beside RATE NAME COMMAND: p99 while that is built, into the files of that name.
beside() {
	printf 'mkdir dist; echo begun; %s\n' "$3" >"$T/src/hog/run.sh"
	commit hog "$2"
	api POST /api/projects/hog/deployments '{}'
	d=$(json .id)
	begun "$d" || { say "$2 did not begin: $body"; exit 1; }
	visitors "$1" "$2"
	api POST "/api/deployments/$d/cancel"
	settle "$d"
}
# floor RATE: beside no build, but a process of the lowest priority that writes
# as the disk filler does: what the kernel then does by itself has no priority
# that anybody could lower.
floor() {
	# shellcheck disable=SC2016
	(cd "$T" && exec setsid sh -c 'echo 19 >/proc/self/autogroup; exec chrt -i 0 ionice -c 3 "$@"' sh perl -e '
		my $x = "\0" x 1048576;
		while (1) { open(my $f, ">", "big"); syswrite($f, $x) for 1 .. 2048; close($f); unlink("big") }') 2>/dev/null &
	visitors "$1" 'writing without a build'
	kill -9 $!
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
# told RATE WAY WHAT: a line of it.
told() {
	idle=$(median <"$T/$2/idle")
	: >"$T/hogs"
	for f in "$T/$2"/*; do
		name=${f##*/} b=$(median <"$f")
		[ "$name" = idle ] && continue
		say "$name, $1 requests/s, $2: $idle us idle, $b us beside it"
		echo "$(ratio "$b" "$idle") $b us, $name" >>"$T/hogs"
	done
	all=$(sort -gr "$T/hogs" | paste -sd ';' | sed 's/;/; /g')
	worst=$(grep -v 'without a build' "$T/hogs" | sort -gr | head -1)
	line "p99 of $3 beside a build that takes what it can, against idle ($idle us); the worst of six such builds" \
	    '<= 2' "${worst%% *}: $all" "$(reached "${worst%% *} <= 2")"
}
# measured RATE WHAT: all of them in turns, and idle between any two, since what
# is idle changes with the minute as well; a line of it for each way.
measured() {
	for way in $ways; do
		rm -rf "${T:?}/$way"
		mkdir "$T/$way"
	done
	for _ in $(seq "$RUNS"); do
		n=0
		while read -r hog <&3; do
			[ $((n++ % 2)) = 1 ] || visitors "$1" idle
			beside "$1" "${hog%%: *}" "${hog#*: }"
		done 3<<-EOH
			$(hogs)
		EOH
		visitors "$1" idle
	done
	# The kernel has long to do with what that has written.
	for _ in $(seq "$RUNS"); do floor "$1"; done
	sync -f "$T"
	told "$1" plain "$2, $1 requests/s,"
	told "$1" first "$2, $1 requests/s, served first (httpd-conf/first.conf),"
}
api PATCH /api/projects/hog '{"build_command":"sh run.sh"}'
measured "$kept_rate" 'a page that the web server keeps'
nginx_cache off
measured "$each_rate" 'a page through fcgi-serve'
nginx_cache on
