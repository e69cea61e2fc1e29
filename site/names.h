/*
 * names -- which address a host has that somebody wants proxied to.
 *
 * A name proves nothing, so every one of its addresses is checked, and the one
 * that may be dialled is what comes out: nobody resolves the name again. Nobody
 * waits long, either: who does not know in time is asked about later.
 */
#ifndef NAMES_H
#define NAMES_H

#include "addr.h"

#define NAMES_WAIT 2000 /* ms */

struct names;
struct names *names_new(const char *allow); /* as proxy-allow has it */
void names_free(struct names *);            /* NULL is fine */

/*
 * RC_DENIED: one of its addresses may not be dialled; RC_NOT_FOUND: it has
 * none; RC_BUSY: nobody has said yet.  why: a word for the log.
 */
enum rc names_get(struct names *, const char *host, uint16_t port, union addr *,
    const char **why) MUST_CHECK;

#endif
