/*
 * regex -- PCRE2 over what a stranger wrote and a stranger sent, within limits.
 *
 * A pattern is compiled when a deployment is published, to refuse what is bad,
 * and again by each worker that first asks it.  It means what it means in
 * JavaScript, and is matched as UTF-8, anchored at both ends unless it is only
 * searched for, with limits on steps, depth and heap: a pattern that runs into
 * them does not match, and says so.
 */
#ifndef REGEX_H
#define REGEX_H

#include <stddef.h>
#include <stdio.h>

#include "arena.h"

#define REGEX_TEXT_MAX   8192 /* bytes of a pattern */
#define REGEX_GROUPS_MAX 64

#define REGEX_CASELESS 0x01
#define REGEX_SEARCH   0x02 /* anywhere in the subject */

struct regex;

struct regex_group {
	const char *at; /* in the subject; NULL: took no part */
	size_t n;
};

/* Writes text as a pattern that is that text. */
void regex_escape(FILE *, const char *);

/* RC_INVALID, and why, in the arena. */
enum rc regex_new(struct regex **, const char *text, size_t n,
    unsigned int flags, struct arena *, const char **why) MUST_CHECK;
void regex_free(struct regex *); /* NULL is fine */

size_t regex_size(const struct regex *); /* bytes of memory, about */
int regex_groups(const struct regex *);  /* without the whole, which is 0 */
/* The number of a group of that name, or -1. */
int regex_named(const struct regex *, const char *name, size_t n);

/*
 * RC_NOT_FOUND; or RC_LIMITED: it took too long.  Fills in as many groups as
 * there is room for; group 0 is the whole.
 */
enum rc regex_match(const struct regex *, const char *subject, size_t n,
    struct regex_group *, size_t max) MUST_CHECK;

/*
 * Those that a worker asked lately, whichever site they are of: by their text,
 * and no more than so many bytes of them.
 */
struct regexes;
struct regexes *regexes_new(size_t bytes);
void regexes_free(struct regexes *); /* NULL is fine */
/* A request begins.  All that it asks may take 20 ms of the processor. */
void regexes_begin(struct regexes *);
/*
 * On whose behalf: 0 if what it asked before took more of the processor than
 * its share (share.h).  What takes no more than a millisecond is free.
 */
int regexes_may(struct regexes *, const char *who);
void regexes_end(struct regexes *); /* the request has ended, and is charged */
/* NULL if it is no pattern; else good until the next is asked for. */
const struct regex *regexes_get(struct regexes *, const char *text, size_t n,
    unsigned int flags);
/* As regex_match(); RC_LIMITED, too, when the request has had its share. */
enum rc regexes_match(struct regexes *, const struct regex *,
    const char *subject, size_t n, struct regex_group *, size_t max) MUST_CHECK;

#endif
