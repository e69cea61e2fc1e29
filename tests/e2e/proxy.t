#!/bin/sh
# Rules that lead to another server: what arrives there and what comes back, and
# which servers are none of a site's business (SEC-20, SEC-21, SEC-85).
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'
command -v openssl >/dev/null || skip_all 'no openssl'

# ---- servers of others ------------------------------------------------------

back=$("$daemon" port) tls=$("$daemon" port) other=$("$daemon" port) dead=$("$daemon" port)
denied=$("$daemon" port)
# pair NAME HOST: a certificate, signed by the same authority.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca -keyout "$T/ca.key" \
    -out "$T/ca.pem" >"$T/log/openssl.log" 2>&1
pair() {
	openssl req -newkey rsa:2048 -nodes -subj "/CN=$2" -keyout "$T/$1.key" -out "$T/$1.csr"
	printf 'subjectAltName=DNS:%s\n' "$2" >"$T/$1.ext"
	openssl x509 -req -days 2 -in "$T/$1.csr" -CA "$T/ca.pem" -CAkey "$T/ca.key" \
	    -CAcreateserial -extfile "$T/$1.ext" -out "$T/$1.pem"
}
{
	pair right 127.0.0.1
	pair wrong example.org
} >>"$T/log/openssl.log" 2>&1
chmod 644 "$T/ca.pem"
# backend NAME PORT [CERT KEY]: runs until the test ends.
backend() {
	mkfifo "$T/run/$1.ready"
	backend_name=$1
	: >"$T/$1.seen"
	shift
	python3 "$srcdir/tests/e2e/backend.py" "$1" "$T/$backend_name.seen" ${2:+"$2" "$3"} \
	    >"$T/run/$backend_name.ready" 2>"$T/log/$backend_name.log" &
	echo $! >"$T/pid/$backend_name"
	told "$T/run/$backend_name.ready" >/dev/null
}
backend back "$back"
backend tls "$tls" "$T/right.pem" "$T/right.key"
backend other "$other" "$T/wrong.pem" "$T/wrong.key"
backend denied "$denied"
proxy_ca=$T/ca.pem
conf proxy-allow "127.0.0.1/32:$back 127.0.0.1/32:$tls 127.0.0.1/32:$other 127.0.0.1/32:$dead"

# ---- a site ------------------------------------------------------------------

