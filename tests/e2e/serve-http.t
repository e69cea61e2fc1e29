#!/bin/sh
# What a browser gets: one table of requests, through nginx with its cache,
# nginx without, and lighttpd.  Each must answer as the table says, and all
# three the same (SEC-83, SEC-84, SEC-86, SEC-94, SEC-95).
. "$srcdir/tests/e2e/lib.sh"

# ---- a site -----------------------------------------------------------------

mkdir -p "$T/site/about" "$T/site/docs/deep" "$T/site/both"
cd "$T/site" || exit 99
seq 400 | sed 's|.*|<p>home &</p>|' >index.html
echo '<p>about' >about/index.html
echo '<p>team' >team.html
echo '<p>both file' >both.html
echo '<p>both folder' >both/index.html
echo '<p>nothing here' >404.html
echo '<p>nothing in docs' >docs/404.html
echo '<p>a' >docs/a.html
seq 900 | sed 's|.*|f(&);|' >app.0a1b2c3d.js
echo 'body{}' >'with space.css'
echo 'x' >'café.txt'
printf 'GIF89a' >pic.gif
echo data >noext
: >empty.txt
head -c 1000000 /dev/zero | tr '\0' b >large.bin
seq 100000 >large.txt
cd / || exit 99

start postgres
prepare
manifest=$(mksite -s published=1700000000 "$T/state/blobs" "$T/site")
publish shop "$manifest"
rm "$T/site/404.html"
mkdir -p "$T/site/.well-known/page"
echo '{"ok":1}' >"$T/site/.well-known/assetlinks.json"
echo 'plain' >"$T/site/.well-known/plain"
echo '<p>a page' >"$T/site/.well-known/page/index.html"
echo '<p>named' >"$T/site/.well-known/named.html"
publish app "$(mksite "$T/state/blobs" "$T/site")"
# What each framework leaves is builderd's to say (tests/builderd).
mkdir -p "$T/deep/a/b/c"
echo '<p>top' >"$T/deep/404.html"
echo '<p>in b' >"$T/deep/a/b/404.html"
publish deep "$(mksite "$T/state/blobs" "$T/deep")"
mkdir "$T/nuxt"
echo '<p>twohundred' >"$T/nuxt/200.html"
cp "$T/deep/404.html" "$T/nuxt"
publish nuxt "$(mksite -s spa=/200.html "$T/state/blobs" "$T/nuxt")"
rm "$T/nuxt/404.html"
publish off "$(mksite -s spa=off "$T/state/blobs" "$T/nuxt")"
echo '<p>new' >"$T/site/index.html"
other=$(mksite "$T/state/blobs" "$T/site")
chmod -R a+rX "$T/state/blobs"

# ---- the table ----------------------------------------------------------------

# etag FILE [SUFFIX]
etag() {
	printf '"%.32s%s"' "$(cd "$T/old" && sha256sum "$1")" "$2"
}
mkdir "$T/old"
(cd "$T/old" && seq 400 | sed 's|.*|<p>home &</p>|' >index.html &&
    head -c 1000000 /dev/zero | tr '\0' b >large.bin && seq 100000 >large.txt)
home=$(etag index.html)
blob "$T/old/index.html" .br
home_br=$(etag index.html "-br-$(printf %x "$(stat -c %s "$f")")")
large=$(etag large.bin)
at='Tue, 14 Nov 2023 22:13:20 GMT'
earlier='Tue, 14 Nov 2023 22:13:19 GMT'

