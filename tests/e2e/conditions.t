#!/bin/sh
# Conditions and ranges to the letter of RFC 9110, one table through nginx with
# its cache, nginx without, and lighttpd: of small files, which fcgi-serve
# sends, and large ones, which the front server does (SEC-86).
. "$srcdir/tests/e2e/lib.sh"
command -v python3 >/dev/null || skip_all 'no python3'

mkdir "$T/site"
seq 400 | sed 's|.*|<p>home &</p>|' >"$T/site/index.html"
# Neither repeats itself, so that a wrong offset is seen.
seq 1000000 | head -c 1000000 >"$T/site/large.bin"
seq 100000 >"$T/site/large.txt"
: >"$T/site/empty.txt"

start postgres
prepare
publish shop "$(mksite -s published=1700000000 "$T/state/blobs" "$T/site")"
chmod -R a+rX "$T/state/blobs"

# front NAME: the table, through what runs.
front() {
	python3 "$srcdir/tests/e2e/conditions.py" "$srcdir/tests/e2e/conditions.table" \
	    "$port" "$T/state/blobs" "$T/site" "$T/answers.$1" >"$T/found" 2>&1
	result $? "$1: the table holds"
	cat "$T/found"
}

same() {
	ok "$2 answers as $1 does" diff "$T/answers.$1" "$T/answers.$2"
}

plan 8
# The compressed form of large.txt is large, too.
conf inline-max 65536
start serve
cache=off
start nginx
front nginx-plain
nginx_cache on
front nginx-cache
same nginx-plain nginx-cache
front nginx-warm
same nginx-plain nginx-warm
stop nginx serve
start lighttpd serve
front lighttpd
same nginx-plain lighttpd
unlike "$(cat "$T/log/nginx.log" "$T/log/serve.log" "$T/log/lighttpd.log")" 'crit|alert|emerg' 'nobody complained'
