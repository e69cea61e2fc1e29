/*
 * limits -- what one build may use.
 *
 * A project's is at most its team's, and a team's is slipway.conf's unless an
 * operator gave the team one of its own, higher or lower.  Beyond the "-max" of
 * slipway.conf there is nothing: the side of the cage that is root refuses it.
 */
#ifndef LIMITS_H
#define LIMITS_H

#include "conf.h"

enum limit {
	LIMIT_MEMORY,  /* MiB */
	LIMIT_CPUS,    /* hundredths */
	LIMIT_DISK,    /* MiB */
	LIMIT_PIDS,    /* processes and threads */
	LIMIT_INODES,  /* files */
	LIMIT_TIMEOUT, /* seconds for a step that has no limit of its own */
	LIMIT_SILENCE, /* seconds without a line */
	LIMIT_OUTPUT,  /* MiB that it may print */
	LIMIT__MAX
};

struct limits {
	int value[LIMIT__MAX];
	const char *raise[LIMIT__MAX]; /* "raise ...", to whoever met it */
};

struct claim;
void limits_set(struct limits *, const struct claim *, const struct conf *);

#endif