# status | host | path | curl's arguments | a pattern the answer must have
cat >"$T/table" <<'END'
200|shop|/||content-type: text/html; charset=utf-8
200|shop|/||x-content-type-options: nosniff
200|shop|/||cache-control: public, max-age=0, must-revalidate
200|shop|/||last-modified: Tue, 14 Nov 2023 22:13:20 GMT
200|shop|/||vary: Accept-Encoding
200|shop|/?a=b||length: 6292
200|shop|/index.html||length: 6292
200|shop|/|-I|length: 6292
200|shop|/|-H "Accept-Encoding: gzip"|content-encoding: gzip
200|shop|/|-H "Accept-Encoding: gzip, br, zstd"|content-encoding: (br\|zstd)
200|shop|/|-H "Accept-Encoding: br;q=0, zstd;q=0.0, *"|content-encoding: gzip
200|shop|/|-H "Accept-Encoding: identity"|length: 6292
200|shop|/|-I -H "Accept-Encoding: br"|content-encoding: br
200|shop|/|-H "Accept-Encoding: br;q=0.1, gzip;q=1"|content-encoding: br
200|shop|/|-H "Accept-Encoding: identity;q=1, gzip;q=0.001"|content-encoding: gzip
200|shop|/|-H "Accept-Encoding: identity;q=0, gzip"|content-encoding: gzip
200|shop|/|-H "Accept-Encoding: identity;q=0, *"|vary: Accept-Encoding
200|shop|/|-H "Accept-Encoding: identity;q=0"|length: 6292
200|shop|/|-H "Accept-Encoding: *;q=0"|length: 6292
200|shop|/|-H "Accept-Encoding: deflate, compress"|length: 6292
200|shop|/|-H "Accept-Encoding;"|length: 6292
200|shop|/pic.gif|-H "Accept-Encoding: gzip, br"|length: 6
200|shop|/pic.gif|-H "Accept-Encoding: identity;q=0"|length: 6
404|shop|/none|-H "Accept-Encoding: identity;q=0, *;q=0"|nothing here
200|shop|/app.0a1b2c3d.js||cache-control: public, max-age=31536000, immutable
200|shop|/app.0a1b2c3d.js||content-type: text/javascript
200|shop|/with%20space.css||content-type: text/css
200|shop|/caf%C3%A9.txt||content-type: text/plain; charset=utf-8
200|shop|/pic.gif||content-type: image/gif
200|shop|/noext||content-type: application/octet-stream
200|shop|/empty.txt||length: 0
200|shop|/team||team
200|shop|/team.html||team
200|shop|/both||both file
200|shop|/both/||both folder
200|shop|/about/||about
301|shop|/about||location: (http://shop.localhost:[0-9]+)?/about/
301|shop|/about?x=1||location: (http://shop.localhost:[0-9]+)?/about/\?x=1
301|shop|/team/||location: (http://shop.localhost:[0-9]+)?/team$
301|shop|//about/||location: (http://shop.localhost:[0-9]+)?/about/
301|shop|//evil.example/..a||location: (http://shop.localhost:[0-9]+)?/evil.example/..a
404|shop|/none||nothing here
404|shop|/none||cache-control: no-store
404|shop|/none/||nothing here
404|shop|/docs/none||nothing in docs
404|shop|/docs/deep/none||nothing in docs
404|shop|/none|-I|content-type: text/html
404|shop|/none.js||content-type: text/plain
404|shop|/none.css||cache-control: no-store
200|app|/some/page||home 1
200|app|/some/page.html||home 1
200|app|/v1.2||home 1
404|app|/some.one||content-type: text/plain
404|app|/docs/none.png||content-type: text/plain
200|app|/||home 1
200|app|/.well-known/assetlinks.json||ok
200|app|/.well-known/plain||plain
200|app|/.well-known/page/||a page
404|app|/.well-known/page||content-type: text/plain
404|app|/.well-known/named||content-type: text/plain
404|app|/.well-known/named/||content-type: text/plain
404|app|/.well-known/acme-challenge/abc||cache-control: no-store
404|shop|/.well-known/none||content-type: text/plain
404|app|/static/js/gone.0a1b2c3d.js||cache-control: no-store
404|app|/gone.css|-H "Accept: text/html"|content-type: text/plain
404|app|/gone.js|-I|content-type: text/plain
200|app|/deep/er/page?x=y||home 1
404|deep|/none||top
404|deep|/a/none||top
404|deep|/a/b/none||in b
404|deep|/a/b/c/d/none||in b
404|deep|/a/b/c/d/||in b
404|deep|/a/bc/none||top
200|deep|/404||top
200|deep|/404.html||top
200|nuxt|/some/page||twohundred
404|nuxt|/some/page.js||content-type: text/plain
404|off|/some/page||There is nothing
304|shop|/|-H "If-None-Match: $home"|etag: $home
304|shop|/|-H "If-None-Match: W/$home"|cache-control: public
304|shop|/|-H "If-None-Match: \"x\", $home, \"y\""|vary: Accept-Encoding
304|shop|/|-H "If-None-Match: *"|
304|shop|/|-H "Accept-Encoding: br" -H "If-None-Match: $home_br"|etag: $home_br
200|shop|/|-H "If-None-Match: \"x\""|length: 6292
200|shop|/|-H "If-None-Match: \"x\"" -H "If-Modified-Since: $at"|length: 6292
304|shop|/|-H "If-None-Match: $home" -H "If-Modified-Since: $earlier"|
304|shop|/|-H "If-Modified-Since: $at"|
200|shop|/|-H "If-Modified-Since: $earlier"|length: 6292
200|shop|/|-H "If-Modified-Since: soon"|length: 6292
304|shop|/|-I -H "If-None-Match: $home"|
412|shop|/|-H "If-Match: \"x\""|
200|shop|/|-H "If-Match: $home"|length: 6292
412|shop|/|-H "If-Unmodified-Since: $earlier"|
200|shop|/|-H "If-Unmodified-Since: $at"|length: 6292
206|shop|/|-H "Range: bytes=0-9"|content-range: bytes 0-9/6292
206|shop|/|-H "Range: bytes=-10"|content-range: bytes 6282-6291/6292
206|shop|/|-H "Range: bytes=5000-"|length: 1292
206|shop|/|-H "Range: bytes=0-0" -H "Accept-Encoding: br"|content-encoding: br
416|shop|/|-H "Range: bytes=9999-"|content-range: bytes \*/6292
200|shop|/|-H "Range: bytes=5-2"|length: 6292
200|shop|/|-H "Range: lines=0-9"|length: 6292
206|shop|/|-H "Range: bytes=0-9" -H "If-Range: $home"|length: 10
200|shop|/|-H "Range: bytes=0-9" -H "If-Range: \"x\""|length: 6292
206|shop|/|-H "Range: bytes=0-9" -H "If-Range: $at"|length: 10
200|shop|/|-H "Range: bytes=0-9" -H "If-Range: $earlier"|length: 6292
200|shop|/|-I -H "Range: bytes=0-9"|length: 6292
304|shop|/|-H "Range: bytes=0-9" -H "If-None-Match: $home"|
404|shop|/none|-H "Range: bytes=0-2"|nothing here
200|shop|/large.bin||length: 1000000
200|shop|/large.bin||etag: $large
200|shop|/large.bin||last-modified: $at
200|shop|/large.bin|-I|length: 1000000
200|shop|/large.txt|-H "Accept-Encoding: gzip"|content-encoding: gzip
200|shop|/large.txt||length: 588895
206|shop|/large.bin|-H "Range: bytes=100-199"|content-range: bytes 100-199/1000000
206|shop|/large.bin|-H "Range: bytes=-1"|content-range: bytes 999999-999999/1000000
416|shop|/large.bin|-H "Range: bytes=1000000-"|content-range: bytes \*/1000000
206|shop|/large.bin|-H "Range: bytes=0-9" -H "If-Range: $large"|length: 10
200|shop|/large.bin|-H "Range: bytes=0-9" -H "If-Range: \"x\""|length: 1000000
206|shop|/large.bin|-H "Range: bytes=0-9" -H "If-Range: $at"|length: 10
304|shop|/large.bin|-H "If-None-Match: $large"|
200|shop|/large.bin|-H "If-None-Match: \"x\""|length: 1000000
200|shop|/large.bin|-H "If-Modified-Since: $earlier"|length: 1000000
304|shop|/large.bin|-H "If-Modified-Since: $at"|
200|shop|/large.bin|-H "If-Match: $large"|length: 1000000
412|shop|/large.bin|-H "If-Match: \"x\""|
200|shop|/large.bin|-H "If-Unmodified-Since: $at"|length: 1000000
405|shop|/|-X POST -d x=y|allow: GET, HEAD
405|shop|/|-X OPTIONS|allow: GET, HEAD
405|shop|/|-X DELETE|
405|shop|/|-X PUT -d x|
200|main--shop|/||x-robots-tag: noindex
404|none|/||x-robots-tag: noindex
404|none--shop|/||x-content-type-options: nosniff
404|a.shop|/||
400|shop|/%00||
400|shop|/%zz||
400|shop|/..||
400|shop|/../etc/passwd||
400|shop|/%2e%2e/etc/passwd||
400|shop|/docs/../index.html||
400|shop|/./index.html||
400|shop|/%c0%ae%c0%ae/||
400|shop|/%ff||
400|shop|/..%2findex.html||
404|shop|/docs%2fa.html||
404|shop|/%252e%252e/||
404|shop|/..\index.html||
404|shop|/index.html;a=b||
404|shop|/index.html%20||
404|shop|/api/auth/me||
END

# ---- how it is asked ----------------------------------------------------------

# What the answer to a row is, as far as it may not differ.
ask() {
	eval "set -- \"\$1\" \"\$2\" $3"
	ask_host=$1 ask_path=$2
	shift 2
	rm -f "$T/body"
	status=$(curl -sS -o "$T/body" -D "$T/headers" -w '%{http_code}' --path-as-is \
	    "$@" "http://$ask_host.localhost:$port$ask_path" 2>>"$T/log/curl.log")
	# What is no request at all, each server may refuse in its own words.
	[ "$status" != 400 ] || answer='status: 400'
	[ "$status" = 400 ] || answer=$({
		echo "status: $status"
		tr -d '\r' <"$T/headers" | sed -n 's/^\([A-Za-z-]*\): */\1: /p' |
		    awk -F: '{ n = tolower($1); sub(/^[^:]*/, n); print }' |
		    grep -E '^(content-type|content-encoding|content-range|etag|cache-control|vary|last-modified|allow|x-robots-tag|x-content-type-options|location|retry-after):' |
		    sed "s|http://$ask_host.localhost:[0-9]*||" | sort -u
		# A length of nothing is not sent by all.
		case "$status $*" in
		304*) ;;
		*-I*) tr -d '\r' <"$T/headers" | sed -n 's/^Content-Length: /length: /Ip' ;;
		*) [ -f "$T/body" ] || : >"$T/body"
		    echo "length: $(wc -c <"$T/body")"
		    echo "body: $(sha256sum <"$T/body")" ;;
		esac
	} 2>/dev/null)
}

