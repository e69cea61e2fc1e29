/*
 * giturl -- which Git URLs we would ever clone.
 *
 * https and nothing else; http only to an address that net-allow in
 * slipway.conf(5) names.  No user, no password, no query, and no byte that
 * could mean something to a shell, a header or an option parser.  A host that
 * is an address is taken only where net-allow has it, in every spelling that
 * some resolver would take for one.
 *
 * This is the first wall.  Where a name leads to is only known when it is
 * dialled, and is checked there.
 */
#ifndef GITURL_H
#define GITURL_H

#include "valid.h"

#define GITURL_MAX 2048

/* NULL, or what is wrong with it. */
const struct fault *giturl_check(const char *url, const char *net_allow);

#endif
