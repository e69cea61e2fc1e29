/*
 * framework -- what a project is made with, and what follows from that.
 */
#ifndef FRAMEWORK_H
#define FRAMEWORK_H

#include "package.h"

struct framework {
	const char *name; /* as in a project's settings */
	const char *title;
	const char *deps;    /* any of these packages, divided by '|' */
	const char *files;   /* or any of these: "name" or "name~text in it" */
	const char *command; /* builds it, unless package.json has a script */
	const char *scripts; /* which script, best first */
	const char *output;  /* where it leaves the site, best first */
	const char *hashed;  /* where every name changes with its content */
	const char *prefix;  /* of variables that the site may see, or NULL */
	const char *hint;    /* what to do when there is no output */
	unsigned int flags;
#define FRAMEWORK_SPA   0x01 /* unknown paths are its index.html's */
#define FRAMEWORK_BOTH  0x02 /* a package and a file, not either */
#define FRAMEWORK_OWN   0x04 /* needs a program that is no package */
#define FRAMEWORK_ROUTE 0x08 /* spa unless there is a 404.html */
};

/* The first that fits; at the least "other" or "static". */
const struct framework *framework_detect(struct arena *, const struct package *,
    int root, const char *dir);

const struct framework *framework_find(const char *name); /* or NULL */

/* Does the name of an output file change with its content? */
int framework_hashed(const struct framework *, const char *path);

#endif
