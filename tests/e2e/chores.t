#!/bin/sh
# Logs go when nobody will read them, and a project with very many lines is
# deleted as quickly as any.
. "${srcdir:-.}/tests/e2e/lib.sh"
conf log-days 4
conf log-lines 7
start postgres redis api nginx
plan 12

# lines PROJECT DAYS N: a deployment that was finished so long ago, with lines.
lines() {
	db "WITH d AS (INSERT INTO deployments (id, team_id, project_id, seq,
		state, target, source, finished_at)
	    SELECT 'dpl_$1$2', team_id, id, $2, 'failed', 'preview', 'git',
		now() - interval '$2 days' FROM projects WHERE slug = '$1'
	    RETURNING id, team_id)
	    INSERT INTO build_logs SELECT d.id, 0, n, d.team_id, now(), 'build',
		'out', 'line ' || n FROM d, generate_series(1, $3) n"
}
left() {
	db "SELECT count(*) FROM build_logs WHERE deployment_id = '$1'"
}

account ann
api POST /api/projects '{"slug":"big"}'
api POST /api/projects '{"slug":"shop"}'
lines big 1 21000
lines shop 1 6
lines shop 2 5
lines shop 3 4
lines shop 5 7

api GET /api/deployments/dpl_big1/logs
like "$body" 'line 1' 'a log'
api DELETE /api/projects/big
is "$status" 204 'a project with many lines is deleted'
is "$(left dpl_big1)" 21000 'before they are'
api GET /api/deployments/dpl_big1/logs
is "$status" 404 'and nobody sees them'

start builderd
# Three turns of ten thousand: what it says ends with the last.
timeout 30 tail -n +1 -F "$T/log/builderd.log" 2>/dev/null | grep -m 3 'old lines of logs' >"$T/said"
like "$(sed -n 1p "$T/said")" ' 10000 old lines' 'builderd removes some'
like "$(sed -n 2p "$T/said")" ' 10000 old lines' 'and some more'
like "$(sed -n 3p "$T/said")" ' 1011 old lines' 'and the rest'
is "$(left dpl_big1)" 0 'lines of what is gone'
is "$(left dpl_shop5)" 0 'lines that are too old'
is "$(left dpl_shop3)" 0 'and those for which there is no room'
is "$(left dpl_shop2) $(left dpl_shop1)" '5 6' 'others stay'
api GET /api/deployments/dpl_shop5/logs
is "$status" 200 'a deployment without its log is there'
