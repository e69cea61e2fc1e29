#!/bin/sh
# A repository made for Netlify: its _redirects, _headers and netlify.toml, of
# all kinds of lines, through nginx with its cache, without, and lighttpd; and
# what is refused is told.
. "${srcdir:-.}/tests/e2e/lib.sh"
country='$http_x_test_country'
conf inline-max 65536
start postgres redis api serve builderd git nginx
account ann

repo site
mkdir -p "$T/src/site/app" "$T/src/site/docs" "$T/src/site/secret" "$T/src/site/errors" "$T/src/site/assets"
cd "$T/src/site" || exit 99
echo '<p>home' >index.html
echo '<p>app' >app/index.html
echo '<p>real' >real.html
echo '<p>docs' >docs/index.html
echo '<p>secret' >secret/index.html
echo '<p>lost' >404.html
echo 'p { }' >assets/a.css
echo '<p>gone for good' >errors/gone.html
head -c 200000 /dev/zero | tr '\0' x >large.txt
echo 'hello' >'a b.txt'
cat >_redirects <<'END'
# comments, and nothing

/old            /new                            # 301 is what a rule without a number means
/news/*         /blog/:splat            302
/post/:year/:slug  /p/:slug?y=:year     308
/store id=:id   /item/:id               301
/fr             /france                 302     Country=fr,BE
/lang           /sprache                302     Language=de
/cookie         /with                   302     Cookie=seen
/app/*          /app/index.html         200
/named/index-gone1234.js /app/          200
/to/*           /assets/a.css           200
/real           /nowhere                301
/forced         /elsewhere              301!
/real.html      /forced-over            302!
/was            /errors/gone            410
/not            /errors/gone            404
/space          /a%20b.txt              200
/ext/*          https://other.example/:splat?x=1 301
/proxy/*        https://other.example/:splat 200
/none           /not/there              200
/self/*         /self/:splat
/role           /x                      302     Role=admin
/bad line
/odd            /x                      418
http://other.localhost/only  /host      301
/turn           /first                  302
/turn           /second                 302!
/lead/:x        /:x
END
cat >_headers <<'END'
/*
  X-Frame-Options: DENY
  X-Site: ours
  Set-Cookie: a=1
  Set-Cookie: b=2; Path=/
  Location: http://evil.example/
/docs/*
  Cache-Control: public, max-age=60
  ! X-Site
  X-Robots-Tag: all
/assets/*
  Cache-Control: public, max-age=31536000, immutable
  CDN-Cache-Control: max-age=31536000
  X-Asset: yes
/secret/*
  Basic-Auth: bob:hunter2 eve:pass:word
/large.txt
  Content-Security-Policy: default-src 'none'
  Content-Type: text/x-own
no colon
END
cat >netlify.toml <<'END'
[build]
publish = "."
[[redirects]]
from = "/toml/*"
to = "/docs/"
status = 301
[[redirects]]
from = "/toml-query"
to = "/docs/:q"
query = { q = ":q" }
conditions = { Country = ["ch"] }
[[redirects]]
from = "/signed"
to = "https://other.example/"
signed = "KEY"
[[headers]]
for = "/docs/*"
[headers.values]
X-Toml = "yes"
Cache-Control = "public, max-age=90"
END
cd / || exit 99
commit site one
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
deploy site
is "$state" ready 'it is published'
like "$log" '_redirects:[0-9]+: .*lead to itself' 'a redirect to itself is refused'
like "$log" '_redirects:[0-9]+: there are no roles' 'as is one for a role'
like "$log" '_redirects:[0-9]+: it leads to nothing' 'and a line that is none'
like "$log" '_redirects:[0-9]+: a status of 418' 'and an odd status'
like "$log" '_headers:[0-9]+: nobody may set Location: ' 'a header that nobody may set is refused'
like "$log" '_headers:[0-9]+: it is neither a path nor' 'and a line that is no header'
like "$log" 'netlify.toml:12: requests are not signed here' 'and an entry by its line'
like "$log" '[0-9]+ rules for serving, 7 refused' 'with a summary'
unlike "$log" 'hunter2|pass:word' 'no password is in the log'

# status | path | curl's arguments | a pattern the answer must have
cat >"$T/table" <<'END'
301|/old||^location: (http://[^/]*)?/new$
301|/old/||/new$
301|/old?a=b||/new\?a=b$
302|/news/2024/a%20b||^location: (http://[^/]*)?/blog/2024/a%20b$
302|/news||/blog/$
302|/news/caf%C3%A9/||/blog/caf%C3%A9/$
308|/post/2024/hello||/p/hello\?y=2024$
301|/store?id=7||/item/7\?id=7$
301|/store?id=a%2Fb%0d%0aX:y||/item/a%2Fb%0D%0AX:y
404|/store||lost
302|/fr|-H "X-Test-Country: FR"|/france$
404|/fr|-H "X-Test-Country: de"|lost
302|/lang|-H "Accept-Language: de-AT,en;q=0.5"|/sprache$
404|/lang|-H "Accept-Language: en,de;q=0.5"|lost
302|/cookie|-H "Cookie: x=1; seen=yes"|/with$
404|/cookie|-H "Cookie: x=1; seen="|lost
200|/app/||<p>app
200|/app/some/thing||<p>app
200|/app/some.js||<p>app
404|/app/index-gone1234.js||^content-type: text/plain
404|/app/index-gone1234.js||^cache-control: no-store$
200|/app/index-gone1234||<p>app
200|/app/index-gone1234.html||<p>app
200|/named/index-gone1234.js||<p>app
200|/to/index-gone1234.js||^content-type: text/css
200|/real||<p>real
301|/forced||/elsewhere$
302|/real.html||/forced-over$
410|/was||gone for good
404|/not||gone for good
200|/space||hello
301|/ext/a/b||^location: https://other.example/a/b\?x=1$
502|/proxy/a||Not reachable
404|/none||lost
404|/self/x||lost
404|/only||lost
302|/turn||/first$
301|/lead/x||/x$
301|/toml/x||/docs/$
301|/toml-query?q=a|-H "X-Test-Country: ch"|/docs/a\?q=a$
404|/_redirects||
404|/_headers||
404|/netlify.toml||
200|/||^x-frame-options: DENY$
200|/||^x-site: ours$
200|/||^set-cookie: b=2; Path=/$
301|/old||^x-site: ours$
404|/nothing||^x-site: ours$
200|/docs/||^cache-control: public, max-age=90$
200|/docs/||^x-toml: yes$
200|/assets/a.css||^cache-control: public, max-age=31536000, immutable$
404|/assets/b.css||^cache-control: no-store$
404|/assets/b.css||^x-asset: yes$
404|/assets/b||^cache-control: no-store$
200|/docs/||^x-robots-tag: all$
401|/secret/||^www-authenticate: Basic realm="site"
401|/secret/|-u bob:wrong|
200|/secret/|-u bob:hunter2|<p>secret
200|/secret/|-u eve:pass:word|^cache-control: private, no-store$
401|/secret|-u eve:pass|
401|/secret/nothing||no-store
200|/large.txt||^content-security-policy: default-src 'none'$
200|/large.txt||^x-site: ours$
200|/large.txt||^content-type: text/x-own
206|/large.txt|-H "Range: bytes=0-9"|^x-frame-options: DENY$
304|/docs/|-H "If-None-Match: *"|^x-toml: yes$
END

front nginx-cache 1 2
site site /docs/
unlike "$(cat "$T/headers")" 'X-Site' 'a header that a later path removes'
site site /assets/b.css
unlike "$(cat "$T/headers")" 'immutable|CDN-Cache' 'nobody is told to keep an error'
site site /lang -H 'Accept-Language: de'
site site /lang -H 'Accept-Language: en'
is "$status" 404 'what depends on who asks is not kept for others'
site site /secret/ -u bob:hunter2
site site /secret/
is "$status" 401 'nor what is behind a password'
site other /only
is "$status" 404 'a host of a rule is one of the site'"'"'s own'
own /docs/
like "$(cat "$T/headers")" 'X-Robots-Tag: noindex' 'a preview stays away from search engines'

# The same, uploaded ready made.
api POST /api/projects '{"slug":"made"}'
tar czf "$T/made.tgz" -C "$T/src/site" --exclude=.git .
api POST /api/projects/made/archives '' --data-binary "@$T/made.tgz" -H 'Content-Type: application/octet-stream'
deploy made "{\"upload\":\"$(json .upload)\",\"prebuilt\":true}"
is "$state" ready 'ready made'
site "${deployment#dpl_}--made" /toml/x
is "$status" 301 'its netlify.toml is at its top'
site "${deployment#dpl_}--made" /netlify.toml
is "$status" 404 'and is not published'

# One made for Vercel.
mkdir -p "$T/v"
echo '<p>v' >"$T/v/index.html"
echo '<p>about' >"$T/v/about.html"
cat >"$T/v/vercel.json" <<'END'
{ "cleanUrls": true,
  "redirects": [ { "source": "/old/:path*", "destination": "/new/:path*", "permanent": false },
    { "source": "/beta", "destination": "/b", "statusCode": 302,
      "has": [ { "type": "header", "key": "x-beta", "value": "(?<who>.+)" } ] } ],
  "rewrites": [ { "source": "/app/:path(.*)", "destination": "/" } ],
  "headers": [ { "source": "/about", "headers": [ { "key": "X-V", "value": "1" } ] } ] }
END
tar czf "$T/v.tgz" -C "$T/v" .
api POST /api/projects/made/archives '' --data-binary "@$T/v.tgz" -H 'Content-Type: application/octet-stream'
deploy made "{\"upload\":\"$(json .upload)\",\"prebuilt\":true}"
v=${deployment#dpl_}--made
site "$v" /old/a/b
is "$status $(header Location)" '307 /new/a/b' 'vercel.json redirects'
site "$v" /about.html
is "$status $(header Location)" '308 /about' 'and cleans addresses'
site "$v" /about
is "$status $(header X-V)" '200 1' 'where its headers are'
site "$v" /app/x
is "$body" '<p>v' 'it rewrites'
site "$v" /app/index-gone1234.js
is "$status $(header Cache-Control)" '404 no-store' 'but no page is an asset'
site "$v" /beta -H 'X-Beta: ann'
is "$status" 302 'and looks at any header'
site "$v" /vercel.json
is "$status" 404 'and is not published'
former=$deployment
sed -i 's/"value": "1"/"value": "2"/' "$T/v/vercel.json"
tar czf "$T/v.tgz" -C "$T/v" .
api POST /api/projects/made/archives '' --data-binary "@$T/v.tgz" -H 'Content-Type: application/octet-stream'
deploy made "{\"upload\":\"$(json .upload)\",\"prebuilt\":true}"
api GET "/api/deployments/$deployment/diff?against=$former"
[ "$status" = 200 ] || note "$state $body"
is "$status $(json '[.rules.changed, (.changes | length)] | join("/")')" '200 true/0' 'another value of a header is a difference'

nginx_cache off
front nginx-plain 1
stop nginx serve
start lighttpd serve
# It says where a request comes from in words of its own, and takes no control
# character in a query.
sed -i '/X-Test-Country/d; /%0d%0a/d' "$T/table"
front lighttpd 1
plan 30
