/*
 * redirects -- the rules of _redirects, and [[redirects]] of netlify.toml.
 *
 * They are gathered from both, then what is there twice is dropped and the rest
 * becomes rules: of several that fit the first wins.
 */
#ifndef REDIRECTS_H
#define REDIRECTS_H

#include "rule.h"

#define REDIRECTS_BYTES_MAX (1024 * 1024) /* of _redirects */
#define REDIRECTS_MAX       10000         /* of both together */
#define REDIRECT_PAIRS_MAX  16            /* of a query, or conditions */

struct json_object;

struct redirect_pair {
	const char *key;
	const char *value; /* NULL: there was no "=" */
};

/* As it is written, divided into its parts. */
struct redirect {
	struct spot at;
	const char *text;
	const char *from, *to; /* to NULL: where it is from */
	int status;            /* 0: not said */
	int force;
	struct redirect_pair query[REDIRECT_PAIRS_MAX];
	size_t nquery;
	struct redirect_pair conditions[REDIRECT_PAIRS_MAX];
	size_t nconditions;
	int sign; /* it is to be signed */
};

struct redirects;
struct redirects *redirects_new(struct rules *);
void redirects_file(struct redirects *, const char *file, const char *text,
    size_t n);
void redirects_toml(struct redirects *, const char *file,
    struct json_object *list);
void redirects_end(struct redirects *);

/* For the two readers: one more of them, or why there is none. */
void redirects_add(struct redirects *, const struct redirect *);
/* NULL, or why there cannot be one more. */
const char *redirects_pair(struct redirect_pair *, size_t *n, const char *key,
    const char *value);
struct rules *redirects_rules(struct redirects *);

/* redirect.c: one of them as a rule; NULL, or why it is none. */
const char *redirect_rule(struct arena *, const struct redirect *,
    struct rule *);

/* odd.c: what is obeyed, and probably not what was meant; or NULL. */
const char *redirect_odd(struct arena *, const struct rule *);

#endif
