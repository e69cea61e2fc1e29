/*
 * has -- the "has" and "missing" of vercel.json's rules, as conditions.
 */
#ifndef HAS_H
#define HAS_H

#include "rule.h"

#define HAS_MAX   16   /* of each of the two */
#define HAS_BYTES 4096 /* of a key or a value */

struct json_object;

struct has {
	struct condition conditions[2 * HAS_MAX];
	size_t n;
	const char **captures; /* what destinations may name */
	size_t ncaptures, room;
};

/* Adds those of one list.  RC_INVALID, and why, in the arena. */
enum rc has_read(struct has *, struct arena *, struct json_object *list,
    int missing, const char **why) MUST_CHECK;

#endif
