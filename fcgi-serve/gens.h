/*
 * gens -- generations, shared by all processes of fcgi-serve.
 *
 * What was learned of a host is true as long as the generation of its key is
 * what it was before asking.  Keys share counters by their hash; a bump too
 * many only costs a question.
 */
#ifndef GENS_H
#define GENS_H

#include <time.h>

struct gens;

struct gens *gens_new(void); /* shared with children; never goes */
unsigned int gens_get(const struct gens *, const char *key);
void gens_bump(struct gens *, const char *key);
void gens_bump_all(struct gens *);

/* Until when (monotonic ms) nobody should ask the database. */
long gens_down_until(const struct gens *);
void gens_set_down(struct gens *, long until);

unsigned long hash_of(const char *); /* FNV-1a */
long now_ms(void);                   /* monotonic */

#endif
