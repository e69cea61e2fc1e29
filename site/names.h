/*
 * names -- which address a host has that somebody wants proxied to.
 *
 * A name proves nothing, so every one of its addresses is checked, and the one
 * that may be dialled is what comes out: nobody resolves the name again.
 *
 * Nobody waits long, either: one process at a time for NAMES_WAIT, the others
 * for NAMES_WAIT_SHORT.  What is not known in time is asked about in the
 * background, for one project a few names at a time; an address that was known
 * before is good until then.
 */
#ifndef NAMES_H
#define NAMES_H

#include "addr.h"

#define NAMES_WAIT       2000 /* ms */
#define NAMES_WAIT_SHORT 20

struct names;
/* Before the first fork: among whom one may wait.  Else none does so long. */
void names_share(void);
struct names *names_new(const char *allow); /* as proxy-allow has it */
void names_free(struct names *);            /* NULL is fine */

/*
 * RC_DENIED: one of its addresses may not be dialled; RC_NOT_FOUND: it has
 * none; RC_BUSY: nobody has said yet.  who: the project that wants it.  why: a
 * word for the log.
 */
enum rc names_get(struct names *, const char *who, const char *host,
    uint16_t port, union addr *, const char **why) MUST_CHECK;

#endif
