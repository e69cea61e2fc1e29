#!/bin/sh
# A site whose regular expressions are slow takes no more of a worker than its
# team's share, which all sites of the team have together; others are served
# meanwhile.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf serve-workers 1
start postgres redis api nginx
account bob
account ann
for s in slow twin other; do
	[ "$s" != other ] || become bob
	api POST /api/projects "{\"slug\":\"$s\",\"repo\":\"https://git.example/$s.git\"}"
	mkdir "$T/$s"
	echo "<h1>$s</h1>" >"$T/$s/index.html"
done
# A thousand that are never found, none of which takes long enough by itself to be
# given up.
{
	echo '{"redirects":['
	for i in $(seq 1000); do
		echo "{\"source\":\"/(a*a*)b$i\",\"destination\":\"/x\"}$([ "$i" = 1000 ] || echo ,)"
	done
	echo ']}'
} >"$T/slow/vercel.json"
echo '{"redirects":[{"source":"/old/([0-9]+)","destination":"/new/$1"}]}' >"$T/other/vercel.json"
release slow "$T/slow"
cp "$T/slow/vercel.json" "$T/twin"
release twin "$T/twin"
release other "$T/other"
start serve
# What a pattern must have is there, in a place where it cannot be.
long=/$(head -c 300 /dev/zero | tr '\0' a)-b0123456789

site slow /
is "$status/$body" '200/<h1>slow</h1>' 'it is there'
n=0 others=0
while [ $n -lt 2000 ]; do
	site slow "$long?$n"
	n=$((n + 1))
	[ "$status" != 503 ] || break
	site other "/old/$n"
	[ "$status" = 308 ] || others=$((others + 1))
done
is "$status" 503 'after some requests it has had its share'
like "$(header Retry-After)/$(header Cache-Control)" '^[0-9]+/no-store$' 'and is told when to come back'
is "$others" 0 'others were answered between them'
# It may have paid a little back in the meantime.
tries=0
until site slow "/?$n-$tries" && [ "$status" = 503 ] || [ $((tries += 1)) = 50 ]; do
	site slow "$long?$n-$tries"
done
is "$status" 503 'whatever is asked of it'
tries=0
until site twin "/?$n-$tries" && [ "$status" = 503 ] || [ $((tries += 1)) = 50 ]; do
	site slow "$long?$n-$tries"
done
is "$status" 503 'and of another site of its team'
bad=0
for i in $(seq 50); do
	site other "/?$i"
	[ "$status" = 200 ] || bad=$((bad + 1))
	site other "/old/$i?$i"
	[ "$status" = 308 ] || bad=$((bad + 1))
done
is "$bad" 0 'others are answered still'
like "$(cat "$T/log/serve.log")" 'the regular expressions of slow take more than their share' 'the log says it'
unlike "$(cat "$T/log/serve.log")" 'expressions of other' 'and of which'
tries=0
until site slow "/?$n-$tries" && [ "$status" = 200 ] || [ $((tries += 1)) = 5000 ]; do :; done
is "$status" 200 'then it is back'
