#!/bin/sh
# A repository made for Vercel: a vercel.json of all kinds, through nginx with
# its cache, without, and lighttpd; and what is refused is told.
. "${srcdir:-.}/tests/e2e/lib.sh"
country='$http_x_test_country'
start postgres redis api serve builderd git nginx
account ann

repo site
mkdir -p "$T/src/site/docs" "$T/src/site/.well-known" "$T/src/site/drafts"
cd "$T/src/site" || exit 99
echo '<p>home' >index.html
echo '<p>about' >about.html
echo '<p>docs' >docs/index.html
echo '<p>app' >app.html
echo '<p>lost' >404.html
echo '<p>draft' >drafts/one.html
echo 'notes' >notes.txt
echo 'text' >file.txt
echo 'who' >.well-known/security.txt
printf '%s\n' '# ours alone' '/drafts' '*.txt' '!file.txt' '!security.txt' >.vercelignore
cat >vercel.json <<'END'
{
  "$schema": "https://openapi.vercel.sh/vercel.json",
  "cleanUrls": true,
  "trailingSlash": false,
  "redirects": [
    { "source": "/old/:path*", "destination": "/new/:path*" },
    { "source": "/post/:year(\\d{4})/:slug", "destination": "/p/:slug?y=:year&v=1", "permanent": false },
    { "source": "/file.txt", "destination": "/moved.txt", "statusCode": 302 },
    { "source": "/shop", "has": [ { "type": "query", "key": "id", "value": "(?<id>\\d+)" } ],
      "missing": [ { "type": "cookie", "key": "stay" } ], "destination": "/item/:id", "statusCode": 307 },
    { "source": "/beta", "has": [ { "type": "header", "key": "x-beta", "value": { "pre": "y", "neq": "yo" } } ],
      "destination": "https://other.example/beta", "statusCode": 303 },
    { "source": "/many", "has": [ { "type": "query", "key": "n", "value": { "gte": 10 } } ], "destination": "/lots" },
    { "source": "/token", "has": [ { "type": "header", "key": "X_Slipway-Token", "value": "(?<t>.*)" } ],
      "destination": "https://other.example/:t" },
    { "source": "/cookie", "has": [ { "type": "cookie", "key": "__Host-slipway", "value": "(?<t>.*)" } ],
      "destination": "https://other.example/:t" },
    { "source": "/cookies", "has": [ { "type": "header", "key": "cookie", "value": "(?<t>.*)" } ],
      "destination": "https://other.example/:t" },
    { "source": "/hosted", "has": [ { "type": "host", "value": "(?<who>.+)\\.localhost" } ], "destination": "/for/:who" },
    { "source": "/slow/((?:(?:a|a)*)*)!", "destination": "/never" },
    { "source": "/wrong/:x", "destination": "/:y" },
    { "source": "/more", "destination": "/x", "colour": "red" },
    { "source": "/here", "has": [ { "type": "header", "key": "X-Vercel-IP-Country", "value": "(?<c>..)" } ],
      "destination": "/in/:c" }
  ],
  "headers": [
    { "source": "/(.*)", "headers": [ { "key": "X-Site", "value": "ours" }, { "key": "Server", "value": "mine" } ] },
    { "source": "/docs", "headers": [ { "key": "x-site", "value": "docs" }, { "key": "Cache-Control", "value": "public, max-age=60" } ] },
    { "source": "/app/:page", "headers": [ { "key": "X-Page", "value": "p-:page" } ] },
    { "source": "/docs", "has": [ { "type": "query", "key": "c" } ],
      "headers": [ { "key": "Set-Cookie", "value": "c=$c" } ] }
  ],
  "rewrites": [
    { "source": "/api/:path*", "destination": "https://other.example/:path*" },
    { "source": "/step/:x", "destination": "/app/:x" },
    { "source": "/app/:page", "destination": "/app" },
    { "source": "/about", "destination": "/app" },
    { "source": "/gone", "destination": "/404.html", "statusCode": 410 }
  ],
  "crons": [ { "path": "/x", "schedule": "* * * * *" } ]
}
END
cd / || exit 99
commit site one
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
deploy site
is "$state" ready 'it is published'
like "$log" 'vercel.json redirects\[11\]: destination: it names ":y", .*\(/wrong/:x /:y\)' 'a destination that names nothing is refused'
like "$log" 'redirects\[12\]: colour: there is no such key' 'as is a key that there is not'
like "$log" 'headers\[0\]: Server: nobody may set Server.*/\(\.\*\)' 'and a header that nobody may set'
like "$log" 'vercel.json crons: not used: there are no functions here' 'what is of no use is said'
like "$log" 'left out drafts: .vercelignore' 'and what .vercelignore names'

