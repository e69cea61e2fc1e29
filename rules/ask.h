/*
 * ask -- what the files of the matcher share: one rule and one request.
 */
#ifndef ASK_H
#define ASK_H

#include "match.h"

#define REGEX_STEPS 20 /* what asking one counts for, about */
#define RULE_STEPS  8  /* the same of a rule, whatever it says */

/* A path in its parts, without a last one that is empty. */
struct match_parts {
	size_t n;
	size_t len; /* of the path */
	struct {
		const char *s;
		size_t n;
		uint32_t hash;
	} part[];
};

struct ask {
	const struct table *t;
	struct match_request *req;
	struct arena *arena;
	/* As many as the rule at hand has; the others hold anything. */
	struct str slots[TABLE_SLOTS];
	uint32_t nslots;
	/* Of a query or a header: a slash in it is no slash of a path. */
	unsigned char foreign[TABLE_SLOTS];
	/* Of the rule at hand. */
	uint32_t phase, kind, flags, status, line;
	struct str file, guard;
};

/* Counts; 0 when it is enough. */
int ask_step(struct ask *, size_t n);

/* pattern.c: reads the pattern; does it fit?  Then slots are filled in. */
int ask_pattern(struct ask *, struct reader *);
/* Does the text of a pattern fit?  g has TABLE_SLOTS groups. */
int ask_regex(struct ask *, struct reader *, struct str text,
    unsigned int flags, struct str subject, struct regex_group *g);
/* condition.c: reads all conditions; do they hold? */
int ask_conditions(struct ask *, struct reader *);
/* answer.c: reads pieces and puts them together; NULL: too long, or bad. */
const char *ask_text(struct ask *, struct reader *);
/* The same, and the request's query if the rule wants it. */
const char *ask_destination(struct ask *, struct reader *);

#endif
