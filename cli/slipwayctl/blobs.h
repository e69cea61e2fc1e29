/*
 * blobs -- mark what manifests name, and sweep the rest.
 *
 * Nobody is locked out meanwhile.  A publisher counts as a user of every blob
 * that it stores or finds stored, from then on for a day and for as long as
 * its deployment is being built; after that its manifest is in the database.
 * So the order is: say whose files go, then look at once at what is kept and
 * at what is being built, then mark all of that, then sweep.
 */
#ifndef BLOBS_H
#define BLOBS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "manifest.h"
#include "marks.h"
#include "rc.h"
#include "store.h"

#define BLOBS_DAY  86400
#define BLOBS_HOUR 3600 /* that clocks of machines may differ by */

struct blobs {
	struct store *store;
	struct marks marked;
	/* What is marked; a manifest is a file without a type.  May be NULL. */
	void (*found)(void *, const struct manifest_file *);
	void *arg;
	time_t before; /* what was used since stays */
	int dry;
	size_t kept, swept, failed;
	uint64_t kept_bytes, swept_bytes;
};

/* building: for how many seconds the oldest of the builds under way runs. */
time_t blobs_before(time_t now, time_t building);

/* RC_FAIL, RC_NOT_FOUND: then nothing may be swept. */
enum rc blobs_mark(struct blobs *, const char *manifest) MUST_CHECK;
/* Once all are marked. */
enum rc blobs_sweep(struct blobs *) MUST_CHECK;

#endif
