/*
 * template -- the destinations and header values of vercel.json, as pieces.
 *
 * ":name" and "$1" stand for what the source captured, or a condition did; so
 * does "$name" for conditions.
 */
#ifndef TEMPLATE_H
#define TEMPLATE_H

#include "pathre.h"
#include "rule.h"

#define TEMPLATE_MAX 4096 /* bytes of a destination */

struct template_names {
	const struct pathre *path;
	const char *const *conditions; /* captures of theirs; they come first */
	size_t n;
};

/*
 * A path or a URL; *is_url says which.  RC_INVALID, and why: it is neither, or
 * names what nobody captures.  fixed: its host must be.  spread: it is a
 * rewrite, which puts the captures it does not use into its query.
 */
enum rc template_url(struct pieces *, struct arena *, const char *,
    const struct template_names *, int rewrite, int *is_url,
    const char **why) MUST_CHECK;

/* Of a header: what nobody captures is text. */
void template_value(struct pieces *, struct arena *, const char *,
    const struct template_names *);

#endif
