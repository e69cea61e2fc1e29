/*
 * bell -- Redis, as far as the suite needs it.
 *
 *	deployment:queue	list: one element for each build asked for
 *	limit:<what>:<whom>	counters of rate limits, with an expiry
 *
 * Nothing here is the truth and nothing carries authority: an element says
 * "look", never what to build.  Without Redis the suite works, a little later.
 * So a failure is logged once and then tried again, and nobody waits for it.
 */
#ifndef BELL_H
#define BELL_H

#include "rc.h"

struct bell;

struct bell *bell_open(const char *path); /* connects on first use */
void bell_close(struct bell *);           /* NULL is fine */

/* Wake one builder, if any is listening. */
void bell_ring(struct bell *);

/*
 * Listen: ask once, wait until bell_fd() is readable, then take.  bell_take()
 * answers RC_OK when it rang, RC_NOT_FOUND when it did not (yet; still
 * asked), RC_BUSY when Redis is gone (ask again).  bell_fd() is -1 while there
 * is nothing to wait for.
 */
enum rc bell_ask(struct bell *) MUST_CHECK;
enum rc bell_take(struct bell *) MUST_CHECK;
int bell_fd(const struct bell *);

/*
 * Count one event; *n is how many there were in the current window of that
 * many seconds, this one included.
 */
enum rc bell_count(struct bell *, const char *key, int seconds,
    long long *n) MUST_CHECK;

enum rc bell_ping(struct bell *) MUST_CHECK;

#endif
