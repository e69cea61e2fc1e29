#!/bin/sh
# A blob that is not whole: that file alone answers 500, and the log says so.
. "${srcdir:-.}/tests/e2e/lib.sh"

# alarms PATTERN: how many lines of serve's log have it.
alarms() {
	grep -c "$1" "$T/log/serve.log"
}

# Or it would answer for a second more.
cache=off
start postgres redis api serve nginx
account ann
api POST /api/projects '{"slug":"shop","repo":"https://git.example/shop.git"}'
api POST /api/projects '{"slug":"blog","repo":"https://git.example/blog.git"}'
mkdir "$T/site" "$T/other"
seq 1 900 >"$T/site/small.txt"
head -c 3000 /dev/urandom >"$T/site/small.bin"
head -c 3000000 /dev/urandom >"$T/site/large.bin"
echo '<h1>shop</h1>' >"$T/site/index.html"
echo '<h1>blog</h1>' >"$T/other/index.html"
release shop "$T/site"
release blog "$T/other"

# Truncated before anybody asked for it, and while it is open.
blob "$T/site/large.bin" && large=$f
blob "$T/site/small.bin" && small=$f
site shop /small.bin
is "$status" 200 'it is whole'
cp "$small" "$T/small" && cp "$large" "$T/large"
truncate -s 100 "$small"
truncate -s 2000000 "$large"
site shop /small.bin
is "$status" 500 'a small file that was cut, and is open'
like "$(head -c 200 "$T/body")" '<' 'a page says so'
site shop /large.bin
is "$status" 500 'a large one'
site shop /large.bin -r 0-99
is "$status" 500 'and a part of it'
is "$(alarms "blob ${sum:-x}.* is not whole\|$(sha256sum <"$T/site/large.bin" | cut -c1-64).* is not whole")" 3 \
    'the log has each time'
like "$(grep 'not whole' "$T/log/serve.log" | head -1)" 'shop.* slipwayctl fsck --repair' 'whose it is, and the cure'
site shop /
is "$status/$body" '200/<h1>shop</h1>' 'the site is there'
site blog /
is "$status/$body" '200/<h1>blog</h1>' 'and others are'

# Once it is as it was, it is served.
cp "$T/small" "$small" && cp "$T/large" "$large"
site shop /small.bin
is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/site/small.bin")" 'mended: a small one'
site shop /large.bin
is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/site/large.bin")" 'and a large one'

# Removed while fcgi-serve has it open; and one that the web server cannot read,
# which it alone can know.
# Servers may keep a file open for a while, so they begin anew.
lost() {
	stop $front
	start $front
	site shop /large.bin
	is "$status" 500 "$1: $2"
	like "$(header Cache-Control)" no-store "$1: and nobody keeps that"
	is "$(header Content-Encoding)$(header ETag)$(header Last-Modified)" '' "$1: nor is it said of the file"
	site shop /large.bin -r 0-99
	is "$status" 500 "$1: a part of it"
	site shop /large.bin -I
	is "$status/$(header Content-Length)" 200/3000000 "$1: its head is known all the same"
	site shop /
	is "$status/$body" '200/<h1>shop</h1>' "$1: the site is there"
	site blog /
	is "$status/$body" '200/<h1>blog</h1>' "$1: and others are"
}
for front in nginx lighttpd; do
	if [ $front = lighttpd ]; then
		stop nginx serve
		start lighttpd serve
	fi
	site shop /large.bin
	is "$status/$(sha256sum <"$T/body")" "200/$(sha256sum <"$T/site/large.bin")" "$front: it is there"
	was=$(alarms "blob $(sha256sum <"$T/site/large.bin" | cut -c1-64) of shop.* is missing")
	rm "$large"
	lost $front 'a large file that was removed'
	is "$(alarms "blob $(sha256sum <"$T/site/large.bin" | cut -c1-64) of shop.* is missing")" $((was + 2)) \
	    "$front: the log has it"
	cp "$T/large" "$large"
	site shop /large.bin
	is "$status" 200 "$front: mended"
	if [ "$root" = 1 ]; then
		chown "$serve_user" "$large"
		chmod 400 "$large"
		if [ $front = nginx ]; then
			lost $front 'one that the web server may not read'
		else
			# It has said 200 before it opens the file.
			stop $front
			start $front
			site shop /large.bin
			is "$(cat "$T/body" 2>/dev/null | wc -c)" 0 "$front: one that it may not read is cut off"
		fi
		like "$(grep -c 'ermission denied' "$T/log/$front.log")" '^[1-9]' "$front: its log has it"
		chmod 444 "$large"
	fi
done

# Of a copy the file itself takes the place.
for how in 'truncate -s 50' rm; do
	blob "$T/site/small.txt" .br
	ok "there is a copy to $how" test -s "$f"
	$how "$f"
	site shop /small.txt -H 'Accept-Encoding: br'
	is "$status/$(header content-encoding)/$(sha256sum <"$T/body")" \
	    "200//$(sha256sum <"$T/site/small.txt")" 'the plain file is sent'
	site shop /small.txt -H 'Accept-Encoding: br' -r 0-9
	is "$status/$(wc -c <"$T/body")" "200/$(wc -c <"$T/site/small.txt")" 'and no range of what is not there'
	blob "$T/site/small.txt" .br
	printf x >"$f"
done
