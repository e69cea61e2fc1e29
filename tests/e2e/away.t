#!/bin/sh
# fcgi-serve away, or without a database: nothing is shown that a password was
# set on since, whatever nginx or fcgi-serve still has of it (SEC-95, SEC-96).
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api nginx
account ann
api POST /api/projects '{"slug":"shop","repo":"https://git.example/shop.git"}'
mkdir -p "$T/site/assets"
echo 'secret page' >"$T/site/index.html"
echo 'secret app' >"$T/site/assets/app.0a1b2c3d.js"
release shop "$T/site"
start serve

# away WHAT: what is asked for while fcgi-serve does not run.
away() {
	for p in / /assets/app.0a1b2c3d.js /?q; do
		site shop "$p"
		is "$status $(header Retry-After) $(header Cache-Control)" '503 2 no-store' "$1: $p comes later"
		unlike "$body" secret 'nothing of it is given'
	done
	is "$(header X-Content-Type-Options)" nosniff 'in plain words'
	site shop /.slipway/login -d password=x
	is "$status" 503 'nor is there anything to sign in to'
	api GET /api/health
	is "$status" 200 'the API is'
}

for p in / /assets/app.0a1b2c3d.js /?q; do
	site shop "$p"
	is "$status" 200 "$p is shown"
done
ok 'and nginx has kept it' grep -rq secret "$T/nginx-cache"
stop serve
# What it keeps is good for the rest of the second, and no longer.
tries=0
for p in / /assets/app.0a1b2c3d.js /?q; do
	until site shop "$p" && [ "$status" != 200 ] || [ $((tries += 1)) = 1000 ]; do :; done
done
ok 'as it still has' grep -rq secret "$T/nginx-cache"
away 'fcgi-serve is stopped'
api PUT /api/projects/shop/protection '{"hosts":"all","password":"open sesame"}'
is "$status" 200 'a password meanwhile'
away 'with a password'
start serve
for p in / /assets/app.0a1b2c3d.js /?q; do
	site shop "$p"
	is "$status" 401 "and then it is asked for: $p"
done
