#!/bin/sh
# Logs: whole and in order, searched, downloaded, and nobody else's.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf build-log-rate 3000
start postgres
db "ALTER ROLE slipway_api SET statement_timeout = '60s'; ALTER ROLE slipway_api SET lock_timeout = '60s'"
start redis api serve builderd git nginx

account ann

# Nobody reads along with this one until the end.
repo hush
cat >"$T/src/hush/hush.js" <<'EOP'
let n = 0
process.on('SIGUSR2', () => console.log('again ' + ++n))
process.on('SIGHUP', () => process.exit(3))
setInterval(() => {}, 1000)
console.log('begun')
EOP
echo "{\"scripts\":{\"build\":\"node hush.js ${T##*/}\"}}" >"$T/src/hush/package.json"
commit hush 'Hush'
api POST /api/projects "{\"slug\":\"hush\",\"repo\":\"$repo\"}"
api POST /api/projects/hush/deployments '{}'
hush=$(json .id)
begun "$hush"

repo talk
cat >"$T/src/talk/package.json" <<'EOP'
{"name":"talk","scripts":{"build":"node talk.js"}}
EOP
cat >"$T/src/talk/talk.js" <<'EOP'
const fs = require('fs'), out = s => fs.writeSync(1, s)
fs.mkdirSync('dist')
fs.writeFileSync('dist/index.html', 'x')
const n = Number(fs.readFileSync('lines'))
for (let i = 1; i <= n; i++) out(`line ${i} of it\n`)
out('100%_done \\ "quoted"\n')
out('a\0b \x1b[31mred\x1b[0m \x1b]52;c;Zm9v\x07 \xff \u202eturned\n')
out('x'.repeat(20000) + '\n')
out('1%\r2%\r3%\r\n')
for (let i = 1; i <= 100; i++) {
	fs.writeSync(1 + i % 2, `turn ${i}\n`)
	Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}
out('no newline at the end')
EOP
echo 27000 >"$T/src/talk/lines"
commit talk 'Talk'
api POST /api/projects "{\"slug\":\"talk\",\"repo\":\"$repo\"}"
deploy talk
is "$state" ready 'built'
[ "$state" = ready ] || note "$(tail -n 20 "$T/buildlog")"
one=$deployment
ok 'held back, not killed' [ "$(json .timings.build)" -ge 2000 ]
is "$(grep -c '^line [0-9]* of it$' "$T/buildlog")" 27000 'every line of 27,000'
is "$(sed -n 's/^line \([0-9]*\) of it$/\1/p' "$T/buildlog" | sort -n -c && echo sorted)" sorted 'in order'
bad=$(printf '\357\277\275')
like "$log" "a${bad}b red  ÿ ${bad}turned" 'bytes that do something to terminals are gone'
is "$(grep -o 'x\{100,\}' "$T/buildlog" | tr -d '\n' | wc -c)" 20000 'a long line is divided, not cut'
like "$log" '(^|[^0-9])2%' 'a progress bar is lines'
like "$log" 'no newline at the end' 'and the last one is there'

# Colours are beside the text, which has none.
api GET "/api/deployments/$one/logs?after=27000"
is "$(json '[.lines[]|select(.colours).colours|tojson]|join(" ")')" '[[4,"31"],[7,"0"]]' 'colours, by character'
is "$(json '[.lines[]|select(.colours).line[4:7]]|join(" ")')" red 'where they were'
is "$(json '[.lines[]|has("colours")]|index(false) != null')" true 'no word of them where there are none'
is "$(db "SELECT count(*) FROM build_logs WHERE line || coalesce(colours::text, '') ~ '[\x01-\x08\x0a-\x1f\x7f-\x9f]'")" 0 'and nothing in the database that a terminal obeys'

# Searched.
find() { # TEXT [MORE]
	api GET "/api/projects/talk/logs?q=$(printf %s "$1" | jq -sRr @uri)${2:+&$2}"
}
find 'line 8999 of'
is "$status" 200 'a search'
is "$(json '.lines|length')" 1 'finds one'
is "$(json '.lines[0] | .deployment + " " + .step + " " + .stream + " " + .line')" "$one build out line 8999 of it" 'with its place'
is "$(json .next)" null 'and no more'
for t in '100%_done' '\ "quoted"' '%_d'; do
	find "$t"
	is "$(json '.lines|length')" 1 "as it is: $t"
