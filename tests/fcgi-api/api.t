#!/bin/sh
# The whole of the REST API in one conversation, over FastCGI.
. "$srcdir/tests/e2e/lib.sh"
conf signup-rate 1000
conf login-rate 8
conf token-minutes 5
conf team-projects 12
start postgres redis api

# api, without a web server between.
api() {
	m=$1 u=$2 d=$3
	shift $(($# < 3 ? $# : 3))
	[ -z "$token" ] || set -- -H "Authorization: Bearer $token" "$@"
	[ -z "$d" ] || set -- -d "$d" "$@"
	"$builddir/tests/fcgi" -s "$T/run/api.sock" "$@" "$m" "$u" >"$T/raw" \
	    2>>"$T/log/fcgi.log"
	status=$(head -1 "$T/raw")
	sed -n '2,/^\r*$/p' "$T/raw" >"$T/headers"
	body=$(sed '1,/^\r*$/d' "$T/raw")
}

# gets STATUS DESCRIPTION METHOD URI [BODY ...]
gets() {
	want=$1 desc=$2
	shift 2
	api "$@"
	is "$status" "$want" "$desc" || note "$body"
}

P='correct horse ann'

# ---- nobody ---------------------------------------------------------------
gets 200 'alive' GET /api/health
is "$(json .status)" ok 'and says so'
gets 200 'ready' GET /api/ready
is "$(json .redis)" ok 'with Redis'
like "$(cat "$T/headers")" 'X-Content-Type-Options: nosniff' 'nosniff'
like "$(cat "$T/headers")" "Content-Security-Policy: default-src 'none'" 'CSP'
like "$(cat "$T/headers")" 'Cache-Control: no-store' 'no-store'
gets 200 'HEAD' HEAD /api/health
is "$body" '' 'has no body'
gets 204 'OPTIONS' OPTIONS /api/projects
is "$(header Allow)" 'OPTIONS, GET, HEAD, POST' 'says which methods there are'
gets 405 'a method that is not there' PUT /api/projects '{}'
is "$(header Allow)" 'OPTIONS, GET, HEAD, POST' 'with Allow'
gets 404 'no such path' GET /api/nothing
is "$(header Content-Type)" 'application/problem+json' 'is a problem'
is "$(json .type)" /api/errors/not_found 'of its type'
gets 404 'a slash too many' GET /api/projects/
gets 401 'not signed in' GET /api/projects
like "$(header WWW-Authenticate)" Bearer 'and how one does'
gets 401 'a token in the query is none' GET '/api/projects?access_token=x'
gets 401 'metrics are not for strangers' GET /api/metrics
gets 200 'metrics for this machine' GET /api/metrics '' -p REMOTE_ADDR=127.0.0.1
like "$body" 'slipway_deployments\{state="queued"\} 0' 'have the queue'
like "$body" 'route="/api/health",status="2xx"\} 2' 'and the routes'
gets 200 'OpenAPI' GET /api/openapi.json
is "$(json '.paths["/api/projects/{project}"] | keys | join(",")')" \
    delete,get,patch 'has the methods'

# ---- signing up -----------------------------------------------------------
gets 201 'sign up' POST /api/auth/signup \
    "{\"email\":\"Ann@Example.org\",\"password\":\"$P\",\"name\":\"Ann\"}"
ann=$(json .access_token) r1=$(json .refresh_token)
is "$(json .user.email)" ann@example.org 'lower case'
is "$(json '.teams[0].slug')" ann 'a team of her own'
is "$(json .token_type)" Bearer 'bearer'
gets 409 'but once' POST /api/auth/signup \
    "{\"email\":\"ann@example.org\",\"password\":\"$P\"}"
gets 422 'a short password' POST /api/auth/signup \
    '{"email":"x@example.org","password":"short"}'
is "$(json '.errors[0].field + " " + .errors[0].code')" 'password short' 'says so'
gets 422 'a common password' POST /api/auth/signup \
    '{"email":"x@example.org","password":"password123"}'
gets 422 'an unknown field' POST /api/auth/signup \
    "{\"email\":\"x@example.org\",\"password\":\"$P\",\"role\":\"admin\"}"
is "$(json '.errors[0].code')" unknown 'says so'
gets 400 'a key twice' POST /api/auth/signup \
    '{"email":"x@example.org","email":"y@example.org","password":"long enough"}'
gets 400 'a NUL' POST /api/auth/signup \
    '{"email":"x@example.org","password":"long enough\u0000xx"}'
gets 415 'not JSON' POST /api/auth/login 'a=b' -H 'Content-Type: text/plain'
gets 400 'no body' POST /api/auth/login
gets 422 'an array' POST /api/auth/login '[]'
head -c 70000 /dev/zero | tr '\0' ' ' >"$T/big"
gets 413 'a large body' POST /api/auth/login "@$T/big"
for l in -1 +5 0x10 ' 5' 5, 1e3; do
	gets 400 "Content-Length $l" POST /api/auth/login '{"a":1}' -p "CONTENT_LENGTH=$l"
done
gets 400 'longer than it says' POST /api/auth/login '{"a":1}   ' -p CONTENT_LENGTH=7
gets 400 'shorter than it says' POST /api/auth/login '{"a":1}' -p CONTENT_LENGTH=70

gets 200 'sign in' POST /api/auth/login "{\"email\":\"ann@example.org\",\"password\":\"$P\"}"
ann2=$(json .access_token)
gets 401 'wrong password' POST /api/auth/login '{"email":"ann@example.org","password":"wrong wrong"}'
one=$(json 'del(.request_id)')
gets 401 'unknown address' POST /api/auth/login '{"email":"eve@example.org","password":"wrong wrong"}'
is "$(json 'del(.request_id)')" "$one" 'looks the same'
# Two windows at most: a minute may end meanwhile.
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
	api POST /api/auth/login '{"email":"lim@example.org","password":"wrong wrong"}'
	[ "$status" != 429 ] || break
done
is "$status" 429 'too often'
like "$(header Retry-After)" '^[0-9]+$' 'and when to come back'
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
	api POST /api/auth/login '{"email":"lim@example.org","password":"wrong wrong"}' \
	    -p "REMOTE_ADDR=2001:db8:1:2:$i::1"
	[ "$status" != 429 ] || break
done
is "$status" 429 'also from all over a network'
api POST /api/auth/login '{"email":"lim@example.org","password":"wrong wrong"}' \
    -p REMOTE_ADDR=2001:db8:1:3::1
is "$status" 401 'but not from another'

# ---- sessions -------------------------------------------------------------
gets 200 'refresh' POST /api/auth/refresh "{\"refresh_token\":\"$r1\"}"
r2=$(json .refresh_token)
isnt "$r2" "$r1" 'a new one'
gets 200 'again at once' POST /api/auth/refresh "{\"refresh_token\":\"$r1\"}"
is "$(json .refresh_token)" "$r2" 'gives the same'
gets 200 'its successor' POST /api/auth/refresh "{\"refresh_token\":\"$r2\"}"
gets 401 'the first, now spent for good' POST /api/auth/refresh "{\"refresh_token\":\"$r1\"}"
token=$ann
gets 401 'ended the session' GET /api/auth/me
gets 401 'garbage' POST /api/auth/refresh '{"refresh_token":"slr_x"}'
token=$ann2
gets 200 'the other session lives' GET /api/auth/me
is "$(json '.user.name + " " + .teams[0].role + " " + (.token|tostring)')" 'Ann owner null' 'me'
gets 204 'sign out' POST /api/auth/logout
gets 401 'is at once' GET /api/auth/me
token=
api POST /api/auth/login "{\"email\":\"ann@example.org\",\"password\":\"$P\"}"
token=$(json .access_token)
ann=$token

# ---- projects -------------------------------------------------------------
gets 201 'a project' POST /api/projects '{"slug":"shop","repo":"https://git.example.com/ann/shop.git","branch":"main"}'
prj=$(json .id)
is "$(json .team)" ann 'of her team'
like "$(json .url)" '^http://shop.localhost:' 'with its URL'
is "$(json '.live')" null 'not live'
gets 409 'but once' POST /api/projects '{"slug":"shop"}'
like "$(json .detail)" '^The slug "shop" is taken, .* such as "shop-2"\.$' 'names it, and another'
gets 422 'a bad name' POST /api/projects '{"slug":"Shop!"}'
gets 422 'a bad URL' POST /api/projects '{"slug":"s2","repo":"file:///etc/passwd"}'
is "$(json '.errors[0].field + " " + .errors[0].code + " " + .errors[0].limit')" 'repo scheme https, ssh' 'says why'
gets 422 'mass assignment' PATCH /api/projects/shop '{"team_id":"team_x"}'
gets 200 'by name' GET /api/projects/shop
gets 200 'by id' GET "/api/projects/$prj"
gets 200 'change' PATCH /api/projects/shop '{"build_command":"npm run build","spa":"on"}'
is "$(json '.build_command + " " + .spa + " " + .branch')" 'npm run build on main' 'what was named'
gets 200 'its limits' PATCH /api/projects/shop '{"build_timeout":60,"build_pids":64,"build_inodes":2000,"build_silence":30,"build_output":8}'
is "$(json '[.build_timeout, .build_pids, .build_inodes, .build_silence, .build_output] | join(" ")')" \
    '60 64 2000 30 8' 'as given'
gets 422 'next to nothing' PATCH /api/projects/shop '{"build_pids":31,"build_inodes":999}'
is "$(json '[.errors[].field] | sort | join(" ")')" 'build_inodes build_pids' 'is not enough'
gets 200 'clear' PATCH /api/projects/shop '{"build_pids":null}'
is "$(json '[.build_pids, .build_inodes] | join(" ")')" ' 2000' 'one of them'
gets 200 'clear' PATCH /api/projects/shop '{"repo":null}'
is "$(json .repo)" null 'no repository'
gets 409 'nothing to build' POST /api/projects/shop/deployments '{}'
gets 200 'set again' PATCH /api/projects/shop '{"repo":"https://git.example.com/ann/shop.git"}'
for s in aa bb cc; do
	api POST /api/projects "{\"slug\":\"$s\"}"
done
gets 200 'a page' GET '/api/projects?limit=2'
is "$(json '[.projects[].slug]|join(",")')" aa,bb 'of two'
next=$(json .next)
gets 200 'the next' GET "/api/projects?limit=2&cursor=$next"
is "$(json '[.projects[].slug]|join(",")')" cc,shop 'of two'
is "$(json .next)" null 'and no more'
gets 422 'a cursor of one'\''s own' GET '/api/projects?cursor=c2hvcA'
gets 422 'limit 0' GET '/api/projects?limit=0'
gets 422 'limit 101' GET '/api/projects?limit=101'
gets 200 'limit 100' GET '/api/projects?limit=100'
gets 204 'delete' DELETE /api/projects/cc
gets 404 'is gone' GET /api/projects/cc

# ---- deployments ----------------------------------------------------------
gets 202 'deploy' POST /api/projects/shop/deployments
d1=$(json .id)
is "$(json '.state + " " + .target + " " + .ref')" 'queued production main' 'production of main'
like "$(json .url)" "^http://${d1#dpl_}--shop.localhost:" 'its own host'
gets 202 'a branch' POST /api/projects/shop/deployments '{"branch":"feature/x"}'
d2=$(json .id)
is "$(json '.target')" preview 'is a preview'
like "$(json .branch_url)" 'http://feature-x-[0-9a-f]{6}--shop' 'with a host'
gets 202 'a commit' POST /api/projects/shop/deployments '{"commit":"0123456789012345678901234567890123456789","target":"production"}'
gets 422 'two refs' POST /api/projects/shop/deployments '{"branch":"a","tag":"b"}'
gets 422 'an option as a branch' POST /api/projects/shop/deployments '{"branch":"--upload-pack=x"}'
gets 422 'prebuilt without upload' POST /api/projects/shop/deployments '{"prebuilt":true}'
gets 200 'list' GET '/api/projects/shop/deployments?target=preview'
is "$(json '[.deployments[].id]|join(",")')" "$d2" 'by target'
gets 200 'pages' GET '/api/projects/shop/deployments?limit=1'
gets 200 'the next page' GET "/api/projects/shop/deployments?limit=1&cursor=$(json .next)"
is "$(json '.deployments[0].id')" "$d2" 'newest first'
gets 202 'cancel' POST "/api/deployments/$d2/cancel"
is "$(json .state)" canceled 'canceled'
gets 409 'again' POST "/api/deployments/$d2/cancel"
gets 409 'promote what is not ready' POST "/api/deployments/$d2/promote"
gets 202 'redeploy' POST "/api/deployments/$d2/redeploy"
is "$(json '.ref + " " + .target')" 'feature/x preview' 'the same'
# target BODY: where that goes, in a project that names no branch.
target() {
	api POST /api/projects/any/deployments "$1"
	json .target
}
api POST /api/projects '{"slug":"any","repo":"https://git.example/any.git"}'
is "$(target '{"branch":"staging"}')" preview 'no branch is known: one that is named is a preview'
is "$(target '{"branch":"master"}')" production 'but one that nearly all begin with'
is "$(target '{"branch":"hotfix","target":"production"}') $(target '{"branch":"hotfix"}')" \
    'production preview' 'a branch that is put in production once is not the default'
api POST /api/projects/any/deployments
db "UPDATE deployments SET ref = 'trunk' WHERE id = '$(json .id)'"
is "$(target '{"branch":"trunk"}') $(target '{"branch":"master"}')" 'production preview' \
    'the one that was found to be the default is'
db "UPDATE deployments SET state = 'building', lease_until = now() WHERE id = '$d1';
    UPDATE deployments SET state = 'ready', manifest = repeat('a', 64) WHERE id = '$d1'"
gets 200 'promote' POST "/api/deployments/$d1/promote"
is "$(json .live)" true 'is live'
gets 200 'the project' GET /api/projects/shop
is "$(json .live.id)" "$d1" 'says so'

# ---- logs -----------------------------------------------------------------
api POST /api/projects/shop/deployments '{"branch":"logs"}'
d3=$(json .id)
db "UPDATE deployments SET state = 'building', fence = 7, lease_until = now() + interval '1 hour', lease_owner = 'x', key_hash = sha256('k') WHERE id = '$d3'"
db "SELECT job.log('$d3', 7, 'k', 1, ARRAY[1.5]::float8[], ARRAY['build'], ARRAY['out'], ARRAY['hello'], NULL)" >/dev/null
gets 200 'logs' GET "/api/deployments/$d3/logs"
is "$(json '.lines[0].line + " " + .lines[0].at + " " + (.last|tostring) + " " + (.done|tostring)')" \
    'hello 1970-01-01T00:00:01.500Z 1 false' 'a line'
before=$(date +%s%N)
gets 200 'waits a second' GET "/api/deployments/$d3/logs?after=1&wait=1"
ok 'and no less' test $(($(date +%s%N) - before)) -ge 900000000
for i in 1 2 3 4 5 6; do
	"$builddir/tests/fcgi" -s "$T/run/api.sock" -H "Authorization: Bearer $token" \
	    GET "/api/deployments/$d3/logs?after=1&wait=10" >"$T/wait$i" &
	eval "w$i=$!"
done
gets 200 'who waits holds up nobody' GET /api/health
sleep 0.3
before=$(date +%s%N)
db "SELECT job.log('$d3', 7, 'k', 2, ARRAY[2.5]::float8[], ARRAY['build'], ARRAY['err'], ARRAY['world'], NULL)" >/dev/null
wait $w1 $w2 $w3 $w4 $w5 $w6
ok 'the next line ends the wait' test $(($(date +%s%N) - before)) -lt 2000000000
is "$(cat "$T"/wait? | grep -c world)" 6 'for all of them'
gets 422 'wait 11' GET "/api/deployments/$d3/logs?wait=11"

# ---- environment ----------------------------------------------------------
gets 200 'set a variable' PUT /api/projects/shop/env/SECRET '{"value":"s3cr3t-canary"}'
is "$(json '[.env[]|.name + ":" + .target]|join(",")')" 'SECRET:development,SECRET:preview,SECRET:production' 'for all targets'
unlike "$body" canary 'and it does not come back'
gets 200 'for one' PUT /api/projects/shop/env/ONLY '{"value":"x","target":"preview"}'
gets 200 'again' PUT /api/projects/shop/env/ONLY '{"value":"y","target":"preview"}'
is "$(json '.env|length')" 4 'replaces'
gets 422 'a bad name' PUT /api/projects/shop/env/1X '{"value":"y"}'
gets 422 'PATH' PUT /api/projects/shop/env/PATH '{"value":"y"}'
gets 204 'remove one' DELETE '/api/projects/shop/env/SECRET?target=production'
gets 200 'list' GET /api/projects/shop/env
is "$(json '[.env[]|.name + ":" + .target]|join(",")')" 'ONLY:preview,SECRET:development,SECRET:preview' 'is gone'
gets 404 'once' DELETE '/api/projects/shop/env/SECRET?target=production'
is "$(db "SELECT count(*) FROM environment_variables WHERE encode(sealed, 'escape') LIKE '%canary%'")" 0 'sealed'

# ---- aliases --------------------------------------------------------------
gets 200 'alias' PUT /api/projects/shop/aliases/staging "{\"deployment\":\"$d1\"}"
like "$(json .url)" '^http://staging--shop.localhost' 'with a host'
gets 422 'to what is not ready' PUT /api/projects/shop/aliases/staging "{\"deployment\":\"$d2\"}"
gets 422 'a bad label' PUT /api/projects/shop/aliases/a--b "{\"deployment\":\"$d1\"}"
gets 200 'list' GET /api/projects/shop/aliases
is "$(json '.aliases[0].deployment')" "$d1" 'the alias'
gets 204 'remove' DELETE /api/projects/shop/aliases/staging
gets 404 'is gone' DELETE /api/projects/shop/aliases/staging

# ---- uploads --------------------------------------------------------------
h1=$(printf hello | sha256sum | cut -c1-64)
h2=$(printf 'big\n' | sha256sum | cut -c1-64)
list="[[\"index.html\",\"$h1\",5,false],[\"a/b c.sh\",\"$h2\",4,true],[\"copy.html\",\"$h1\",5,false]]"
gets 201 'begin an upload' POST /api/projects/shop/uploads "{\"files\":$list}"
up=$(json .upload)
is "$(json '(.missing|length|tostring) + " " + (.files|tostring) + " " + (.bytes|tostring)')" '2 3 14' 'two are missing'
gets 409 'not complete' POST /api/projects/shop/deployments "{\"upload\":\"$up\"}"
gets 204 'send one' PUT "/api/uploads/$up/blobs/$h1" hello -H 'Content-Type: application/octet-stream'
gets 422 'other bytes' PUT "/api/uploads/$up/blobs/$h2" 'bag
' -H 'Content-Type: application/octet-stream'
gets 422 'another length' PUT "/api/uploads/$up/blobs/$h2" 'bigger' -H 'Content-Type: application/octet-stream'
gets 404 'a file that is not listed' PUT "/api/uploads/$up/blobs/$(printf x | sha256sum | cut -c1-64)" x
gets 200 'what is missing' GET "/api/uploads/$up"
is "$(json '.missing[0] + " " + (.complete|tostring)')" "$h2 false" 'the other'
printf 'big\n' >"$T/two"
gets 204 'send it' PUT "/api/uploads/$up/blobs/$h2" "@$T/two"
gets 204 'again' PUT "/api/uploads/$up/blobs/$h2" "@$T/two"
gets 200 'now' GET "/api/uploads/$up"
is "$(json '(.missing|length|tostring) + " " + (.complete|tostring)')" '0 true' 'complete'
is "$(sort "$T/state/uploads/$prj/$up.list" | cut -d' ' -f2- | tr '\n' ,)" \
    "$(printf '%s\n' "$h1 5 - index.html" "$h1 5 - copy.html" "$h2 4 x a/b c.sh" | sort | cut -d' ' -f2- | tr '\n' ,)" 'the list'
gets 202 'deploy it' POST /api/projects/shop/deployments "{\"upload\":\"$up\",\"prebuilt\":true}"
is "$(json '.source + " " + .target')" 'prebuilt production' 'as it is'
gets 201 'the same again' POST /api/projects/shop/uploads "{\"files\":$list}"
is "$(json '.missing|length')" 0 'needs nothing'
for p in ../x /x a//b a/../b . '' 'a\u0001b' 'a/'; do
	gets 422 "path $p" POST /api/projects/shop/uploads "{\"files\":[[\"$p\",\"$h1\",5,false]]}"
done
gets 422 'a file and a folder' POST /api/projects/shop/uploads \
    "{\"files\":[[\"a\",\"$h1\",5,false],[\"a-b\",\"$h1\",5,false],[\"a/b\",\"$h1\",5,false]]}"

# ---- API tokens -----------------------------------------------------------
gets 201 'an API token' POST /api/tokens '{"name":"ci"}'
tok=$(json .id) ci=$(json .token)
like "$ci" '^slp_[A-Za-z0-9_-]{43}[A-Za-z0-9]{6}$' 'of its form'
gets 201 'one to read' POST /api/tokens '{"name":"look","scope":"read"}'
ro=$(json .token)
gets 200 'list' GET /api/tokens
unlike "$body" slp_ 'without the secret'
token=$ci
gets 200 'who am I' GET /api/auth/me
is "$(json '.token.name + " " + .token.scope + " " + .token.team')" 'ci deploy ann' 'the token'
gets 202 'it may deploy' POST /api/projects/shop/deployments
gets 403 'it may not make tokens' POST /api/tokens '{"name":"more"}'
gets 403 'nor see metrics' GET /api/metrics
token=$ro
gets 200 'the other may look' GET /api/projects/shop
gets 403 'but not change' PATCH /api/projects/shop '{"spa":"off"}'
gets 403 'nor deploy' POST /api/projects/shop/deployments
gets 403 'nor cancel' POST "/api/deployments/$d1/cancel"
gets 403 'nor make projects' POST /api/projects '{"slug":"nope"}'
gets 403 'nor set variables' PUT /api/projects/shop/env/A '{"value":"1"}'
token=${ci}x
gets 401 'a mistyped one' GET /api/projects
token=$ann
gets 204 'revoke' DELETE "/api/tokens/$tok"
token=$ci
gets 401 'is at once' GET /api/projects

# ---- others ---------------------------------------------------------------
token=
api POST /api/auth/signup "{\"email\":\"bob@example.org\",\"password\":\"$P\"}"
token=$(json .access_token)
for u in /api/projects/shop "/api/projects/$prj" "/api/deployments/$d1" \
    "/api/deployments/$d1/logs" /api/projects/shop/env /api/projects/shop/aliases \
    /api/projects/shop/deployments "/api/uploads/$up"; do
	gets 404 "bob: GET $u" GET "$u"
done
gets 404 'bob: change' PATCH /api/projects/shop '{"spa":"off"}'
gets 404 'bob: delete' DELETE /api/projects/shop
gets 404 'bob: deploy' POST /api/projects/shop/deployments
gets 404 'bob: cancel' POST "/api/deployments/$d1/cancel"
gets 404 'bob: promote' POST "/api/deployments/$d1/promote"
gets 404 'bob: set' PUT /api/projects/shop/env/A '{"value":"1"}'
gets 404 'bob: alias' PUT /api/projects/shop/aliases/a "{\"deployment\":\"$d1\"}"
gets 404 'bob: upload' POST /api/projects/shop/uploads "{\"files\":$list}"
gets 404 'bob: revoke' DELETE "/api/tokens/$tok"
gets 422 'bob: a project in her team' POST /api/projects '{"slug":"hers","team":"ann"}'
gets 200 'bob: list' GET /api/projects
is "$(json '.projects|length')" 0 'nothing of hers'

gets 201 'bob: a project' POST /api/projects '{"slug":"bob-1"}'
db "INSERT INTO projects (team_id, slug) SELECT p.team_id, 'bob-' || n
    FROM projects p, generate_series(2, 11) n WHERE p.slug = 'bob-1'"
gets 201 'as many as a team may have' POST /api/projects '{"slug":"bob-12"}'
gets 409 'and no more' POST /api/projects '{"slug":"bob-13"}'
like "$(json .detail)" 'at most 12 projects' 'which names the limit'
gets 204 'one less' DELETE /api/projects/bob-12
gets 201 'and there is room' POST /api/projects '{"slug":"bob-13"}'
gets 409 "another team's slug" PATCH /api/projects/bob-13 '{"slug":"shop"}'
like "$(json .detail)" '^The slug "shop" is taken' 'is named'

# ---- when things fail -----------------------------------------------------
token=$ann
stop redis
gets 200 'without Redis' GET /api/projects/shop
gets 202 'also a deployment' POST /api/projects/shop/deployments
gets 200 'ready' GET /api/ready
is "$(json .status)" degraded 'though less'
stop postgres
gets 503 'without PostgreSQL' GET /api/projects/shop
is "$(json .type)" /api/errors/busy 'a problem'
gets 200 'still alive' GET /api/health
gets 503 'not ready' GET /api/ready
start postgres
gets 200 'and back' GET /api/projects/shop
gets 200 'no worker says otherwise' GET /api/projects/shop
unlike "$(cat "$T/log/api.log")" "$ci|$ann|canary|$P" 'no secret in the log'
