#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "lease.h"
#include "log.h"
#include "query.h"
#include "reaper.h"

struct lease {
	char id[24], fence[24], until[40];
	uint64_t since; /* CLOCK_BOOTTIME ms, after it was read */
};

struct reaper {
	struct lease *seen; /* in the order of their ids */
	size_t n;
};

/* What the leases are that shall end, as arrays of SQL. */
struct lists {
	const char *ids, *fences, *untils;
};

struct reaper *
reaper_new(void)
{
	struct reaper *r = calloc(1, sizeof(*r));

	if (r == NULL)
		fatalx("out of memory");
	return r;
}

void
reaper_free(struct reaper *r)
{
	free(r->seen);
	free(r);
}

static int
by_id(const void *a, const void *b)
{
	return strcmp(((const struct lease *)a)->id,
	    ((const struct lease *)b)->id);
}

static const char *
array(struct arena *a, const char *list, const char *item)
{
	return arena_printf(a, "%s%s\"%s\"", list, *list != '\0' ? "," : "{",
	    item);
}

static void
take(struct reaper *r, struct lease *l, const PGresult *res, int row)
{
	const struct lease *was;

	snprintf(l->id, sizeof(l->id), "%s", PQgetvalue(res, row, 0));
	snprintf(l->fence, sizeof(l->fence), "%s", PQgetvalue(res, row, 1));
	snprintf(l->until, sizeof(l->until), "%s", PQgetvalue(res, row, 2));
	was = r->n == 0 ? NULL : bsearch(l, r->seen, r->n, sizeof(*l), by_id);
	if (was != NULL && strcmp(was->fence, l->fence) == 0 &&
	    strcmp(was->until, l->until) == 0)
		l->since = was->since;
}

/* Those that were as they are for too long when we asked. */
static void
choose(struct reaper *r, struct arena *a, uint64_t asked, struct lists *l)
{
	size_t i;

	for (i = 0; i < r->n; i++) {
		if (r->seen[i].since + LEASE_MS + LEASE_GRACE > asked)
			continue;
		l->ids = array(a, l->ids, r->seen[i].id);
		l->fences = array(a, l->fences, r->seen[i].fence);
		l->untils = array(a, l->untils, r->seen[i].until);
	}
}

static enum rc
read_leases(struct reaper *r, struct db *db, struct arena *a)
{
	struct lease *now;
	PGresult *res;
	uint64_t since;
	enum rc rc;
	int i, n;

	rc = db_run(db, a, Q_LEASES, NULL, &res);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	since = clock_boot_ms();
	n = rc == RC_OK ? PQntuples(res) : 0;
	if ((now = calloc((size_t)n + 1, sizeof(*now))) == NULL)
		fatalx("out of memory");
	for (i = 0; i < n; i++) {
		now[i].since = since;
		take(r, &now[i], res, i);
	}
	free(r->seen);
	r->seen = now;
	r->n = (size_t)n;
	return RC_OK;
}

void
reaper_look(struct reaper *r, struct db *db, struct arena *a)
{
	struct lists l = { "", "", "" };
	uint64_t asked = clock_boot_ms();
	PGresult *res;
	const char *id;
	int i;

	if (read_leases(r, db, a) != RC_OK)
		return;
	choose(r, a, asked, &l);
	if (*l.ids == '\0' ||
	    db_run(db, a, Q_LOST,
		(const char *[]){ arena_printf(a, "%s}", l.ids),
		    arena_printf(a, "%s}", l.fences),
		    arena_printf(a, "%s}", l.untils) },
		&res) != RC_OK)
		return;
	for (i = 0; i < PQntuples(res); i++) {
		id = PQgetvalue(res, i, 0);
		log_warnx("%s: its builder was lost; %s now", id,
		    PQgetvalue(res, i, 1));
		query_tell(db, a, id);
	}
}
