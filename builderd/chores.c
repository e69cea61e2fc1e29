/*
 * chores -- once a day: what nobody will ask for again goes.
 */
#include <stdlib.h>

#include "builderd.h"
#include "log.h"
#include "room.h"

/* In one turn, so that builds do not wait. */
#define LINES       "10000" /* of logs */
#define DEPLOYMENTS "200"

/* Does something with at most so many, and is there more to do? */
static int
some(struct db *db, struct arena *a, enum query q, const char *const params[],
    const char *most, const char *what)
{
	PGresult *res;
	long n = 0;

	if (db_run(db, a, q, params, &res) == RC_OK)
		n = atol(PQgetvalue(res, 0, 0));
	if (n > 0)
		log_info("chores: %ld %s", n, what);
	return n >= atol(most);
}

/*
 * Old uploads: rows of folders that were sent a week ago; the files belong to
 * fcgi-api's user, and "slipwayctl gc" removes those that no row names.  Logs:
 * of deployments that are gone, or were finished log-days or log-lines ago.
 * Deployments: what their projects' retention does not keep; collection takes
 * the files.  Caches and mirrors: what is over their budgets.
 */
int
chores_run(const struct conf *conf, struct db *db, struct arena *a)
{
	const char *const logs[] = { arena_printf(a, "%d", conf->log_days),
		LINES, arena_printf(a, "%d", conf->log_lines) };
	const char *const keep[] = { arena_printf(a, "%d",
					 conf->keep_deployments),
		arena_printf(a, "%d", conf->keep_days), DEPLOYMENTS };
	PGresult *res;
	int more;

	room_collect();
	if (db_run(db, a, Q_OLD_UPLOADS, NULL, &res) == RC_OK)
		log_info("chores: %d old uploads removed", PQntuples(res));
	more =
	    some(db, a, Q_OLD_LOGS, logs, LINES, "old lines of logs removed");
	more |= some(db, a, Q_RETENTION, keep, DEPLOYMENTS,
	    "deployments deleted that their projects do not keep");
	return more;
}
