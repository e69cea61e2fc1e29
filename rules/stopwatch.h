/*
 * stopwatch -- has this taken too much of the processor?
 *
 * The wall's clock costs little to look at.  Only when half of the time went by
 * there is the processor's asked, from then on: we may not have run.
 */
#ifndef STOPWATCH_H
#define STOPWATCH_H

#include <stdint.h>
#include <time.h>

struct stopwatch {
	uint64_t half, due, began; /* ns */
};

void stopwatch_start(struct stopwatch *, uint64_t ns);
int stopwatch_late(struct stopwatch *);
uint64_t stopwatch_now(clockid_t); /* ns */

#endif
