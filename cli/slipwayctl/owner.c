#include <string.h>
#include <unistd.h>

#include "log.h"
#include "owner.h"
#include "priv.h"
#include "query.h"

struct db *
owner_open(struct ctl *ctl)
{
	struct db *db =
	    db_open(arena_printf(ctl->arena, "%s options='-c row_security=off'",
			ctl->conf.database),
		NULL, queries, Q__MAX);
	PGresult *res;
	uid_t uid;
	gid_t gid;

	if (geteuid() != 0 || strstr(ctl->conf.database, "user=") != NULL ||
	    priv_user("postgres", &uid, &gid) != RC_OK)
		return db;
	/* Whom PostgreSQL sees is who connects, whoever asks afterwards. */
	if (seteuid(uid) == -1)
		fatal("cannot become postgres");
	(void)!db_run(db, ctl->arena, Q_PING, NULL, &res);
	if (seteuid(0) == -1)
		fatal("cannot become root again");
	return db;
}
