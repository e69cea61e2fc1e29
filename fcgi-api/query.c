/*
 * Tenancy is in sight: every statement on a tenant's rows names the teams of
 * whoever asks, with the rank that it takes (1 to look, 2 to change) or those
 * in which they may deploy.  Row level security says the same again.  A read is
 * one column of JSON, made by the server; a list has where to go on as its
 * second.
 *
 * tests/fcgi-api/query.t prepares each of them against schema/.
 */
#include "query.h"
#include "sql.h"

/* clang-format off */
const struct db_query queries[Q__MAX] = {
	[Q_ENTER_USER] = { "enter_user", 5,
	    "SELECT enter_user($1, $2, $3::int, $4, $5)" },

	[Q_ENTER_TOKEN] = { "enter_token", 3,
	    "SELECT enter_token($1::bytea, $2, $3)" },

	[Q_PING] = { "ping", 0, "SELECT 1" },

	[Q_LISTEN] = { "listen", 0, "LISTEN slipway_log" },

	[Q_QUEUE] = { "queue", 1,
	    "SELECT queue_metrics($1::boolean) || team_metrics($1)" },

	[Q_STORAGE] = { "storage", 1,
	    "SELECT storage_metrics($1::boolean) || integrity_metrics($1)" },

	[Q_ACCOUNT_CREATE] = { "account_create", 4,
	    "SELECT user_id FROM account_create($1, $2, $3, $4)" },

	[Q_ACCOUNT_PASSWORD] = { "account_password", 1,
	    "SELECT user_id, password_hash FROM account_password($1)" },

	[Q_ACCOUNT_REHASH] = { "account_rehash", 3,
	    "SELECT account_rehash($1, $2, $3)" },

	[Q_SESSION_START] = { "session_start", 5,
	    "SELECT session_id, epoch"
	    "  FROM session_start($1, $2::bytea, $3::interval, $4, $5)" },

	[Q_SESSION_REFRESH] = { "session_refresh", 3,
	    "SELECT outcome, session_id, user_id, epoch"
	    "  FROM session_refresh($1::bytea, $2::bytea, $3::interval)" },

	[Q_SESSION_END] = { "session_end", 2,
	    "SELECT session_end($1::bytea, $2)" },

	[Q_SESSION_SHOW] = { "session_show", 0,
	    "SELECT json_build_object(" ACCOUNT ")" },

	[Q_AUTH_EVENT] = { "auth_event", 4,
	    "SELECT auth_event($1, $2, $3, $4)" },

	[Q_ME] = { "me", 0,
	    "SELECT json_build_object(" ACCOUNT ","
	    " 'token', (SELECT json_build_object('id', k.id, 'name', k.name,"
	    "   'scope', k.scope, 'team', t.slug)"
	    "   FROM api_tokens k JOIN teams t ON t.id = k.team_id"
	    "   WHERE k.id = current_setting('slipway.token', true)"
	    "     AND k.team_id = " TEAMS(1) "))" },

	[Q_TEAM_SEEN] = { "team_seen", 1,
	    "SELECT t.id FROM teams t"
	    " WHERE t.id = " TEAMS(1) " AND $1 IN (t.id, t.slug)" },

	/* $3 a team or null, $4 after which slug, $5 how many */
	[Q_PROJECT_LIST] = { "project_list", 5,
	    "WITH x AS (SELECT " PROJECT " AS j, p.slug AS k,"
	    "    row_number() OVER (ORDER BY p.slug) AS n"
	    "  FROM projects p JOIN teams t ON t.id = p.team_id"
	    "  WHERE p.team_id = " TEAMS(1)
	    "    AND ($3::text IS NULL OR $3 IN (t.id, t.slug))"
	    "    AND p.slug > coalesce($4::text, '')"
	    "  ORDER BY p.slug LIMIT $5::int + 1) " PAGE_OF("$5::int") },

	/* $1 a team or null; the team that project_create would choose */
	[Q_PROJECT_COUNT] = { "project_count", 1,
	    "SELECT (SELECT count(*) FROM projects p WHERE p.team_id = t.id)"
	    " FROM teams t WHERE t.id = " TEAMS(2)
	    "  AND ($1::text IS NULL OR $1 IN (t.id, t.slug))"
	    " ORDER BY t.personal DESC, t.created_at, t.id LIMIT 1" },

	/* $1 a team or null, $2 the settings: an object, checked */
	[Q_PROJECT_CREATE] = { "project_create", 2,
	    "INSERT INTO projects (team_id, " PROJECT_SETTINGS ")"
	    " SELECT t.id, " PROJECT_SET
	    " FROM (SELECT * FROM teams t WHERE t.id = " TEAMS(2)
	    "  AND ($1::text IS NULL OR $1 IN (t.id, t.slug))"
	    "  ORDER BY t.personal DESC, t.created_at, t.id LIMIT 1) t,"
	    " (SELECT '' AS slug, '' AS branch, '' AS root_dir,"
	    "  '' AS framework, '' AS install_command, '' AS build_command,"
	    "  '' AS output_dir, '' AS node_version, 'auto' AS spa,"
	    "  10 AS skew_deployments, 7 AS skew_days, '' AS primary_host,"
	    "  '' AS ignore_command, 'full' AS network,"
	    "  true AS submodules, true AS lfs, 'auto' AS cancel_running) p,"
	    " jsonb_populate_record(NULL::projects, $2::jsonb) r"
	    " RETURNING id" },

	[Q_PROJECT_SHOW] = { "project_show", 3,
	    "SELECT " PROJECT
	    "  FROM projects p JOIN teams t ON t.id = p.team_id"
	    "  WHERE p.team_id = " TEAMS(1) " AND (p.id = $3 OR p.slug = $3)" },

	/* $1 which, $2 as in project_create; what is not named stays */
	[Q_PROJECT_UPDATE] = { "project_update", 2,
	    "UPDATE projects p SET (updated_at, " PROJECT_SETTINGS ") ="
	    " (SELECT now(), " PROJECT_SET
	    "  FROM jsonb_populate_record(p, $2::jsonb) r)"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    " RETURNING id" },

	[Q_PROJECT_DELETE] = { "project_delete", 1,
	    "DELETE FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    " RETURNING id" },

	[Q_PROJECT_SEEN] = { "project_seen", 1,
	    "SELECT p.id FROM projects p"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)" },

	[Q_DOMAIN_VERIFIED] = { "domain_verified", 2,
	    "SELECT m.id FROM domains m JOIN projects p ON p.id = m.project_id"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND m.host = $2 AND m.verified_at IS NOT NULL" },

	/* For a change to what belongs to it; $2 is what is about to be set. */
	[Q_PROJECT_FIND] = { "project_find", 2,
	    "SELECT p.id, p.slug,"
	    "  (SELECT count(DISTINCT e.name) FROM environment_variables e"
	    "    WHERE e.project_id = p.id AND e.name <> $2),"
	    "  (SELECT count(*) FROM aliases a"
	    "    WHERE a.project_id = p.id AND a.label <> $2),"
	    "  p.team_id"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)" },

	[Q_PROJECT_TARGET] = { "project_target", 1,
	    "SELECT p.id, p.team_id FROM projects p"
	    " WHERE p.team_id = " DEPLOYS " AND (p.id = $1 OR p.slug = $1)" },

	/* $3 project, $4 state, $5 target, $6 branch, $7 before, $8 how many */
	[Q_DEPLOYMENT_LIST] = { "deployment_list", 8,
	    "WITH x AS (SELECT " DEPLOYMENT " AS j, d.seq::text AS k,"
	    "    row_number() OVER (ORDER BY d.seq DESC) AS n"
	    "  FROM deployments d JOIN projects p ON p.id = d.project_id"
	    "  WHERE d.team_id = " TEAMS(1) " AND (p.id = $3 OR p.slug = $3)"
	    "    AND ($4::text IS NULL OR " STATE("d") " = $4)"
	    "    AND ($5::text IS NULL OR d.target = $5)"
	    "    AND ($6::text IS NULL"
	    "      OR (d.ref_kind = 'branch' AND d.ref = $6))"
	    "    AND ($7::bigint IS NULL OR d.seq < $7)"
	    "  ORDER BY d.seq DESC LIMIT $8::int + 1) " PAGE_OF("$8::int") },

	/*
	 * $1 project, $2 target or null, $3 source, $4 ref, $5 kind, $6 upload.
	 * Where the project names no branch, production's is that of its last
	 * deployment to there, and of the first at all.
	 */
	[Q_DEPLOYMENT_CREATE] = { "deployment_create", 6,
	    "SELECT deployment_create(p.id, coalesce($2, CASE"
	    "    WHEN $6::text IS NOT NULL OR $4 = ''"
	    "      OR ($5 = 'branch' AND $4 = p.branch)"
	    /* The default branch; else the first of production; else a guess. */
	    "      OR ($5 = 'branch' AND p.branch = '' AND $4 = coalesce("
	    "        (SELECT d.ref FROM deployments d WHERE d.project_id = p.id"
	    "           AND d.target = 'production' AND d.ref_kind = 'branch'"
	    "           AND d.ref <> '' ORDER BY d.asked <> '',"
	    "           CASE WHEN d.asked = '' THEN -d.seq ELSE d.seq END LIMIT 1),"
	    "        CASE WHEN $4 IN ('main', 'master') THEN $4 END))"
	    "    THEN 'production'"
	    "    ELSE 'preview' END), $3, $4, $5, $6, NULL)"
	    " FROM projects p"
	    " WHERE p.team_id = " DEPLOYS " AND (p.id = $1 OR p.slug = $1)" },

	[Q_DEPLOYMENT_REDEPLOY] = { "deployment_redeploy", 2,
	    "SELECT deployment_create(d.project_id, coalesce($2, d.target),"
	    "  d.source, d.ref, d.ref_kind, d.upload_id, d.id)"
	    " FROM deployments d"
	    " WHERE d.team_id = " DEPLOYS " AND d.id = $1" },

	[Q_DEPLOYMENT_SHOW] = { "deployment_show", 3,
	    "SELECT " DEPLOYMENT
	    "  FROM deployments d JOIN projects p ON p.id = d.project_id"
	    "  WHERE d.team_id = " TEAMS(1) " AND d.id = $3" },

	[Q_DEPLOYMENT_CANCEL] = { "deployment_cancel", 1,
	    TO_DEPLOYMENT("deployment_cancel(d.id)") },

	[Q_DEPLOYMENT_PROMOTE] = { "deployment_promote", 1,
	    TO_DEPLOYMENT("deployment_promote(d.id)") },

	[Q_DEPLOYMENT_DELETE] = { "deployment_delete", 1,
	    TO_DEPLOYMENT("deployment_delete(d.id)") },

	[Q_DEPLOYMENT_RESTORE] = { "deployment_restore", 1,
	    TO_DEPLOYMENT("deployment_restore(d.id)") },

	[Q_DEPLOYMENT_PIN] = { "deployment_pin", 1,
	    TO_DEPLOYMENT("deployment_pin(d.id, true)") },

	[Q_DEPLOYMENT_UNPIN] = { "deployment_unpin", 1,
	    TO_DEPLOYMENT("deployment_pin(d.id, false)") },

	[Q_DEPLOYMENT_SEEN] = { "deployment_seen", 1,
	    "SELECT d.id FROM deployments d"
	    " WHERE d.team_id = " TEAMS(1) " AND d.id = $1" },

	[Q_DEPLOYMENT_FIND] = { "deployment_find", 1,
	    "SELECT d.project_id FROM deployments d"
	    " WHERE d.team_id = " DEPLOYS " AND d.id = $1" },

	[Q_CONTENT] = { "content", 1,
	    "SELECT d.id, d.state, d.deleted_at IS NOT NULL, d.manifest,"
	    "  p.slug, d.team_id"
	    " FROM deployments d JOIN projects p ON p.id = d.project_id"
	    " WHERE d.team_id = " TEAMS(1) " AND d.id = $1" },

	/* What it is compared with: what is live, or what was before. */
	[Q_CONTENT_BEFORE] = { "content_before", 1,
	    "SELECT CASE WHEN p.live_deployment <> d.id THEN p.live_deployment"
	    "  ELSE (SELECT b.id FROM deployments b"
	    "    WHERE b.project_id = d.project_id AND b.target = d.target"
	    "      AND b.state = 'ready' AND b.deleted_at IS NULL"
	    "      AND b.seq < d.seq ORDER BY b.seq DESC LIMIT 1) END"
	    " FROM deployments d JOIN projects p ON p.id = d.project_id"
	    " WHERE d.team_id = " TEAMS(1) " AND d.id = $1" },

	/* What a host shows, of one's own projects. */
	[Q_EXPLAIN_HOST] = { "explain_host", 2,
	    "SELECT e.deployment_id, e.project, e.project_id, e.manifest,"
	    "  e.production, e.spa, e.gone, e.primary_host, e.skew,"
	    "  e.protected, e.kind, p.team_id"
	    " FROM explain_resolve($1, $2) e JOIN projects p"
	    "  ON p.id = e.project_id AND p.team_id = " TEAMS(1) },

	/* $1 project, $2 manifest: the newest deployment that has it */
	[Q_EXPLAIN_MANIFEST] = { "explain_manifest", 2,
	    "SELECT d.id FROM deployments d"
	    " WHERE d.team_id = " TEAMS(1) " AND d.project_id = $1"
	    "  AND d.manifest = $2 ORDER BY d.seq DESC LIMIT 1" },

	/*
	 * $1 deployment, $2 after, $3 how many, $4 is its build to hear of it?
	 * And is there news?  What is heard does not wait for the disk.
	 */
	[Q_LOG] = { "log", 4,
	    "WITH l AS (SELECT b.* FROM build_logs b JOIN deployments d"
	    "    ON d.id = b.deployment_id AND d.fence = b.fence"
	    "  WHERE d.id = $1 AND d.team_id = " TEAMS(1)
	    "    AND b.seq > $2::bigint ORDER BY b.seq LIMIT $3::int)"
	    "SELECT json_build_object('lines', (SELECT coalesce(json_agg("
	    "    CASE WHEN l.colours IS NULL THEN json_build_object(" LOG_LINE ")"
	    "    ELSE json_build_object(" LOG_LINE ", 'colours', l.colours) END"
	    "    ORDER BY l.seq), '[]') FROM l),"
	    "  'last', coalesce((SELECT max(l.seq) FROM l), $2::bigint),"
	    "  'state', d.state, 'step', d.step, 'attempt', d.attempt,"
	    "  'waiting_for', " WAITING_FOR ","
	    "  'done', d.finished_at IS NOT NULL"
	    "    AND (SELECT count(*) FROM l) < $3::int),"
	    "  d.finished_at IS NOT NULL OR EXISTS (SELECT FROM l),"
	    "  CASE WHEN $4::boolean AND d.state IN ('building', 'canceling')"
	    "    AND set_config('synchronous_commit', 'off', true) = 'off'"
	    "  THEN pg_notify('slipway_follow', d.id) END"
	    " FROM deployments d"
	    " WHERE d.id = $1 AND d.team_id = " TEAMS(1) },

	/* $1 deployment, $2 after, $3 how many: text, the last and how many */
	[Q_LOG_TEXT] = { "log_text", 3,
	    "SELECT coalesce(string_agg(" AT("l.at") " || ' ' ||"
	    "    rpad(l.step, greatest(8, length(l.step))) || ' ' || l.line || E'\\n', '' ORDER BY l.seq), ''),"
	    "  max(l.seq), count(l.seq) >= $3::int"
	    " FROM deployments d LEFT JOIN LATERAL (SELECT * FROM build_logs b"
	    "    WHERE b.deployment_id = d.id AND b.fence = d.fence"
	    "      AND b.seq > $2::bigint ORDER BY b.seq LIMIT $3::int) l ON true"
	    " WHERE d.id = $1 AND d.team_id = " TEAMS(1) " GROUP BY d.id" },

	/* $1 project, $2 text, $3 deployment or null, $4 and $5 place, $6 */
	[Q_LOG_SEARCH] = { "log_search", 6,
	    "SELECT s.lines, s.next FROM projects p, log_search(p.id, $2,"
	    "    $3::text, $4::bigint, coalesce($5::bigint, 0), $6::int) s"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)" },

	[Q_ENV_LIST] = { "env_list", 1,
	    "SELECT json_build_object('env', (SELECT coalesce(json_agg("
	    "    json_build_object('id', e.id, 'name', e.name,"
	    "    'target', e.target, 'updated_at', " AT("e.updated_at") ")"
	    "    ORDER BY e.name, e.target), '[]')"
	    "    FROM environment_variables e WHERE e.project_id = p.id))"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)" },

	/* $1 project, $2 name, then sealed for each target, or null */
	[Q_ENV_SET] = { "env_set", 5,
	    "INSERT INTO environment_variables"
	    "  (team_id, project_id, name, target, sealed)"
	    " SELECT p.team_id, p.id, $2, v.target, v.sealed"
	    " FROM projects p, (VALUES ('production', $3::bytea),"
	    "  ('preview', $4::bytea), ('development', $5::bytea))"
	    "  AS v (target, sealed)"
	    " WHERE p.team_id = " TEAMS(2) " AND p.id = $1"
	    "  AND v.sealed IS NOT NULL"
	    " ON CONFLICT (project_id, target, name) DO UPDATE"
	    "  SET updated_at = now(), sealed = CASE"
	    "    environment_variables.target WHEN 'production'"
	    "    THEN $3::bytea WHEN 'preview' THEN $4::bytea" /* unread */
	    "    ELSE $5::bytea END"
	    " RETURNING id" },

	/* $3 a target, or null for all */
	[Q_ENV_DELETE] = { "env_delete", 3,
	    "DELETE FROM environment_variables e USING projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND e.project_id = p.id AND e.name = $2"
	    "  AND ($3::text IS NULL OR e.target = $3)"
	    " RETURNING e.id" },

	/* $1 project, $2 kind */
	[Q_CREDENTIAL_SHOW] = { "credential_show", 2,
	    "SELECT CASE c.kind WHEN 'token' THEN json_build_object("
	    "    'host', c.origin, 'username', c.username,"
	    "    'created_at', " AT("c.created_at") ","
	    "    'used_at', " AT("c.used_at") ")"
	    "  ELSE json_build_object('public_key', c.public_key,"
	    "    'fingerprint', c.fingerprint,"
	    "    'created_at', " AT("c.created_at") ","
	    "    'used_at', " AT("c.used_at") ") END"
	    " FROM git_credentials c JOIN projects p ON p.id = c.project_id"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND c.kind = $2" },

	[Q_CREDENTIAL_DELETE] = { "credential_delete", 2,
	    "DELETE FROM git_credentials c USING projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND c.project_id = p.id AND c.kind = $2"
	    " RETURNING c.id" },

	/* $1 project, $2 public half, $3 fingerprint, $4 sealed */
	[Q_DEPLOY_KEY_SET] = { "deploy_key_set", 4,
	    "INSERT INTO git_credentials"
	    "  (team_id, project_id, kind, public_key, fingerprint, sealed)"
	    " SELECT p.team_id, p.id, 'deploy-key', $2, $3, $4::bytea"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND p.id = $1"
	    " ON CONFLICT (project_id, kind) DO UPDATE"
	    "  SET public_key = $2, fingerprint = $3, sealed = $4::bytea,"
	    "    created_at = now(), used_at = NULL"
	    " RETURNING id" },

	/* $1 project, $2 origin, $3 user, $4 sealed */
	[Q_GIT_TOKEN_SET] = { "git_token_set", 4,
	    "INSERT INTO git_credentials"
	    "  (team_id, project_id, kind, origin, username, sealed)"
	    " SELECT p.team_id, p.id, 'token', $2, $3, $4::bytea"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND p.id = $1"
	    " ON CONFLICT (project_id, kind) DO UPDATE"
	    "  SET origin = $2, username = $3, sealed = $4::bytea,"
	    "    created_at = now(), used_at = NULL"
	    " RETURNING id" },

	[Q_PROJECT_REPO] = { "project_repo", 1,
	    "SELECT p.id, coalesce(p.repo, '') FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)" },

	/* $1 a team or null */
	[Q_KNOWN_HOST_LIST] = { "known_host_list", 1,
	    "SELECT json_build_object('known_hosts', (SELECT coalesce(json_agg("
	    "    json_build_object('id', k.id, 'host', k.host, 'port', k.port,"
	    "    'key_type', k.key_type, 'fingerprint', k.fingerprint,"
	    "    'team', t.slug, 'deployment', k.deployment_id,"
	    "    'first_seen', " AT("k.first_seen") ")"
	    "    ORDER BY k.host, k.port, t.slug), '[]')"
	    "   FROM known_hosts k JOIN teams t ON t.id = k.team_id"
	    "   WHERE k.team_id = " TEAMS(1)
	    "     AND ($1::text IS NULL OR $1 IN (t.id, t.slug))),"
	    "  'pinned', (SELECT coalesce(json_agg(json_build_object("
	    "    'host', h.host, 'port', h.port, 'key_type', h.key_type,"
	    "    'fingerprint', h.fingerprint)"
	    "    ORDER BY h.host, h.port, h.key_type), '[]')"
	    "   FROM pinned_hosts h))" },

	/* $1 host, $2 port or null, $3 a team or null */
	[Q_KNOWN_HOST_DELETE] = { "known_host_delete", 3,
	    "DELETE FROM known_hosts k USING teams t"
	    " WHERE k.team_id = " TEAMS(2) " AND t.id = k.team_id"
	    "  AND k.host = lower($1) AND ($2::int IS NULL OR k.port = $2::int)"
	    "  AND ($3::text IS NULL OR $3 IN (t.id, t.slug))"
	    " RETURNING k.id" },

	[Q_KNOWN_HOST_SEEN] = { "known_host_seen", 3,
	    "SELECT k.id FROM known_hosts k JOIN teams t ON t.id = k.team_id"
	    " WHERE k.team_id = " TEAMS(1)
	    "  AND k.host = lower($1) AND ($2::int IS NULL OR k.port = $2::int)"
	    "  AND ($3::text IS NULL OR $3 IN (t.id, t.slug))" },

	[Q_HOOK_LIST] = { "hook_list", 1,
	    "SELECT json_build_object('hooks', (SELECT coalesce(json_agg("
	    "    json_build_object('id', h.id, 'url', h.url,"
	    "    'events', h.events, 'created_at', " AT("h.created_at") ","
	    "    'last', (SELECT json_build_object('event', 'deployment.' ||"
	    "      o.state, 'deployment', o.deployment_id, 'attempt', o.attempt,"
	    "      'delivered', o.delivered_at IS NOT NULL, 'given_up',"
	    "      o.gave_up_at IS NOT NULL, 'answer', o.answer) FROM outbox o"
	    "      WHERE o.hook_id = h.id ORDER BY o.id DESC LIMIT 1))"
	    "    ORDER BY h.created_at, h.id), '[]')"
	    "    FROM project_hooks h WHERE h.project_id = p.id))"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)" },

	[Q_HOOK_NEW] = { "hook_new", 1,
	    "SELECT p.id, new_id('hok'), (SELECT count(*) FROM project_hooks h"
	    "   WHERE h.project_id = p.id)"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)" },

	/* $1 project, $2 id, $3 url, $4 events, $5 the sealed secret */
	[Q_HOOK_CREATE] = { "hook_create", 5,
	    "INSERT INTO project_hooks"
	    "  (id, team_id, project_id, url, events, sealed)"
	    " SELECT $2, p.team_id, p.id, $3, coalesce($4, 'all'), $5::bytea"
	    " FROM projects p WHERE p.team_id = " TEAMS(2) " AND p.id = $1"
	    " RETURNING json_build_object('id', id, 'url', url,"
	    "  'events', events, 'created_at', " AT("created_at") ")" },

	[Q_HOOK_DELETE] = { "hook_delete", 2,
	    "DELETE FROM project_hooks h USING projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND h.project_id = p.id AND h.id = $2 RETURNING h.id" },

	[Q_PROTECT_SHOW] = { "protect_show", 1,
	    "SELECT json_build_object('hosts', coalesce(w.hosts, 'off'),"
	    "    'password_at', " AT("w.password_at") ","
	    "    'tokens', (SELECT coalesce(json_agg(json_build_object("
	    "      'id', k.id, 'name', k.name,"
	    "      'created_at', " AT("k.created_at") ")"
	    "      ORDER BY k.created_at, k.id), '[]')"
	    "      FROM protection_tokens k WHERE k.project_id = p.id))"
	    " FROM projects p LEFT JOIN protections w ON w.project_id = p.id"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $1 OR p.slug = $1)" },

	/* $1 project, $2 hosts, $3 hash, $4 key of cookies */
	[Q_PROTECT_PASSWORD] = { "protect_password", 4,
	    "INSERT INTO protections"
	    "  (team_id, project_id, hosts, password_hash, cookie_key)"
	    " SELECT p.team_id, p.id, $2, $3, $4::bytea FROM projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND p.id = $1"
	    " ON CONFLICT (project_id) DO UPDATE SET hosts = $2,"
	    "  password_hash = $3, cookie_key = $4::bytea,"
	    "  password_at = now(), updated_at = now()"
	    " RETURNING id" },

	[Q_PROTECT_HOSTS] = { "protect_hosts", 2,
	    "UPDATE protections w SET hosts = $2, updated_at = now()"
	    " WHERE w.team_id = " TEAMS(2) " AND w.project_id = $1"
	    " RETURNING id" },

	[Q_PROTECT_DELETE] = { "protect_delete", 1,
	    "WITH theirs AS (SELECT p.id FROM projects p"
	    "    WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)),"
	    "  gone AS (DELETE FROM protections w USING theirs t"
	    "    WHERE w.project_id = t.id)"
	    " SELECT id FROM theirs" },

	/* $1 project, $2 name, $3 hash, $4 how many there may be */
	[Q_PROTECT_TOKEN_CREATE] = { "protect_token_create", 4,
	    "INSERT INTO protection_tokens (team_id, project_id, name, hash)"
	    " SELECT w.team_id, w.project_id, $2, $3::bytea FROM protections w"
	    " WHERE w.team_id = " TEAMS(2) " AND w.project_id = $1"
	    "  AND (SELECT count(*) FROM protection_tokens k"
	    "    WHERE k.project_id = w.project_id) < $4::int"
	    " RETURNING json_build_object('id', id, 'name', name,"
	    "  'created_at', " AT("created_at") ")" },

	[Q_PROTECT_TOKEN_DELETE] = { "protect_token_delete", 2,
	    "DELETE FROM protection_tokens k USING projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND k.project_id = p.id AND k.id = $2 RETURNING k.id" },

	[Q_ALIAS_LIST] = { "alias_list", 3,
	    "SELECT json_build_object('aliases', (SELECT coalesce(json_agg("
	    ALIAS " ORDER BY a.label), '[]')"
	    "    FROM aliases a WHERE a.project_id = p.id))"
	    " FROM projects p"
	    " WHERE p.team_id = " TEAMS(1) " AND (p.id = $3 OR p.slug = $3)" },

	/* $1 project, $2 label, $3 deployment */
	[Q_ALIAS_SET] = { "alias_set", 3,
	    "INSERT INTO aliases (team_id, project_id, label, deployment_id)"
	    " SELECT p.team_id, p.id, $2, d.id"
	    " FROM projects p JOIN deployments d ON d.project_id = p.id"
	    " WHERE p.team_id = " TEAMS(2) " AND p.id = $1"
	    "  AND d.id = $3 AND d.state = 'ready'"
	    " ON CONFLICT (project_id, label) DO UPDATE"
	    "  SET deployment_id = EXCLUDED.deployment_id, updated_at = now()"
	    " RETURNING id" },

	[Q_ALIAS_SHOW] = { "alias_show", 3,
	    "SELECT " ALIAS
	    " FROM aliases a JOIN projects p ON p.id = a.project_id"
	    " WHERE a.team_id = " TEAMS(1) " AND a.id = $3" },

	[Q_ALIAS_DELETE] = { "alias_delete", 2,
	    "DELETE FROM aliases a USING projects p"
	    " WHERE p.team_id = " TEAMS(2) " AND (p.id = $1 OR p.slug = $1)"
	    "  AND a.project_id = p.id AND a.label = $2"
	    " RETURNING a.id" },

	/* $1 project, $2 files, $3 bytes */
	[Q_UPLOAD_CREATE] = { "upload_create", 3,
	    "INSERT INTO uploads (team_id, project_id, files, bytes)"
	    " SELECT p.team_id, p.id, $2::int, $3::bigint FROM projects p"
	    " WHERE p.team_id = " DEPLOYS " AND (p.id = $1 OR p.slug = $1)"
	    " RETURNING id, project_id" },

	[Q_UPLOAD_FIND] = { "upload_find", 1,
	    "SELECT u.project_id, u.team_id = " DEPLOYS " FROM uploads u"
	    " WHERE u.team_id = " TEAMS(1) " AND u.id = $1" },

	[Q_UPLOAD_COMPLETE] = { "upload_complete", 1,
	    "UPDATE uploads u SET complete = true"
	    " WHERE u.team_id = " DEPLOYS " AND u.id = $1"
	    " RETURNING id" },

	[Q_UPLOAD_DELETE] = { "upload_delete", 1,
	    "DELETE FROM uploads u"
	    " WHERE u.team_id = " DEPLOYS " AND u.id = $1"
	    " RETURNING id" },

	[Q_TOKEN_LIST] = { "token_list", 0,
	    "SELECT json_build_object('tokens', (SELECT coalesce(json_agg("
	    TOKEN " ORDER BY k.created_at DESC, k.id), '[]')"
	    " FROM api_tokens k JOIN teams t ON t.id = k.team_id"
	    " WHERE k.user_id = me() AND k.team_id = " TEAMS(1) "))" },

	/* $1 name, $2 scope, $3 a team or null, $4 hash, $5 days */
	[Q_TOKEN_CREATE] = { "token_create", 5,
	    "WITH k AS (INSERT INTO api_tokens"
	    "   (user_id, team_id, name, scope, hash, expires_at)"
	    " SELECT me(), t.id, $1, $2, $4::bytea,"
	    "   least(now() + $5::int * interval '1 day', (SELECT o.expires_at"
	    "     FROM api_tokens o" /* made by a token: no longer than that */
	    "     WHERE o.id = current_setting('slipway.token', true)))"
	    " FROM teams t WHERE t.id = ANY (CASE $2 WHEN 'read' THEN"
	    "   my_teams(1) WHEN 'deploy' THEN my_deploys()"
	    "   ELSE my_teams(3) END) AND " WHOLE
	    "   AND ($3::text IS NULL OR $3 IN (t.id, t.slug))"
	    "   AND (SELECT count(*) FROM api_tokens o WHERE o.user_id = me()"
	    "     AND o.revoked_at IS NULL AND o.expires_at > now()) < 25"
	    " ORDER BY t.personal DESC, t.created_at, t.id LIMIT 1"
	    " RETURNING id, team_id, name, scope, created_at, used_at,"
	    "   expires_at, revoked_at)"
	    " SELECT " TOKEN " FROM k JOIN teams t ON t.id = k.team_id" },

	[Q_TOKEN_REVOKE] = { "token_revoke", 1,
	    "UPDATE api_tokens k SET revoked_at = coalesce(revoked_at, now())"
	    " WHERE k.team_id = " TEAMS(1) " AND k.user_id = me()"
	    "   AND k.id = $1 AND (" WHOLE
	    "     OR k.id = current_setting('slipway.token', true))"
	    " RETURNING id" },

	[Q_TOKEN_SEEN] = { "token_seen", 1,
	    "SELECT k.id FROM api_tokens k"
	    " WHERE k.team_id = " TEAMS(1) " AND k.user_id = me()"
	    "   AND k.id = $1" },

	[Q_TOKEN_SCOPE] = { "token_scope", 0,
	    "SELECT k.scope FROM api_tokens k"
	    " WHERE k.team_id = " TEAMS(1)
	    "   AND k.id = current_setting('slipway.token', true)" },

	[Q_USAGE] = { "usage", 0,
	    "SELECT json_build_object('usage', coalesce(json_agg("
	    "   to_jsonb(u) - 'team_id' || jsonb_build_object("
	    "    'measured_at', " AT("u.measured_at") ")"
	    "   ORDER BY u.team, u.project IS NOT NULL, u.bytes DESC,"
	    "    u.project), '[]'))"
	    " FROM kept u WHERE u.team_id = " TEAMS(1) },
};
/* clang-format on */
