/*
 * image -- what a cage has as its root directory.
 *
 *	<state-dir>/images/<build-image>/base.sqfs	Debian, git, CA bundle
 *	<state-dir>/images/<build-image>/nodeNN.sqfs	Node and the package
 *							managers, over it
 *
 * cage_spec.image picks one: "nodeNN", "default" (the highest there is) or
 * "host" (this machine's own /usr, read only).
 */
#ifndef IMAGE_H
#define IMAGE_H

#include "conf.h"

#define IMAGE_MAJORS 16

struct image_file {
	const char *path, *text;
};

extern const char *const image_dirs[];        /* mount points, and above */
extern const struct image_file image_files[]; /* below /etc */

/* The majors of Node that cages can have, the highest first. */
size_t image_majors(const struct conf *, int majors[IMAGE_MAJORS]);

enum rc image_skeleton(const char *root) MUST_CHECK;

/* slipwayctl image: make the layers.  Its exit code. */
int image_main(int argc, char **argv, const struct conf *);

#endif
