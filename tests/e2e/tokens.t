#!/bin/sh
# Sessions and tokens: what is forged, spent, expired or taken back is refused.
. "${srcdir:-.}/tests/e2e/lib.sh"
start postgres redis api nginx

b64() {
	base64 -w0 | tr '+/' '-_' | tr -d '='
}
part() { # N TOKEN: the Nth part, decoded
	p=$(printf %s "$2" | cut -d. -f"$1" | tr -- '-_' '+/')
	printf '%s%s' "$p" "$(printf '===' | head -c $(((4 - ${#p} % 4) % 4)))" | base64 -d
}
# sign HEADER CLAIMS [KEY-HEX [DIGEST]]: a token.
key=
sign() {
	s=$(printf %s "$1" | b64).$(printf %s "$2" | b64)
	printf '%s.%s' "$s" "$(printf %s "$s" |
	    openssl dgst "-${4:-sha256}" -mac HMAC -macopt "hexkey:${3:-$key}" -binary | b64)"
}
# tried TOKEN STATUS WHAT
tried() {
	token=$1
	api GET /api/auth/me
	is "$status" "$2" "$3"
	become ann
}

account ann
good=$token
refresh=$(cat "$T/home/ann.refresh")
key=$(sed -n '1s/.* //p' "$T/keys/token")
head=$(part 1 "$good")
claims=$(part 2 "$good")
tried "$good" 200 'a token as it was issued'
tried "$(sign "$head" "$claims")" 200 'or made again with the key'
change() {
	printf %s "$claims" | jq -c "$1"
}
rehead() {
	printf %s "$head" | jq -c "$1"
}

for a in none None NONE '' HS384 HS512 RS256 hs256; do
	tried "$(sign "$(rehead ".alg = \"$a\"")" "$claims")" 401 "alg '$a'"
	tried "$(printf %s "$(rehead ".alg = \"$a\"")" | b64).$(printf %s "$claims" | b64)." 401 "alg '$a', unsigned"
done
tried "$(sign "$(rehead 'del(.alg)')" "$claims")" 401 'no alg'
tried "$(sign "$(rehead '.alg = "HS512"')" "$claims" "$key" sha512)" 401 'HS512, rightly signed'
tried "$(sign "$head" "$claims" 00)" 401 'another key'
tried "$(sign "$(rehead '.kid = "zz"')" "$claims")" 401 'an unknown key id'
tried "$(sign "$(rehead '.kid = "../../etc/passwd"')" "$claims")" 401 'a path for a key id'
tried "$(sign "$(rehead 'del(.kid)')" "$claims")" 401 'no key id'
tried "$(sign "$(rehead '.crit = ["x"]')" "$claims")" 401 'an unknown critical extension'
for c in 'del(.exp)' '.exp = 1' '.exp = "9999999999"' '.exp = -1' '.exp = 1e30' '.exp = 9999999999.5' \
    '.exp = now + 1000000 | .exp |= floor' 'del(.iat)' '.iat = (now + 7200 | floor)' '.nbf = (now + 7200 | floor)' \
    '.iss = "other"' 'del(.iss)' '.aud = "other"' 'del(.aud)' '.typ = "rt"' 'del(.typ)' \
    'del(.sub)' '.sub = "usr_aaaaaaaaaaaa"' '.sid = "ses_aaaaaaaaaaaa"' 'del(.sid)' '.epoch = 7' 'del(.epoch)'; do
	tried "$(sign "$head" "$(change "$c")")" 401 "claims with $c"
done
tried "$(sign "$head" "$(printf %s "$claims" | sed 's/^{/{"sub":"usr_x",/')")" 401 'a claim given twice'
tried "$good." 401 'a fourth part'
tried "$good=" 401 'padding'
tried "${good%.*}" 401 'no signature'
tried "${good%?}$(printf %s "$good" | tail -c 1 | tr 'A-Za-z0-9_-' 'B-ZAb-za1-90A-')" 401 'the last byte changed'
tried " $good" 200 'two spaces'
tried "$(sign "$head" "$(change ".pad = \"$(printf '%03000d' 0)\"")")" 401 'four kilobytes'
tried "$refresh" 401 'a refresh token is not an access token'
tried slp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA 401 'a made-up API token'
become nobody
api GET "/api/auth/me?access_token=$good"
is "$status" 401 'a token in the query counts for nothing'
api GET /api/auth/me '' -H 'Authorization: Basic YTpi'
is "$status" 401 'nor does another scheme'

# Refresh: one use, and showing it again ends the family.
api POST /api/auth/refresh "{\"refresh_token\":\"$refresh\"}"
is "$status" 200 'refreshed'
second=$(json .refresh_token)
isnt "$second" "$refresh" 'with a new one'
api POST /api/auth/refresh "{\"refresh_token\":\"$refresh\"}"
is "$status/$(json .refresh_token)" "200/$second" 'at once again: the answer was lost, and is given again'
api POST /api/auth/refresh "{\"refresh_token\":\"$second\"}"
third=$(json .refresh_token) access=$(json .access_token)
db "UPDATE refresh_tokens SET used_at = used_at - interval '1 minute' WHERE used_at IS NOT NULL"
api POST /api/auth/refresh "{\"refresh_token\":\"$second\"}"
is "$status" 401 'later, somebody has a copy'
api POST /api/auth/refresh "{\"refresh_token\":\"$third\"}"
is "$status" 401 'so the newest ends too'
tried "$access" 401 'and the access token at once'
tried "$good" 401 'all of them'

# Signing in and out.
become nobody
api POST /api/auth/login '{"email":"ANN@example.org","password":"correct horse ann"}'
is "$status" 200 'signed in'
json .access_token >"$T/home/ann.token"
become ann
api POST /api/auth/logout '{}'
is "$status" 204 'signed out'
api GET /api/auth/me
is "$status" 401 'at once'
become nobody
api POST /api/auth/login '{"email":"ann@example.org","password":"correct horse ann"}'
json .access_token >"$T/home/ann.token"
become ann

# API tokens.
api POST /api/tokens '{"name":"ci","scope":"deploy","days":1}'
is "$status" 201 'an API token'
tok=$(json .token) id=$(json .id)
like "$tok" '^slp_' 'that can be recognised'
api GET /api/tokens
unlike "$body" "$tok" 'and is shown once'
tried "$tok" 200 'it works'
tried "${tok%?}x" 401 'its checksum is checked'
api POST /api/tokens '{"name":"look","scope":"read"}'
token=$(json .token)
api POST /api/projects '{"slug":"made"}'
is "$status" 403 'one for reading makes nothing'
api GET /api/projects
is "$status" 200 'but reads'
api POST /api/tokens '{"name":"more","scope":"admin"}'
is "$status" 403 'and makes no stronger one'
become ann
api DELETE "/api/tokens/$id"
is "$status" 204 'revoked'
tried "$tok" 401 'at once'
db "UPDATE api_tokens SET expires_at = now() - interval '1 second', created_at = now() - interval '2 days'" >/dev/null
api GET /api/projects
is "$status" 200 'a session is not a token'
db "UPDATE users SET suspended_at = now()" >/dev/null
tried "$(cat "$T/home/ann.token")" 401 'a suspended account'
unlike "$(cat "$T/log/api.log")" "$tok|$refresh|$good" 'no token in the log'

# What a token makes ends no later than itself.
account mia
api POST /api/tokens '{"name":"mother","scope":"admin","days":1}'
ends=$(json .expires_at)
token=$(json .token)
api POST /api/tokens '{"name":"child","scope":"admin","days":365}'
is "$status/$(json .expires_at)" "201/$ends" 'a token made by a token'
