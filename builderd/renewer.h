/*
 * renewer -- slipway-renew, a process that keeps the leases of what is built.
 *
 * The loop starts it, and tells it what to keep.  It waits for nothing but its
 * own statements, and in those for no lock, no other lease and no disk: what
 * holds the loop up, or one build's row, costs no other build its lease.  Each
 * lease that was renewed keeps its cage alive (helper_extend); what else came
 * of it the loop is told.
 */
#ifndef RENEWER_H
#define RENEWER_H

#include <stdint.h>

#include "cage/cage.h"
#include "conf.h"

struct renewer; /* the loop's end of the line */

/* What became of the lease of a slot, if it was not just renewed. */
struct renewer_news {
	int slot;
	int lost;       /* no longer ours; else it is to be cancelled */
	char fence[24]; /* of which build in that slot */
};

void renewer_start(struct renewer **, const struct conf *, struct helper *);
int renewer_fd(const struct renewer *);

/* From now on; it was claimed just now. */
void renewer_keep(struct renewer *, int slot, const char *id,
    const char *fence);
void renewer_drop(struct renewer *, int slot); /* no more */
void renewer_hurry(struct renewer *);          /* all of them, at once */

/* Is there news?  Never waits; ends the program if the renewer is gone. */
int renewer_hear(struct renewer *, struct renewer_news *);

#endif
