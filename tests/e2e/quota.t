#!/bin/sh
# Quotas: a team keeps no more than it may, and is told before anything is lost.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 14

start postgres redis api serve builderd git nginx
account ann
team=$(db "SELECT slug FROM teams")
repo shop
echo '<h1>one</h1>' >"$T/src/shop/index.html"
head -c 3000 /dev/zero >"$T/src/shop/zero.bin"
commit shop 'one'
api POST /api/projects "{\"slug\":\"shop\",\"repo\":\"$repo\"}"
deploy shop
is "$state" ready 'without a limit'
one=$deployment
is "$(db "SELECT deployments, files, bytes, max_bytes FROM admin.usage")" '1|2|3013|' 'what it keeps'

# Bytes and files are known when it is built.
is "$(db "SELECT admin.quota('$team', NULL, NULL, 5000)")" t 'an operator bounds bytes'
deploy shop
is "$state/$(json .error_code)" failed/quota 'too large'
like "$(json .error)" 'the team keeps 3013 bytes of 5000 bytes, and needs 3013 bytes more: delete' 'it says how much, and the cure'
site shop /
is "$body" '<h1>one</h1>' 'what was live is'
db "SELECT admin.quota('$team', NULL, 3, NULL)" >/dev/null
deploy shop
like "$state $(json .error)" '^failed the team keeps 2 of 3 files, and needs 2 more: delete' 'too many files'
db "SELECT admin.quota('$team', NULL, 4, 6026)" >/dev/null
deploy shop
is "$state" ready 'exactly as much as it may'

# How many there are is known before.
db "SELECT admin.quota('$team', 2, NULL, NULL)" >/dev/null
api POST /api/projects/shop/deployments '{}'
is "$status" 409 'one too many is refused'
like "$(json .detail)" 'the team keeps 2 of 2 deployments: delete deployments' 'with the cure'
api DELETE "/api/deployments/$one"
is "$status" 200 'which is taken'
deploy shop
is "$state" ready 'and then there is room'
is "$(db "SELECT deployments, max_deployments FROM admin.usage")" '2|2' 'as much as it may'
like "$(db "SELECT admin.restore('$one')" 2>&1)" "$one" 'what was deleted may still come back'
