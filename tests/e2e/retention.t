#!/bin/sh
# Retention: what is not among the newest, nor young, nor shown, is deleted.
. "${srcdir:-.}/tests/e2e/lib.sh"
plan 17
conf keep-deployments 3
conf keep-days 10
start postgres redis api nginx

# past PROJECT N DAYS TARGET [BRANCH]: the N-th deployment, of so long ago.
past() {
	db "INSERT INTO deployments (id, team_id, project_id, seq, state, target, source,
		branch_label, finished_at, created_at, manifest)
	    SELECT 'dpl_$1$2', team_id, id, $2, 'ready', '$4', 'git', '$5',
		now() - interval '$3 days', now() - interval '$3 days',
		md5('$1$2') || md5('$1') FROM projects WHERE slug = '$1';
	    UPDATE projects SET next_seq = $2 + 1 WHERE slug = '$1'"
}
over() {
	db "SELECT coalesce(string_agg(substr(id, 5), ' ' ORDER BY seq), '-')
	    FROM retention_over(3, 10) WHERE project_id = (SELECT id FROM projects WHERE slug = '$1')"
}

account ann
api POST /api/projects '{"slug":"shop"}'
for n in 1 2 3 4 5 6 7; do past shop $n $((50 - 5 * n)) production main; done
db "UPDATE projects SET live_deployment = 'dpl_shop7', skew_days = 0 WHERE slug = 'shop'"
is "$(over shop)" 'shop1 shop2 shop3 shop4' 'all but the newest three'
db "SELECT admin.pin('dpl_shop2')" >/dev/null
is "$(over shop)" 'shop1 shop3 shop4' 'not what is pinned'
db "INSERT INTO aliases (team_id, project_id, label, deployment_id)
    SELECT team_id, id, 'old', 'dpl_shop3' FROM projects WHERE slug = 'shop'"
is "$(over shop)" 'shop1 shop4' 'nor what an alias shows'
db "UPDATE projects SET live_deployment = 'dpl_shop1' WHERE slug = 'shop'"
is "$(over shop)" 'shop4' 'nor what is live, however old'
db "UPDATE projects SET live_deployment = 'dpl_shop4', skew_days = 7 WHERE slug = 'shop';
    UPDATE projects SET live_deployment = 'dpl_shop7' WHERE slug = 'shop'"
is "$(over shop)" '-' 'nor what was live this week: its assets are still given'
db "UPDATE projects SET skew_days = 0, keep_days = 100 WHERE slug = 'shop'"
is "$(over shop)" 'shop1 shop4' 'a project cannot keep more than its team may'
db "UPDATE teams SET keep_days = 100"
is "$(over shop)" '-' 'an operator lets it'
db "UPDATE projects SET keep_days = 20, keep_deployments = 2 WHERE slug = 'shop'"
is "$(over shop)" 'shop1 shop4 shop5' 'and it may keep less'
db "UPDATE teams SET keep_days = NULL;
    UPDATE projects SET keep_days = NULL, keep_deployments = NULL WHERE slug = 'shop'"

# Previews have newest ones of their own; a branch's host keeps its newest.
api POST /api/projects '{"slug":"pre"}'
past pre 1 300 preview dead
past pre 2 60 preview staging
past pre 3 50 preview staging
for n in 4 5 6 7; do past pre $n 30 preview feature; done
past pre 8 2 production main
is "$(over pre)" 'pre1 pre2 pre4' 'not the newest of a branch of this year'

# By those whose project it is, and in the end by builderd.
api PATCH /api/projects/shop '{"keep_days":0,"keep_deployments":1}'
is "$status/$(json '.keep_days, .keep_deployments' | xargs)" '200/0 1' 'set by the API'
is "$(over shop)" 'shop1 shop4 shop5 shop6' 'it counts at once'
api PATCH /api/projects/shop '{"keep_deployments":0}'
is "$status" 422 'none is too few'
cli project set -p shop keep_deployments=2 keep_days= >/dev/null
api GET /api/projects/shop
is "$(json '.keep_days, .keep_deployments' | xargs)" 'null 2' 'and by the command line'
start builderd
timeout 30 tail -n +1 -F "$T/log/builderd.log" 2>/dev/null | grep -m 1 'do not keep' >"$T/said"
like "$(cat "$T/said")" '6 deployments deleted' 'builderd does it'
is "$(db "SELECT string_agg(substr(id, 5), ' ' ORDER BY project_id = (SELECT id FROM projects WHERE slug = 'pre'), seq)
    FROM deployments WHERE deleted_at IS NOT NULL")" 'shop1 shop4 shop5 pre1 pre2 pre4' 'to those'
is "$(over shop)$(over pre)" '--' 'and nothing is left to do'
is "$(db "SELECT count(*) FROM audit_log WHERE actor = 'slipway_queue' AND detail ->> 'changed' LIKE '%deleted_at%'")" 6 \
    'each has a line'
