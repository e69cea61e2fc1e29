#!/bin/sh
# Who may look: a password for people, tokens for machines, through nginx with
# its cache and through lighttpd (SEC-45, SEC-49, SEC-92, SEC-93, SEC-96).
. "${srcdir:-.}/tests/e2e/lib.sh"
conf login-rate 5
conf inline-max 65536
start postgres redis api nginx
account ann
api POST /api/projects '{"slug":"shop"}'

mkdir -p "$T/site/assets" "$T/site/docs" "$T/site/.slipway"
echo 'secret page' >"$T/site/index.html"
echo 'secret docs' >"$T/site/docs/index.html"
echo 'secret app' >"$T/site/assets/app.0a1b2c3d.js"
echo 'secret 404' >"$T/site/404.html"
echo 'evil' >"$T/site/.slipway/login"
echo '/seen  /docs/  302!  Cookie=slipway' >"$T/site/_redirects"
yes 'secret large' | head -c 200000 >"$T/site/large.bin"
manifest=$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")
rm "$T/site/assets/app.0a1b2c3d.js"
echo 'secret app' >"$T/site/assets/app.0a1b2c3e.js"
newer=$("$builddir/tests/fcgi-serve/mksite" "$T/state/blobs" "$T/site")
chmod -R a+rX "$T/state/blobs"
publish() {
	db "INSERT INTO deployments (team_id, project_id, seq, state, target, source, manifest,
	    branch_label, finished_at) SELECT team_id, id,
	    1 + (SELECT count(*) FROM deployments), 'ready', 'production', 'prebuilt', '$1',
	    'main', now() FROM projects WHERE slug = 'shop' RETURNING id"
}
first=$(publish "$manifest")
db "UPDATE projects SET live_deployment = '$first'"
live=$(publish "$newer")
db "UPDATE projects SET live_deployment = '$live'"
start serve

# ---- the API, and slipway -------------------------------------------------------
api PUT /api/projects/shop/protection '{"hosts":"all"}'
is "$status $(json '.errors[0].field')" '422 password' 'no protection without a password'
api PUT /api/projects/shop/protection '{"hosts":"all","password":"short"}'
is "$status" 422 'nor with a short one'
api POST /api/projects/shop/protection/tokens '{"name":"ci"}'
is "$status" 409 'nor a token for what is open'
site shop /
is "$status $body" '200 secret page' 'open as yet'
out=$(echo 'open sesame & more' | cli protect set previews -p shop)
like "$out" 'Protected: previews' 'slipway protect'
site shop /
is "$status" 200 'previews: production is open'
site "${first#dpl_}--shop" /
is "$status" 401 'a deployment is not'
site main--shop /
is "$status" 401 'nor a branch'
out=$(cli protect set all --keep-password -p shop --json)
is "$(printf %s "$out" | jq -r .hosts)" all 'all of them, by the same password'
like "$(cli protect show -p shop)" '^hosts	all' 'as it says'
unlike "$(cli protect show -p shop --json; api GET /api/projects/shop/protection; echo "$body")" \
    'argon2|cookie_key|hash' 'and no more'
token1=$(cli protect token ci -p shop 2>/dev/null | tail -1)
like "$token1" '^slv_[A-Za-z0-9_-]{43}$' 'a token'
like "$(echo x | cli protect set none -p shop)" 'hosts|all' 'what it does not know it says'

