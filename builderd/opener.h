/*
 * opener -- slipway-open, the only process that has the private seal key.
 *
 * builderd starts it before it drops its privileges.  It has no database, no
 * network and no files; it opens boxes (lib/seal.h) for whoever holds a socket
 * to it.  The loop makes such a socket for each build and says whose it is, so
 * a build gets its own project's secrets open and no other's, whatever it asks.
 *
 * Messages are packets: a fixed struct, and for a box or a value what it says
 * is its size.
 */
#ifndef OPENER_H
#define OPENER_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "conf.h"

#define OPENER_ID_MAX     20
#define OPENER_TARGET_MAX 16
#define OPENER_NAME_MAX   320
#define OPENER_BOX_MAX    66048

/* From the loop, with a socket: all that it asks is about that project. */
struct opener_bind {
	char project[OPENER_ID_MAX];
};

/* On that socket; the box follows. */
struct opener_ask {
	uint32_t size; /* of the box */
	char target[OPENER_TARGET_MAX];
	char name[OPENER_NAME_MAX];
};

/* The value follows, without a NUL. */
struct opener_reply {
	uint32_t rc;
	uint32_t size;
};

/* Is it whole, terminated, and in range?  Nothing else is acted upon. */
int opener_bind_ok(const void *, size_t);
int opener_ask_ok(const void *, size_t);

struct opener; /* the loop's end of the line */

/* In builderd's main, as root, before priv_drop(). */
enum rc opener_start(struct opener **, const struct conf *) MUST_CHECK;
int opener_fd(const struct opener *); /* readable when it is gone */

/* A socket to ask on about that project; close it when it is done with. */
enum rc opener_socket(struct opener *, const char *project,
    int *sock) MUST_CHECK;

/*
 * RC_NOT_FOUND: closed for a key that is not there; RC_INVALID: changed, cut
 * or moved; RC_FAIL: there is no answer.  The value is wiped when the arena is
 * reset.
 */
enum rc opener_open(int sock, struct arena *, const char *target,
    const char *name, const unsigned char *box, size_t len,
    const char **value) MUST_CHECK;

#endif
