#!/bin/sh
# Rules that lead to servers which answer badly or not at all, and to names that
# lead to one address and then to another (SEC-20, SEC-85, SEC-106).
. "${srcdir:-.}/tests/e2e/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'

# at NAME PROGRAM ...: runs until the test ends.
at() {
	mkfifo "$T/run/$1.ready"
	at_name=$1
	shift
	python3 "$@" >"$T/run/$at_name.ready" 2>"$T/log/$at_name.log" &
	echo $! >"$T/pid/$at_name"
	told "$T/run/$at_name.ready" >/dev/null
}
back=$("$daemon" port)
: >"$T/back.seen"
at back "$srcdir/tests/e2e/backend.py" "$back" "$T/back.seen"
conf proxy-allow "127.0.0.1/32:$back"
start postgres redis api nginx
# Who never answers is given up after a second here.
sed -i 's/proxy_read_timeout 30s/proxy_read_timeout 1s/' "$T/slipway-nginx.conf"
kill -HUP "$(pid_of nginx)"
account ann
mkdir "$T/site"
echo '<p>home' >"$T/site/index.html"
cat >"$T/site/_redirects" <<END
/api/*   http://127.0.0.1:$back/:splat  200
/flip/*  http://flip.example:$back/:splat  200
/two/*   http://two.example:$back/:splat  200
/late/*  http://late.example:$back/:splat  200
END
api POST /api/projects '{"slug":"shop","repo":"https://git.example/shop.git"}'
release shop "$T/site"
start serve

# ---- answers that are none ------------------------------------------------------

# nginx may still be at it with the old number of seconds.
lives() {
	site shop /
	is "$status $body" '200 <p>home' "$1: the site lives"
}
n=0
for name in nothing head long nul; do
	site shop "/api/raw/$name" -X POST -d x
	is "$status" 502 "$name: 502"
	unlike "$(cat "$T/headers") $body" '127.0.0.1|X-Half|X-Long|X-Nul' "$name: without a word of it"
	is "$(header X-Content-Type-Options)" nosniff "$name: and never as something else"
	is "$(wc -l <"$T/back.seen")" $((n += 1)) "$name: it was asked once, and not again"
done
# Of what is no HTTP at all nginx makes HTTP/0.9, which has no head, and ends the
# connection; other versions refuse it.
site shop /api/raw/noise --http0.9
like "$status" '^(000|502)$' 'noise is no answer with a head'
like "$(cat "$T/log/nginx.log")" 'sent no valid HTTP' 'noise: the log says so'
for name in midway chunk; do
	curl -sS -o "$T/body" "http://shop.localhost:$port/api/raw/$name" 2>"$T/curl"
	isnt $? 0 "$name: the client is told that it was cut"
	like "$(cat "$T/body")" '^(half of it)?$' "$name: and has what came"
done
for name in twice both; do
	site shop "/api/raw/$name"
	like "$status/$body" '^(502/|200/ok$)' "$name: one answer, or none"
	unlike "$body" 'HTTP/1' "$name: in one piece"
done
site shop /api/raw/second
is "$status/$body" 200/ok 'what follows an answer is no answer'
site shop /api/raw/fold
unlike "$(header X-Slipway-Upstream)" . 'a folded line is no header of ours'
site shop /api/raw/accel
is "$status/$body" 200/ok 'what would have nginx do things is not done'
unlike "$(cat "$T/headers")" '^[Xx]-[Aa]ccel' 'nor passed on'
is "$(find "$T/nginx-cache" -type f -exec grep -l raw {} + | wc -l)" 0 'and nothing was kept'
site shop /api/status/504
is "$status" 504 'a 504 of its own is its own'
is "$(json .path)" /status/504 'with what it says'
site shop /api/slow
is "$status" 504 'one that never answers is given up'
lives 'after all that'

# ---- names that lead elsewhere ----------------------------------------------------

if [ "$root" != 1 ] || ! unshare -m true 2>/dev/null; then
	note 'a resolver of our own needs root'
	exit
fi
# An address for this test alone; a resolver is always at port 53.
dns=127.53.$((back / 256)).$((back % 256))
: >"$T/dns.seen"
: >"$T/evil.seen"
at dns "$srcdir/tests/e2e/resolver.py" "$dns" 53 "$T/dns.seen" \
    flip.example=127.0.0.1,127.0.0.2 two.example=127.0.0.1+127.0.0.2 \
    late.example=127.0.0.2,127.0.0.1
at evil "$srcdir/tests/e2e/backend.py" "$back" "$T/evil.seen" '' '' 127.0.0.2
echo "nameserver $dns" >"$T/resolv.conf"
echo 'hosts: dns' >"$T/nsswitch.conf"
start_serve() {
	prepare
	# shellcheck disable=SC2016
	run serve unshare -m sh -c 'mount --bind "$1/resolv.conf" /etc/resolv.conf &&
	    mount --bind "$1/nsswitch.conf" /etc/nsswitch.conf && shift && exec "$@"' sh "$T" \
	    "$builddir/fcgi-serve/fcgi-serve" -f "$T/slipway.conf"
}
stop serve
sed -i 's/^serve-workers .*/serve-workers 1/' "$T/slipway.conf"
start serve

: >"$T/back.seen"
for i in 1 2 3 4 5; do
	site shop "/flip/$i"
	is "$status $(json .path) $(json .headers.host)" "200 /$i flip.example:$back" \
	    'the address that was judged is the one that is asked'
done
is "$(sort "$T/dns.seen" | uniq -c | xargs)" '1 flip.example 127.0.0.1' 'the name was looked up once, and not by nginx'
is "$(wc -l <"$T/back.seen") $(wc -l <"$T/evil.seen")" '5 0' 'though by now it is that of another'
site shop /two/x
is "$status" 502 'one of two addresses is private'
site shop /late/x
is "$status" 502 'it is private at first'
site shop /late/x
is "$status" 502 'for a while'

# Who asks anew is told of the private one.
stop serve
start serve
for i in 1 2; do
	site shop "/flip/$i"
	is "$status" 502 'the name leads to a private address now'
done
like "$(sort "$T/dns.seen" | uniq -c)" '1 flip.example 127.0.0.2' 'it was looked up'
like "$(cat "$T/log/serve.log")" 'proxy to flip.example: loopback' 'the log says why'
site shop /late/x
is "$status" 200 'and one that was private is public now'
is "$(cat "$T/evil.seen")" '' 'the private one was never asked'
lives 'all the same'