# front NAME ROUND ...: the whole table, so often.
front() {
	front=$1
	shift
	bad=0 n=0
	for round; do
		: >"$T/answers.$front.$round"
		while IFS= read -r row; do
			old_ifs=$IFS
			row=$(printf '%s' "$row" | sed 's/\\|/\x01/g')
			IFS='|'
			set -f
			# shellcheck disable=SC2086
			set -- "$front" $row
			set +f
			IFS=$old_ifs
			ask "$3" "$4" "$5"
			printf '# %s %s %s\n%s\n' "$3" "$4" "$5" "$answer" >>"$T/answers.$front.$round"
			n=$((n + 1))
			want=$(eval "printf '%s' \"$(printf '%s' "$6" | sed 's/["\\]/\\&/g')\"" | tr '\001' '|')
			if [ "$status" != "$2" ] || ! {
				printf '%s\n' "$answer"
				cat "$T/body" 2>/dev/null | tr -d '\0'
			} | grep -Eqi -- "${want:-.}"; then
				bad=$((bad + 1))
				note "$1: $3 $4 $5: got $status, want $2 $want"
				note "$answer"
			fi
		done <"$T/table"
	done
	is "$bad" 0 "$front: $n requests answered as they should be"
	ask shop /.slipway-blobs/aa/bb
	is "$status" 404 "$front: blobs are not for asking by name"
}

