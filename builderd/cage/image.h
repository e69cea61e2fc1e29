/*
 * image -- what a cage has as its root directory.
 *
 *	<state-dir>/images/<build-image>/base.sqfs	Debian, git, CA bundle
 *	<state-dir>/images/<build-image>/nodeNN.sqfs	Node and the package
 *							managers, over it
 *	<state-dir>/images/<build-image>/hugo.sqfs	and others that every
 *							build sees, between
 *							these two
 *
 * cage_spec.image picks one: "nodeNN", "default" (the highest there is) or
 * "host" (this machine's own /usr, read only).
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "conf.h"

#define IMAGE_MAJORS 16

/* The majors of Node that cages can have, the highest first. */
size_t image_majors(const struct conf *, int majors[IMAGE_MAJORS]);

/* Can cages run that program, which is no part of a base or of Node? */
int image_has(const struct conf *, const char *program);

#endif
