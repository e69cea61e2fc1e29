/*
 * hosts -- lists of host names, as an operator writes them.
 *
 * "name" is that host, "*.name" every host beneath it, ".name" both; "*" is
 * any.  Names are in lower case, in the form that the DNS has them.
 */
#ifndef HOSTS_H
#define HOSTS_H

#include <stddef.h>

#include "rc.h"

#define HOSTS_NAME 254 /* the longest, and a NUL */

/*
 * A name in lower case and without a final dot, from n bytes that somebody
 * sent.  RC_INVALID: it is no host's; an address is none.
 */
enum rc hosts_name(char name[HOSTS_NAME], const char *, size_t n) MUST_CHECK;

/* NULL, or what is wrong with one of the patterns, which is then in bad. */
const char *hosts_check(const char *list, char bad[HOSTS_NAME]) MUST_CHECK;

int hosts_has(const char *list, const char *name);

#endif
