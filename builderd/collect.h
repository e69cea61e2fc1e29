/*
 * collect -- which files of a directory are the site.
 *
 * Nothing outside the directory is ever read: no link is followed, and only
 * regular files count.  Every limit that is not kept is an error with the name
 * of the file, and so is a file that looks like a secret.
 */
#ifndef COLLECT_H
#define COLLECT_H

#include <stdint.h>

#include "arena.h"

#define COLLECT_DEPTH  32
#define COLLECT_PATH   1024
#define COLLECT_IGNORE 65536 /* bytes of .vercelignore */
#define COLLECT_TOLD   20 /* of what is left out, the first so many are told */

struct collect {
	struct arena *arena;
	int plain; /* a checkout as it is: leave out what is not the site */
	size_t files_max;
	uint64_t bytes_max, file_max;
	void (*skipped)(void *, const char *path, const char *why);
	void *arg;

	/* what was found, in the order of their names */
	struct output_file *files;
	size_t nfiles;
	uint64_t bytes;
	size_t seen, nskipped;
	struct ignore *ignore; /* what .vercelignore leaves out; NULL: none */

	/* what is wrong */
	const char *code;
	const char *why;
};

/* RC_INVALID: code and why say what is wrong. */
enum rc collect(struct collect *, int dirfd) MUST_CHECK;

#endif
