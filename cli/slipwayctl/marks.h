/*
 * marks -- the hashes of files that are needed.
 */
#ifndef MARKS_H
#define MARKS_H

#include <stddef.h>

struct marks {
	unsigned char (*hashes)[32];
	size_t n, room;
};

void marks_add(struct marks *, const unsigned char hash[32]);
void marks_sort(struct marks *); /* once all are there, before the first look */

/* By the name of a blob.  What is not ours to judge counts as needed. */
int marks_has(const struct marks *, const char *name);
void marks_free(struct marks *);

#endif
