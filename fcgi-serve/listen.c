#include "log.h"
#include "prefork.h"
#include "query.h"
#include "serve.h"

#define RETRY 1000  /* ms between attempts to reach the database */
#define LOOK  30000 /* ms until we look whether the line is still there */

void
listen_run(const struct conf *conf, struct gens *gens)
{
	struct arena *a = arena_new();
	const char *channel, *payload;
	struct pollfd pfd = { .events = POLLIN };
	struct db *db;

	db = db_open(conf->database, "slipway_serve", queries, Q__MAX);
	if (db_listen(db, Q_LISTEN) != RC_OK)
		log_warnx("no database yet; serving what is known");
	do {
		/*
		 * First after each connect the channel is "": then LISTEN is
		 * in force, and what changed before it is what we missed.
		 */
		while (db_notified(db, a, &channel, &payload)) {
			log_debug("news of \"%s\"", payload);
			if (*channel == '\0') {
				gens_set_down(gens, 0);
				gens_bump_all(gens);
			} else
				gens_bump(gens, payload);
			arena_reset(a);
		}
		pfd.fd = db_fd(db);
		gens_set_heard(gens, pfd.fd != -1);
	} while (prefork_wait(&pfd, 1, pfd.fd == -1 ? RETRY : LOOK));
	gens_set_heard(gens, 0);
	db_close(db);
	arena_free(a);
}
