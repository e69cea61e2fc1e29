#include "query.h"
#include "lease.h"

/* clang-format off */
const struct db_query queries[Q__MAX] = {
	[Q_LISTEN_QUEUE] = { "listen_queue", 0, "LISTEN slipway_queue" },
	[Q_LISTEN_CANCEL] = { "listen_cancel", 0, "LISTEN slipway_cancel" },

	/* What is off that a promise to keep things needs. */
	[Q_DURABLE] = { "durable", 0,
	    "SELECT name FROM pg_settings"
	    " WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
	    "   AND setting = 'off'" },

	[Q_CLAIM] = { "claim", 1,
	    "SELECT c.*, d.project_id FROM build_claim($1, " LEASE_INTERVAL ") c"
	    " JOIN deployments d ON d.id = c.id" },
	[Q_UNCLAIM] = { "unclaim", 1, "SELECT id, state FROM build_unclaim($1)" },
	[Q_ALIVE] = { "alive", 2, "SELECT builder_alive($1, $2::int)" },
	/*
	 * What it is a build of; no row if it is another builder's.  Before it
	 * was what was last built for production, or of its branch.
	 */
	[Q_SETTINGS] = { "settings", 2,
	    "SELECT d.project_id, d.team_id, d.target, d.source, d.repo,"
	    "  d.ref, d.ref_kind, d.commit_sha, d.upload_id, d.branch_label,"
	    "  (SELECT o.commit_sha FROM deployments o"
	    "    WHERE o.project_id = d.project_id AND o.target = d.target"
	    "      AND (o.target = 'production'"
	    "        OR o.branch_label = d.branch_label) AND o.state = 'ready'"
	    "      AND o.commit_sha IS NOT NULL AND o.seq < d.seq"
	    "    ORDER BY o.seq DESC LIMIT 1) AS previous,"
	    "  p.root_dir, p.framework, p.install_command, p.build_command,"
	    "  p.output_dir, p.node_version, p.spa, p.ignore_command,"
	    "  p.network, p.submodules, p.lfs, p.build_memory, p.build_cpus,"
	    "  p.build_disk, p.build_timeout, t.build_memory AS team_memory,"
	    "  t.build_cpus AS team_cpus, t.build_disk AS team_disk,"
	    "  t.build_timeout AS team_timeout"
	    " FROM deployments d JOIN projects p ON p.id = d.project_id"
	    "  JOIN teams t ON t.id = d.team_id"
	    " WHERE d.id = $1 AND d.fence = $2::bigint" },
	[Q_RENEW] = { "renew", 2,
	    "SELECT verdict FROM build_renew(ARRAY[$1::text],"
	    " ARRAY[$2::bigint], " LEASE_INTERVAL ")" },
	/* Before each of those, so that it waits for neither lock nor disk. */
	[Q_PROMPT] = { "prompt", 0,
	    "SELECT set_config('lock_timeout', '100ms', true),"
	    " set_config('synchronous_commit', 'off', true)" },
	[Q_PROGRESS] = { "progress", 8,
	    "SELECT build_progress($1, $2::bigint, $3, $4, $5, $6, $7, $8)" },
	/*
	 * Its notice goes out in turn with those of all others, from before the
	 * commit until after it: who waited for the disk would hold them up.
	 */
	[Q_LOG] = { "log", 8,
	    "SELECT build_log($1, $2::bigint, $3::bigint,"
	    " $4::double precision[], $5::text[], $6::text[], $7::text[],"
	    " $8::json[])"
	    " AND set_config('synchronous_commit', 'off', true) IS NOT NULL" },
	/* A commit that waits for the disk has something to write. */
	[Q_LOG_SAFE] = { "log_safe", 0,
	    "SELECT pg_logical_emit_message(true, 'slipway', '')" },
	/* $3 files, $4 bytes: why that is too much for the team, or nothing */
	[Q_ROOM] = { "room", 4,
	    "SELECT build_room($1, $2::bigint, $3::bigint, $4::bigint)" },
	[Q_READY] = { "ready", 6,
	    "SELECT build_ready($1, $2::bigint, $3, $4::int, $5::bigint,"
	    " $6::jsonb)" },
	[Q_FAILED] = { "failed", 5,
	    "SELECT build_end($1, $2::bigint, 'failed', $3, $4, $5::jsonb)"
	    " IN ('failed', 'canceled')" },
	[Q_FAULT] = { "fault", 5,
	    "SELECT build_end($1, $2::bigint, 'lost', $3, $4, $5::jsonb)"
	    " IS NOT NULL" },
	[Q_CANCELED] = { "canceled", 2,
	    "SELECT build_end($1, $2::bigint, 'canceled')" },
	[Q_RELEASE] = { "release", 2,
	    "SELECT build_end($1, $2::bigint, 'released')" },
	[Q_CRASHED] = { "crashed", 2,
	    "SELECT build_end($1, $2::bigint, 'lost')" },
	[Q_LEASES] = { "leases", 0,
	    "SELECT id, fence, until FROM build_leases()" },
	[Q_LOST] = { "lost", 3,
	    "SELECT id, state FROM"
	    " build_lost($1::text[], $2::bigint[], $3::text[])" },

	[Q_VARIABLES] = { "variables", 2,
	    "SELECT name, sealed FROM environment_variables"
	    " WHERE project_id = $1 AND target = $2 ORDER BY name" },

	/* What its repository is read with; each is noted as used. */
	[Q_SECRETS] = { "secrets", 2,
	    "SELECT kind, origin, username, sealed"
	    " FROM source_secrets($1, $2::bigint)" },
	[Q_HOSTS] = { "hosts", 2,
	    "SELECT host, port, fingerprint, pinned"
	    " FROM source_hosts($1, $2::bigint)" },
	/* $3 host, $4 port, $5 type, $6 fingerprint */
	[Q_MET] = { "met", 6,
	    "SELECT source_met($1, $2::bigint, $3, $4::int, $5, $6)" },

	[Q_LISTEN_OUTBOX] = { "listen_outbox", 0, "LISTEN slipway_outbox" },
	[Q_OUTBOX_TAKE] = { "outbox_take", 3,
	    "SELECT id, attempt, key, project, hook, url, sealed, body"
	    " FROM outbox_take($1::int, $2, $3)" },
	[Q_OUTBOX_DONE] = { "outbox_done", 4,
	    "SELECT v FROM outbox_done($1::bigint, $2::int, $3::boolean, $4)"
	    " AS v WHERE v IS NOT NULL" },
	/* Milliseconds; no row if there is nothing to wait for. */
	[Q_OUTBOX_WAIT] = { "outbox_wait", 0,
	    "SELECT ceil(v * 1000)::bigint FROM outbox_wait() AS v"
	    " WHERE v IS NOT NULL" },

	/* A folder that waits for nothing any more. */
	[Q_OLD_UPLOADS] = { "old_uploads", 0,
	    "DELETE FROM uploads u"
	    " WHERE created_at < now() - interval '7 days' AND NOT EXISTS"
	    "   (SELECT FROM deployments d WHERE d.upload_id = u.id"
	    "     AND d.state IN ('queued', 'building', 'canceling'))"
	    " RETURNING project_id, id" },

	/*
	 * $1 days, $2 how many lines at most.  Which deployments have lines is
	 * found by stepping through the index: there are few of them to a line.
	 */
	[Q_OLD_LOGS] = { "old_logs", 2,
	    "WITH RECURSIVE x (id) AS ("
	    "  SELECT min(deployment_id) FROM build_logs"
	    "  UNION ALL"
	    "  SELECT (SELECT min(l.deployment_id) FROM build_logs l"
	    "      WHERE l.deployment_id > x.id)"
	    "    FROM x WHERE x.id IS NOT NULL),"
	    " del AS (DELETE FROM build_logs WHERE ctid = ANY (ARRAY("
	    "    SELECT l.ctid FROM x LEFT JOIN deployments d ON d.id = x.id,"
	    "      LATERAL (SELECT ctid FROM build_logs b"
	    "        WHERE b.deployment_id = x.id LIMIT $2::int) l"
	    "     WHERE d.id IS NULL OR"
	    "       d.finished_at < now() - make_interval(days => $1::int)"
	    "     LIMIT $2::int)) RETURNING 1)"
	    " SELECT count(*) FROM del" },

	/* $1 deployments, $2 days, $3 how many at most */
	[Q_RETENTION] = { "retention", 3,
	    "SELECT retention_run($1::int, $2::int, $3::int)" },
};
/* clang-format on */

struct db *
query_open(const char *conninfo)
{
	return db_open(conninfo, "slipway_build", queries, Q__MAX);
}
