/*
 * pointer -- what Git has in place of a large file.
 */
#ifndef POINTER_H
#define POINTER_H

#include <stddef.h>
#include <stdint.h>

#define POINTER_MAX 1024 /* bytes; what is longer is a file */

struct pointer {
	char oid[65]; /* SHA-256, hexadecimal */
	uint64_t size;
};

int pointer_parse(struct pointer *, const char *, size_t); /* is it one? */

#endif
