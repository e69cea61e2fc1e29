#include "query.h"
#include "lease.h"

/* How a build says which it is; its fence and its secret are those of one
 * attempt. */
#define OWN "$1, $2::bigint, $3::bytea"

/*
 * A commit waits for the disk if it has something to write, which lines that
 * are there already are not; or not, where that is not worth it.
 */
#define DISK  "pg_logical_emit_message(true, 'slipway', '')::text"
#define HASTE "set_config('synchronous_commit', 'off', true)"

/* clang-format off */
const struct db_query queries[Q__MAX] = {
	[Q_LISTEN_QUEUE] = { "listen_queue", 0, "LISTEN slipway_queue" },
	[Q_LISTEN_CANCEL] = { "listen_cancel", 0, "LISTEN slipway_cancel" },
	[Q_LISTEN_FOLLOW] = { "listen_follow", 0, "LISTEN slipway_follow" },

	/* What is off that a promise to keep things needs. */
	[Q_DURABLE] = { "durable", 0,
	    "SELECT name FROM pg_settings"
	    " WHERE name IN ('fsync', 'synchronous_commit', 'full_page_writes')"
	    "   AND setting = 'off'" },

	[Q_CLAIM] = { "claim", 2,
	    "SELECT id, fence, attempt, project_id, slug"
	    " FROM build_claim($1, " LEASE_INTERVAL ", $2::bytea)" },
	[Q_UNCLAIM] = { "unclaim", 1, "SELECT id, state FROM build_unclaim($1)" },
	[Q_ALIVE] = { "alive", 3, "SELECT builder_alive($1, $2::int, $3)" },
	[Q_RENEW] = { "renew", 2,
	    "SELECT verdict FROM build_renew(ARRAY[$1::text],"
	    " ARRAY[$2::bigint], " LEASE_INTERVAL ")" },
	/* Before each of those, so that it waits for neither lock nor disk. */
	[Q_PROMPT] = { "prompt", 0,
	    "SELECT set_config('lock_timeout', '100ms', true), " HASTE },
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
	 * $1 days, $2 how many lines at most, $3 how many all builds keep: a
	 * log goes if those of builds that ended later are as many.  Which
	 * deployments have lines is found by stepping through the index: there
	 * are few of them to a line; and how many by the number of the last.
	 */
	[Q_OLD_LOGS] = { "old_logs", 3,
	    "WITH RECURSIVE x (id) AS ("
	    "  SELECT min(deployment_id) FROM build_logs"
	    "  UNION ALL"
	    "  SELECT (SELECT min(l.deployment_id) FROM build_logs l"
	    "      WHERE l.deployment_id > x.id)"
	    "    FROM x WHERE x.id IS NOT NULL),"
	    " k AS (SELECT x.id, d.id IS NULL AS gone, d.finished_at,"
	    "    sum(n.seq) FILTER (WHERE d.id IS NOT NULL) OVER (ORDER BY"
	    "      d.finished_at DESC, x.id ROWS BETWEEN UNBOUNDED PRECEDING"
	    "      AND 1 PRECEDING) AS later"
	    "   FROM x LEFT JOIN deployments d ON d.id = x.id,"
	    "    LATERAL (SELECT seq FROM build_logs b"
	    "      WHERE b.deployment_id = x.id"
	    "      ORDER BY b.fence DESC, b.seq DESC LIMIT 1) n),"
	    " del AS (DELETE FROM build_logs WHERE ctid = ANY (ARRAY("
	    "    SELECT l.ctid FROM k,"
	    "      LATERAL (SELECT ctid FROM build_logs b"
	    "        WHERE b.deployment_id = k.id LIMIT $2::int) l"
	    "     WHERE k.gone OR"
	    "       k.finished_at < now() - make_interval(days => $1::int)"
	    "       OR k.finished_at IS NOT NULL AND $3::bigint > 0"
	    "         AND k.later >= $3::bigint"
	    "     LIMIT $2::int)) RETURNING 1)"
	    " SELECT count(*) FROM del" },

	/* $1 deployments, $2 days, $3 how many at most */
	[Q_RETENTION] = { "retention", 3,
	    "SELECT retention_run($1::int, $2::int, $3::int)" },

	/* What follows is a build's; it has no other. */
	[Q_SETTINGS] = { "settings", 3, "SELECT * FROM job.settings(" OWN ")" },
	[Q_VARIABLES] = { "variables", 3,
	    "SELECT name, sealed FROM job.variables(" OWN ")" },
	/* What its repository is read with; each is noted as used. */
	[Q_SECRETS] = { "secrets", 3,
	    "SELECT kind, origin, username, sealed FROM job.secrets(" OWN ")" },
	[Q_HOSTS] = { "hosts", 3,
	    "SELECT host, port, fingerprint, pinned FROM job.hosts(" OWN ")" },
	/* $4 host, $5 port, $6 type, $7 fingerprint */
	[Q_MET] = { "met", 7,
	    "SELECT job.met(" OWN ", $4, $5::int, $6, $7)" },
	[Q_PROGRESS] = { "progress", 9,
	    "SELECT job.progress(" OWN ", $4, $5, $6, $7, $8, $9)" },
	/*
	 * A notice goes out in turn with those of all others, from before the
	 * commit until after it: who waited for the disk would hold them up.
	 */
	[Q_LOG] = { "log", 11,
	    "SELECT job.log(" OWN ", $4::bigint, $5::double precision[],"
	    " $6::text[], $7::text[], $8::text[], $9::json[], $10::boolean)"
	    " AND CASE WHEN $11::boolean THEN " DISK
	    "  ELSE " HASTE " END IS NOT NULL" },
	/* That there is news of a deployment: also of one that has ended, which
	 * does not tell that itself. */
	[Q_TELL] = { "tell", 1,
	    "SELECT pg_notify('slipway_log', $1), " HASTE },
	[Q_LOG_SAFE] = { "log_safe", 0, "SELECT " DISK },
	/* $4 files, $5 bytes: why that is too much for the team, or nothing */
	[Q_ROOM] = { "room", 5,
	    "SELECT job.room(" OWN ", $4::bigint, $5::bigint)" },
	[Q_READY] = { "ready", 7,
	    "SELECT job.ready(" OWN ", $4, $5::int, $6::bigint, $7::jsonb)" },
	[Q_FAILED] = { "failed", 6,
	    "SELECT job.ended(" OWN ", 'failed', $4, $5, $6::jsonb)"
	    " IN ('failed', 'canceled')" },
	[Q_FAULT] = { "fault", 6,
	    "SELECT job.ended(" OWN ", 'lost', $4, $5, $6::jsonb) IS NOT NULL" },
};
/* clang-format on */

void
query_tell(struct db *db, struct arena *a, const char *deployment)
{
	PGresult *res;

	(void)!db_run(db, a, Q_TELL, &deployment, &res);
}

struct db *
query_open(const struct conf *conf)
{
	return db_open(conf->database, "slipway_queue", queries, Q__MAX);
}

struct db *
query_open_build(const struct conf *conf)
{
	return db_open(*conf->build_database != '\0' ? conf->build_database :
						       conf->database,
	    "slipway_build", queries, Q__MAX);
}