# ---- what is asked of visitors -----------------------------------------------------
cookie=
# sign_in HOST PASSWORD [TO]: sets $cookie to what came.
sign_in() {
	site "$1" /.slipway/login --data-urlencode "password=$2" --data-urlencode "to=${3:-/}"
	cookie=$(header Set-Cookie | sed 's/;.*//')
}
private() {
	is "$(header Cache-Control)" 'private, no-store' "$1: kept by nobody"
}
fetch() { # PATH [CURL ...]: as one who may
	p=$1
	shift
	site shop "$p" -H "Cookie: $cookie" "$@"
}
all() {
	for p in / /docs /docs/ /assets/app.0a1b2c3e.js /assets/app.0a1b2c3d.js /large.bin /nothing \
	    /nothing.js /a//b; do
		site shop "$p"
		is "$status" 401 "$1: $p"
		unlike "$body" 'secret' 'nothing of it is given'
		private "$p"
	done
	site shop / -I
	is "$status" 401 'HEAD'
	site shop /large.bin -r 0-10
	is "$status" 401 'a range'
	site shop / -X PUT
	is "$status" 401 'other methods'
	like "$(header X-Accel-Expires)$(header X-Accel-Redirect)" '^$' 'nothing is said that is for the front server'

	sign_in shop 'wrong password'
	is "$status $cookie" '401 ' 'a wrong password'
	private 'the answer to it'
	sign_in shop 'open sesame & more' '/docs/?a=b'
	is "$status $(header Location)" '303 /docs/?a=b' 'the right one leads to where one was'
	private 'the answer to that'
	like "$(header Set-Cookie)" '^slipway=[0-9]{10}\.[A-Za-z0-9_-]{43}; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax$' \
	    'with a cookie, as http has it'
	unlike "$(header Set-Cookie)" '[Dd]omain' 'for no domain'
	fetch /
	is "$status $body" '200 secret page' 'which lets one look'
	private 'a page'
	fetch /docs/
	is "$status $body" '200 secret docs' 'everywhere'
	fetch /seen
	is "$status" 404 'of which the rules of the site see nothing'
	fetch /docs
	is "$status" 301 'redirects'
	private 'a redirect'
	fetch /assets/app.0a1b2c3e.js
	is "$status $body" '200 secret app' 'assets'
	private 'an asset'
	fetch /assets/app.0a1b2c3d.js
	is "$status $body" '200 secret app' 'those of before'
	private 'such a one'
	fetch / -H "If-None-Match: $(header ETag)"
	fetch / -H 'If-None-Match: *'
	is "$status" 304 'what one has'
	private 'a 304'
	fetch /large.bin
	is "$status $(wc -c <"$T/body")" '200 200000' 'large files'
	private 'a large file'
	fetch /large.bin -r 0-5
	is "$status $body" '206 secret' 'a part of one'
	private 'a part'
	fetch /large.bin -I
	is "$status" 200 'the head of one'
	private 'a head'
	fetch /nothing
	is "$status $body" '404 secret 404' 'the page for what is not there'
	private 'a 404'
	fetch /nothing.js
	is "$status" 404 'an asset that is not there'
	private 'such a 404'
	site shop /
	is "$status" 401 'nobody else is given what was given'
	fetch /
	fetch /
	is "$status" 200 'again and again'

	# ---- cookies that are none
	good=$cookie
	site "${live#dpl_}--shop" / -H "Cookie: $good"
	is "$status" 401 'of another host of the project'
	fetch / -H "Cookie: $good; $good"
	site shop / -H "Cookie: $good; $good"
	is "$status" 401 'twice (SEC-93)'
	site shop / -H "Cookie: a=b; $good; c=d"
	is "$status" 200 'among others'
	site shop / -H "Cookie: x$good"
	is "$status" 401 'of another name'
	site shop / -H "Cookie: ${good%?}"
	is "$status" 401 'cut short'
	site shop / -H "Cookie: slipway=9999999999.${good#*.}"
	is "$status" 401 'for ever'
	site shop / -H 'Cookie: slipway='
	is "$status" 401 'empty'

	# ---- tokens
	site shop / -H "X-Slipway-Token: $token1"
	is "$status $body" '200 secret page' 'a token'
	private 'what a token is given'
	site shop / -H "X-Slipway-Token: ${token1%?}"
	is "$status" 401 'a part of one'
	site shop "/?token=$token1"
	is "$status" 401 'in no URL'

	# ---- where to: a path of this host (SEC-45)
	for to in '//evil.example' '/\evil.example' 'https://evil.example' '/%0d%0aX: y' \
	    "/$(printf '\r\nX-Evil: y')" ' /x' "/$(printf '\t')/evil.example" '' 'x'; do
		site shop /.slipway/login -H "Cookie: $good" -G --data-urlencode "to=$to"
		like "$status $(header Location)" '^(303 /(%0d%0aX:%20y)?|400 )$' "to $(printf %s "$to" | tr -c ' -~' '?')"
		is "$(header X-Evil)" '' 'no header of theirs'
	done
	site shop '/docs/"><script>alert(1)</script>?"><b>'
	unlike "$body" '<script|<b>' 'nothing is written into the page as it came'
	site shop /.slipway/login
	is "$status" 200 'the page itself'
	like "$body" '<form method="post" action="/.slipway/login">' 'is a form'
	unlike "$body" '<script|evil' 'without a script, and not the site'\''s'
	like "$(header Content-Security-Policy)" "default-src 'none'.*form-action 'self'.*frame-ancestors 'none'" 'in no frame'
	site shop /.slipway/login -H 'Service-Worker: script'
	is "$status" 403 'and no service worker (SEC-92)'
	is "$(header Service-Worker-Allowed)" '' 'nor the promise of one'
	site shop /.slipway/other -H "Cookie: $good"
	is "$status" 404 'nothing else is there'
	site shop /.slipway/login -H "Cookie: $good" -X DELETE
	is "$status" 405 'nor another method'
	head -c 9000 /dev/zero | tr '\0' x >"$T/long"
	site shop /.slipway/login --data-binary "@$T/long"
	is "$status" 413 'nor a long form'
}
# Of what was open nginx may have kept an answer, for the rest of that second.
for i in $(seq 50); do
	site shop /
	[ "$status" = 200 ] || break
	sleep 0.1