done
for t in 'LINE 8999' 'l_ne 8999' '100%d' "x' OR ''='"; do
	find "$t"
	is "$(json '.lines|length')" 0 "nothing else: $t"
done
echo 300 >"$T/src/talk/lines"
commit talk 'Less'
deploy talk
is "$state" ready 'once more'
ok 'lines of both streams as they came, but for some' \
    [ "$(sed -n 's/^turn //p' "$T/buildlog" | awk '$1 == NR' | wc -l)" -ge 60 ]
two=$deployment
find '00 of it' limit=2
is "$(json '[.lines[].deployment]|unique|join(" ")')" "$two" 'the newest first'
seen=$(json '.lines|length') next=$(json .next)
while [ "$next" != null ] && [ "$seen" -lt 20000 ]; do
	find '00 of it' "limit=100&cursor=$next"
	[ "$status" = 200 ] || break
	seen=$((seen + $(json '.lines|length'))) next=$(json .next)
done
is "$seen" 273 'page after page, all of both'
find 'line 1 of it' "deployment=$one"
is "$(json '[.lines[].deployment]|join(" ")')" "$one" 'of one alone'
api GET /api/projects/talk/logs
is "$status $(json '.lines|length')" '200 20' 'without a text it is all'
find x cursor=abc
is "$status" 422 'not a cursor of ours'

# Downloaded.
api GET "/api/deployments/$one/logs.txt"
is "$status" 200 'the text'
like "$(header Content-Type)" '^text/plain; charset=utf-8' 'as text'
like "$(header X-Content-Type-Options)" '^nosniff' 'and nothing else'
like "$(header Content-Disposition)" "attachment; filename=\"$one.log\"" 'to be kept'
is "$(printf '%s\n' "$body" | grep -c '^2[0-9T:.-]*Z build    line [0-9]* of it$')" 27000 'with every line'
is "$(printf '%s' "$body" | LC_ALL=C grep -c "$(printf '[\001-\010\013-\037\177]')")" 0 'and no control character'

# Whoever searches leaves workers for others: here, one of two.
mkfifo "$T/hold"
# shellcheck disable=SC2086
$as_pg psql -X -q -h "$T/run" -U postgres -d slipway <"$T/hold" >"$T/log/hold.log" 2>&1 &
exec 9>"$T/hold"
echo 'BEGIN; LOCK TABLE build_logs;' >&9
held="SELECT count(*) FROM pg_locks WHERE relation = 'build_logs'::regclass AND NOT pid = pg_backend_pid()"
soon
until [ "$(db "$held AND granted AND mode LIKE 'AccessEx%'")" = 1 ] || late; do :; done
curl -sS -o "$T/first" -H "Authorization: Bearer $token" \
    "http://localhost:$port/api/projects/talk/logs?q=line" &
first=$!
soon
until [ "$(db "$held AND NOT granted")" = 1 ] || late; do :; done
find 'line'
is "$status" 503 'one search more than there is room for'
isnt "$(header Retry-After)" '' 'is told to come back'
api GET /api/projects
is "$status" 200 'while others are served'
echo 'COMMIT;' >&9
exec 9>&-
wait "$first"
is "$(jq '.lines|length' "$T/first")" 20 'the first goes on'
find 'line'
is "$status" 200 'and so may the next'

