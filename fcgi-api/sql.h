/*
 * sql -- what the statements of query.c are made of.
 *
 * The conditions that name the teams of whoever asks, and the JSON that a row
 * is shown as.
 */
#ifndef SQL_H
#define SQL_H

/* clang-format off */
#define TEAMS(rank)	"ANY ((SELECT my_teams(" #rank "))::text[])"
#define DEPLOYS		"ANY ((SELECT my_deploys())::text[])"
#define AT(column)	"to_char(" column " AT TIME ZONE 'UTC'," \
			" 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
#define SITE(label)	"$1::text || " label " p.slug || $2::text"
#define HOST_OF(d)	SITE("substr(" d ".id, 5) || '--' || ")

/* A token that was made to do less than its maker may not make tokens. */
#define WHOLE \
	"coalesce(nullif(current_setting('slipway.cap', true), '')::int, 4) = 4"

/* What was deleted is ready in the table, and its own state to whoever asks. */
#define STATE(d) \
	"CASE WHEN " d ".deleted_at IS NULL THEN " d ".state ELSE 'deleted' END"

#define SUMMARY(d) \
	"json_build_object('id', " d ".id, 'seq', " d ".seq," \
	" 'state', " STATE(d) ", 'target', " d ".target," \
	" 'url', " HOST_OF(d) "," \
	" 'created_at', " AT(d ".created_at") ")"

#define PROJECT \
	"json_build_object('id', p.id, 'slug', p.slug, 'team', t.slug," \
	" 'repo', p.repo, 'branch', p.branch, 'root_dir', p.root_dir," \
	" 'framework', p.framework, 'install_command', p.install_command," \
	" 'build_command', p.build_command, 'output_dir', p.output_dir," \
	" 'node_version', p.node_version, 'spa', p.spa," \
	" 'skew_deployments', p.skew_deployments," \
	" 'skew_days', p.skew_days, 'primary_host', p.primary_host," \
	" 'ignore_command', p.ignore_command, 'network', p.network," \
	" 'submodules', p.submodules, 'lfs', p.lfs," \
	" 'cancel_running', p.cancel_running," \
	" 'build_memory', p.build_memory, 'build_cpus', p.build_cpus," \
	" 'build_disk', p.build_disk, 'build_timeout', p.build_timeout," \
	" 'build_pids', p.build_pids, 'build_inodes', p.build_inodes," \
	" 'build_silence', p.build_silence, 'build_output', p.build_output," \
	" 'keep_deployments', p.keep_deployments," \
	" 'keep_days', p.keep_days," \
	" 'url', " SITE("") "," \
	" 'live', (SELECT " SUMMARY("v") " FROM deployments v" \
	"   WHERE v.id = p.live_deployment)," \
	" 'latest', (SELECT " SUMMARY("l") " FROM deployments l" \
	"   WHERE l.project_id = p.id ORDER BY l.seq DESC LIMIT 1)," \
	" 'created_at', " AT("p.created_at") "," \
	" 'updated_at', " AT("p.updated_at") ")"

/* What r says of a project, and what p says where r is silent. */
#define PROJECT_SETTINGS \
	"slug, repo, branch, root_dir, framework, install_command," \
	" build_command, output_dir, node_version, spa, skew_deployments," \
	" skew_days, primary_host, ignore_command," \
	" network, submodules, lfs, cancel_running, build_memory," \
	" build_cpus, build_disk, build_timeout, build_pids, build_inodes," \
	" build_silence, build_output, keep_deployments, keep_days"
#define PROJECT_SET \
	"coalesce(r.slug, p.slug), nullif(r.repo, '')," \
	" coalesce(r.branch, p.branch), coalesce(r.root_dir, p.root_dir)," \
	" coalesce(r.framework, p.framework)," \
	" coalesce(r.install_command, p.install_command)," \
	" coalesce(r.build_command, p.build_command)," \
	" coalesce(r.output_dir, p.output_dir)," \
	" coalesce(r.node_version, p.node_version)," \
	" coalesce(r.spa, p.spa)," \
	" coalesce(r.skew_deployments, p.skew_deployments)," \
	" coalesce(r.skew_days, p.skew_days)," \
	" coalesce(r.primary_host, p.primary_host)," \
	" coalesce(r.ignore_command, p.ignore_command)," \
	" coalesce(r.network, p.network)," \
	" coalesce(r.submodules, p.submodules), coalesce(r.lfs, p.lfs)," \
	" coalesce(r.cancel_running, p.cancel_running)," \
	" r.build_memory, r.build_cpus, r.build_disk, r.build_timeout," \
	" r.build_pids, r.build_inodes, r.build_silence, r.build_output," \
	" r.keep_deployments, r.keep_days"

