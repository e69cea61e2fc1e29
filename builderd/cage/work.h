/*
 * work -- the disk of one cage: its work image, and what is laid over it.
 *
 *	src	the checkout	up, wk	what a build changed	home
 *
 * Saved for later builds, an image has only "keep".
 */
#ifndef WORK_H
#define WORK_H

#include "keep.h"

#define WORK_LAYERS 2 /* most that lie beneath a workspace */

struct work {
	const struct keep *k;
	char file[PATH_MAX]; /* "" once it was saved, or never made */
	int idmap;           /* on disk to this slot */
	int layers, upload, viewed;
};

enum rc work_open(struct work *, const struct keep *) MUST_CHECK;
void work_close(struct work *);

enum rc work_merge(struct work *) MUST_CHECK; /* mount /workspace */
void work_split(struct work *);               /* and unmount it */
int work_full(void);

enum rc work_tree(struct work *, int *fd) MUST_CHECK;
enum rc work_layer(struct work *, const char *key, int like) MUST_CHECK;
enum rc work_reset(struct work *) MUST_CHECK;
enum rc work_save(struct work *, const char *key) MUST_CHECK;

#endif
