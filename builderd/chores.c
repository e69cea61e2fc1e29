/*
 * chores -- once a day: what nobody will ask for again goes.
 */
#include <stdlib.h>

#include "builderd.h"
#include "log.h"
#include "room.h"

#define LINES "10000" /* of logs in one turn, so that builds do not wait */

/*
 * Old uploads: rows of folders that were sent a week ago; the files belong to
 * fcgi-api's user, and "slipwayctl gc" removes those that no row names.  Logs:
 * of deployments that are gone, or were finished log-days ago.  Caches and
 * mirrors: what is over their budgets.
 */
int
chores_run(const struct conf *conf, struct db *db, struct arena *a)
{
	const char *const params[] = { arena_printf(a, "%d", conf->log_days),
		LINES };
	PGresult *res;
	long n = 0;

	room_collect();
	if (db_run(db, a, Q_OLD_UPLOADS, NULL, &res) == RC_OK)
		log_info("chores: %d old uploads removed", PQntuples(res));
	if (db_run(db, a, Q_OLD_LOGS, params, &res) == RC_OK)
		n = atol(PQgetvalue(res, 0, 0));
	if (n > 0)
		log_info("chores: %ld old lines of logs removed", n);
	return n >= atol(LINES);
}
