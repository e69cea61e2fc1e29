#!/bin/sh
# A React site: npm ci and vite build, for real.  The second time the
# dependencies are there.
. "${srcdir:-.}/tests/e2e/lib.sh"
allow_registry
start postgres redis api serve builderd git nginx

account ann
repo app
cp -R "$srcdir/examples/react-vite/." "$T/src/app"
# Its date makes another name each time: one of 300 has neither a digit nor a
# small letter, and does not look like a hash.
sed -i "s/new Date().toISOString()/'2026-01-01'/" "$T/src/app/vite.config.js"
commit app 'Begin'
api POST /api/projects "{\"slug\":\"app\",\"repo\":\"$repo\"}"
is "$status" 201 'a project'
deploy app
is "$state" ready 'npm ci and vite build'
[ "$state" = ready ] || note "$(tail -n 30 "$T/buildlog")"
is "$(json .framework)" vite 'it is Vite'
like "$log" 'vite v[0-9]' 'and said so itself'
site app /
is "$status" 200 'the site is there'
like "$body" '<div id="root">' 'as built'
asset=$(printf '%s' "$body" | grep -o '/assets/[^"]*\.js' | head -1)
site app "$asset"
is "$status" 200 'its script'
is "$(header Cache-Control)" 'public, max-age=31536000, immutable' 'for ever'
is "$(header Content-Type)" 'text/javascript; charset=utf-8' 'as JavaScript'
site app /some/route -H 'Accept: text/html'
is "$status" 200 'a route of the application'
like "$body" '<div id="root">' 'is the application'
site app /assets/gone-12345678.js
is "$status" 404 'what looks like a file is not'

install=$(json .timings.install)
sed -i 's/<title>.*</<title>Changed</' "$T/src/app/index.html"
commit app 'Change the title'
deploy app
is "$state" ready 'again'
like "$log" '[Rr]estored' 'with the dependencies of the first time'
unlike "$log" 'added [0-9]+ packages' 'which are not installed again'
own /
like "$body" '<title>Changed' 'and the change'
