/*
 * share -- how much of the processor each of many has had.
 *
 * Whoever has used up its BURST gets a tenth of the time from then on, and less
 * if they are many: all who are at their limit get half of it together.  A
 * table that cannot grow: only where eight others owe something does one more
 * take over what the least of them owes, so that nobody gets more than its
 * share by being many.
 */
#ifndef SHARE_H
#define SHARE_H

#include <stdint.h>

#define SHARE_BURST 1000000000 /* ns, at once */
#define SHARE_PART  10         /* one in so many, in the long run */
#define SHARE_ALL   2          /* and of all of them together */

struct shares;

struct shares *shares_new(void);
void shares_free(struct shares *); /* NULL is fine */

/* now: ns of a clock that only grows.  May it go on? */
int shares_may(struct shares *, const char *who, uint64_t now);
void shares_charge(struct shares *, const char *who, uint64_t ns, uint64_t now);

#endif
