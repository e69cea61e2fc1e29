#!/bin/sh
# The sites stay up with PostgreSQL and Redis down, across a restart of
# fcgi-serve; the API says so, and all come back by themselves.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx
account ann
repo site
cp -R "$srcdir/examples/plain-html/." "$T/src/site"
head -c 400000 /dev/urandom >"$T/src/site/large.bin"
commit site Begin
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
deploy site
is "$state" ready 'deployed'
first=$deployment
site site /
is "$status" 200 'and seen'
site "${first#dpl_}--site" /
is "$status" 200 'at both hosts'
api GET /api/ready
is "$status $(json .postgresql) $(json .redis)" '200 ok ok' 'ready'

kill_hard redis
api GET /api/ready
is "$status $(json .redis)" '200 down' 'without Redis: ready still'
deploy site
is "$state" ready 'and deploys'
kill_hard postgres
api GET /api/health
is "$status" 200 'without PostgreSQL: alive'
api GET /api/ready
is "$status $(json .postgresql)" '503 down' 'and not ready'
api GET /api/projects
is "$status" 503 'the API is busy'
is "$(header Content-Type)" application/problem+json 'and says so properly'
site site /
is "$status" 200 'the site is up'
site site /large.bin
is "$status" 200 'large files too'
site unknown /
is "$status $(header Retry-After)" '503 2' 'what nobody knows may come later'

stop serve
start serve
site site / -H 'Cache-Control: no-cache'
is "$status" 200 'across a restart'
ok 'byte for byte' cmp "$T/body" "$T/src/site/index.html"
site "${first#dpl_}--site" /notes/
is "$status" 200 'at both hosts'

start postgres redis
# A worker looks for Redis once a second, and each has its own connection.
try=0
api GET /api/ready
while [ $try -lt 30 ] && [ "$(json .redis)" != ok ]; do
	sleep 0.1
	api GET /api/ready
	try=$((try + 1))
done
is "$status $(json .postgresql) $(json .redis)" '200 ok ok' 'all are back'
api GET /api/projects
is "$status" 200 'the API works again'
echo '<h1>After</h1>' >"$T/src/site/index.html"
commit site After
deploy site
is "$state" ready 'builds work again'
try=0
site site /
while [ $try -lt 30 ] && [ "$body" != '<h1>After</h1>' ]; do
	sleep 0.1
	site site /
	try=$((try + 1))
done
is "$body" '<h1>After</h1>' 'and are seen'
api POST "/api/deployments/$first/promote"
is "$status" 200 'so is a promotion'
try=0
while [ $try -lt 30 ] && [ "$body" = '<h1>After</h1>' ]; do
	sleep 0.1
	site site /
	try=$((try + 1))
done
unlike "$body" After 'within a second or so'
