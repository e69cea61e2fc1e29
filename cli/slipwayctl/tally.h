/*
 * tally -- what projects and teams have in the store, each file counted once.
 *
 * Manifests come sorted by team and project, so there is one of either in
 * memory at a time.
 */
#ifndef TALLY_H
#define TALLY_H

#include "db.h"
#include "needs.h"

struct tally {
	struct db *db; /* NULL: nothing is counted */
	struct arena *arena;
	const char *team, *project; /* whose the next ones are; NULL: none's */
	struct needs of_team, of_project;
	enum rc rc;
};

/* What comes now is of that project; "" is nobody's, and is not counted. */
void tally_turn(struct tally *, const char *team, const char *project);
/* For blobs.h: one of theirs, or a manifest of theirs. */
void tally_add(void *tally, const struct manifest_file *);

/* It was all: what was not counted in this collection is forgotten. */
enum rc tally_end(struct tally *, const char *collection) MUST_CHECK;
void tally_free(struct tally *);

#endif
