/*
 * toml-scan -- what the two halves of the reader share: toml.c has tables and
 * statements, toml-value.c strings, numbers and times.
 */
#ifndef TOML_SCAN_H
#define TOML_SCAN_H

#include "toml.h"

struct scan {
	struct arena *arena;
	const char *p, *end;
	const char *why; /* the first fault, or NULL */
	int line;
	int depth;
	int sections; /* headers and inline tables so far */
	char *room;   /* for one string, as long as the document */
};

/* Notes the first fault; always RC_INVALID. */
enum rc toml_fault(struct scan *, const char *why);

static inline int
toml_peek(const struct scan *s, size_t n)
{
	return (size_t)(s->end - s->p) > n ? (unsigned char)s->p[n] : -1;
}

static inline int
toml_take(struct scan *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return 0;
	s->p++;
	return 1;
}

/* A string of one line; it stands in room, with a NUL after it. */
enum rc toml_string(struct scan *, size_t *len) MUST_CHECK;
/* Strings, numbers, truths and times: what is neither array nor table. */
enum rc toml_scalar(struct scan *, struct json_object **) MUST_CHECK;

#endif
