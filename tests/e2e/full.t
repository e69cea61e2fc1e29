#!/bin/sh
# No room for what fcgi-serve notes of hosts, nor for what nginx would put aside:
# the sites are served all the same.  What nginx keeps for a second does need
# room, and stays off here.
. "${srcdir:-.}/tests/e2e/lib.sh"
[ "$root" = 1 ] || skip_all 'mounting needs root'
cache=off
mkdir "$T/nginx-fastcgi"
mount -t tmpfs -o size=64k,mode=777 none "$T/nginx-fastcgi" 2>"$T/log/mount.log" || skip_all 'cannot mount'
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
	head -c 1000000 /dev/zero >"$1/fill" 2>/dev/null
	is "$(df --output=avail "$1" | tail -1 | xargs)" 0 "$1 is full"
}
fill "$T/nginx-fastcgi" | sed 's,/[^ ]*/,,'
fill "$T/state/routes" | sed 's,/[^ ]*/,,'
for s in shop blog shop; do
	site $s /
	is "$status/$body" "200/<h1>$s</h1>" "$s: a page"
	for f in small.bin large.bin; do
		site $s /$f
		is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/$s/$f")" "$s: $f, whole"
	done
done
like "$(cat "$T/log/serve.log")" 'route of shop.localhost is not written: No space' 'the log says what has no room'
rm "$T/nginx-fastcgi/fill" "$T/state/routes/fill"
site shop '/?again'
is "$status" 200 'with room again'
stop nginx serve
umount "$T/nginx-fastcgi" "$T/state/routes"
