/*
 * key -- files that hold secrets.
 *
 * A line is "id hex", where id is up to 8 letters and digits and hex is 32
 * bytes.  The first line is the one to use for new things; the others are
 * still good for old ones, so that keys can be changed without a break.
 *
 * A program does not start on a file that somebody else could read, a short
 * key, a key of one repeated byte, or one that stands in our documentation.
 */
#ifndef KEY_H
#define KEY_H

#include "rc.h"

#define KEY_SIZE 32
#define KEYS_MAX 4

struct keys {
	int n;
	struct {
		char id[9];
		unsigned char key[KEY_SIZE];
	} k[KEYS_MAX];
};

/* secret: 0 for a public key, which may be readable by all. */
enum rc keys_load(struct keys *, const char *path, int secret) MUST_CHECK;
const unsigned char *keys_find(const struct keys *,
    const char *id); /* or NULL */

#endif
