# logs -- 1,000 lines a second from 8 builds at once: complete, what that costs, and
# how long a line takes until the API has it.  What it costs to read along is said as
# well: with one who does, and with one for each build.
rate=125
seconds=$((SECONDS_EACH < 5 ? 10 : SECONDS_EACH * 2))
alone=35 # seconds after which a build knows that nobody follows it
stop builderd
conf build-slots 8
sed -i '/^build-slots /d' "$T/slipway.conf"
echo 'build-slots 8' >>"$T/slipway.conf"
start builderd

# Nanoseconds of a processor that the processes named $1 below PID $2 had.
spent() {
	for p in $(descend "$2"); do
		[ "$(cat "/proc/$p/comm" 2>/dev/null)" = "$1" ] && cat "/proc/$p/schedstat" 2>/dev/null
	done | awk '{ n += $1 } END { printf "%.0f\n", n }'
}
# cost COMMAND ...: sets $own and $theirs, what builderd and PostgreSQL took of a core
# while it ran, in percent.
cost() {
	own=$(spent builderd "$(pid_of builderd)") theirs=$(spent postgres "$(head -1 "$T/pg/postmaster.pid")") t0=$(ms)
	"$@"
	t1=$(ms)
	own=$(percent $(($(spent builderd "$(pid_of builderd)") - own)))
	theirs=$(percent $(($(spent postgres "$(head -1 "$T/pg/postmaster.pid")") - theirs)))
}
percent() {
	awk -v ns="$1" -v ms=$((t1 - t0)) 'BEGIN { printf "%.1f\n", ns / 1e4 / ms }'
}
# followed DEPLOYMENT ...: how old its lines are when they are here, to $T/lag.N.
followed() {
	n=0 pids=
	for d; do
		n=$((n + 1))
		"$lag" "http://localhost:$port/api/deployments/$d/logs" "$token" \
		    "$(db "SELECT max(seq) FROM build_logs WHERE deployment_id = '$d'")" "$seconds" >"$T/lag.$n" &
		pids="$pids $!"
	done
	# shellcheck disable=SC2086 # words
	wait $pids
}
db 'UPDATE teams SET max_running = 8' >/dev/null
repo logs
cat >"$T/src/logs/package.json" <<'EOP'
{"name":"logs","scripts":{"build":"node talk.js"}}
EOP
cat >"$T/src/logs/talk.js" <<EOP
const fs = require('fs'), began = Date.now(), all = $rate * (3 * $seconds + $alone + 6)
let n = 0
fs.mkdirSync('dist')
fs.writeFileSync('dist/index.html', 'x')
const timer = setInterval(() => {
	const due = Math.min(all, (Date.now() - began) * $rate / 1000)
	while (n < due) console.log('line ' + ++n + ' at ' + Date.now() + ' transforming node_modules/some/module/index.js')
	if (n === all) clearInterval(timer)
}, 4)
EOP
commit logs Begin
for i in 1 2 3 4 5 6 7 8; do
	api POST /api/projects "{\"slug\":\"logs$i\",\"repo\":\"$repo\"}"
	api POST "/api/projects/logs$i/deployments" '{}'
	eval "d$i=$(json .id)"
done
# All of them are printing.
for i in 1 2 3 4 5 6 7 8; do
	eval "d=\$d$i"
	for _ in $(seq 120); do
		api GET "/api/deployments/$d/logs?limit=1000&wait=1"
		case $body in *'line 1 at'*) break ;; esac
	done
done
cost followed "$d1" "$d2" "$d3" "$d4" "$d5" "$d6" "$d7" "$d8"
all="builderd $own % and PostgreSQL $theirs %"
sleep "$alone"
cost sleep "$seconds"
none="builderd $own % and PostgreSQL $theirs %" sum="$own + $theirs"
cost followed "$d8"
one="builderd $own % and PostgreSQL $theirs %"
whole=0
for i in 1 2 3 4 5 6 7 8; do
	eval "follow \"\$d$i\""
	[ "$state" = ready ] || say "logs$i: $state $(json .error)"
	[ "$(sed -n 's/^line \([0-9]*\) at.*/\1/p' "$T/buildlog" | awk '$1 == NR' | wc -l)" = $((rate * (3 * seconds + alone + 6))) ] &&
	    whole=$((whole + 1))
done
# What this machine takes for as many statements that do nothing as eight send that are
# followed.
echo 'SELECT 1;' >"$T/nothing.sql"
timeout $((seconds + 10)) "$PG_BIN/pgbench" -n -h "$T/run" -U slipway_queue -d slipway -M prepared -c 8 -R 40 \
    -T $((seconds + 1)) -f "$T/nothing.sql" >>"$T/log/bench.log" 2>&1 &
cost sleep "$seconds"
wait $!
line '1,000 lines/s of log from 8 builds at once, which nobody reads along' 'complete, < 5 % of a core' \
    "$whole of 8 complete; $none; one of them read: $one; all: $all (SELECT 1 as often, $theirs %)" "$(reached "$whole == 8 && $sum < 5")"
sort -n "$T/lag.1" >"$T/b"
line 'a line printed until the API has given it' '< 300 ms' \
    "median $(median <"$T/b") ms, p99 $(awk '{ v[NR] = $1 } END { print v[int(NR * 0.99)] }' "$T/b") ms" \
    "$(reached "$(awk '{ v[NR] = $1 } END { print v[int(NR * 0.99)] }' "$T/b") < 300")"
stop builderd
sed -i 's/^build-slots .*/build-slots 2/' "$T/slipway.conf"
start builderd
