#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "query.h"
#include "serve.h"

#define BYTES     (4 * 1024 * 1024) /* of hosts that are there */
#define NO_BYTES  (256 * 1024)      /* and of those that are known not to be */
#define TTL       60                /* seconds; only in case news got lost */
#define HEARD_TTL 600          /* the same, while somebody listens for news */
#define OLD       (-HEARD_TTL) /* resolved then: the next request asks again */
#define PAUSE     1000         /* ms without a question after a failure */
#define LONG      10000        /* the same, if that took more than a PAUSE */

/*
 * Hosts that do not exist have a budget of their own: whoever asks for many of
 * them pushes out only others like them.
 */
struct routes {
	struct gens *gens;
	struct db *db;
	int dir; /* of the files, or -1 */
	struct lru *yes, *no;
};

#define AT(member) offsetof(struct route, member)

/* The first is the host, the others are columns of Q_RESOLVE. */
static const size_t texts[ROUTE_TEXTS] = { AT(host), AT(deployment),
	AT(project), AT(project_id), AT(manifest), AT(live), AT(spa),
	AT(deleted), AT(primary), AT(skew), AT(password), AT(cookie_key),
	AT(tokens), AT(team) };

static void
drop(struct lru_item *i)
{
	free(i);
}

const char *
route_text(const struct route *r, int i)
{
	return *(const char *const *)((const char *)r + texts[i]);
}

enum rc
route_new(const char *const from[ROUTE_TEXTS], struct route **out)
{
	struct route *r;
	size_t n = 0;
	char *p;
	int i;

	for (i = 0; i < ROUTE_TEXTS; i++)
		n += strlen(from[i]) + 1;
	if (n > ROUTE_TEXTS_MAX) {
		log_warnx("%s has too much to say", from[0]);
		return RC_FAIL;
	}
	if ((r = calloc(1, sizeof(*r) + n)) == NULL)
		fatalx("out of memory");
	p = (char *)(r + 1);
	for (i = 0; i < ROUTE_TEXTS; i++) {
		*(const char **)((char *)r + texts[i]) = p;
		p = stpcpy(p, from[i]) + 1;
	}
	r->production = *r->live == 't';
	r->gone = *r->deleted == 't';
	*out = r;
	return RC_OK;
}

static size_t
weight(const struct route *r)
{
	size_t n = sizeof(*r) + 2 * sizeof(void *);
	int i;

	for (i = 0; i < ROUTE_TEXTS; i++)
		n += strlen(route_text(r, i)) + 1;
	return n;
}

struct routes *
routes_new(const struct conf *conf, struct arena *a, struct gens *gens)
{
	struct routes *t;

	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatalx("out of memory");
	t->gens = gens;
	t->yes = lru_new(BYTES, drop);
	t->no = lru_new(NO_BYTES, drop);
	t->db = db_open(conf->database, "slipway_serve", queries, Q__MAX);
	t->dir = routefile_dir(conf, a);
	ask_begin();
	return t;
}

void
routes_free(struct routes *t)
{
	if (t == NULL)
		return;
	db_close(t->db);
	lru_free(t->yes);
	lru_free(t->no);
	if (t->dir != -1)
		close(t->dir);
	free(t);
}

void
routes_trim(struct routes *t)
{
	lru_trim(t->yes);
	lru_trim(t->no);
}

static void
keep(struct lru *l, struct route *r)
{
	lru_add(l, &r->item, r->host, weight(r));
}

/*
 * Ask the database.  RC_BUSY if it cannot be asked now: then all workers leave
 * it alone for a while, so that an outage costs nobody's time but the first's.
 */
static enum rc
look_up(struct routes *t, struct arena *a, const struct host *h,
    struct route **r)
{
	const char *from[ROUTE_TEXTS] = { h->name };
	PGresult *res;
	long began = now_ms();
	enum rc rc;
	int i;

	if (!gens_may_ask(t->gens))
		return RC_BUSY;
	gens_asking(t->gens, began);
	rc = ask(t->db, a, Q_RESOLVE, (const char *[]){ h->scope, h->ask },
	    &res);
	gens_asking(t->gens, 0);
	if (rc == RC_OK) {
		for (i = 1; i < ROUTE_TEXTS; i++)
			from[i] = PQgetvalue(res, 0, i - 1);
		return route_new(from, r);
	}
	if (rc != RC_NOT_FOUND) {
		gens_set_down(t->gens,
		    now_ms() + (now_ms() - began > PAUSE ? LONG : PAUSE));
		rc = RC_BUSY;
	}
	return rc;
}

static struct route *
absence(const struct host *h)
{
	const char *from[ROUTE_TEXTS] = { h->name };
	struct route *r;
	int i;

	for (i = 1; i < ROUTE_TEXTS; i++)
		from[i] = "";
	if (route_new(from, &r) != RC_OK)
		fatalx("no room for a host");
	r->absent = 1;
	return r;
}

/*
 * What is known is too old.  Find out, or make do with it; but with what is in
 * memory only if no news has come since of who may look.  Such news remove what
 * is on disk before they are done: a worker that wrote there meanwhile what it
 * had asked for before takes it away again, and asks anew.
 */
static enum rc
resolve(struct routes *t, struct arena *a, const struct host *h,
    const struct route *known, const struct route **out)
{
	const char *news = arena_printf(a, GUARD_NEWS "%s", h->key);
	unsigned int guard = gens_get(t->gens, news);
	unsigned int gen = gens_get(t->gens, h->key);
	time_t now = now_ms() / 1000;
	struct route *fresh;
	enum rc rc;

	switch (rc = look_up(t, a, h, &fresh)) {
	case RC_OK:
		lru_forget(t->no, h->name);
		routefile_write(t->dir, h, fresh);
		if (gens_get(t->gens, news) != guard) {
			routefile_remove(t->dir, h);
			now = OLD;
		}
		break;
	case RC_NOT_FOUND:
		lru_forget(t->yes, h->name);
		routefile_remove(t->dir, h);
		fresh = absence(h);
		break;
	case RC_BUSY:
		if (known != NULL && known->guard == guard) {
			*out = known;
			return RC_OK;
		}
		now = OLD;
		if (routefile_read(t->dir, h, &fresh) != RC_OK)
			return RC_BUSY;
		log_info("%s is served as it was last known", h->name);
		break;
	default:
		return rc;
	}
	fresh->gen = gen;
	fresh->guard = guard;
	fresh->resolved = now;
	keep(fresh->absent ? t->no : t->yes, fresh);
	*out = fresh;
	return fresh->absent ? RC_NOT_FOUND : RC_OK;
}

enum rc
route_get(struct routes *t, struct arena *a, const struct host *h,
    const struct route **out)
{
	struct route *yes = lru_find(t->yes, h->name), *r = yes;
	time_t ttl = gens_heard(t->gens) ? HEARD_TTL : TTL;

	if (r == NULL)
		r = lru_find(t->no, h->name);
	if (r == NULL || r->gen != gens_get(t->gens, h->key) ||
	    now_ms() / 1000 - r->resolved >= ttl)
		return resolve(t, a, h, yes, out);
	*out = r;
	return r->absent ? RC_NOT_FOUND : RC_OK;
}
