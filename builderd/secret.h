/*
 * secret -- what looks like a credential, whoever's it is.
 *
 * Tokens that say so themselves by how they begin, tokens of three parts,
 * passwords in URLs, and private keys.
 */
#ifndef SECRET_H
#define SECRET_H

#include <stddef.h>

/* Where the next one is, from i on; both n if there is none. */
void secret_next(const char *, size_t n, size_t i, size_t *start, size_t *end);

/*
 * Is this line within a private key?  One state for each stream, which begins
 * with 0.
 */
int secret_key(int *state, const char *, size_t n);

#endif