# Who reads along is told of each line; of a build that has no reader nobody is.
mkfifo "$T/ask"
# shellcheck disable=SC2086
$as_pg psql -X -q -A -t -h "$T/run" -U postgres -d slipway <"$T/ask" >"$T/notices" 2>&1 &
exec 9>"$T/ask"
echo 'LISTEN slipway_log; LISTEN slipway_follow;' >&9
marks=0
# hear: sets $log and $follow, how many notices of hush there were so far.
hear() {
	marks=$((marks + 1))
	echo "SELECT 'mark $marks';" >&9
	soon
	until grep -qx "mark $marks" "$T/notices" || late; do :; done
	log=$(grep -c "\"slipway_log\" with payload \"$hush\"" "$T/notices")
	follow=$(grep -c "\"slipway_follow\" with payload \"$hush\"" "$T/notices")
}
# heard N: waits until there were so many more of its log, and no others.
heard() {
	for _ in $(seq 300); do
		hear
		[ $((log - before)) -lt "$1" ] || break
	done
	[ $((log - before)) = "$1" ]
}
to_hush() {
	kill "-$1" "$(pgrep -f "^node hush.js ${T##*/}")"
}
# again: it prints, and that is kept.
lines=0
again() {
	lines=$((lines + 1))
	to_hush USR2
	soon
	until [ "$(db "SELECT count(*) FROM build_logs WHERE deployment_id = '$hush' AND line = 'again $lines'")" = 1 ] ||
	    late; do :; done
	before=$log
	hear
}
hear
for _ in $(seq 300); do
	again
	[ "$log" != "$before" ] || break
done
again
is "$log $follow" "$before 0" 'of a line that nobody waits for nobody is told'
api GET "/api/deployments/$hush/logs"
like "$body" "again $lines\"" 'but it is there'
ok 'the loop says that there is news, and the build what it has told nobody' heard 2
is "$follow" 1 'since they hear that somebody reads'
again
ok 'and then there is one for each line' heard 1
exec 9>&-
# ends STATE COMMAND ...: who has waited before COMMAND brings that end about hears of
# it, and not when the wait is over.
ends() {
	asked=$(db 'SELECT clock_timestamp()')
	curl -sS -o "$T/end" -H "Authorization: Bearer $token" \
	    "http://localhost:$port/api/deployments/$hush/logs?after=2000000000&wait=10" &
	reader=$! ended=$1 began=$(date +%s)
	shift
	soon
	until [ "$(db "SELECT count(*) FROM pg_stat_activity WHERE usename = 'slipway_api' AND state = 'idle'
	    AND query LIKE '%build_logs%' AND query_start > '$asked'")" = 1 ] || late; do :; done
	"$@"
	wait "$reader"
	is "$(jq -r '.state + " " + (.done|tostring)' "$T/end")" "$ended true" "who waits hears of the end: $ended"
	ok 'when it comes' [ $(($(date +%s) - began)) -lt 8 ]
}
ends failed to_hush HUP
api POST /api/projects/hush/deployments '{}'
hush=$(json .id)
begun "$hush"
ends canceled api POST "/api/deployments/$hush/cancel"

# While PostgreSQL is away lines wait; and when they are many, the program does.
cat >"$T/src/talk/talk.js" <<'EOP'
const fs = require('fs'), out = s => fs.writeSync(1, s + '\n')
fs.mkdirSync('dist')
fs.writeFileSync('dist/index.html', 'x')
process.on('SIGUSR2', () => {
	for (let i = 1; i <= 12000; i++) out(i + ' ' + 'x'.repeat(1000))
	process.exit()
})
setInterval(() => {}, 1000)
out('begun')
EOP
echo "{\"scripts\":{\"build\":\"node talk.js ${T##*/}\"}}" >"$T/src/talk/package.json"
commit talk 'Flood'
api POST /api/projects/talk/deployments '{}'
deployment=$(json .id)
begun "$deployment"
kill_hard postgres
kill -USR2 "$(pgrep -f "^node talk.js ${T##*/}")"
# read_by_builds: bytes that the build's process has read, as the most of any.
read_by_builds() {
	for p in $(children "$(pid_of builderd)"); do
		sed -n 's/^rchar: //p' "/proc/$p/io"
	done | sort -n | tail -1
}
# It reads no more: not a byte in half a second.
read=0
soon
until { was=$read read=$(read_by_builds) && [ "$read" -gt 4000000 ] && [ "$read" = "$was" ]; } || late; do
	sleep 0.5
done
ok 'no more is read than may wait' [ "$read" -lt 10000000 ]
start postgres
follow "$deployment"
is "$state" ready 'PostgreSQL was away, and more was printed than may wait'
is "$(grep -o '^[0-9]* x' "$T/buildlog" | awk '$1 == NR' | wc -l)" 12000 'all of it is there'

# Somebody else's.
account bob
find 'line'
is "$status" 404 'nobody else searches'
api GET "/api/deployments/$one/logs.txt"
is "$status" 404 'or downloads'
find 'line' "deployment=$one"
is "$status" 404 'by any name'
api POST /api/projects '{"slug":"his"}'
api GET "/api/projects/his/logs?q=line&deployment=$one"
is "$status $(json '.lines|length')" '200 0' 'nor through a project of their own'

