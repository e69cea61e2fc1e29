# restart -- visitors at a steady rate, while fcgi-serve is replaced again and
# again: by SIGHUP, and stopped and started on a socket that stays.
nginx_cache off
# visited SECONDS ACTION: how many of a thousand a second failed, into $failed.
visited() {
	"$visit" "$port" "bench.localhost:$port" /4k.html 1000 "$1" >"$T/visits" 2>"$T/visits.err" &
	v=$!
	times=0
	while kill -0 $v 2>/dev/null; do
		$2
		times=$((times + 1))
	done
	wait $v
	code=$?
	answered=$(wc -l <"$T/visits")
}
by_hup() {
	before=$(children "$(pid_of serve)")
	kill -HUP "$(pid_of serve)"
	# shellcheck disable=SC2086
	"$daemon" wait 10 $before
}
by_activation() {
	before=$(children "$(pid_of activate)")
	kill -USR1 "$(pid_of activate)"
	# shellcheck disable=SC2086
	"$daemon" wait 10 $before
}
secs=$((SECONDS_EACH * 3))
visited $secs by_hup
hup="$answered answered, $times SIGHUPs, exit $code"
good=$code
stop serve
run activate "$srcdir/tests/e2e/activate.pl" "$T/run/serve.sock" \
    "$builddir/fcgi-serve/fcgi-serve" -f "$T/slipway.conf"
visited $secs by_activation
line 'rolling restart of fcgi-serve at 1,000 requests/s, by SIGHUP and by stop and start under socket activation' \
    '0 failed' "$hup; $answered answered, $times restarts, exit $code; worst $(sort -n "$T/visits" | tail -1) us" \
    "$([ "$good$code" = 00 ] && echo yes || echo no)"
stop activate
start serve
nginx_cache on
