/*
 * headers -- _headers, and [[headers]] of netlify.toml.
 *
 * All blocks that fit a path are obeyed; of two with the same header the later
 * wins, and netlify.toml comes after _headers.
 */
#ifndef HEADERS_H
#define HEADERS_H

#include "rule.h"

#define HEADERS_BYTES_MAX (1024 * 1024) /* of _headers */
#define HEADERS_MAX       2048          /* blocks of both together */
#define HEADERS_EACH_MAX  64            /* headers of a block */
#define HEADERS_VALUE_MAX 4096          /* bytes of a value */
#define HEADERS_LINES_MAX 8192          /* bytes of a block's headers */
#define HEADERS_USERS_MAX 64            /* of a block's Basic-Auth */

struct json_object;

struct headers;
struct headers *headers_new(struct rules *);
void headers_file(struct headers *, const char *file, const char *text,
    size_t n);
void headers_toml(struct headers *, const char *file, struct json_object *list);
void headers_end(struct headers *);

/* One path, and what is said of it; from both files alike. */
struct headers_block {
	struct spot at;
	const char *path;
	const char *names[HEADERS_EACH_MAX];
	const char *values[HEADERS_EACH_MAX]; /* NULL: none is to be sent */
	size_t n;
	const char *auth; /* "user:password user:password", or NULL */
	size_t number;    /* in the order of the files */
};
/* NULL, or why the header is refused; a name that is there gets both values. */
const char *headers_set(struct headers *, struct headers_block *,
    const char *name, const char *value);
/*
 * A Basic-Auth cannot be obeyed: nobody may see the path; or, if that could not
 * be read either, anything.
 */
void headers_lost(struct headers *, struct headers_block *, int path_lost);
/* Is it how Basic-Auth is written, or meant? */
int headers_secret(const char *name);
/* "a ,b" becomes "a, b", as Netlify has it. */
const char *headers_tidy(struct arena *, const char *);
void headers_add(struct headers *, const struct headers_block *);
struct rules *headers_rules(struct headers *);

/* header.c: NULL, or why nobody may set it so. */
const char *header_fault(struct arena *, const char *name, const char *value);
/* Would visitors be less safe without it?  There are fewer than 64 names. */
int header_guards(const char *name);
/* Is it a cookie for other hosts, too, by an attribute Domain? */
int header_strays(const char *name, const char *value);

#endif
