# neighbour -- what visitors notice of builds that take what they can get.

repo hog
api POST /api/projects "{\"slug\":\"hog\",\"repo\":\"$repo\",\"output_dir\":\"dist\"}"
# hog NAME COMMAND: p99 of a served page while that is built, in us, into $T/b;
# what it was with nothing to build is measured before, into $T/a.
p99() {
	rate "$site/4k.html" >/dev/null
	awk '$1 == "99%" { v = $2; if (v ~ /ms$/) v *= 1000; else if (v !~ /us$/) v *= 1000000; print v + 0 }' "$T/wrk"
}
hog() {
	: >"$T/a"
	: >"$T/b"
	for _ in $(seq "$RUNS"); do
		p99 >>"$T/a"
		printf 'mkdir dist; echo begun; %s\n' "$2" >"$T/src/hog/run.sh"
		commit hog "$1"
		api POST /api/projects/hog/deployments '{}'
		d=$(json .id)
		begun "$d" || { say "$1 did not begin"; exit 1; }
		p99 >>"$T/b"
		api POST "/api/deployments/$d/cancel"
		settle "$d"
	done
	r=$(ratio "$(median <"$T/b")" "$(median <"$T/a")")
	say "$1: $(median <"$T/a") us idle, $(median <"$T/b") us beside it, $r"
	echo "$r $1" >>"$T/hogs"
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
: >"$T/hogs"
api PATCH /api/projects/hog '{"build_command":"sh run.sh"}'
connections=8
hog 'a busy loop on every processor' 'for i in 1 2 3 4; do while :; do :; done & done; wait'
hog 'a fork bomb' 'f() { f | f & }; while :; do f 2>/dev/null; sleep 1; done'
hog 'a memory hog' 'while :; do perl -e '\''my @a; push @a, "x" x 8388608 while 1'\'' & wait; done'
hog 'a disk filler' 'while :; do head -c 4000000000 /dev/zero >big; rm -f big; done'
hog 'a maker of files' 'perl -e '\''for (my $i = 0;; $i++) { open(my $f, ">", "f$i") or unlink(glob "f*") }'\'
hog 'endless output' 'exec yes'
connections=64
worst=$(sort -gr "$T/hogs" | head -1)
line 'p99 of a served page beside a build that takes what it can, against idle; the worst of six such builds' \
    '<= 2' "${worst%% *} (${worst#* })" "$(reached "${worst%% *} <= 2")"