#define WAITING_FOR \
	"CASE WHEN d.state = 'queued' THEN waiting_for(d.id) END"

#define DEPLOYMENT \
	"json_build_object('id', d.id," \
	" 'project', json_build_object('id', p.id, 'slug', p.slug)," \
	" 'seq', d.seq, 'state', " STATE("d") "," \
	" 'target', d.target," \
	" 'source', d.source, 'ref', d.ref, 'ref_kind', d.ref_kind," \
	" 'commit', d.commit_sha, 'commit_message', d.commit_message," \
	" 'commit_author', d.commit_author," \
	" 'created_at', " AT("d.created_at") "," \
	" 'started_at', " AT("d.started_at") "," \
	" 'finished_at', " AT("d.finished_at") "," \
	" 'step', d.step, 'attempt', d.attempt, 'framework', d.framework," \
	" 'files', d.files, 'bytes', d.bytes, 'error_code', d.error_code," \
	" 'error', d.error, 'timings', d.timings," \
	" 'waiting_for', " WAITING_FOR "," \
	" 'live', d.id IS NOT DISTINCT FROM p.live_deployment," \
	" 'pinned', d.pinned, 'deleted_at', " AT("d.deleted_at") "," \
	" 'restorable', d.deleted_at IS NOT NULL AND d.collected_at IS NULL," \
	" 'url', " HOST_OF("d") "," \
	" 'branch_url', CASE WHEN d.branch_label <> ''" \
	"   THEN " SITE("d.branch_label || '--' || ") " END," \
	" 'production_url', " SITE("") ")"

#define TO_DEPLOYMENT(what) \
	"SELECT " what " FROM deployments d" \
	" WHERE d.team_id = " DEPLOYS " AND d.id = $1"

#define ALIAS \
	"json_build_object('id', a.id, 'label', a.label," \
	" 'url', " SITE("a.label || '--' || ") "," \
	" 'deployment', a.deployment_id," \
	" 'updated_at', " AT("a.updated_at") ")"

#define TOKEN \
	"json_build_object('id', k.id, 'name', k.name, 'scope', k.scope," \
	" 'team', t.slug, 'created_at', " AT("k.created_at") "," \
	" 'used_at', " AT("k.used_at") "," \
	" 'expires_at', " AT("k.expires_at") "," \
	" 'revoked', k.revoked_at IS NOT NULL)"

#define ACCOUNT \
	"'user', (SELECT json_build_object('id', u.id, 'email', u.email," \
	"   'name', u.name, 'created_at', " AT("u.created_at") ")" \
	"   FROM users u WHERE u.id = me())," \
	" 'teams', (SELECT coalesce(json_agg(json_build_object('id', t.id," \
	"   'slug', t.slug, 'name', t.name, 'role', m.role," \
	"   'personal', t.personal) ORDER BY t.personal DESC, t.slug)," \
	"   '[]') FROM team_members m JOIN teams t ON t.id = m.team_id" \
	"   WHERE m.user_id = me() AND t.id = " TEAMS(1) ")"

#define LOG_LINE \
	"'seq', l.seq, 'at', " AT("l.at") ", 'step', l.step," \
	" 'stream', l.stream, 'line', l.line"

/* The rows of x(j, k, n), one more than fit: a list, and the last that fits. */
#define PAGE_OF(limit) \
	"SELECT coalesce(json_agg(x.j ORDER BY x.n)" \
	"  FILTER (WHERE x.n <= " limit "), '[]')," \
	"  CASE WHEN count(*) > " limit " THEN" \
	"  max(x.k) FILTER (WHERE x.n = " limit ") END FROM x"
/* clang-format on */

#endif
