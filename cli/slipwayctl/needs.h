/*
 * needs -- the files that deployments have, each once, with all that their
 * manifests say of them.
 */
#ifndef NEEDS_H
#define NEEDS_H

#include <stddef.h>
#include <stdint.h>

#include "manifest.h"

struct need {
	unsigned char hash[32];
	uint64_t size;
	uint64_t encoded[MANIFEST__ENCODINGS];
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
