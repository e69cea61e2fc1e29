/*
 * pairs -- keys and values that never change, in one file that is mapped.
 *
 *	8 bytes		"slipway\2"
 *	4		how many places the table has
 *	4		how many pairs there are
 *	16		the key of the hash, another in each file
 *	4 each		the table: where a pair begins, or 0
 *	...		pairs: two lengths, the key, the value
 *
 * A key's place is its SipHash modulo the table's size, or the next that is
 * free: nobody can choose keys that come to lie together.  Numbers are little
 * endian; lengths, and what pairs_number() makes, have seven bits in each byte,
 * the lowest first, and the eighth says that there are more.
 *
 * Readers trust nothing: what was cut or changed gives RC_FAIL.
 */
#ifndef PAIRS_H
#define PAIRS_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"

/* Making them, in memory. */
struct pairs_writer;
struct pairs_writer *pairs_new(void);
/* RC_CONFLICT if the key is there. */
enum rc pairs_add(struct pairs_writer *, const void *key, size_t klen,
    const void *value, size_t vlen) MUST_CHECK;
/* The finished bytes, in the arena.  The writer is gone. */
void pairs_end(struct pairs_writer *, struct arena *, void **, size_t *);
void pairs_drop(struct pairs_writer *); /* NULL is fine */

struct pair {
	const unsigned char *key, *value;
	size_t klen, vlen;
};

/* Reading; all is where it is mapped. */
struct pairs {
	const unsigned char *p;
	size_t n;
	uint32_t places, count;
};

/* RC_INVALID if the file is something else. */
enum rc pairs_open(struct pairs *, int fd) MUST_CHECK;
void pairs_close(struct pairs *);
enum rc pairs_find(const struct pairs *, const void *key, size_t klen,
    struct pair *) MUST_CHECK;
/* The one at *at, which is 0 at first; RC_NOT_FOUND after the last. */
enum rc pairs_next(const struct pairs *, size_t *at, struct pair *) MUST_CHECK;

/* A number, of at most so many bytes; behind it. */
#define PAIRS_NUMBER_MAX 10
unsigned char *pairs_number(unsigned char *, uint64_t);
/* The same read; NULL if it does not end before end. */
const unsigned char *pairs_read(const unsigned char *, const unsigned char *end,
    uint64_t *);

#endif
