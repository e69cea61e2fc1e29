/*
 * source -- what a repository is read with: a deploy key, a token, and the keys
 * of the hosts that are known.
 */
#ifndef SOURCE_H
#define SOURCE_H

#include "builderd.h"
#include "giturl.h"

struct source {
	const char
	    *lines; /* for slipway-fetch (fetch.h); wiped with the arena */
	int key;    /* there is a deploy key */
};

/* Opens what the project has, and makes the log blind to it. */
enum rc source_load(struct build *, const struct giturl *,
    struct source *) MUST_CHECK;

/* slipway-fetch says that it met this host; it is kept by source_keep(). */
void source_met(struct build *, const char *said);

/* Trusts the hosts that were met; fails if one is known by another key. */
enum rc source_keep(struct build *) MUST_CHECK;

#endif
