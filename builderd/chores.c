/*
 * chores -- once a day: what nobody will ask for again goes.
 */
#include "builderd.h"
#include "log.h"

/*
 * The rows of folders that were sent a week ago; the files belong to fcgi-api's
 * user, and "slipwayctl gc" removes those that no row names.
 */
void
chores_run(struct db *db, struct arena *a)
{
	PGresult *res;

	if (db_run(db, a, Q_OLD_UPLOADS, NULL, &res) == RC_OK)
		log_info("chores: %d old uploads removed", PQntuples(res));
}