done
find "$T/nginx-cache" -type f -delete
all nginx
is "$(grep -rl secret "$T/nginx-cache" 2>/dev/null | wc -l)" 0 'nginx has kept nothing of it'
is "$(find "$T/state/routes" -type f ! -perm 600 | wc -l)" 0 'and nobody else may read what is known of hosts'

# ---- too often ------------------------------------------------------------------
stop serve
start serve
for i in 1 2 3 4 5 6 7 8 9 10 11; do sign_in shop 'wrong password'; done
is "$status" 429 'one who tries too often'
like "$(header Retry-After)" '^[0-9]+$' 'is told when to come back'
private 'and that'
sign_in shop 'open sesame & more'
is "$status $cookie" '429 ' 'whatever the password'
site shop / -H "Cookie: $good"
is "$status" 200 'who is in stays in, across a restart'

# ---- many at once (SEC-49) ----------------------------------------------------------
stop serve
sed -i 's/^login-rate .*/login-rate 100000/; s/^serve-workers .*/serve-workers 8/' "$T/slipway.conf"
start serve
site shop / -H "Cookie: $good"
# anonymous: KiB of all workers, each looked at in turn.
anonymous() {
	sum=0
	for p in $(children "$(pid_of serve)"); do
		k=$(awk '/^RssAnon/ { print $2 }' "/proc/$p/status" 2>/dev/null)
		sum=$((sum + ${k:-0}))
	done
}
anonymous
base=$sum peak=0
seq 200 | xargs -P 50 -I @ curl --max-time 60 -sS -o /dev/null -w '%{http_code}\n' -H "Host: shop.localhost:$port" \
    --data 'password=wrong%20password' "http://127.0.0.1:$port/.slipway/login" 2>&1 | sort >"$T/codes" &
many=$!
while kill -0 $many 2>/dev/null; do
	anonymous
	[ "$sum" -le $peak ] || peak=$sum
done
wait $many
is "$(uniq "$T/codes" | grep -vxE '401|503' | tr '\n' ' ')" '' '200 at once: wrong, or come back'
is "$(wc -l <"$T/codes")" 200 'all of them are answered'
ok 'some were checked' grep -q 401 "$T/codes"
# One takes 19 MiB, and moves on while we look from worker to worker.
# A sanitizer keeps what was given back.
grep -q 'DSANITIZE' "$builddir/config.status" ||
    ok "and the memory is bounded: $base KiB, $peak at most" test "$peak" -lt $((base + 5 * 19456))

