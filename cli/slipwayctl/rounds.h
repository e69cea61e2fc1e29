/*
 * rounds -- the folders of the store, the one first that was looked at longest
 * ago, for as long as there is time: so that a store of any size is gone
 * through again and again, in portions.
 *
 * What was found stays in the database (store_folders), for doctor and metrics.
 */
#ifndef ROUNDS_H
#define ROUNDS_H

#include <time.h>

#include "db.h"
#include "store.h"

#define ROUNDS_FOLDERS 256           /* one for each first byte of a hash */
#define ROUNDS_MINUTES (7 * 24 * 60) /* nobody has more */

struct rounds {
	struct db *db;
	struct arena *arena;
	PGresult *order;
	int next;
	time_t until; /* of the monotonic clock; 0: whenever it is done */
};

/* minutes from now; 0: all there is. */
enum rc rounds_begin(struct rounds *, struct db *, struct arena *,
    int minutes) MUST_CHECK;

/* The next folder, or -1.  There is time for one at least. */
int rounds_next(struct rounds *);

/* All of a folder was looked at, and so much of it is bad. */
void rounds_done(struct rounds *, int folder, size_t bad);

/* Something of it is, but not all was looked at. */
void rounds_suspect(struct rounds *, int folder, size_t bad);

/* What is in quarantine is counted. */
void rounds_end(struct rounds *, struct store *);

#endif
