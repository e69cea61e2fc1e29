#include <string.h>
#include <unistd.h>

#include "log.h"
#include "prefork.h"
#include "query.h"
#include "serve.h"

#define RETRY 1000  /* ms between attempts to reach the database */
#define LOOK  30000 /* ms until we look whether the line is still there */

struct listener {
	struct db *db;
	struct gens *gens;
	int dir;    /* of routes */
	int missed; /* news of who may look, maybe */
};

/*
 * Whoever read or wrote a file before it was removed is told by the second
 * bump, or sees the first.
 */
static void
hear(struct listener *l, const char *payload)
{
	log_debug("news of \"%s\"", payload);
	gens_bump(l->gens, payload);
	if (strncmp(payload, GUARD_NEWS, strlen(GUARD_NEWS)) == 0) {
		routefile_drop(l->dir, payload + strlen(GUARD_NEWS));
		gens_bump(l->gens, payload);
	}
}

/* The same for what was changed while nobody heard. */
static void
catch_up(struct listener *l, struct arena *a)
{
	if (guards_check(l->db, a, l->dir) != RC_OK)
		return;
	l->missed = 0;
	gens_bump_all(l->gens);
}

void
listen_run(const struct conf *conf, struct gens *gens)
{
	struct arena *a = arena_new();
	struct listener l = { .gens = gens, .dir = routefile_dir(conf, a) };
	const char *channel, *payload;
	struct pollfd pfd = { .events = POLLIN };

	ask_begin();
	l.db = db_open(conf->database, "slipway_serve", queries, Q__MAX);
	if (db_listen(l.db, Q_LISTEN) != RC_OK)
		log_warnx("no database yet; serving what is known");
	do {
		if (l.missed && db_fd(l.db) != -1)
			catch_up(&l, a);
		/*
		 * First after each connect the channel is "": then LISTEN is
		 * in force, and what changed before it is what we missed.
		 */
		while (db_notified(l.db, a, &channel, &payload)) {
			if (*channel == '\0') {
				l.missed = 1;
				gens_set_down(gens, 0);
				gens_bump_all(gens);
				catch_up(&l, a);
			} else
				hear(&l, payload);
			arena_reset(a);
		}
		pfd.fd = db_fd(l.db);
		gens_set_heard(gens, pfd.fd != -1);
	} while (
	    prefork_wait(&pfd, 1, pfd.fd == -1 || l.missed ? RETRY : LOOK));
	gens_set_heard(gens, 0);
	db_close(l.db);
	if (l.dir != -1)
		close(l.dir);
	arena_free(a);
}
