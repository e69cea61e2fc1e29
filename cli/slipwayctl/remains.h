/*
 * remains -- the uploads of projects that are no more, and of those that are
 * there the ones that no row names; but nothing that was used since a time.
 */
#ifndef REMAINS_H
#define REMAINS_H

#include <libpq-fe.h>
#include <time.h>

#include "arena.h"
#include "conf.h"

struct remains {
	const struct conf *conf;
	struct arena *arena;
	PGresult *projects, *uploads; /* ids in the order of their bytes */
	time_t before;
	int dry;
};

/* Is it among them? */
int remains_known(PGresult *ids, const char *id);

/* Says on standard output what went; RC_FAIL if something did not. */
enum rc remains_sweep(const struct remains *) MUST_CHECK;

#endif
