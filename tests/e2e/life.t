#!/bin/sh
# The life of a deployment: pinned, deleted, brought back, collected.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 33

# made PROJECT [TARGET]: a deployment that is ready, without a build; $deployment.
made() {
	deployment=$(db "SELECT deployment_create(id, '${2:-production}', 'git', '', 'branch', NULL, NULL)
	    FROM projects WHERE slug = '$1'")
	db "UPDATE deployments SET state = 'building', fence = nextval('fence_seq'),
	        lease_until = now() WHERE id = '$deployment';
	    SELECT build_ready(id, fence, md5(id) || md5(id), 3, 1000, NULL)
	      FROM deployments WHERE id = '$deployment'" >/dev/null
}
# refused SQL PATTERN WHAT: it must fail, and say that.
refused() {
	like "$(db "$1" 2>&1)" "ERROR: .*$2" "$3"
}

start postgres redis api nginx
account ann
api POST /api/projects '{"slug":"shop","repo":"https://git.example/shop.git"}'
made shop && one=$deployment
made shop && two=$deployment
made shop preview && three=$deployment
db "INSERT INTO aliases (team_id, project_id, label, deployment_id)
    SELECT team_id, project_id, 'beta', id FROM deployments WHERE id = '$three'"

# Whoever asks for it, in psql as well: what is shown stays.
refused "SELECT admin.delete('$two')" 'it is live: promote' 'what is live stays'
refused "SELECT admin.delete('$three')" 'the alias beta shows it' 'what is aliased stays'
db "SELECT admin.pin('$one')" >/dev/null
refused "UPDATE deployments SET deleted_at = now() WHERE id = '$one'" 'it is pinned' 'what is pinned stays'
db "SELECT admin.pin('$one', false)" >/dev/null
is "$(db "SELECT admin.delete('$one'); SELECT admin.delete('$one')" | uniq)" "$one" 'what nothing shows goes, once'
is "$(db "SELECT state, deleted_at IS NOT NULL, collected_at IS NULL FROM deployments WHERE id = '$one'")" \
    'ready|t|t' 'and is history'
refused "SELECT admin.promote('$one')" 'it was deleted' 'it is not promoted'
refused "UPDATE projects SET live_deployment = '$one'" 'it was deleted' 'in no way'
refused "UPDATE aliases SET deployment_id = '$one'" 'it was deleted' 'nor aliased'
refused "SELECT admin.pin('$one')" 'it was deleted' 'nor pinned'
is "$(db "SELECT admin.restore('$one'); SELECT admin.promote('$one') IS NOT NULL" | tail -1)" t 'it comes back'
is "$(db "SELECT string_agg(detail ->> 'changed', ' ' ORDER BY id) FROM audit_log
    WHERE object = '$one' AND action = 'deployments.update' AND NOT detail ->> 'changed' LIKE '%state%'")" \
    '["pinned"] ["pinned"] ["deleted_at"] ["deleted_at"]' 'each leaves a line'
db "SELECT admin.delete('$two'); UPDATE deployments SET collected_at = now() WHERE id = '$two'" >/dev/null
refused "SELECT admin.restore('$two')" 'its files are gone' 'until its files are gone'
api POST "/api/projects/shop/deployments" '{}'
refused "SELECT admin.delete('$(json .id)')" 'it is queued: cancel' 'what waits is cancelled instead'

# race A B WANT WHAT: A has asked for something and not committed when B asks.
race() {
	mkfifo "$T/go"
	(
		exec 3<"$T/go"
		printf "BEGIN; %s; SELECT 'locked';\n" "$1"
		read -r go <&3
		echo 'COMMIT;'
	) | $as_pg psql -X -q -A -t -h "$T/run" -U postgres -d slipway >"$T/race" 2>&1 &
	exec 4>"$T/go"
	db "SELECT 1" >/dev/null
	soon
	until grep -q locked "$T/race" || late; do db 'SELECT 1' >/dev/null; done
	db "$2" >"$T/second" 2>&1 &
	b=$!
	soon
	until [ "$(db "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")" = 1 ] ||
	    late; do :; done
	echo >&4
	exec 4>&-
	wait $b
	rm -f "$T/go"
	like "$(cat "$T/second")" "$3" "$4"
}
made shop && four=$deployment
made shop && five=$deployment
race "SELECT admin.promote('$four')" "SELECT admin.delete('$four')" 'it is live' 'promoted, then deleted: refused'
db "SELECT admin.promote('$five')" >/dev/null
race "SELECT admin.delete('$four')" "SELECT admin.promote('$four')" 'it was deleted' 'deleted, then promoted: refused'
db "SELECT admin.restore('$four')" >/dev/null
race "UPDATE aliases SET deployment_id = '$four'" "SELECT admin.delete('$four')" 'the alias beta' 'aliased, then deleted: refused'
race "SELECT admin.delete('$three')" "UPDATE aliases SET deployment_id = '$three'" 'it was deleted' 'deleted, then aliased: refused'

# fcgi-serve is told.
(
	echo 'LISTEN slipway_serve;'
	echo "SELECT admin.restore('$three');"
) | $as_pg psql -X -q -A -t -h "$T/run" -U postgres -d slipway >"$T/heard" 2>&1
like "$(cat "$T/heard")" 'notification "slipway_serve" with payload "shop"' 'the bell of its hosts rings'

# The API and the command line say the same.
api POST "/api/deployments/$three/promote"
is "$status" 200 'live'
api DELETE "/api/deployments/$three"
is "$status/$(json .detail)" '409/This cannot be done: it is live: promote another deployment first.' 'what is live stays, and why'
api POST "/api/deployments/$two/pin"
is "$status/$(json .detail)" '409/This cannot be done: it was deleted: bring it back first.' 'nor is pinned what was deleted'
api POST "/api/deployments/$five/pin"
is "$status/$(json .pinned)" 200/true 'pinned'
api DELETE "/api/deployments/$five"
is "$status/$(json .detail)" '409/This cannot be done: it is pinned: unpin it first.' 'what is pinned stays'
like "$(cli rm -y "$five")" 'it is pinned: unpin it first' 'says the command line, too'
like "$(cli rm "$five" </dev/null)" 'wants --yes' 'which asks'
cli unpin "$five" >/dev/null
is "$(cli rm -y --json "$five" | jq -r '.state, .restorable, .live' | xargs)" 'deleted true false' 'unpinned, it goes'
api GET '/api/projects/shop/deployments?state=deleted'
is "$(json '.deployments[].id' | xargs)" "$five $two" 'deleted ones are found'
api GET '/api/projects/shop/deployments?state=ready'
is "$(json '.deployments[].id' | xargs)" "$four $three $one" 'and are not ready'
like "$(cli ls -p shop -s deleted)" "$five.*deleted" 'in the list they are deleted'
like "$(cli promote -p shop "$five")" 'it was deleted: bring it back' 'they are not promoted'
like "$(cli rm --undo "$five")" "$five is back" 'undone'
api GET "/api/deployments/$five"
is "$(json '.state, .deleted_at, .restorable' | xargs)" 'ready null false' 'it is ready again'
like "$(cli rm --undo "$two")" 'its files are gone: redeploy it' 'which has an end'
