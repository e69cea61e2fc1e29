#!/bin/sh
# No room for what fcgi-serve notes of hosts, nor for what nginx would put aside,
# nor for what it keeps for a second: the sites are served all the same.
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$root" = 1 ] || skip_all 'mounting needs root'
mkdir "$T/nginx-fastcgi" "$T/nginx-cache"
mount -t tmpfs -o size=64k,mode=777 none "$T/nginx-fastcgi" 2>"$T/log/mount.log" || skip_all 'cannot mount'
mount -t tmpfs -o size=24m,mode=777 none "$T/nginx-cache"
start postgres redis api nginx
mount -t tmpfs -o size=64k,mode=777 none "$T/state/routes"
account ann
for s in shop blog; do
	api POST /api/projects "{\"slug\":\"$s\",\"repo\":\"https://git.example/$s.git\"}"
	mkdir "$T/$s"
	echo "<h1>$s</h1>" >"$T/$s/index.html"
	head -c 200000 /dev/urandom >"$T/$s/small.bin"
	head -c 3000000 /dev/urandom >"$T/$s/large.bin"
	release "$s" "$T/$s"
done
start serve
# fill FOLDER: to the last byte.
fill() {
	head -c 100000000 /dev/zero >"$1/fill" 2>/dev/null
	is "$(df --output=avail "$1" | tail -1 | xargs)" 0 "$1 is full"
}
# kept: how many answers nginx keeps, or is about to.
kept() {
	find "$T/nginx-cache" -type f ! -name fill | wc -l
}
fill "$T/nginx-fastcgi" | sed 's,/[^ ]*/,,'
fill "$T/state/routes" | sed 's,/[^ ]*/,,'
fill "$T/nginx-cache" | sed 's,/[^ ]*/,,'
for s in shop blog shop; do
	site $s /
	is "$status/$body" "200/<h1>$s</h1>" "$s: a page"
	for f in small.bin large.bin; do
		site $s /$f
		is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/$s/$f")" "$s: $f, whole"
	done
done
like "$(cat "$T/log/serve.log")" 'route of shop.localhost is not written: No space' 'the log says what has no room'
is "$(kept)" 0 'nginx was told to keep nothing'
unlike "$(cat "$T/log/nginx.log")" 'No space' 'and has missed no room'
rm "$T/nginx-fastcgi/fill" "$T/state/routes/fill" "$T/nginx-cache/fill"
# An answer of the last moment of a second is not kept.
for i in $(seq 50); do
	site shop '/?again'
	[ "$status" = 200 ] && [ "$(kept)" = 0 ] || break
done
is "$status" 200 'with room again'
ok 'answers are kept' test "$(kept)" -gt 0

# Whoever asks for very much that could be kept fills it for nobody.
flood() {
	curl -sS -Z --parallel-max 50 -o /dev/null -w '%{http_code} %{size_download}\n' \
	    "http://shop.localhost:$port/small.bin?[1-400]" 2>>"$T/log/curl.log" |
	    sort | uniq -c | xargs
}
for i in 1 2 3; do
	is "$(flood)" '400 200 200000' '80 MB of answers to 24 MiB of room: all are whole'
	site blog /
	is "$status/$body" '200/<h1>blog</h1>' 'and another site has an answer'
done
ok 'of which some were kept' test "$(kept)" -gt 10
unlike "$(cat "$T/log/nginx.log")" 'No space' 'as many as there is room for'
stop nginx serve
umount "$T/nginx-fastcgi" "$T/state/routes" "$T/nginx-cache"
