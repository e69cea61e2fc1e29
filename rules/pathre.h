/*
 * pathre -- the patterns for paths of vercel.json, as regular expressions.
 *
 *	/blog/:slug		":slug" is one part of a path
 *	/docs/:path*		any number of parts; ":path+" at least one,
 *				":path?" at most one
 *	/post/:id(\\d+)		a part of that form
 *	/old(.*)		without a name: "$1" in a destination
 *	/a{-:b}?		a piece that may be left out
 *	/why\\?			a character that is itself
 *
 * Upper and lower case differ, and so do paths with and without a slash at
 * their end.
 */
#ifndef PATHRE_H
#define PATHRE_H

#include "arena.h"
#include "regex.h"

#define PATHRE_MAX 4096 /* bytes */

struct pathre {
	const char *text;   /* PCRE2 with a group for each name; or the path */
	int exact;          /* it is the path itself */
	const char *prefix; /* what every match begins with */
	const char *names[REGEX_GROUPS_MAX]; /* NULL: it has none */
	size_t n;
};

/* RC_INVALID, and why, in the arena. */
enum rc pathre_read(struct pathre *, struct arena *, const char *source,
    const char **why) MUST_CHECK;

#endif
