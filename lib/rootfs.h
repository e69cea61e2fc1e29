/*
 * rootfs -- what every root directory of a cage has.
 *
 * The OCI runtime cannot make a mount point on a read-only root, so all of
 * them are there from the start: in the images that slipwayctl(8) makes, and
 * in the skeleton over which builderd lays this machine's own /usr.
 */
#ifndef ROOTFS_H
#define ROOTFS_H

#include "rc.h"

/* Make what is missing below root. */
enum rc rootfs_skeleton(const char *root) MUST_CHECK;

/* Layers that slipwayctl(8) can make besides base and Node, for programs. */
struct rootfs_extra {
	const char *name;
	const char *packages; /* of Debian, "a,b"; NULL: see tarball.c */
	const char *programs; /* " a b ": what it is made for */
};
extern const struct rootfs_extra rootfs_extras[]; /* ends with NULL */

#endif
