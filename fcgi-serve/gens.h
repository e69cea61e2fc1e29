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

/*
 * Whether the database is worth asking: not until that time (monotonic ms),
 * nor while another worker has been waiting for its answer for long.
 */
int gens_may_ask(const struct gens *);
void gens_set_down(struct gens *, long until);
void gens_asking(struct gens *, long since); /* 0: has the answer */

/* Whether somebody hears news as they come. */
int gens_heard(const struct gens *);
void gens_set_heard(struct gens *, int);

long now_ms(void); /* monotonic */

#endif
