#include <stdlib.h>
#include <string.h>

#include "query.h"
#include "rounds.h"

static time_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

enum rc
rounds_begin(struct rounds *r, struct db *db, struct arena *a, int minutes)
{
	r->db = db;
	r->arena = a;
	r->next = 0;
	r->until = minutes > 0 ? now() + (time_t)minutes * 60 : 0;
	return db_run(db, a, Q_FOLDERS, NULL, &r->order);
}

int
rounds_next(struct rounds *r)
{
	if (r->next == PQntuples(r->order) ||
	    (r->next > 0 && r->until != 0 && now() >= r->until))
		return -1;
	return atoi(PQgetvalue(r->order, r->next++, 0));
}

/* That it is not written down shows by its age. */
static void
note(struct rounds *r, int query, int folder, size_t bad)
{
	PGresult *res;

	(void)!db_run(r->db, r->arena, query,
	    (const char *[]){ arena_printf(r->arena, "%d", folder),
		arena_printf(r->arena, "%zu", bad) },
	    &res);
}

void
rounds_done(struct rounds *r, int folder, size_t bad)
{
	note(r, Q_FOLDER_DONE, folder, bad);
}

void
rounds_suspect(struct rounds *r, int folder, size_t bad)
{
	note(r, Q_FOLDER_SUSPECT, folder, bad);
}

void
rounds_end(struct rounds *r, struct store *s)
{
	size_t counts[ROUNDS_FOLDERS], i;
	const char *list = "{";
	PGresult *res;

	if (store_count_aside(s, counts) != RC_OK)
		return;
	for (i = 0; i < ROUNDS_FOLDERS; i++)
		list = arena_printf(r->arena, "%s%s%zu", list, i > 0 ? "," : "",
		    counts[i]);
	list = arena_printf(r->arena, "%s}", list);
	(void)!db_run(r->db, r->arena, Q_ASIDE, &list, &res);
}
