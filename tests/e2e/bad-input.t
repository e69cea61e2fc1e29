#!/bin/sh
# Bad input gets a problem that names the field and the limit.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api nginx

account bob
account ann
api POST /api/projects '{"slug":"site","repo":"https://example.org/a.git"}'
is "$status" 201 'a project'

# bad STATUS METHOD PATH BODY FIELD PATTERN: the answer is a problem of that
# status; if a field is given, it is named and its limit matches.
bad() {
	api "$2" "$3" "$4"
	what="$2 $3 $(printf %s "$4" | head -c 60 | tr -c ' -~' '?')"
	if [ "$status" != "$1" ] || [ "$(header Content-Type)" != application/problem+json ]; then
		result 1 "$what"
		note "want $1 application/problem+json, got $status $(header Content-Type): $body"
		return
	fi
	printf '%s' "$body" | jq -e --arg f "$5" --arg p "$6" '
		(.type | startswith("/api/errors/")) and (.title | length > 0)
		and (.detail | length > 0) and (.status == '"$1"')
		and (.request_id | length > 0)
		and ($f == "" or any(.errors[]; .field == $f and (.message | length > 0)
		    and ((.code + " " + (.limit // "" | tostring) + " " + .message) | test($p))))' >/dev/null
	result $? "$what" || note "$body"
}

for u in 'ftp://example.org/a' 'file:///etc/passwd' '/etc/passwd' 'ext::sh -c id' \
    'git://example.org/a' 'https://ann:pw@example.org/a' 'http://example.org/a' '--upload-pack=x' \
    'https://127.0.0.1/a' 'https://[::1]/a' 'https://0177.1/a' 'https://2130706433/a' \
    'https://[::ffff:10.0.0.1]/a' 'https:///a' 'https://example.org/a;id' 'https://example.org/$(id)' \
    'https://example.org/`id`' 'https://example.org/a|b' 'https://example.org/a\nb' \
    'https://example.org/../a' 'https://example.org:0/a' 'https://example.org:99999/a' \
    'https://exa mple.org/a' 'https://-x.org/a'; do
	bad 422 POST /api/projects "{\"slug\":\"new\",\"repo\":\"$u\"}" repo .
	bad 422 PATCH /api/projects/site "{\"repo\":\"$u\"}" repo .
done
for s in A a--b -a a- 'a b' a.b a_b '' "$(printf '%049d' 0)" 'a\n' 'ü' '../x' "a';--"; do
	bad 422 POST /api/projects "{\"slug\":\"$s\"}" slug .
done
for b in -h --exec=x 'a b' 'a..b' 'a~1' 'a^' 'a:b' 'a.lock' '/a' 'a/' 'a//b' '@{u}' 'a\\b' \
    'a\u0007' "$(printf '%0251d' 0)"; do
	bad 422 PATCH /api/projects/site "{\"branch\":\"$b\"}" branch .
	bad 422 POST /api/projects/site/deployments "{\"branch\":\"$b\"}" branch .
	bad 422 POST /api/projects/site/deployments "{\"tag\":\"$b\"}" tag .
done
for c in abc HEAD 0123 "$(printf '%040d' 0 | tr 0 G)" 'a;id'; do
	bad 422 POST /api/projects/site/deployments "{\"commit\":\"$c\"}" commit .
done
for d in /abs ../up a/../b 'a\nb'; do
	bad 422 PATCH /api/projects/site "{\"root_dir\":\"$d\"}" root_dir .
	bad 422 PATCH /api/projects/site "{\"output_dir\":\"$d\"}" output_dir .
done

# Fields nobody may set, or that do not exist. SEC-38
for f in team_id id state live live_deployment role verified created_at fence nonsense; do
	bad 422 PATCH /api/projects/site "{\"$f\":\"x\"}" "$f" unknown
done
bad 422 POST /api/projects '{}' slug .
bad 422 POST /api/projects '{"slug":7}' slug .
bad 422 POST /api/projects '{"slug":null}' slug .
bad 422 POST /api/projects '{"slug":["a"]}' slug .
bad 422 PATCH /api/projects/site '{"spa":"maybe"}' spa 'auto'
bad 422 POST /api/tokens '{"name":"x","days":366}' days 365
bad 422 POST /api/tokens '{"name":"x","days":0}' days 1
bad 422 POST /api/tokens '{"name":"x","scope":"root"}' scope admin
bad 422 POST /api/tokens '{"name":""}' name .
bad 422 PUT /api/projects/site/env/A '{"value":"x","target":"staging"}' target production
bad 422 PUT /api/projects/site/env/A '{}' value .
bad 409 POST /api/projects '{"slug":"site"}' '' .

# Not JSON, or more than it.
for j in '{' '[' '{"slug":"a",}' "{'slug':'a'}" '{"slug":"a"} x' '{"slug":NaN}' '{slug:1}' \
    '{"slug":"a","slug":"b"}' '{"slug":"\ud800"}' '{"slug":"a' "$(printf '[%.0s' $(seq 100))" 'null x' \
    "$(printf '{"slug":"\303\050"}')"; do
	bad 400 POST /api/projects "$j" '' .
done
bad 422 POST /api/projects '[]' '' .
api POST /api/projects '' -H 'Content-Type: text/plain' -d 'slug=a'
is "$status" 415 'only JSON'
{ printf '{"slug":"'; head -c 70000 /dev/zero | tr '\0' a; printf '"}'; } >"$T/big"
api POST /api/projects '' -H 'Content-Type: application/json' --data-binary "@$T/big"
is "$status" 413 'a body above 64 KiB'
like "$body" '65536|64 KiB' 'the limit is named'
head -c 9500000 /dev/zero >"$T/big"
api POST /api/projects/site/uploads '' -H 'Content-Type: application/json' --data-binary "@$T/big"
is "$status" 413 'an upload list above 8 MiB'

# What is not there.
bad 404 GET /api/nonsense '' '' .
bad 404 GET /api/projects/nonsense '' '' .
bad 404 GET /api/deployments/dpl_aaaaaaaaaaaa '' '' .
bad 404 GET '/api/projects/%2e%2e/env' '' '' .
bad 405 DELETE /api/projects '' '' .
isnt "$(header Allow)" '' 'and what is allowed'
for c in x 'e30=' "$(printf '%0500d' 0)"; do
	bad 422 GET "/api/projects?cursor=$c" '' cursor .
done
bad 422 GET '/api/projects?limit=101' '' limit 100
bad 422 GET '/api/projects?limit=0' '' limit 1
bad 422 GET '/api/projects?limit=1x' '' limit .

# Accounts.
bad 422 POST /api/auth/signup '{"email":"nobody","password":"correct horse"}' email .
bad 422 POST /api/auth/signup '{"email":"a@example.org","password":"short"}' password 10
bad 409 POST /api/auth/signup '{"email":"Ann@Example.org","password":"correct horse"}' '' .
become nobody
bad 401 POST /api/auth/login '{"email":"ann@example.org","password":"wrong horse!"}' '' .
wrong=$(json 'del(.request_id)')
bad 401 POST /api/auth/login '{"email":"nobody@example.org","password":"wrong horse!"}' '' .
is "$(json 'del(.request_id)')" "$wrong" 'an unknown address gets the same answer'
bad 401 GET /api/auth/me '' '' .
like "$(header WWW-Authenticate)" '^Bearer' 'says how to sign in'
# Nothing was lost and nothing came of it.
become ann
api GET /api/projects
is "$(json '[.projects[].slug]|join(" ")')" site 'one project, as before'
is "$(json '.projects[0].repo')" https://example.org/a.git 'unchanged'
is "$(db "SELECT count(*) FROM deployments")" 0 'no deployment'
unlike "$(cat "$T/log/api.log")" 'wrong horse|correct horse' 'no password in the log'
