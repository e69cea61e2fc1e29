/*
 * root -- the side of the cage that is root, and all of it.
 *
 * helper.c	a process for each slot, which is asked for cages, one after the
 *		other: forks a warden for each, kills it when its time is over,
 *		and clears up after it
 * warden.c	one cage: what its build, and its keeper, may want of root
 * work.c	its disk; mount.c and cgroup.c are their tools
 *
 * It parses fixed structs (cage-msg.h) and nothing else, and what it does with
 * a stranger's disk is to mount it, having made its file system itself.  All
 * that a cage needs beside that is done by its keeper (keep.h), which is root
 * only in a user namespace of the slot's own ids; its limits are set by
 * somebody who has nothing else (bounds.c).
 */
#ifndef ROOT_H
#define ROOT_H

#include <sys/types.h>

#include <limits.h>
#include <stdatomic.h>

#include "builderd/cage/keep.h"

/* Milliseconds of CLOCK_BOOTTIME; main writes them, a slot reads its own. */
struct helper_shared {
	_Atomic uint64_t deadline[CAGE_SLOTS];
};

#define WORK_LAYERS 2 /* most that lie beneath a workspace */

struct warden {
	struct conf conf; /* with this cage's own limits */
	struct cage_bind bind;
	uint32_t slot;
	uid_t base; /* first of its ids */
	int line;   /* to the build */
	int keeper; /* the line to it */
	pid_t pid;  /* of it, or 0 */
	int opened, saved;
	int ids; /* of the keeper: its user namespace */
	int layers;
};

/*
 * helper.c: until the other end is gone.  What it answers there brings the
 * line to each slot.
 */
void helper_main(const struct conf *, struct helper_shared *, int sock)
    __attribute__((noreturn));
/* warden.c: one cage until its caller is gone. */
void warden_main(struct warden *) __attribute__((noreturn));

/* work.c; where the work image of a slot is. */
void work_path(char path[PATH_MAX], const struct conf *, uint32_t slot);
enum rc work_open(struct warden *) MUST_CHECK;
/* A workspace of what was laid, or a read-only view of it all. */
enum rc work_merge(const struct warden *, int readonly, int *fd) MUST_CHECK;
enum rc work_layer(struct warden *, const char *key) MUST_CHECK;
void work_reset(struct warden *);
enum rc work_save(struct warden *, const char *key) MUST_CHECK;

/*
 * mount.c: a file system in a file, in a directory where nobody but root may
 * write; the loop device lets go by itself with the last unmount.
 */
enum rc mount_loop(const char *file, const char *dir, const char *type,
    const char *options) MUST_CHECK;
/*
 * A mount without a place, of a directory and nothing that a link leads to.  An
 * id on the disk is what that user namespace, if it is not -1, makes of it.
 */
enum rc mount_clone(int *, const char *from, int ids, int readonly) MUST_CHECK;
/* The layers of build images, each at KEEP_IMAGE/name.sqfs. */
enum rc mount_images(const struct conf *) MUST_CHECK;
/* Runs that in a process of its own, which ends when we do. */
enum rc child_run(int (*)(const void *), const void *) MUST_CHECK;
/* One of the system's programs, with nothing of ours in its environment. */
enum rc tool_run(const char *const argv[]) MUST_CHECK;
/* A directory that only that user may enter, made or taken over; its mode. */
enum rc private_dir(const char *path, uid_t owner, mode_t) MUST_CHECK;

/* cgroup.c; id is one path element. */
enum rc cgroup_init(const struct conf *) MUST_CHECK;
enum rc cgroup_make(const char *id, const struct conf *, pid_t) MUST_CHECK;
/* Is nothing left of it? */
int cgroup_remove(const char *id, const struct conf *) MUST_CHECK;
void cgroup_end(void); /* there will be no more cages */

#endif
