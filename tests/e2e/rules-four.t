#!/bin/sh
# A project as it comes from elsewhere, with all four files at once: manuals and
# an application of one page, an old blog's addresses, countries and languages,
# another server, headers, a password, contexts, and clean addresses.
. "${srcdir:-.}/tests/e2e/lib.sh"
country='$http_x_test_country'
start postgres redis api serve builderd git nginx
account ann

# page PATH: it says what it is.
page() {
	mkdir -p "$(dirname "$1")"
	echo "<p>$1" >"$1"
}
repo site
cd "$T/src/site" || exit 99
for p in index.html about.html 404.html account/password.html docs/index.html docs/install.html docs/v2/install.html \
    docs/v2/index.html app/index.html de/index.html de/404.html shop/ch/index.html posts/hello.html team/plan.html gone.html; do
	page "public/$p"
done
mkdir -p public/.well-known public/app/assets preview
echo 'Contact: us' >public/.well-known/security.txt
echo 'let a' >public/app/assets/index-DqY7aB1x.js
page preview/index.html
cat >public/_redirects <<'END'
# The blog that was here before.
/blog/:year/:month/:slug   /posts/:slug
/tag/*                     /topics/:splat          302
/feed.xml                  /atom.xml
/archive.php  p=:post      /posts/:post            301
/archive.php               /posts/
/2018/*                    /gone.html              410

# Whoever comes from there.
/        /de/              302!  Language=de
/shop    /shop/ch          302   Country=ch,li
/shop/*  https://shop.example/:splat  302

/search  q=:q  /find/:q    302
/.well-known/change-password  /account/password  302
/app/*   /app/index.html   200
/de/*    /de/404.html      404
/about   /nowhere          301
/more/*  /less/:page       301
/spl*at  /star             301
/* https://good.example:splat 301 Cookie=leave
/*       /index.html       200   Cookie=spa
END
cat >public/_headers <<'END'
/*
  X-Frame-Options: DENY
  X-Content-Type-Options: nosniff
  Referrer-Policy: no-referrer
/docs/*
  Cache-Control: public, max-age=300
  X-From: _headers
/app/assets/*
  Cache-Control: public, max-age=31536000, immutable
/team/*
  Basic-Auth: ann:manual
END
cat >netlify.toml <<'END'
[build]
  publish = "public"
[build.environment]
  NODE_VERSION = "20"
[context.branch-deploy]
  publish = "preview"
  comand = "make"

[[redirects]]
  from = "/api/*"
  to = "https://api.example/v1/:splat"
  status = 200
  force = true
[[redirects]]
  from = "/tag/*"
  to = "/never"
[[redirects]]
  from = "/toml"
  to = "/docs/"
  staus = 302

[[headers]]
  for = "/docs/*"
  [headers.values]
    X-From = "netlify.toml"
    Content-Security-Policy = "default-src 'self'"

[[redirect]]
  from = "/a"
  to = "/b"
END
cat >vercel.json <<'END'
{ "cleanUrls": true, "trailingSlash": false,
  "redirects": [
    { "source": "/old/:path*", "destination": "/docs/:path*" },
    { "source": "/beta", "has": [ { "type": "cookie", "key": "beta", "value": "(?<who>.+)" } ],
      "destination": "/app/:who", "permanent": false },
    { "source": "/docs/v1/:path*", "destination": "/docs/:path*", "statusCode": 301 },
    { "source": "/bad", "destination": "/:nothing" } ],
  "rewrites": [
    { "source": "/docs/latest/:path*", "destination": "/docs/v2/:path*" },
    { "source": "/posts/latest", "destination": "/posts/hello" } ],
  "headers": [
    { "source": "/docs/:page*", "headers": [ { "key": "X-From", "value": "vercel.json" }, { "key": "X-Page", "value": ":page" } ] } ],
  "crons": [ { "path": "/api/x", "schedule": "0 0 * * *" } ] }
END
cd / || exit 99
commit site one
api POST /api/projects "{\"slug\":\"site\",\"repo\":\"$repo\"}"
deploy site
is "$state" ready 'it is published'
for line in '_redirects:19: nothing it is from is called ":page"' '_redirects:20: a "\*" stands for others at the end' \
    '_redirects:21: whoever makes a link chooses the host' 'netlify.toml:7: there is no such key .context.branch-deploy.comand' \
    'netlify.toml:20: there is no field "staus"' 'netlify.toml:28: there is no such key: write \[\[redirects\]\]' \
    'vercel.json redirects\[3\]: destination: it names ":nothing"' 'vercel.json crons: not used'; do
	like "$log" "$line" "${line%%:*}: is told"
done
cut=$(cli rules --project site --refused | cut -f 2 | grep -v '^_redirects' | paste -sd' ')
is "$cut" 'netlify.toml:7 netlify.toml:20 netlify.toml:28 vercel.json redirects[3] vercel.json crons' 'in their order'

# status | path | curl's arguments | a pattern the answer must have
cat >"$T/table" <<'END'
200|/||public/index.html
302|/|-H "Accept-Language: de-AT"|^location: (http://[^/]*)?/de/$
308|/index.html||^location: (http://[^/]*)?/$
308|/de/||/de$
200|/de||public/de/index.html
404|/de/nichts||public/de/404.html
200|/about||public/about.html
308|/about.html||/about$
301|/blog/2019/07/hello||/posts/hello$
308|/blog/2019/07/hello/||/blog/2019/07/hello$
200|/posts/hello||public/posts/hello.html
302|/tag/c%2B%2B/x||/topics/c(%2B|\+)(%2B|\+)/x$
301|/feed.xml||/atom.xml$
301|/archive.php?p=hello||/posts/hello\?p=hello$
301|/archive.php||/posts/$
410|/2018/anything||public/gone.html
302|/shop|-H "X-Test-Country: CH"|/shop/ch$
302|/shop|-H "X-Test-Country: FR"|^location: https://shop.example/$
200|/shop/ch||public/shop/ch/index.html
302|/shop/x/y||^location: https://shop.example/x/y$
302|/search?q=a%20b||/find/a%20b\?q=a%20b$
404|/search||public/404.html
302|/.well-known/change-password||/account/password$
200|/.well-known/security.txt||^Contact
404|/.well-known/other||^content-type: text/plain
404|/.well-known/other|-H "Cookie: spa=1"|^content-type: text/plain
200|/any/thing|-H "Cookie: spa=1"|public/index.html
404|/any/thing||public/404.html
200|/app||public/app/index.html
200|/app/some/thing||public/app/index.html
404|/app/assets/index-gone1234.js||^cache-control: no-store$
200|/app/assets/index-DqY7aB1x.js||^cache-control: public, max-age=31536000, immutable$
301|/more/x||/less/:page$
301|/spl*at||/star$
404|/splat||public/404.html
301|/x|-H "Cookie: leave=1"|^location: https://good.examplex$
502|/api/x||Not reachable
301|/toml||/docs/$
308|/old/a/b||/docs/a/b$
307|/beta|-H "Cookie: beta=ann"|/app/ann$
404|/beta||public/404.html
301|/docs/v1/install||/docs/install$
200|/docs||public/docs/index.html
308|/docs/index.html||/docs$
308|/docs/install/||/docs/install$
200|/docs/install||^x-from: vercel.json$
200|/docs/install||^x-page: install$
200|/docs/install||^cache-control: public, max-age=300$
200|/docs/install||^content-security-policy: default-src 'self'$
200|/docs/install||^x-frame-options: DENY$
200|/docs/latest/install||public/docs/v2/install.html
200|/docs/latest||public/docs/v2/index.html
200|/posts/latest||public/posts/hello.html
401|/team/plan||^www-authenticate: Basic
200|/team/plan|-u ann:manual|public/team/plan.html
401|/team/plan|-u ann:other|
404|/a||public/404.html
404|/_redirects||
404|/netlify.toml||
END
front nginx-cache 1 2

git -C "$T/src/site" checkout -q -b next
commit site two next
deploy site '{"branch":"next"}'
own /
is "$body" '<p>preview/index.html' 'a branch has the folder of its context'
stop nginx serve
start lighttpd serve
sed -i '/X-Test-Country/d' "$T/table"
front lighttpd 1
plan 13
