/*
 * needs -- the files that deployments have, each once, with all that their
 * manifests say of them.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "manifest.h"

#define NEED_LENGTHS 3 /* that are kept of a copy; more say what cannot be */

struct need {
	unsigned char hash[32];
	uint64_t size;
	/*
	 * How long its compressed copies are.  Manifests may disagree: the same
	 * text can be packed in several ways.  0: nobody says more.
	 */
	uint32_t packed[MANIFEST__ENCODINGS][NEED_LENGTHS];
	size_t of; /* one of those that have it */
};

struct needs {
	struct need *list;
	size_t n, room;
};

void needs_add(struct needs *, const struct manifest_file *, size_t of);
void needs_sort(struct needs *); /* and each is there once */
void needs_free(struct needs *);

#endif
