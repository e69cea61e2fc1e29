/*
 * why -- the reasons of an answer, for whoever explains it.
 *
 * Where something is decided it is said here, in the code that decides; who
 * only answers has no struct why, and then it costs a comparison.
 */
#ifndef WHY_H
#define WHY_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "rules/rule.h"

#define WHY_STEPS_MAX 160

struct why {
	struct arena *arena;
	const char *step[WHY_STEPS_MAX];
	size_t n;

	const char *path; /* of the file; NULL: none */
	unsigned char hash[32];
	uint64_t size;
	const char *encoding; /* "" as it is */
	uint64_t bytes;       /* in that encoding */
	struct spot rule;     /* its file NULL: none */
};

/* A sentence, if anybody asks. */
void why_say(struct why *, const char *, ...) PRINTF(2, 3);
void why_file(struct why *, const char *path);
/* The rule that gives the answer. */
void why_rule(struct why *, const struct spot *);

#endif
