#!/bin/sh
# Environment variables reach the builds they are for, and nobody else.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api serve builderd git nginx

account ann
repo env
cat >"$T/src/env/package.json" <<'EOP'
{"name":"env","scripts":{"build":"mkdir -p dist && echo \"$GREETING\" >dist/index.html && echo \"token is $TOKEN.\" && printf %s \"$TOKEN\" | base64 && printf %s \"$TOKEN\" | cut -c1-6 | tr -d '\\n' && sleep 0.1 && printf %s \"$TOKEN\" | cut -c7- && test -z \"$ONLY_PREVIEW\""}}
EOP
commit env 'Begin'
api POST /api/projects "{\"slug\":\"env\",\"repo\":\"$repo\"}"

secret=canary-7Lq2vXw9Tz
api PUT /api/projects/env/env/TOKEN "{\"value\":\"$secret\"}"
is "$status" 200 'set for all'
unlike "$body" "$secret" 'and not told back'
api PUT /api/projects/env/env/GREETING '{"value":"for production","target":"production"}'
is "$status" 200 'set for production'
api PUT /api/projects/env/env/GREETING '{"value":"for previews","target":"preview"}'
api PUT /api/projects/env/env/ONLY_PREVIEW '{"value":"something","target":"preview"}'
api GET /api/projects/env/env
is "$(json '[.env[].name]|unique|join(" ")')" 'GREETING ONLY_PREVIEW TOKEN' 'names are listed'
unlike "$body" "$secret|for production|value" 'values are not'
for n in 1x 'A B' 'A=B' ''; do
	api PUT "/api/projects/env/env/$(printf %s "$n" | jq -sRr @uri)" '{"value":"x"}'
	like "$status" '^4(04|05|22)$' "a variable called '$n' is refused"
done

deploy env
is "$state" ready 'built'
[ "$state" = ready ] || note "$log"
site env /
is "$body" 'for production' 'production has its own'
unlike "$log" "$secret" 'the log does not tell'
unlike "$log" "$(printf %s "$secret" | base64)" 'not in base64'
unlike "$(tr -d '\n' <"$T/buildlog")" "$secret" 'not in two pieces'
like "$log" 'token is .*\.' 'though the line is there'

# The same name for another target; ONLY_PREVIEW makes the build fail.
deploy env '{"target":"preview"}'
is "$state" failed 'a preview gets what is for previews'
is "$(json .error_code)" exit 'so its build failed'

# What would be published is looked through, and told by its variable.
cat >"$T/src/env/package.json" <<'EOP'
{"name":"env","scripts":{"build":"mkdir -p dist/a && echo one >dist/index.html && printf 'key=%s;' \"$TOKEN\" | base64 -w0 >dist/a/app.js"}}
EOP
commit env 'Tell everybody'
deploy env
is "$state" failed 'a secret in the output'
is "$(json .error_code)" secret 'is said to be one'
like "$(json .error)" 'a/app\.js .*the variable TOKEN' 'with the file and the variable'
unlike "$body" "$secret" 'but not its value'
site env /
is "$body" 'for production' 'and the site is as it was'
api PUT /api/projects/env/env/SECRETS_SCAN_OMIT_KEYS '{"value":"OTHER,TOKEN"}'
deploy env
is "$state" ready 'unless it is meant'

# What is said of a failure is cut short, and not in the middle of a secret.
cat >"$T/src/env/package.json" <<'EOP'
{"name":"env","scripts":{"build":"printf \"Cannot find %s './%0110d%s'\\\\n\" module 0 \"$TOKEN\"; exit 1"}}
EOP
commit env 'Import it'
deploy env
like "$(json .error)" '0000.* is imported' 'a name that has the secret at its end'
unlike "$body" "$(printf %s "$secret" | cut -c1-6)" 'has nothing of it where it is cut'

# Nowhere else.
is "$(db "SELECT count(*) FROM environment_variables WHERE position('$secret' in sealed::text) > 0
    OR position('$secret'::bytea in sealed) > 0")" 0 'sealed in the database'
is "$(db "SELECT count(*) FROM build_logs WHERE line LIKE '%canary-7%'")" 0 'not in the stored log'
is "$(grep -rlF "$secret" "$T/log" "$T/state" 2>/dev/null | wc -l)" 0 'nor in any file'
api DELETE '/api/projects/env/env/ONLY_PREVIEW?target=all'
is "$status" 204 'deleted'
