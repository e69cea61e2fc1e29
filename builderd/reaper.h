/*
 * reaper -- finds builds whose builder is lost.
 *
 * Nobody's clock is compared with another's.  Each builder notes since when, by
 * its own clock, a lease is as it is; a lease that nobody has renewed for as
 * long as it lasts, and then the grace, is over, however often PostgreSQL's
 * clock was set meanwhile.
 */
#ifndef REAPER_H
#define REAPER_H

#include "db.h"

struct reaper;

struct reaper *reaper_new(void);
void reaper_free(struct reaper *);

/* To be called now and then. */
void reaper_look(struct reaper *, struct db *, struct arena *);

#endif
