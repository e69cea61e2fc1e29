/*
 * work -- the disk of one cage: its work image, and what is laid over it.
 *
 *	src	the checkout	up, wk	what a build changed	home
 *
 * Saved for later builds, an image has only "keep".
 */
#ifndef WORK_H
#define WORK_H

#include "root.h"

#define WORK_LAYERS 2 /* most that lie beneath a workspace */

struct work {
	const struct keep *k;
	char file[PATH_MAX]; /* "" once it was saved, or never made */
	int idmap;           /* on disk to this slot */
	int layers, upload, viewed;
};

enum rc work_open(struct work *, const struct keep *) MUST_CHECK;
void work_close(struct work *);

uid_t work_base(const struct keep *); /* first of the slot's ids */
enum rc work_mounts(struct work *, int fds[KEEP_FDS]) MUST_CHECK;
enum rc work_merge(struct work *, int *fd) MUST_CHECK; /* a /workspace */

enum rc work_tree(struct work *, int *fd) MUST_CHECK;
enum rc work_layer(struct work *, const char *key, int like) MUST_CHECK;
enum rc work_reset(struct work *) MUST_CHECK;
enum rc work_save(struct work *, const char *key) MUST_CHECK;

#endif