start postgres redis api serve builderd git nginx
plan 71
account ann
repo shop
echo '<p>home' >"$T/src/shop/index.html"
mkdir -p "$T/src/shop/secret"
echo '<p>secret' >"$T/src/shop/secret/index.html"
cat >"$T/src/shop/_redirects" <<END
/api/*      http://127.0.0.1:$back/base/:splat  200
/q/*        http://127.0.0.1:$back/q/:splat?fixed=1  200
/tls/*      https://127.0.0.1:$tls/:splat  200
/wrong/*    https://127.0.0.1:$other/:splat  200
/plain/*    https://127.0.0.1:$back/:splat  200
/dead/*     http://127.0.0.1:$dead/:splat  200
/secret/*   http://127.0.0.1:$back/secret/:splat  200!
/denied/1   http://127.0.0.1:$denied/x  200
/denied/2   http://localhost:$denied/x  200
/denied/3   http://[::1]:$denied/x  200
/denied/4   http://2130706433:$denied/x  200
/denied/5   http://0x7f.1:$denied/x  200
/denied/6   http://0.0.0.0:$denied/x  200
/denied/7   http://[::ffff:127.0.0.1]:$denied/x  200
/denied/8   http://10.0.0.1/x  200
/denied/9   http://169.254.169.254/latest/meta-data  200
/denied/10  http://192.168.1.1/x  200
/denied/11  http://127.0.0.2:$back/x  200
/denied/12  http://127.0.0.1:$port/  200
/denied/13  http://shop.localhost:$port/  200
/denied/14  http://100.64.0.1/x  200
/absent     http://no-such-host.invalid/x  200
/id  id=:id  http://127.0.0.1:$back/base/:id/y  200
END
cat >"$T/src/shop/_headers" <<'END'
/secret/*
  Basic-Auth: ann:wonder
END
commit shop 'Rules'
api POST /api/projects "{\"slug\":\"shop\",\"repo\":\"$repo\"}"
deploy shop
is "$state" ready 'a site with rules that lead away'

# ---- there and back ------------------------------------------------------------

site shop /api/x/y
is "$status" 200 'it is answered by the other server'
is "$(json .path)" /base/x/y 'at the path that the rule says'
is "$(json .method)" GET 'as it was asked'
is "$(json .headers.host)" "127.0.0.1:$back" 'by its own name'
is "$(json '.headers["x-forwarded-host"]')" shop.localhost 'with ours beside it'
is "$(json .headers.via)" '1.1 slipway' 'and who passed it on'
is "$(header X-Content-Type-Options)" nosniff 'nosniff is said here, too'
site shop '/api/a%20b/%C3%A9?x=1&y=%26'
like "$(json .path)" '^/base/a%20b/%C3%A9\?x=1&y=%26$' 'paths and queries stay as they are'
for method in POST PUT PATCH DELETE; do
	site shop /api/m -X $method --data-binary 'some=body' -H 'Content-Type: text/x-test'
	is "$status $(json .method) $(json .body) $(json '.headers["content-type"]')" \
	    "200 $method some=body text/x-test" "$method, with its body"
done
site shop /api/m -X OPTIONS
is "$status $(json .method)" '200 OPTIONS' 'OPTIONS'
site shop /api/m -I
is "$status" 200 'HEAD'
is "$(tail -1 "$T/back.seen")" 'HEAD /base/m' 'is HEAD there'
site shop / -X POST -d x
is "$status" 405 'a file is still for reading'
site shop /nowhere -X POST -d x
is "$status" 405 'as is what is not there'
head -c 1048576 /dev/zero | tr '\0' y >"$T/mega"
site shop /api/m --data-binary "@$T/mega"
is "$status $(json '.body|length')" '200 1048576' 'a body of a megabyte'
head -c 9000000 /dev/zero >"$T/mega"
site shop /api/m --data-binary "@$T/mega"
is "$status" 413 'and not one of nine'
site shop /api/big
is "$status $(wc -c <"$T/body")" '200 3000000' 'a large answer'
site shop /api/status/503
is "$status" 503 'its errors are its own'
site shop /api/status/304
is "$status" 304 'and its 304'
site shop /api/redirect
is "$status $(header Location)" '302 http://169.254.169.254/latest' \
    'a redirect is given to the client, and not followed'
site shop /id?id=5
like "$(json .path)" '^/base/5/y' 'what a query says is a part of the path'
n=$(wc -l <"$T/back.seen")
for path in '/id?id=..' '/id?id=%2E%2e/x' '/api/..;/x' '/api/a/.;x=1'; do
	site shop "$path"
	is "$status" 502 "and none that leads out of it: $path"
done
is "$(wc -l <"$T/back.seen")" "$n" 'of which nobody is asked'
site shop /api/x
site shop /api/x
is "$(wc -l <"$T/back.seen")" $((n + 2)) 'nothing is kept'

# ---- what leaves, and what may come back ------------------------------------------

site shop /api/x -H 'Authorization: Bearer mine' -H 'Cookie: session=1' -H 'X-Secret: 1' \
    -H 'Proxy: http://evil.example' -H 'X-Forwarded-For: 6.6.6.6' -H 'X-Accel-Redirect: /x'
is "$(json '.headers|[.authorization,.cookie,.["x-secret"],.proxy,.["x-accel-redirect"]]|@csv')" \
    '"Bearer mine","session=1",,,' 'what leaves is a list'
is "$(json '.headers["x-forwarded-for"]')" 127.0.0.1 'and who asks is not for the client to say'
site shop /secret/x -u ann:wonder -H 'Cookie: session=1'
is "$status" 200 'behind a password of ours'
is "$(json '.headers|[.authorization,.cookie]|@csv')" ',' 'the password stays here'
site shop /secret/headers -u ann:wonder
is "$(header Cache-Control)" 'private, no-store' 'and the answer is for nobody else'
is "$(header X-Robots-Tag)$(header Alt-Svc)" '' 'nor is anything ours said by another'
site shop /secret/x
is "$status" 401 'and is needed'
site shop /api/headers
is "$(header X-Mine)" yes 'headers of its own come back'
is "$(header Set-Cookie)" 'a=b; Domain=; Path=/' 'a cookie is for this host alone'
is "$(header Strict-Transport-Security)$(header Alt-Svc)$(header X-Slipway-Upstream)$(header X-Robots-Tag)" '' \
    'ours are not its to say'
own /api/headers
is "$(header X-Robots-Tag)" noindex 'not even where nothing is to be found'

# The same where the whole host asks for a password of ours.
api PUT /api/projects/shop/protection '{"hosts":"all","password":"open sesame & more"}'
api POST /api/projects/shop/protection/tokens '{"name":"ci"}'
pass=$(json .token)
tries=0
until site shop "/api/headers?$((tries += 1))" && [ "$status" = 401 ] || [ $tries = 1000 ]; do :; done
n=$(wc -l <"$T/back.seen")
site shop /api/headers
is "$status $(wc -l <"$T/back.seen")" "401 $n" 'a protected host: nobody is asked for a stranger'
for path in headers status/304 status/503 redirect big; do
	site shop "/api/$path" -H "X-Slipway-Token: $pass"
	is "$(header Cache-Control)" 'private, no-store' "$path: $status, and kept by nobody"
done
site shop /dead/x -H "X-Slipway-Token: $pass"
is "$status $(header Cache-Control)" '502 private, no-store' 'nor is what there is no answer to'
site shop /api/headers -H "X-Slipway-Token: $pass"
is "$(header X-Mine)$(header Expires)$(header Alt-Svc)" yes 'what is the other server'\''s to say is said'
site shop /api/headers
is "$status $(wc -l <"$T/back.seen")" "401 $((n + 6))" 'each was asked for, and is for one alone'
site shop /api/x -H "X-Slipway-Token: $pass" -H 'Cookie: slipway=1.x; session=1' -H 'Authorization: Bearer mine'
is "$(json '.headers|[.authorization,.cookie,.["x-slipway-token"]]|@csv')" ',,' 'what signs in here stays here'
api DELETE /api/projects/shop/protection
tries=0
until site shop "/?$((tries += 1))" && [ "$status" = 200 ] || [ $tries = 1000 ]; do :; done

large=$(find "$T/state/blobs" -type f | head -1)
site shop /api/accel -A "${large#"$T/state/blobs/"}"
like "$body" '"path": "/base/accel"' 'it cannot ask for what is in here'

# ---- where a rule may not lead ------------------------------------------------------

for n in $(seq 14); do
	site shop "/denied/$n"
	[ "$status" = 502 ] || note "$n: $status"
	echo "$status"
done >"$T/statuses"
is "$(sort "$T/statuses" | uniq -c | xargs)" '14 502' 'fourteen that are nobody'\''s business: 502'
is "$(cat "$T/denied.seen")" '' 'and nobody was asked'
like "$(cat "$T/log/serve.log")" 'proxy to 10.0.0.1: private address' 'the log says why'
unlike "$body" '10\.|127\.|private|loopback' 'and the answer does not'
absent() { # until the name server has said so
	site shop /absent
	[ "$status" = 502 ]
}
soon
until absent || late; do :; done
is "$status" 502 'nor a name that is none'
site shop /api/x -H 'Via: 1.1 slipway'
is "$status" 502 'what came from here goes no further'

# ---- TLS ------------------------------------------------------------------------------

site shop /tls/x
is "$status $(json .path)" '200 /x' 'TLS, with a certificate for that name'
site shop /wrong/x
is "$status" 502 'not with one for another'
is "$(cat "$T/other.seen")" '' 'which hears nothing'
site shop /plain/x
is "$status" 502 'nor without any'
site shop /dead/x
is "$status" 502 'a server that is not there'
site shop /
is "$status $body" '200 <p>home' 'and the site lives'

# ---- lighttpd ---------------------------------------------------------------------------

stop nginx serve
start lighttpd serve
site shop /api/x
is "$status" 502 'lighttpd cannot do that, and says so'
like "$(cat "$T/log/serve.log")" 'lighttpd cannot' 'in the log, too'
site shop /
is "$body" '<p>home' 'but has the site'
stop builderd
start builderd
deploy shop
like "$log" '_redirects:1: it asks another server, which the web server here cannot do' 'the build says so'
like "$(cli rules "$deployment")" '^accepted	_redirects:1	.*	it asks another server' 'and slipway rules'
like "$(cli rules "$deployment" | grep _headers)" '^accepted	_headers:1	[^	]*	$' 'of no other'
