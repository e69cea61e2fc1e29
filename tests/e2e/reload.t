#!/bin/sh
# SIGHUP under load: not one error.  SIGTERM in the middle of a request: it is
# answered.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve nginx
account ann
api POST /api/projects '{"slug":"site"}'

# load FILE PATH: requests one after another until the file "stop" appears.
load() {
	while [ ! -e "$T/stop" ]; do
		curl -sS -o /dev/null -w '%{http_code}\n' -H "Authorization: Bearer $token" \
		    "http://localhost:$port$2#[1-8]" 2>&1
	done >"$1"
}
hammer() { # SERVER PATH
	rm -f "$T/stop"
	load "$T/load1" "$2" & l1=$!
	load "$T/load2" "$2" & l2=$!
	for i in 1 2 3 4 5 6 7 8; do
		before=$(children "$(pid_of "$1")")
		kill -HUP "$(pid_of "$1")"
		# shellcheck disable=SC2086
		"$daemon" wait 10 $before
	done
	: >"$T/stop"
	wait $l1 $l2
	sort "$T/load1" "$T/load2" | uniq -c | awk '{ print $2 }' | tr '\n' ' '
}
is "$(hammer api /api/projects/site)" '200 ' 'fcgi-api: eight reloads, no error'
ok 'with requests' test "$(cat "$T/load1" "$T/load2" | wc -l)" -gt 20
is "$(hammer serve /)" '404 ' 'fcgi-serve: the same'
ok 'with requests' test "$(cat "$T/load1" "$T/load2" | wc -l)" -gt 20

# waiting NAME PARENT SIGNAL: were all answered who wait when it is told to go?
waiting() {
	# shellcheck disable=SC2046
	python3 "$srcdir/tests/e2e/waiting.py" "$T/run/$1.sock" "$2" "$3" $(children "$2")
}
for s in api serve; do
	is "$(waiting $s "$(pid_of $s)" HUP)" all "$s, told to reload: who waits is answered"
	before="$(pid_of $s) $(children "$(pid_of $s)")"
	is "$(waiting $s "$(pid_of $s)" TERM)" all "$s, told to end: the same"
	stop $s
	# shellcheck disable=SC2086
	ok "$s ends, with all its workers" "$daemon" wait 1 $before
done
start api
api GET /api/health
is "$status" 200 'and starts again'

# Under a service manager that holds the socket, stopping and starting loses
# nothing either: who comes meanwhile waits.
run activate "$srcdir/tests/e2e/activate.pl" "$T/run/serve.sock" \
    "$builddir/fcgi-serve/fcgi-serve" -f "$T/slipway.conf"
restart() {
	before=$(children "$(pid_of activate)")
	kill -USR1 "$(pid_of activate)"
	# shellcheck disable=SC2086
	"$daemon" wait 10 $before
}
serve=$(children "$(pid_of activate)")
is "$(waiting serve "${serve% }" INT)" all 'fcgi-serve under a service manager: the same'
rm -f "$T/stop"
load "$T/load1" / & l1=$!
load "$T/load2" / & l2=$!
for i in 1 2 3 4 5 6 7 8; do restart; done
: >"$T/stop"
wait $l1 $l2
is "$(sort "$T/load1" "$T/load2" | uniq -c | awk '{ print $2 }' | tr '\n' ' ')" '404 ' \
    'fcgi-serve, stopped and started eight times: no error'
ok 'with requests' test "$(cat "$T/load1" "$T/load2" | wc -l)" -gt 20
