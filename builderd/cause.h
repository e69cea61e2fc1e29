/*
 * cause -- why a command of the project failed, in one line, with the cure.
 *
 * A table of what the tools say when something well known is wrong.  What it
 * does not know it does not guess at.
 */
#ifndef CAUSE_H
#define CAUSE_H

#include "arena.h"
#include "package.h"

#define CAUSE_TAIL 32768 /* bytes of the output that are looked at */

struct cause {
	const char *code; /* for programs */
	const char *why;  /* for people: the cause and the cure */
};

/*
 * What the end of a command's output tells; 0 if nothing.  An import is
 * compared with the files of the checkout, root, unless it is -1, and with what
 * the package depends on.
 */
int cause_find(struct cause *, struct arena *, const char *text, size_t,
    const struct package *, int root);

#endif
