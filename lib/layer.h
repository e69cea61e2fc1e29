/*
 * layer -- the layers of a build image, and what programs each has.
 *
 *	<dir>/NAME.sqfs		a file system
 *	<dir>/NAME.programs	of an extra: what its bin directories have, a
 *				name a line
 *
 * base.sqfs and one nodeNN.sqfs make a root directory; every other layer, an
 * extra, is in each of them.  A record is there before its layer is, so what a
 * record names can be run; what has none was made by an older version, and has
 * what lib/rootfs.c says.
 */
#ifndef LAYER_H
#define LAYER_H

#include <stddef.h>

#include "rc.h"

#define LAYER_EXTRAS 32 /* most of one image */
#define LAYER_NAME   32 /* bytes of a name */

struct layers {
	char name[LAYER_EXTRAS][LAYER_NAME + 1];
	size_t n;
};

/* Can an image, or a layer, be called so? */
int layer_name_ok(const char *);
/* Can a layer other than base and Node? */
int layer_is_extra(const char *);

/* The extras of an image, in the order of their names, which stays the same. */
enum rc layer_extras(const char *dir, struct layers *) MUST_CHECK;

/* Is that one of its programs? */
int layer_has(const char *dir, const char *name, const char *program);

/* The extra of ours that would have it, or NULL. */
const char *layer_known(const char *program);

#endif