plan 27

conf inline-max 262144
start serve
cache=off
start nginx
front nginx-plain 1

nginx_cache on
front nginx-cache 1 2
ok 'what comes out of the cache is what went in' \
    cmp "$T/answers.nginx-cache.1" "$T/answers.nginx-cache.2"

ok 'nginx answers the same with its cache as without' \
    diff "$T/answers.nginx-plain.1" "$T/answers.nginx-cache.1"

# ---- hosts, with the front server that may have its own idea of them -----------

host() {
	status=$(curl -sS -o /dev/null -w '%{http_code}' -H "Host:$1" \
	    "http://127.0.0.1:$port/" 2>>"$T/log/curl.log")
}
host ' SHOP.localhost'
is "$status" 200 'a host in capitals'
host ' shop.localhost.'
is "$status" 200 'a host with a final dot'
host ' shop.localhost:1234'
is "$status" 200 'a host with another port'
host ' sh_op.localhost'
is "$status" 400 'a host with an underscore'
host ' 127.0.0.1'
is "$status" 404 'an address is no site'
host ' example.org'
is "$status" 404 'nor is a domain that nobody proved'
db "INSERT INTO domains (team_id, project_id, host) SELECT team_id, id, 'example.org'
    FROM projects WHERE slug = 'shop'" >/dev/null