# status | path | curl's arguments | a pattern the answer must have
cat >"$T/table" <<'END'
200|/||<p>home
308|/index.html||^location: (http://[^/]*)?/$
308|/about.html||/about$
308|/about/?a=1||/about\?a=1$
200|/about||<p>about
200|/docs||<p>docs
308|/docs/||/docs$
308|/docs/index||/docs$
308|/old/a/b%20c||/new/a/b%20c$
308|/old||/new/$
404|/OLD||lost
307|/post/2024/x?v=2&w=3||/p/x\?y=2024&v=1&w=3$
404|/post/20245/x||lost
302|/file.txt||/moved.txt$
307|/shop?id=7||/item/7\?id=7$
404|/shop?id=x||lost
404|/shop?id=7|-H "Cookie: stay=1"|lost
303|/beta|-H "X-Beta: yes"|^location: https://other.example/beta$
404|/beta|-H "X-Beta: yo"|lost
404|/beta||lost
308|/many?n=10||/lots\?n=10$
404|/many?n=9.5||lost
308|/hosted||/for/site$
404|/token|-H "X-Slipway-Token: t"|lost
404|/cookie|-H "Cookie: a=1; __Host-slipway=c; b=2"|lost
308|/cookies|-H "Cookie: a=1;__Host-slipway=c; b=2"|/a=1;%20b=2$
308|/here|-H "X-Test-Country: FR"|/in/FR$
404|/here|-H "X-Vercel-IP-Country: FR"|lost
404|/slow/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa||lost
502|/api/a||
200|/app/one||<p>app
200|/app/one||^x-page: p-one$
200|/step/two||<p>app
410|/gone||lost
200|/docs||^x-site: docs$
200|/docs||^cache-control: public, max-age=60$
200|/docs?c=1||^set-cookie: c=1$
200|/about||^x-site: ours$
200|/.well-known/security.txt||^who
404|/.well-known/other||
404|/notes.txt||
404|/drafts/one||lost
404|/vercel.json||
404|/.vercelignore||
404|/nothing||lost
END

front nginx-cache 1 2
site site '/docs?c=1;%20Domain=localhost'
is "$status $(header Set-Cookie)" '200 ' 'what a request brings makes no cookie for other sites'

# Without cleanUrls an address is what a file is called, and rewrites go first.
repo plain
cp -R "$T/src/site/"*.html "$T/src/site/file.txt" "$T/src/site/docs" "$T/src/plain/"
cat >"$T/src/plain/vercel.json" <<'END'
{ "trailingSlash": true, "rewrites": [ { "source": "/about/", "destination": "/app.html" } ] }
END
commit plain one
api POST /api/projects "{\"slug\":\"plain\",\"repo\":\"$repo\"}"
deploy plain
own /about
is "$status $(header Location | sed 's,http://[^/]*,,')" '308 /about/' 'a slash at the end'
own /about/
is "$body" '<p>app' 'a rewrite before what a page might be called'
own /app/
is "$body" '<p>app' 'which it still is where there is none'
own /file.txt/
is "$status $(header Location | sed 's,http://[^/]*,,')" '308 /file.txt' 'but none after a file'
own /docs/
is "$body" '<p>docs' 'and an index is at its folder'

cat >"$T/src/plain/vercel.json" <<'END'
{ "redirects": [ { "source": "/a", "destination": "/b" } ] }
END
commit plain two
deploy plain
own /docs
is "$status" 200 'a folder without a slash, where nothing is said'
own /docs/
is "$status" 200 'and with one'

nginx_cache off
front nginx-plain 1
stop nginx serve
start lighttpd serve
sed -i '/X-Test-Country/d' "$T/table"
front lighttpd 1
plan 17
