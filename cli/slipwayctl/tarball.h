/*
 * tarball -- what is fetched from the npm registry for build images, and how
 * we know that it is that.
 */
#ifndef TARBALL_H
#define TARBALL_H

#include "arena.h"

#define TARBALL_NODE "22" /* made unless told otherwise */

struct tarball {
	const char *package, *version;
	const char *integrity; /* "sha512-..." */
	const char *where;     /* in the layer */
	int major;             /* of Node; 0 for what goes beside it */
	const char *machine;   /* as uname(2) says; NULL: any */
	const char *layer;     /* of its own, or NULL */
};

struct tarball_link {
	const char *path, *target;
};
extern const struct tarball_link tarball_links[]; /* ends with NULL */
extern const struct tarball_link tarball_bun[];

const struct tarball *tarball_node(int major); /* for this machine; or NULL */
const struct tarball *tarball_manager(size_t); /* NULL after the last */
const struct tarball *tarball_layer(
    const char *);                          /* for this machine; or NULL */
const char *tarball_majors(struct arena *); /* "20, 22, 24" */

/* Fetch into a folder and check; RC_CONFLICT if it is something else. */
enum rc tarball_fetch(struct arena *, const struct tarball *,
    const char *folder, const char **file) MUST_CHECK;

#endif
