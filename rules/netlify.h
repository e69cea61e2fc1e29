/*
 * netlify -- [[redirects]] and [[headers]] of netlify.toml.
 */
#ifndef NETLIFY_H
#define NETLIFY_H

#include "rule.h"

/* A file, or that there is none. */
struct netlify_file {
	const char *name; /* as it is called in the repository */
	const char *text; /* NULL: there is none */
	size_t n;
};

/* All of Netlify's files, in their order, as rules. */
void netlify_read(struct rules *, const struct netlify_file *redirects,
    const struct netlify_file *headers, const struct netlify_file *toml);

#endif
