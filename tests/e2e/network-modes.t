#!/bin/sh
# What the commands of a project reach by its network setting: everything
# public, registries alone, or after the install nothing; and how much.
. "${srcdir:-.}/tests/e2e/lib.sh"
allow_registry
flood=$("$daemon" port)
conf net-allow "$allow 127.0.0.1/32:$flood"
conf build-network-max 40
start postgres redis api serve builderd git nginx

# Says what it is asked for, without end.
cat >"$T/flood.js" <<EOF
require('net').createServer(s => {
	const some = Buffer.alloc(65536), go = () => { while (s.write(some)); }
	s.on('drain', go).on('error', () => {})
	go()
}).listen($flood, '127.0.0.1')
EOF
node "$T/flood.js" >>"$T/log/flood.log" 2>&1 &
echo $! >"$T/pid/flood"

account ann
repo modes
cat >"$T/src/modes/package.json" <<'EOP'
{"name":"modes","private":true,"dependencies":{"ms":"2.1.3"},"scripts":{"build":"node probe.js"}}
EOP
cat >"$T/src/modes/probe.js" <<EOF
const tls = require('tls'), net = require('net'), dns = require('dns'), fs = require('fs')
const say = (name, what) => console.log('probe ' + name + ': ' + what)
const hello = (name, host, servername) => new Promise(done => {
	const s = tls.connect({ host, port: 443, servername, rejectUnauthorized: false })
	const end = what => { say(name, what); s.destroy(); done() }
	s.on('secureConnect', () => end('an answer')).on('error', () => end('nothing'))
	s.setTimeout(9000, () => end('silence'))
})
const plain = (name, host, port) => new Promise(done => {
	const s = net.connect(port, host, () => s.write('GET / HTTP/1.0\r\n\r\n'))
	const end = what => { say(name, what); s.destroy(); done() }
	s.on('data', () => end('an answer')).on('error', () => end('nothing')).on('end', () => end('nothing'))
	s.setTimeout(9000, () => end('silence'))
})
const find = name => new Promise(done => dns.lookup(name, (e, a) => { say('name', e ? e.code : 'found'); done(a) }))
;(async () => {
	const a = await find('$registry')
	await hello('registry', a || '$(echo "$addresses" | head -1)', '$registry')
	await hello('disguised', a || '$(echo "$addresses" | head -1)', 'slipway.example')
	await plain('allowed', '127.0.0.1', $git_port)
	await new Promise(done => dns.lookup('slipway.example', e => { say('other name', e ? e.code : 'found'); done() }))
	fs.mkdirSync('dist', { recursive: true })
	fs.writeFileSync('dist/index.html', 'done')
})()
EOF
commit modes 'Look around'
api POST /api/projects "{\"slug\":\"modes\",\"repo\":\"$repo\"}"
is "$status" 201 'a project'

deploy modes
is "$state" ready 'full: built'
[ "$state" = ready ] || note "$log"
like "$log" 'added 1 package' 'and installed'
like "$log" 'probe registry: an answer' 'the build reaches what is public'
like "$log" 'probe disguised: an answer' 'by any name'
like "$log" 'probe allowed: an answer' 'and what the operator allows'
like "$log" "network: $registry:443: [0-9]+ connections?, [0-9]+ KiB in, [0-9]+ KiB out" \
    'and its log says what it reached'
unlike "$log" '0 connections' 'not what it did not'

api PATCH /api/projects/modes '{"network":"registries"}'
is "$status" 200 'registries alone'
deploy modes
is "$state" ready 'built'
like "$log" 'added 1 package' 'and installed, without being told from where'
like "$log" "network: limited to .*$registry" 'the log says what it is limited to'
like "$log" 'probe registry: an answer' 'the build reaches a registry'
like "$log" 'probe disguised: nothing' 'but not by another name'
like "$log" 'probe other name: ENOTFOUND' 'of which there is none'
like "$log" 'probe allowed: an answer' 'and what the operator allows with its port'

api PATCH /api/projects/modes '{"ignore_command":"node probe.js"}'
is "$status" 200 'an ignore command'
deploy modes
is "$state" canceled 'skipped'
[ "$state" = canceled ] || note "$log"
like "$log" 'probe registry: nothing' 'it reaches no registry'
like "$log" 'probe allowed: nothing' 'nor anything else'
api PATCH /api/projects/modes '{"ignore_command":"node probe.js; exit 1"}'
deploy modes
is "$state" ready 'not skipped'
[ "$state" = ready ] || note "$log"
like "$log" "network: limited to .*$registry" 'what comes after it is limited to the same'
api PATCH /api/projects/modes '{"ignore_command":""}'
is "$status" 200 'none again'

api PATCH /api/projects/modes '{"network":"none"}'
is "$status" 200 'nothing after the install'
deploy modes
is "$state" ready 'built'
like "$log" 'added 1 package' 'and installed'
like "$log" 'probe registry: nothing' 'the build reaches no registry'
unlike "$log" 'probe name: found' 'finds no name'
like "$log" 'probe allowed: nothing' 'and not even what the operator allows'

api PATCH /api/projects/modes '{"network":"full"}'
cat >"$T/src/modes/probe.js" <<EOF
require('net').connect($flood, '127.0.0.1').resume()
EOF
commit modes 'Too much'
deploy modes
is "$state" failed 'more than it may'
is "$(json .error_code)" network 'has a name'
like "$(json .error)" 'more than 40 MiB .*build-network-max' 'and a limit with one'
like "$log" "network: 127\.0\.0\.1:$flood: 1 connection, [0-9]+ MiB in" 'by whom'
