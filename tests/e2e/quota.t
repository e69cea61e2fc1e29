#!/bin/sh
# Quotas: a team keeps no more than it may, and is told before anything is lost.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 23

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
like "$(json .error)" 'each deployment counts with all of its files' 'and what counts'
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

# What comes back counts as well.
api POST "/api/deployments/$one/restore"
is "$status" 409 'what was deleted comes back if there is room'
like "$(json .detail)" 'the team keeps 2 of 2 deployments: delete deployments' 'it says so'
like "$(db "SELECT admin.restore('$one')" 2>&1)" 'the team keeps 2 of 2' 'operators are told as well'
db "SELECT admin.quota('$team', 3, NULL, NULL)" >/dev/null
api POST "/api/deployments/$one/restore"
is "$status/$(db "SELECT deployments FROM admin.usage")" 200/3 'and then it does'

# Two that end at once: the second sees the first.
begin() {
	db "WITH d AS (SELECT deployment_create(id, 'preview', 'git', '', 'branch', NULL, NULL) AS id FROM projects)
	    SELECT id FROM d" >"$T/begun"
	db "UPDATE deployments SET state = 'building', fence = $1, lease_until = now() + interval '1 hour'
	     WHERE id = '$(cat "$T/begun")' RETURNING id"
}
ready() {
	db "SELECT build_ready('$1', $2, repeat('a', 64), 1, 1, '{}')" 2>&1
}
# waits ROLE STATEMENT: until it has to.
waits() {
	soon
	until [ "$(db "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'
	    AND usename = '$1' AND query LIKE '%$2%'")" = 1 ] || late; do :; done
}
# A session that stays, as of an operator.
mkfifo "$T/fifo"
session() {
	: >"$T/session"
	$as_pg psql -X -q -A -t -h "$T/run" -U postgres -d slipway <"$T/fifo" >"$T/session" 2>&1 &
	exec 8>"$T/fifo"
	echo "BEGIN; $1; SELECT 'there';" >&8
	soon
	until grep -q there "$T/session" || late; do :; done
}
commit_session() {
	echo "$1; COMMIT;" >&8
	exec 8>&-
}
# They are nobody's, so that no builder may have them.
stop builderd
db "SELECT admin.quota('$team', 4, NULL, NULL)" >/dev/null
db 'UPDATE teams SET max_running = 3; UPDATE projects SET max_running = 3' >/dev/null
a=$(begin 1001) b=$(begin 1002)
session "SELECT build_ready('$a', 1001, repeat('a', 64), 1, 1, '{}')"
ready "$b" 1002 >"$T/second" &
second=$!
waits postgres build_ready
commit_session 'SELECT 1'
wait "$second"
like "$(cat "$T/second")" 'the team keeps 4 of 4 deployments' 'of two at once one is refused'
is "$(db "SELECT deployments FROM admin.usage")" 4 'and no more is kept'
db "DELETE FROM deployments WHERE id = '$b'" >/dev/null

# A build that had room when it asked, and has none at its end.
start builderd
db "SELECT admin.quota('$team', 5, NULL, NULL)" >/dev/null
session 'SELECT FROM teams FOR NO KEY UPDATE'
api POST /api/projects/shop/deployments '{}'
deployment=$(json .id)
waits slipway_build job.ready
commit_session 'UPDATE teams SET max_deployments = 4'
follow "$deployment"
like "$state/$(json .error_code) $(json .error)" '^failed/quota the team keeps 4 of 4 deployments' 'it fails, and says why'
like "$(cat "$T/buildlog")" 'publish failed: the team keeps 4 of 4' 'so does its log'
site shop /
is "$body" '<h1>one</h1>' 'and what was live is'
