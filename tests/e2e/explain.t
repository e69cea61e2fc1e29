#!/bin/sh
# What a URL is answered with, and why: as nginx and fcgi-serve answer it.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf proxy-allow 127.0.0.1/32:9
start postgres redis api serve nginx
nginx_cache off
account bob
account ann
for p in shop app ruled other led; do
	api POST /api/projects "{\"slug\":\"$p\",\"repo\":\"https://git.example/a.git\"}"
done

mkdir -p "$T/site/docs/deep" "$T/site/blog" "$T/site/.well-known" "$T/site/assets"
cd "$T/site" || exit 99
for f in index about docs/index docs/page docs/404 docs/deep/index blog/post contact; do
	seq 300 | sed "s|.*|<p>$f &</p>|" >$f.html
done
echo '<h1>404</h1>' >404.html
seq 2000 >site.css
seq 900 >assets/app.0123abcd.js
seq 5 >small.txt
head -c 700000 /dev/zero | tr '\0' b >large.bin
seq 200000 >large.txt
echo x >'a b+ü.html'
echo '{}' >.well-known/it
cp -a "$T/site" "$T/app"
rm "$T/app/404.html" "$T/app/docs/404.html"
seq 10 >"$T/app/assets/only.89abcdef.js"
release app "$T/app"
old=$deployment
rm "$T/app/assets/only.89abcdef.js"
release app "$T/app"
cp -a "$T/site" "$T/ruled"
cat >"$T/ruled/_redirects" <<'END'
/old           /about
/found         /docs/page   302
/blog/:slug    /docs/:slug  301
/forced        /contact     200!
/about         /docs/page   302!
/page/*        /docs/page   200
/gone          /404.html    410
/lost/*        /404         404
/away/*        https://example.com/:splat 307
/search  q=:q  /find/:q     302
/en/*          /docs/:splat 302  Language=de
/nowhere       /not/there   200
/land          /contact     302  Country=ch
/far/*         https://9.9.9.9/:splat 200
/near/*        http://127.0.0.1:9/:splat 200
/inside/*      http://127.0.0.2/:splat 200
/unknown/*     https://nowhere.invalid/:splat 200
/back/*        https://other.localhost/:splat 200
/docs/page     /contact     302
END
cat >"$T/ruled/_headers" <<'END'
/*
  X-Frame-Options: DENY
  X-Everywhere: yes
/docs/*
  Cache-Control: public, max-age=60
  X-Docs: one
/docs/page
  X-Docs: two
/large.txt
  Content-Disposition: attachment
/private/*
  Basic-Auth: ann:secret
END
release ruled "$T/ruled"
# As of a vercel.json, on a host that is protected; and one that leads to another.
cp -a "$T/site" "$T/other"
cat >"$T/other/vercel.json" <<'END'
{ "cleanUrls": true,
  "redirects": [{ "source": "/old/:x", "destination": "/docs/:x" }],
  "rewrites": [{ "source": "/app/(.*)", "destination": "/contact" }],
  "headers": [{ "source": "/(.*)", "headers": [{ "key": "X-All", "value": "yes" }] }] }
END
release other "$T/other"
release led "$T/site"
api PUT /api/projects/other/protection '{"hosts":"all","password":"open sesame & more"}'
api POST /api/projects/other/protection/tokens '{"name":"ci"}'
pass=$(json .token)
db "INSERT INTO domains (team_id, project_id, host, verified_at)
    SELECT team_id, id, 'www.example.org', now() FROM projects WHERE slug = 'led'"
api PATCH /api/projects/led '{"primary_host":"www.example.org"}'
is "$status" 200 'a primary host'
release shop "$T/site"
shop=$deployment
release shop "$T/site" preview
chmod -R a+rX "$T/state/blobs"
preview=${deployment#dpl_}
api PUT /api/projects/shop/aliases/beta "{\"deployment\":\"$shop\"}"

# Paths, on all kinds of hosts, by what a client says it takes.
cat >"$T/paths" <<'END'
/
/index.html
/index
/about
/about.html
/about/
/about?x=1&y=%20
/docs
/docs/
/docs/index.html
/docs/page
/docs/page/
/docs/none
/docs/deep/none
/docs/deep
/blog/post
/blog/
/contact
/none
/none/at/all
/none.js
/site.css
/site.css?v=2
/site.css/
/assets/app.0123abcd.js
/assets/only.89abcdef.js
/small.txt
/large.bin
/large.txt
/a%20b+%C3%BC
/a%20b+%C3%BC.html
/.well-known/it
/.well-known/none
//about
/docs//page?q
/%2e%2e/x
/a%2Fb
/%zz
/%00
END
cat >"$T/ruled-paths" <<'END'
/old
/old?a=b
/found
/blog/x
/blog/post
/forced
/about
/page/a/b
/page/
/gone
/lost/x/y
/away/a%20b?c
/search?q=1
/search
/en/page
/nowhere
/docs/page
/docs/none
/private/x
/large.txt
/large.bin
/none
/site.css
/old/
END
while read -r path; do
	jq -nc --arg t "$path" --arg a "X-Slipway-Token: $pass" '{host: "other", target: $t, headers: [$a]}'
	jq -nc --arg t "$path" '{host: "led", target: $t, headers: []}'
done <<'END' >"$T/more"
/
/old/page
/old/page?a=b
/app/x
/docs/page
/docs/page.html
/docs/page/
/large.bin
/none
/site.css
//about
/.slipway
END
etag=$(sha256sum <"$T/site/about.html" | cut -c1-32)
cp "$T/more" "$T/cases"
for host in shop app "$preview--shop" beta--shop; do
	while read -r path; do
		for accept in '' 'br' 'gzip, deflate, br, zstd' 'gzip;q=1, br;q=0' '*'; do
			jq -nc --arg h "$host" --arg t "$path" --arg a "$accept" \
			    '{host: $h, target: $t, headers: (if $a == "" then [] else ["Accept-Encoding: \($a)"] end)}' >>"$T/cases"
		done
	done <"$T/paths"
done
while read -r path; do
	for header in '' 'Accept-Language: de' 'Accept-Encoding: br' 'Authorization: Basic YW5uOnNlY3JldA==' 'Range: bytes=0-9'; do
		jq -nc --arg t "$path" --arg a "$header" \
		    '{host: "ruled", target: $t, headers: (if $a == "" then [] else [$a] end)}' >>"$T/cases"
	done
done <"$T/ruled-paths"
more() {
	jq -nc --arg m "$1" --arg t "$2" '{host: "shop", method: $m, target: $t, headers: $ARGS.positional}' \
	    --args "$3" "$4" | jq -c '.headers -= [""]' >>"$T/cases"
}
more HEAD /about '' ''
more HEAD /none '' ''
more POST /about '' ''
more GET /about "If-None-Match: \"$etag\"" ''
more GET /about "If-None-Match: \"nothing\", *" ''
more GET /about 'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT' ''
more GET /about 'If-Match: "nothing"' ''
more GET /small.txt 'Range: bytes=1-3' ''
more GET /small.txt 'Range: bytes=1000-' ''
more GET /small.txt 'Range: bytes=0-1' 'If-Range: "nothing"'
more GET /large.bin "If-None-Match: \"x\"" ''

python3 "$srcdir/tests/e2e/explain.py" "$port" "$token" "$T/cases" >"$T/said" 2>&1
said=$(tail -1 "$T/said")
like "$said" '^[0-9]{3,} cases, 0 wrong' 'what is explained is what is served'
sed '$d' "$T/said" | head -20 | while read -r line; do note "$line"; done
note "$said"
n=${said%% *}
ok "that is at least 200: $n" test "$n" -ge 200

# What it says to people.
explain() {
	api POST /api/explain "{\"url\":\"http://$1\"}"
}
explain "shop.localhost:$port/docs/page"
is "$status/$(json .status)/$(json .kind)/$(json .deployment)" "200/200/production/$shop" 'a production host'
is "$(json '.steps[0]')" "shop.localhost is the production host of shop, and shows $shop" 'is said to be one'
is "$(json '.steps[1]')" '/docs/page is answered by /docs/page.html: the same with .html' 'and how the file was found'
explain "$preview--shop.localhost/"
is "$(json .kind)" deployment 'the host of a deployment'
explain beta--shop.localhost/
is "$(json .kind)" alias 'of an alias'
explain app.localhost/assets/only.89abcdef.js
is "$(json .status)/$(json .file.deployment)" "200/$old" 'an asset of a deployment before'
like "$(json '.steps | join("; ")')" "showed before.*that is $old" 'and whose it is'
explain app.localhost/none
like "$(json '.steps | join("; ")')" 'index.html: the page for every unknown path' 'a fallback'
explain 'shop.localhost/about#part'
is "$(json .status)" 200 'a fragment is the client'"'"'s own'
explain 'shop.localhost'
is "$(json .file.path)" /index.html 'no path is the first one'

explain ruled.localhost/blog/x
is "$(json .status)/$(json '.rule | "\(.file):\(.line)"')" 301/_redirects:3 'a rule'
like "$(json '.steps | join("; ")')" '_redirects:3 redirects /blog/x to /docs/x, 301' 'and what it does'
like "$(json '.steps | join("; ")')" '_headers:1 sets the header X-Frame-Options' 'and who sets headers'
explain ruled.localhost/private/x
is "$(json .status)" 401 'a path with a password'

# Whose it is not.
for url in none.localhost/ shop.localhost/ "$preview--shop.localhost/" localhost/ 127.0.0.1/; do
	as bob explain "$url"
	isnt "$status" 200 "not told: $url"
done
explain none.localhost/
none=$status
as bob explain shop.localhost/
is "$status" "$none" 'what is others'"'"' is like what is not there'
api POST /api/explain '{"url":"http://a@b/"}'
is "$status" 422 'a URL with a user'
api POST /api/explain '{"url":"http://shop.localhost/","headers":["no header"]}'
is "$status/$(json '.errors[0].field')" 422/headers 'a header that is none'
api POST /api/explain '{"url":"http://shop.localhost/","headers":["A: b\r\nC: d"]}'
is "$status" 422 'or more than one'

db "UPDATE deployments SET deleted_at = now() WHERE id = 'dpl_$preview'" >/dev/null
explain "$preview--shop.localhost/"
is "$status/$(json .status)" 200/410 'what was deleted'

# ---- for people ----------------------------------------------------------------

out=$(cli explain "http://shop.localhost:$port/docs/page" -H 'Accept-Encoding: br' -H 'If-None-Match: "x"')
like "$out" '^1[.] shop.localhost is the production host of shop' 'slipway explain says where a host leads'
like "$out" '^2[.] /docs/page is answered by /docs/page.html' 'what answers'
like "$out" 'br is the smallest that Accept-Encoding takes' 'in which encoding'
like "$out" '^Content-Encoding: br' 'and with which headers'
is "$(cli explain shop.localhost/none --json | jq .status)" 404 'or as JSON'
like "$(cli explain shop.localhost/ -H bad 2>&1)" 'a header is "Name: value"' 'or what a header looks like'
like "$(cli explain ruled.localhost/gone)" '_redirects:[0-9]+ answers /gone with the page /404[.]html, 410' 'a rule is told in a sentence'
is "$(cli explain ruled.localhost/land --json | jq .status)" 404 'a rule for a country is not for nobody'
is "$(cli explain ruled.localhost/land --country CH --json | jq .status)" 302 'but for who is there'
like "$(cli explain ruled.localhost/land --country CHE 2>&1)" country 'which has two letters'
far=$(cli explain ruled.localhost/far/x)
like "$far" 'the server is 9.9.9.9, port 443, by https; every address of it must be public' \
    'of another server it says which, and what is asked of it'
like "$far" 'dialled at 9.9.9.9:443, which is public' 'where that is'
like "$far" 'which is not asked: 200 stands for its answer, and 502 it is if' 'and what it does not know'
like "$(cli explain ruled.localhost/near/x)" 'dialled at 127.0.0.1:9, which is in proxy-allow' \
    'what the operator allows is said to be'
# refused PATH WHY [STATUS]: by explain as by who serves.
refused() {
	r=$(cli explain "ruled.localhost$1")
	like "$r" "it is refused: $2" "$1 is refused, and why"
	site ruled "$1"
	like "$r" "^status $status\$" "by the status that it has"
}
refused /inside/x 'loopback address'
unlike "$r" 'dialled|127.0.0.2:' 'and is not resolved'
refused /unknown/x 'its name (cannot be resolved|is not resolved in time)'
refused /back/x 'it leads back here'
like "$(cli explain nobody.localhost/)" 'no site of yours has the host' 'or that it is nobody'"'"'s'

# ---- the report of rules ------------------------------------------------------

release shop "$T/site" preview 'report={"accepted":[{"file":"_redirects","line":1,"text":"/a /b"}],"refused":[{"file":"_redirects","line":2,"text":"nonsense","why":"no destination"}]}'
api GET "/api/deployments/$deployment/rules"
is "$status/$(json '.refused[0].why')" '200/no destination' 'the report of rules'
api GET "/api/deployments/$shop/rules"
is "$(json . | tr -d ' \n')" '{"accepted":[],"refused":[]}' 'or none'
is "$(cli rules "$deployment")" "accepted	_redirects:1	/a /b	
refused	_redirects:2	nonsense	no destination" 'slipway rules lists them'
is "$(cli rules "$deployment" --refused --json | jq -c .)" \
    '{"refused":[{"file":"_redirects","line":2,"text":"nonsense","why":"no destination"}]}' 'or some of them'
like "$(cli rules "$shop")" "^$shop has no rules: no _redirects, _headers" 'or says that there are none'
like "$(cli help rules)" 'slipway-rules[(]7[)]' 'and where more is'
release shop "$T/site" preview 'report={"accepted":[{"file":"_redirects","line":1,"text":"/a /b"},
    {"file":"_redirects","line":2,"text":"/c/* https://good.example:splat","why":"whoever makes a link chooses the host"},
    {"file":"apps/vercel.json","entry":"redirects[3]","text":"/d /e"},{"file":"_headers","text":"/*"}],"refused":[]}'
is "$(cli rules "$deployment")" "accepted	_redirects:1	/a /b	
accepted	_redirects:2	/c/* https://good.example:splat	whoever makes a link chooses the host
accepted	apps/vercel.json redirects[3]	/d /e	
accepted	_headers	/*	" 'each with its place'
like "$(cli rules --refused "$deployment")" '^accepted	_redirects:2	.*chooses the host$' 'what is odd is with what is refused'
like "$(cli rules --json "$deployment")" '"/c/\* https://good.example:splat"' 'a slash is a slash'
if command -v script >/dev/null; then
	seen=$(SLIPWAY_URL=http://localhost:$port SLIPWAY_TOKEN=$token HOME=$T/home TERM=dumb \
	    script -qefc "stty cols 80; '$builddir/cli/slipway/slipway' rules '$deployment'" /dev/null </dev/null | tr -d '\r')
	is "$(printf '%s\n' "$seen" | awk 'length($0) > 80')" '' 'on a terminal no line is wider than that'
	like "$seen" '/c/[*] http[^ ]*[.][.][.][^ ]*  whoever makes' 'what it says is cut'
	like "$seen" '^  +.*host$' 'and why is not'
fi
cd / || exit 99
exit 0
