/*
 * lockfile -- which packages a lock file names by the SHA-512 of what is
 * fetched for them, and what their manager's cache calls them.
 *
 * Names are a single segment, or what lockfile_path() makes: none is hidden,
 * and none leads elsewhere.  Only those of a lock file that means one package
 * by each are found; what has no such hash is left out.
 */
#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <sodium.h>

#include "arena.h"

#define LOCKFILE_HASH crypto_hash_sha512_BYTES
#define LOCKFILE_PATH (LOCKFILE_HASH * 2 + 3) /* "ab/cd/..." */

struct download {
	unsigned char hash[LOCKFILE_HASH];
	const char *name; /* in the cache of its manager */
};

/* Each is for one format; how many are found. */
typedef size_t lockfile_reader(struct arena *, const char *text,
    struct download **out);
lockfile_reader lockfile_npm, lockfile_yarn, lockfile_berry;

/* As npm's cache names files by their hashes: two folders, and the rest. */
void lockfile_path(const unsigned char hash[LOCKFILE_HASH],
    char path[LOCKFILE_PATH]);

#endif
