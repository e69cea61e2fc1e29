#include <sys/socket.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "query.h"
#include "serve.h"

#define WAYS   4
#define SETS   512   /* so 2048 hosts in each worker */
#define NOSETS 128   /* and 512 that are known not to be there */
#define TTL    60    /* seconds; only in case news got lost */
#define PAUSE  1000  /* ms without a question after a failure */
#define LONG   10000 /* the same, if that took more than a PAUSE */
#define STUCK  3     /* seconds for an answer; the server has two */

/*
 * Hosts that do not exist have a table of their own: whoever asks for many of
 * them pushes out only others like them.
 */
struct routes {
	struct gens *gens;
	struct db *db;
	int dir; /* of the files, or -1 */
	uint64_t tick;
	struct route yes[SETS][WAYS], no[NOSETS][WAYS];
};

static volatile sig_atomic_t line = -1; /* to the database */

/*
 * libpq waits for an answer without end.  Without its line it gives up; if
 * there is none yet, libpq's own limit on connecting comes first.
 */
static void
hang_up(int sig)
{
	(void)sig;
	if (line != -1)
		(void)shutdown(line, SHUT_RDWR);
	alarm(STUCK);
}

struct routes *
routes_new(const struct conf *conf, struct gens *gens)
{
	const struct sigaction sa = { .sa_handler = hang_up };
	struct routes *t;
	char *path;

	/* Pages of it that are never used cost nothing. */
	if ((t = calloc(1, sizeof(*t))) == NULL ||
	    asprintf(&path, "%s/routes", conf->state_dir) == -1)
		fatalx("out of memory");
	t->gens = gens;
	t->db = db_open(conf->database, "slipway_serve", queries, Q__MAX);
	t->dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->dir == -1)
		log_warn("%s", path);
	free(path);
	sigaction(SIGALRM, &sa, NULL);
	return t;
}

void
routes_free(struct routes *t)
{
	if (t == NULL)
		return;
	db_close(t->db);
	if (t->dir != -1)
		close(t->dir);
	free(t);
}

static struct route *
in_set(struct route set[WAYS], const char *host)
{
	int i;

	for (i = 0; i < WAYS; i++)
		if (strcmp(set[i].host, host) == 0)
			return &set[i];
	return NULL;
}

/* A copy in the set, in the place of an older one or the longest unused. */
static struct route *
keep(struct routes *t, struct route set[WAYS], const struct route *r)
{
	struct route *at = in_set(set, r->host);
	int i;

	if (at == NULL)
		for (at = set, i = 1; i < WAYS; i++)
			if (set[i].used < at->used)
				at = &set[i];
	*at = *r;
	at->used = ++t->tick;
	return at;
}

static void
forget(struct route set[WAYS], const char *host)
{
	struct route *r = in_set(set, host);

	if (r != NULL)
		memset(r, 0, sizeof(*r));
}

static void
take(char *to, size_t size, const PGresult *res, int column)
{
	snprintf(to, size, "%s", PQgetvalue(res, 0, column));
}

/*
 * Ask the database.  RC_BUSY if it cannot be asked now: then all workers leave
 * it alone for a while, so that an outage costs nobody's time but the first's.
 */
static enum rc
ask(struct routes *t, struct arena *a, const struct host *h, struct route *r)
{
	PGresult *res;
	long began = now_ms();
	enum rc rc;

	if (!gens_may_ask(t->gens))
		return RC_BUSY;
	gens_asking(t->gens, began);
	line = db_fd(t->db);
	alarm(STUCK);
	rc = db_run(t->db, a, Q_RESOLVE, (const char *[]){ h->scope, h->ask },
	    &res);
	alarm(0);
	gens_asking(t->gens, 0);
	if (rc == RC_OK) {
		take(r->deployment, sizeof(r->deployment), res, 0);
		take(r->project, sizeof(r->project), res, 1);
		take(r->manifest, sizeof(r->manifest), res, 2);
		take(r->spa, sizeof(r->spa), res, 4);
		r->production = *PQgetvalue(res, 0, 3) == 't';
	} else if (rc != RC_NOT_FOUND) {
		gens_set_down(t->gens,
		    now_ms() + (now_ms() - began > PAUSE ? LONG : PAUSE));
		rc = RC_BUSY;
	}
	return rc;
}

/* What is known is too old.  Find out, or make do with it. */
static enum rc
resolve(struct routes *t, struct arena *a, const struct host *h,
    struct route *yes, struct route *no, const struct route **out)
{
	struct route fresh = { .gen = gens_get(t->gens, h->key),
		.resolved = now_ms() / 1000 };
	struct route *known = in_set(yes, h->name);

	strcpy(fresh.host, h->name);
	switch (ask(t, a, h, &fresh)) {
	case RC_OK:
		forget(no, h->name);
		*out = keep(t, yes, &fresh);
		routefile_write(t->dir, &fresh);
		return RC_OK;
	case RC_NOT_FOUND:
		forget(yes, h->name);
		routefile_remove(t->dir, h->name);
		fresh.absent = 1;
		(void)keep(t, no, &fresh);
		return RC_NOT_FOUND;
	default:
		if (known != NULL) {
			*out = known;
			return RC_OK;
		}
		/* Marked as old, so that the next request asks again. */
		fresh.resolved = -TTL;
		if (routefile_read(t->dir, h->name, &fresh) != RC_OK)
			return RC_BUSY;
		log_info("%s is served as it was last known", h->name);
		*out = keep(t, yes, &fresh);
		return RC_OK;
	}
}

enum rc
route_get(struct routes *t, struct arena *a, const struct host *h,
    const struct route **out)
{
	unsigned long hash = hash_of(h->name);
	struct route *yes = t->yes[hash % SETS], *no = t->no[hash % NOSETS];
	struct route *r = in_set(yes, h->name);

	if (r == NULL)
		r = in_set(no, h->name);
	if (r == NULL || r->gen != gens_get(t->gens, h->key) ||
	    now_ms() / 1000 - r->resolved >= TTL)
		return resolve(t, a, h, yes, no, out);
	r->used = ++t->tick;
	*out = r;
	return r->absent ? RC_NOT_FOUND : RC_OK;
}
