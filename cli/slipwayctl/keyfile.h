/*
 * keyfile -- writes what key.h reads.
 */
#ifndef KEYFILE_H
#define KEYFILE_H

#include <sys/types.h>

#include "key.h"

/* Put a key first, under an id; RC_CONFLICT if there is no room for more. */
enum rc keyfile_add(struct keys *, const char *id,
    const unsigned char key[KEY_SIZE]) MUST_CHECK;

/*
 * In one step, so that a reader finds the old file or the new one.  uid and
 * gid count only where we are root.
 */
enum rc keyfile_write(const struct keys *, const char *path, mode_t, uid_t,
    gid_t) MUST_CHECK;

#endif
