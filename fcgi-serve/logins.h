/*
 * logins -- how often, and how many at once, over all workers.
 *
 * Tries are counted by project and address, by address alone, and by the wider
 * network of one of IPv6, in tables that cannot grow: two that fall on the same
 * place share it, so that a limit may come early and never too late.  How much
 * of a table somebody can fill is bounded by what his network may try in all.
 * Passwords are checked one at a time, since each takes
 * argon2-memory and a processor; one more may wait, and others are told to come
 * back.  A team of whose sites many were checked in a minute has what nobody
 * else wants of it: so whoever tries at one site keeps nobody out of another.
 */
#ifndef LOGINS_H
#define LOGINS_H

#include "rc.h"

struct logins;

struct logins *logins_new(void); /* shared with children; never goes */

/* RC_LIMITED, and after how many seconds to come back. */
enum rc logins_count(struct logins *, const char *project, const char *addr,
    int per_minute, int *retry_after) MUST_CHECK;

/* The same of one more, without counting it. */
enum rc logins_look(struct logins *, const char *project, const char *addr,
    int per_minute, int *retry_after) MUST_CHECK;

/* For a site of that team; or RC_BUSY. */
enum rc logins_enter(struct logins *, const char *team) MUST_CHECK;
void logins_leave(void);

#endif