# ---- without a database ---------------------------------------------------------------
sed -i 's/^login-rate .*/login-rate 1000/; s/^serve-workers .*/serve-workers 2/' "$T/slipway.conf"
kill_hard postgres
stop serve
start serve
site shop /
is "$status" 401 'without PostgreSQL: protected still'
site shop / -H "Cookie: $good"
is "$status $body" '200 secret page' 'who is in stays in'
sign_in shop 'open sesame & more'
is "$status" 303 'and others sign in'
site shop / -H "X-Slipway-Token: $token1"
is "$status" 200 'tokens, too'
start postgres

# ---- what ends it -------------------------------------------------------------------
stop serve
start serve
good=$cookie
id=$(db 'SELECT id FROM protection_tokens')
name=$(db 'SELECT name FROM protection_tokens')
like "$(cli protect rm none -p shop 2>&1)" 'there is no token none of project shop, or' 'of a token that is not there it is said'
like "$(cli protect rm "$name" -p shop 2>&1)" Revoked 'a token is revoked by its name'
cli protect token twin -p shop >/dev/null 2>&1
cli protect token twin -p shop >/dev/null 2>&1
like "$(cli protect rm twin -p shop 2>&1)" '2 tokens are called twin; give the id' 'not by a name that two have'
for id in $(db "SELECT id FROM protection_tokens WHERE name = 'twin'"); do
	like "$(cli protect rm "$id" -p shop 2>&1)" Revoked 'but by its id'
done
code=
for i in $(seq 50); do
	site shop "/?$i" -H "X-Slipway-Token: $token1"
	[ "$status" = 200 ] || break
done
is "$status" 401 'and is no good then'
site shop / -H "Cookie: $good"
is "$status" 200 'the cookie is'
echo 'another password of theirs' | cli protect set all -p shop >/dev/null
for i in $(seq 50); do
	site shop "/?$i" -H "Cookie: $good"
	[ "$status" = 200 ] || break
done
is "$status" 401 'until there is another password'
sign_in shop 'open sesame & more'
is "$status" 401 'the old one is no good'
sign_in shop 'another password of theirs'
is "$status" 303 'the new one is'
good=$cookie

# ---- https -----------------------------------------------------------------------------
sed -i 's/^site-scheme .*/site-scheme https/' "$T/slipway.conf"
stop serve
start serve
sign_in shop 'another password of theirs'
like "$(header Set-Cookie)" '^__Host-slipway=.*; Path=/; .*HttpOnly; SameSite=Lax; Secure$' 'by https: __Host-, and Secure'
site shop / -H "Cookie: $cookie"
is "$status" 200 'which is good'
site shop / -H "Cookie: $good"
is "$status" 401 'one without is not'
sed -i 's/^site-scheme .*/site-scheme http/' "$T/slipway.conf"

# ---- the same through lighttpd ---------------------------------------------------------
echo 'open sesame & more' | cli protect set all -p shop >/dev/null
token1=$(cli protect token ci -p shop 2>/dev/null | tail -1)
stop nginx
start lighttpd
all lighttpd
cli protect set off -p shop >/dev/null 2>&1
like "$(cli protect set sometimes -p shop </dev/null 2>&1)" 'say all, previews or off' 'another word is refused before a password is read'
said=$(cli protect set off -p shop 2>&1)
is "$?/$said" '0/Everybody may look.' 'off twice is off'
like "$(cli protect set off -p none 2>&1)" 'there is no project none' 'but of a project that is there'
for i in $(seq 50); do
	site shop "/?$i"
	[ "$status" = 401 ] || break
done
is "$status $body" '200 secret page' 'open again'
like "$(header Cache-Control)" public 'to everybody'
api GET /api/projects/shop/protection
is "$status $(json .hosts) $(json '.tokens|length')" '200 off 0' 'without tokens'
site shop /.slipway/login
is "$status" 404 'and with nothing to sign in to'
