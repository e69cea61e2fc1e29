/*
 * framework -- what a project is made with, and what follows from that.
 */
#ifndef FRAMEWORK_H
#define FRAMEWORK_H

#include "package.h"

/* A row of frameworks.def; lists of detectors and names have a ' ' between. */
struct framework {
	const char *name; /* as in a project's settings */
	const char *title;
	const char *every;  /* detectors: all of these, */
	const char *some;   /* and one of these, */
	const char *config; /* or one of these alone */
	const char *supersedes;
	const char *alias;   /* as others call it */
	const char *command; /* builds it, unless package.json has a script */
	const char *scripts; /* 'a|b': which script, best first */
	const char *output;  /* 'a|b': where it leaves the site, best first */
	const char *hashed;  /* 'a|b': where names change with the content */
	const char *prefix;  /* 'a|b': of variables that the site may see */
	const char *cache;   /* 'a|b': what makes the next build faster */
	const char *hint;    /* what to do when there is no output */
	const char *program; /* which it needs and is no package, or NULL */
	unsigned int flags;
#define FRAMEWORK_SPA     0x01 /* unknown paths are its index.html's */
#define FRAMEWORK_ROUTE   0x02 /* spa unless there is a 404.html */
#define FRAMEWORK_PAGE200 0x10 /* they are its 200.html's, if it has one */
#define FRAMEWORK_SERVER  0x04 /* answers requests: not a site */
#define FRAMEWORK_WEAK    0x08 /* only where there is no index.html */
};

/* What is left of those that fit; at the least "other" or "static". */
const struct framework *framework_detect(struct arena *, const struct package *,
    int root, const char *dir);

const struct framework *framework_find(const char *name); /* or NULL */

/*
 * What builds it: a script of package.json, run as its workspace does, or else
 * the framework's own command, "" where it has none.
 */
const char *framework_command(const struct framework *, const struct package *,
    struct arena *, int *own);

/* The next of 'a|b', of which n bytes are it; NULL after the last. */
const char *framework_part(const char **list, size_t *n);

/* Does the name of an output file change with its content? */
int framework_hashed(const struct framework *, const char *path);

#endif
