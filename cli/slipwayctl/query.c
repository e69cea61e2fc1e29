#include "query.h"

const struct db_query queries[Q__MAX] = {
	[Q_ACCOUNT_CREATE] = { "account_create", 4,
	    "SELECT user_id, team_id FROM account_create($1, $2, $3, $4)" },

	[Q_ACCOUNT_PASSWORD] = { "account_password", 2,
	    "WITH u AS (UPDATE users SET password_hash = $2, epoch = epoch + 1"
	    "    WHERE email = lower($1) RETURNING id),"
	    "  s AS (UPDATE sessions SET revoked_at = now(),"
	    "    revoked_why = 'operator' FROM u"
	    "    WHERE user_id = u.id AND revoked_at IS NULL)"
	    "SELECT id FROM u" },

	[Q_ACCOUNT_LIST] = { "account_list", 0,
	    "SELECT email, name, id, to_char(created_at, 'YYYY-MM-DD'),"
	    "  CASE WHEN suspended_at IS NULL THEN '' ELSE 'suspended' END"
	    "  FROM users ORDER BY email" },

	/*
	 * What is kept, and for how long the oldest build under way runs: of
	 * one moment.  There is always a first row, the empty one, so that no
	 * answer cannot be taken for nothing to keep.  Then come those that
	 * are nobody's any more, and the others by whose they are.
	 */
	[Q_MANIFESTS] = { "manifests", 1,
	    "SELECT '', (SELECT coalesce(ceil(extract(epoch FROM"
	    "   clock_timestamp() - min(started_at))), 0)::bigint"
	    "   FROM deployments WHERE state IN ('building', 'canceling')),"
	    "   '', ''"
	    " UNION ALL (SELECT DISTINCT manifest, 0, team, project"
	    "   FROM deployments, LATERAL (SELECT"
	    "     CASE WHEN deleted_at IS NULL THEN team_id ELSE '' END,"
	    "     CASE WHEN deleted_at IS NULL THEN project_id ELSE '' END)"
	    "     whose (team, project)"
	    "   WHERE manifest IS NOT NULL AND collected_at IS NULL AND NOT"
	    "    ($1::boolean AND deleted_at IS NOT NULL AND"
	    "     deleted_at < now() - interval '1 day'))"
	    " ORDER BY 3, 4, 1" },
	/* A first row, as above; then what is kept, and who has it. */
	[Q_FSCK] = { "fsck", 0,
	    "SELECT '', '' UNION ALL (SELECT d.manifest,"
	    "   string_agg(p.slug || ' ' || d.id, ', ' ORDER BY d.id)"
	    "   FROM deployments d JOIN projects p ON p.id = d.project_id"
	    "   WHERE d.manifest IS NOT NULL AND d.collected_at IS NULL"
	    "   GROUP BY d.manifest) ORDER BY 1" },
	[Q_FOLDERS] = { "folders", 0,
	    "SELECT folder FROM store_folders"
	    " ORDER BY checked_at NULLS FIRST, folder" },
	[Q_FOLDER_DONE] = { "folder_done", 2,
	    "UPDATE store_folders SET checked_at = clock_timestamp(),"
	    "   bad = $2::bigint"
	    " WHERE folder = $1::int RETURNING folder" },
	[Q_FOLDER_SUSPECT] = { "folder_suspect", 2,
	    "UPDATE store_folders SET bad = greatest(bad, $2::bigint)"
	    " WHERE folder = $1::int RETURNING folder" },
	[Q_ASIDE] = { "aside", 1,
	    "UPDATE store_folders SET quarantined = ($1::bigint[])[folder + 1]"
	    " RETURNING folder" },
	/* What the doctor is to say of them; empty: nothing. */
	[Q_DAMAGED] = { "damaged", 0,
	    "SELECT CASE WHEN bad > 0 THEN bad || ' files of deployments are"
	    " missing or not what they were' ELSE '' END FROM admin.integrity" },
	[Q_UNCHECKED] = { "unchecked", 0,
	    "SELECT CASE WHEN checked_since < now() - interval '30 days' THEN"
	    "   'not all files were looked at since '"
	    "    || to_char(checked_since, 'YYYY-MM-DD') ELSE '' END"
	    " FROM admin.integrity" },
	[Q_QUARANTINED] = { "quarantined", 0,
	    "SELECT CASE WHEN quarantined > 0 THEN quarantined ||"
	    "   ' files were not what they should be, and are set aside'"
	    "  ELSE '' END FROM admin.integrity" },
	[Q_PING] = { "ping", 0, "SELECT 1" },
	/* What whoever asks may do beside the functions of schema job. */
	[Q_RIGHTS] = { "rights", 0,
	    "SELECT coalesce(string_agg(what, ', '), '') FROM ("
	    " SELECT 'role ' || rolname AS what FROM pg_roles"
	    "  WHERE rolname <> current_user AND pg_has_role(oid, 'MEMBER')"
	    " UNION ALL"
	    " SELECT format('%I.%I', n.nspname, c.relname)"
	    "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	    "  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')"
	    "   AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
	    "   AND (has_table_privilege(c.oid,"
	    "     'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')"
	    "    OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE'))"
	    " UNION ALL"
	    " SELECT format('%I.%I()', n.nspname, p.proname)"
	    "  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
	    "  WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'job')"
	    "   AND has_function_privilege(p.oid, 'EXECUTE')) x" },
	/* What is wrong with collection; empty: nothing. */
	[Q_COLLECTED] = { "collected", 0,
	    "SELECT CASE WHEN EXISTS (SELECT FROM collections WHERE good"
	    "    AND ended_at > now() - interval '3 days') OR NOT EXISTS"
	    "   (SELECT FROM deployments"
	    "     WHERE created_at < now() - interval '3 days') THEN ''"
	    "  ELSE coalesce((SELECT 'the last that went well was on ' ||"
	    "    to_char(max(ended_at), 'YYYY-MM-DD') FROM collections"
	    "    WHERE good), 'none went well yet') END" },
	[Q_COLLECTION_BEGIN] = { "collection_begin", 0,
	    "SELECT collection_begin()" },
	[Q_COLLECTION_END] = { "collection_end", 6,
	    "SELECT collection_end($1::bigint, $2::boolean, $3::bigint,"
	    " $4::bigint, $5::bigint, $6::bigint)" },
	[Q_STORAGE_NOTE] = { "storage_note", 5,
	    "SELECT storage_note($1, $2, $3::bigint, $4::bigint, $5::bigint)" },
	[Q_STORAGE_END] = { "storage_end", 1,
	    "SELECT storage_end($1::bigint)" },

	/* In the order that strcmp(3) has; again with an empty first. */
	[Q_PROJECTS] = { "projects", 0,
	    "SELECT id FROM (SELECT '' UNION SELECT id FROM projects) x (id)"
	    " ORDER BY id COLLATE \"C\"" },
	[Q_UPLOADS] = { "uploads", 0,
	    "SELECT id FROM (SELECT '' UNION SELECT id FROM uploads) x (id)"
	    " ORDER BY id COLLATE \"C\"" },

	/* The first has no name, and is what all logs take. */
	[Q_STORAGE] = { "storage", 0,
	    "SELECT id, name, bytes FROM (SELECT '', '',"
	    "   pg_total_relation_size('build_logs') UNION ALL"
	    " SELECT p.id, t.slug || '/' || p.slug, coalesce(sum(d.bytes), 0)"
	    "  FROM projects p JOIN teams t ON t.id = p.team_id"
	    "  LEFT JOIN deployments d"
	    "    ON d.project_id = p.id AND d.state = 'ready'"
	    "  GROUP BY p.id, t.slug) x (id, name, bytes)" },

	[Q_SCHEMA_AT] = { "schema_at", 0,
	    "SELECT coalesce(max(name), 'nothing') FROM slipway_migrations" },

	[Q_UNSAFE] = { "unsafe", 0,
	    "SELECT coalesce(string_agg(name, ', '), '') FROM pg_settings"
	    " WHERE name IN ('fsync', 'full_page_writes',"
	    "     'synchronous_commit') AND setting = 'off'" },

	[Q_QUEUE_TEAMS] = { "queue_teams", 0,
	    "SELECT team, queued, running, may_run, oldest FROM admin.teams"
	    " WHERE queued + running > 0" },
	[Q_QUEUE_RUNNING] = { "queue_running", 0,
	    "SELECT id, team, project, target, state, coalesce(step, '-') AS step,"
	    "  date_trunc('second', age) AS age, attempt,"
	    "  coalesce(lease_owner, '-') AS slot,"
	    "  date_trunc('second', lease_left) AS lease"
	    " FROM admin.queue WHERE state <> 'queued'" },
	/* As many as one looks through; the sums are with the teams. */
	[Q_QUEUE_WAITING] = { "queue_waiting", 0,
	    "SELECT id, team, project, target, date_trunc('second', age) AS age,"
	    "  attempt, why FROM admin.waiting LIMIT 50" },
	[Q_QUEUE_BUILDERS] = { "queue_builders", 0,
	    "SELECT id, slots, busy, date_trunc('second', seen) AS seen,"
	    "  CASE WHEN NOT alive THEN 'is gone'"
	    "    ELSE coalesce(refuses, 'is there') END AS state"
	    " FROM admin.builders" },
	[Q_QUEUE_JSON] = { "queue_json", 0,
	    "SELECT json_build_object("
	    " 'teams', (SELECT coalesce(json_agg(t), '[]') FROM admin.teams t"
	    "   WHERE queued + running > 0),"
	    " 'running', (SELECT coalesce(json_agg(q), '[]') FROM admin.queue q"
	    "   WHERE state <> 'queued'),"
	    " 'waiting', (SELECT coalesce(json_agg(w), '[]')"
	    "   FROM admin.waiting w),"
	    " 'builders', (SELECT coalesce(json_agg(b), '[]')"
	    "   FROM admin.builders b))" },
};
