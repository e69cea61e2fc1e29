#!/bin/sh
# What a build can reach, asked from inside: what net-allow names, and nothing
# else of this machine or the networks it is in (SEC-24).
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx
plan 21

own=$(hostname -I | tr ' ' '\n' | grep -v : | head -1)
: "${own:=127.0.0.1}"
gateway=$(ip route show default 2>/dev/null | sed -n 's/.* via \([^ ]*\).*/\1/p' | head -1)
: "${gateway:=10.0.0.1}"
# A socket without a file, as buses and X servers have, and a service.
service=$("$daemon" port)
cat >"$T/service.js" <<EOF
const serve = at => require('net').createServer(s => s.end('hello')).listen(at)
serve({ path: '\0slipway-$$' })
serve({ host: '0.0.0.0', port: $service })
EOF
node "$T/service.js" >>"$T/log/service.log" 2>&1 &
echo $! >"$T/pid/service"
account ann
repo net
cat >"$T/src/net/package.json" <<'EOP'
{"name":"net","scripts":{"build":"node probe.js"}}
EOP
cat >"$T/src/net/probe.js" <<EOP
const net = require('net'), fs = require('fs')
const probe = (name, to) => new Promise(done => {
	const s = net.connect(to, () => s.write('GET / HTTP/1.0\r\n\r\n'))
	const say = what => { console.log(name + ': ' + what); s.destroy(); done() }
	s.setTimeout(10000, () => say('silence'))
	s.on('data', () => say('an answer'))
	s.on('error', () => say('nothing'))
	s.on('end', () => say('an end'))
})
const tcp = (host, port) => probe(host + ' ' + port, { host, port })
;(async () => {
	await tcp('127.0.0.1', $git_port)
	await tcp('127.0.0.2', $git_port)
	await tcp('10.0.0.1', 443)
	await tcp('192.168.0.1', 80)
	await tcp('169.254.169.254', 80)
	await tcp('$own', 443)
	await tcp('$own', 22)
	await tcp('::1', 443)
	await tcp('::ffff:127.0.0.1', 443)
	await tcp('127.0.0.1', 5432)
	await probe('postgres', { path: '$T/run/.s.PGSQL.5432' })
	await probe('redis', { path: '$T/run/redis.sock' })
	await probe('api', { path: '$T/run/api.sock' })
	await probe('serve', { path: '$T/run/serve.sock' })
	await probe('abstract', { path: '\\0slipway-$$' })
	await tcp('$gateway', 80)
	await tcp('$own', $service)
	await tcp('127.0.0.1', $service)
	fs.mkdirSync('dist')
	fs.writeFileSync('dist/index.html', 'done')
})()
EOP
commit net 'Look around'
api POST /api/projects "{\"slug\":\"net\",\"repo\":\"$repo\"}"
deploy net
is "$(node -e "require('net').connect({path:'\0slipway-$$'}).pipe(process.stdout)")" hello \
    'a server of this machine that has no file'
is "$state" ready 'built'
[ "$state" = ready ] || note "$log"
like "$log" "127\.0\.0\.1 $git_port: an answer" 'what net-allow names'
for to in "127.0.0.2 $git_port" '10.0.0.1 443' '192.168.0.1 80' \
    '169.254.169.254 80' "$own 443" "$own 22" '::1 443' \
    '::ffff:127.0.0.1 443' '127.0.0.1 5432' postgres redis api serve abstract \
    "$gateway 80" "$own $service" "127.0.0.1 $service"; do
	like "$log" "$to: nothing" "$to"
done
like "$log" 'refused 169\.254\.169\.254:80 \(metadata address\)' 'and the log says why'
