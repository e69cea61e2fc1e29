/*
 * content -- what a deployment is made of.
 *
 * Only what whoever asks may see, and what has files; rows that C makes are in
 * pages, as those of the database are.
 */
#ifndef CONTENT_H
#define CONTENT_H

#include <time.h>

#include "manifest.h"
#include "store.h"

#define ROWS     200 /* in a page, unless asked */
#define ROWS_MAX 1000

struct req;

struct content {
	const char *id, *slug, *team;
	struct manifest *m; /* until the request ends */
	time_t published;   /* 0: not known */
};

/* RC_CONFLICT, and why: it has no files, or none any more. */
enum rc content_open(struct req *, const char *id, struct content *) MUST_CHECK;

/* The worker's store, from its first use on. */
enum rc content_store(struct req *) MUST_CHECK;

/*
 * Where a page starts: the row, and the deployment that the page before was
 * of, or NULL.  And where the next one does, as JSON: at, of n rows.
 */
enum rc content_at(struct req *, const char *kind, const char **of,
    size_t *at) MUST_CHECK;
const char *content_next(struct req *, const char *kind, const char *of,
    size_t at, size_t n);
size_t content_limit(const struct req *);

/*
 * "rules":{...},"settings":[...]: what differs beside the files.  From is NULL
 * if there was nothing.
 */
struct text;
void diff_rules(struct req *, struct text *, const struct manifest *from,
    const struct manifest *to);

#endif
