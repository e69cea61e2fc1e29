# show.sh -- progress.  Part of quickstart and check.
#
#	phase "build" make -j2
#
# runs something with its output in a log, says every few seconds that it is
# still at it, and how long it took; if it fails, shows the end of the log.

started=${started:-$(date +%s)}
logs=${logs:-run/log}
at_pid=

elapsed() {
	echo $(($(date +%s) - started))
}

say() {
	printf '%4ss  %s\n' "$(elapsed)" "$*"
}

die() {
	printf '\n%s: %s\n' "${program:-${0##*/}}" "$*" >&2
	exit 1
}

# On a terminal the line is drawn again; in a file there is a new one now and
# then, with the last thing that was said.
heartbeat() {
	hb_name=$1 hb_log=$2 hb_pid=$3 hb_n=0 hb_room=60
	# A line that wraps would not be drawn over.
	if [ -t 1 ]; then
		hb_room=$(stty size 2>/dev/null <&1 | awk '{ print $2 }')
		hb_room=$((${hb_room:-80} - ${#hb_name} - 12))
		[ "$hb_room" -ge 1 ] || hb_room=1
	fi
	while kill -0 "$hb_pid" 2>/dev/null; do
		sleep 1
		hb_n=$((hb_n + 1))
		hb_last=$(tail -c 400 "$hb_log" 2>/dev/null | tr '\r' '\n' |
		    grep -v '^ *$' | tail -n 1 | tr -cd ' -~' | cut -c"1-$hb_room")
		if [ -t 1 ]; then
			printf '\r\033[K%4ss  %s ... %s' "$(elapsed)" "$hb_name" "$hb_last"
		elif [ $((hb_n % 5)) = 0 ]; then
			say "$hb_name ... $hb_last"
		fi
	done
	[ ! -t 1 ] || printf '\r\033[K'
}

# attempt NAME COMMAND ...: its exit status; the log is $log.
attempt() {
	at_name=$1
	shift
	log=$logs/$(printf '%s' "$at_name" | tr -c 'a-z0-9\n' -).log
	mkdir -p "$logs"
	at_from=$(elapsed)
	"$@" >"$log" 2>&1 </dev/null &
	at_pid=$!
	heartbeat "$at_name" "$log" "$at_pid"
	wait "$at_pid"
	at_code=$?
	at_pid=
	if [ "$at_code" = 0 ]; then
		say "$at_name ($(($(elapsed) - at_from)) s)"
	else
		say "$at_name: failed after $(($(elapsed) - at_from)) s"
	fi
	return "$at_code"
}

# For a trap: what attempt() runs ignores Ctrl-C, since it is in the background.
abandon() {
	[ -z "$at_pid" ] || kill_tree "$at_pid"
	at_pid=
}

kill_tree() {
	for kt in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
		kill_tree "$kt"
	done
	kill "$1" 2>/dev/null
}

phase() {
	attempt "$@" && return
	tail -n 25 "$log" >&2
	die "$1 failed; all that was said is in $log"
}