host ' example.org'
is "$status" 404 'nor one that is only claimed'
db "UPDATE domains SET verified_at = now()" >/dev/null
until host ' example.org' && [ "$status" = 200 ]; do
	[ $((tries = tries + 1)) -lt 100 ] || break
done
is "$status" 200 'and when it is proved, it is'
site shop / -H 'X-Forwarded-Host: evil.example' -H 'X-Forwarded-Proto: x'
unlike "$(cat "$T/headers") $body" evil 'X-Forwarded-Host is nothing to us'

# ---- redirects too long for a head ------------------------------------------------

# Nobody may end a worker by asking for a long address.
workers=$(children "$(pid_of serve)")
long=$(head -c 7000 /dev/zero | tr '\0' a)
site shop "/about?$long"
is "$status" 414 'a redirect with a long query is refused'
site shop "//$(head -c 2000 /dev/zero | tr '\0' '\\')"
is "$status" 414 'as is one that grows by encoding'
is "$(children "$(pid_of serve)")" "$workers" 'and the workers live'

# ---- promotion -----------------------------------------------------------------

publish shop "$other"
tries=0
site shop /
until [ "$body" = '<p>new' ] || [ $((tries = tries + 1)) -gt 2000 ]; do
	site shop /
done
is "$body" '<p>new' 'a promotion is seen'

# ---- without a database ----------------------------------------------------------

stop postgres
site shop /team
is "$status" 200 'the database is down, the site is not'
site never /
is "$status" 503 'of a host never seen nobody can say'
is "$(header Retry-After)" 2 'so try again'
stop serve
start serve
site shop /about/
is "$body" '<p>about' 'even a restart without a database serves'
start postgres
publish shop "$manifest"
tries=0
until site shop / && [ "$body" != '<p>new' ] || [ $((tries = tries + 1)) -gt 2000 ]; do
	:
done
like "$body" 'home 1' 'the database is back, and what is new is seen'
stop nginx

# ---- lighttpd --------------------------------------------------------------------

stop serve
start lighttpd serve
front lighttpd 1
ok 'lighttpd answers as nginx does' \
    diff "$T/answers.nginx-plain.1" "$T/answers.lighttpd.1"
