/*
 * seal -- secrets that whoever stores them cannot read.
 *
 * fcgi-api has the public key and can only close; builderd has the private one
 * and can open.  What is inside says whose it is, so a box that was moved to
 * another project, target or name does not open.
 */
#ifndef SEAL_H
#define SEAL_H

#include <stddef.h>

#include "arena.h"
#include "key.h"

/* Where a secret belongs. */
struct seal_place {
	const char *project; /* its id */
	const char *target;
	const char *name;
};

/* "id:box", with the first of the public keys. */
enum rc seal_close(struct arena *, const struct keys *,
    const struct seal_place *, const char *value, unsigned char **box,
    size_t *len) MUST_CHECK;

/*
 * RC_NOT_FOUND: closed for a key we do not have; RC_INVALID: changed, cut or
 * moved.  The value is wiped when the arena is reset.
 */
enum rc seal_open(struct arena *, const struct keys *,
    const struct seal_place *, const unsigned char *box, size_t len,
    const char **value) MUST_CHECK;

/* Zeroed room for n bytes and a NUL, wiped when the arena is reset. */
char *seal_room(struct arena *, size_t n);

/* The public half, for the file that fcgi-api reads. */
void seal_public(const unsigned char secret[KEY_SIZE],
    unsigned char public_[KEY_SIZE]);

#endif
