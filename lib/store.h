/*
 * store -- blobs: bytes named by their SHA-256, kept for ever or until
 * collected, never changed.
 *
 * A name is 64 hexadecimal digits, and may end in ".br", ".gz" or ".zst" for
 * the same bytes compressed.  Whoever stores vouches for the name.
 *
 * What was put is safe, and visible to others, only after store_sync(); so a
 * publisher puts everything, syncs once, and then commits its manifest to the
 * database.  Two may put the same name at once; either one's bytes are right.
 *
 * An interface of few functions, so that an object store can stand behind it
 * as well as a directory.
 */
#ifndef STORE_H
#define STORE_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "rc.h"

#define STORE_NAME_MAX 72

struct store;

/* where: a directory, made if it is not there. */
enum rc store_open(struct store **, const char *where) MUST_CHECK;
/* The same, but never made: RC_BUSY while it is not there. */
enum rc store_join(struct store **, const char *where) MUST_CHECK;
void store_close(struct store *); /* drops what was not synced; NULL is fine */

/* RC_OK: it is there, and counts as used now, so that it is not collected. */
enum rc store_touch(struct store *, const char *name) MUST_CHECK;

enum rc store_put(struct store *, const char *name, const void *,
    size_t) MUST_CHECK;

/*
 * The rest of a file from its current position, hashed on the way; name comes
 * back.  RC_TOO_LARGE beyond max bytes.
 */
enum rc store_put_fd(struct store *, int fd, uint64_t max,
    char name[STORE_NAME_MAX], uint64_t *size) MUST_CHECK;

enum rc store_sync(struct store *) MUST_CHECK;

/*
 * An open file; the caller closes it.  RC_FAIL, and logged, for what is no
 * file: a link is not followed.
 */
enum rc store_get(struct store *, const char *name, int *fd,
    uint64_t *size) MUST_CHECK;

/*
 * For whoever may be root: from now on store_get() refuses what does not belong
 * to the owner of the store.
 */
void store_strict(struct store *);

/* Where the front server finds it, relative to the store: "ab/cdef....br". */
void store_path(const char *name, char path[STORE_NAME_MAX + 2]);

/*
 * For collection.  fn answers RC_OK to go on.  Also clears away what
 * publishers that died before that time have left.
 */
enum rc store_walk(struct store *, time_t before,
    enum rc (*fn)(void *, const char *name, uint64_t size, time_t used),
    void *);
/* RC_CONFLICT, and it stays, if it was put or touched at that time or later. */
enum rc store_remove(struct store *, const char *name,
    time_t unused_since) MUST_CHECK;

/* Out of the way and kept, in "quarantine": it is not what its name says. */
enum rc store_set_aside(struct store *, const char *name) MUST_CHECK;
/* How many are there, by the first byte of their names. */
enum rc store_count_aside(struct store *, size_t counts[256]) MUST_CHECK;

/* Is this a blob's name?  Nothing else ever becomes part of a path. */
int store_name_ok(const char *);

#endif
