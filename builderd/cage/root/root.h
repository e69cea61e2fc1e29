/*
 * root -- the side of the cage that is root, and all of it.
 *
 * helper.c	all that is done once, before anybody can ask for anything, up
 *		to a process for each slot
 * give.c	of that: what cgroups are made in is given to the steward
 * slot.c	one cage after the other: a warden for each, killed in time,
 *		and what it leaves cleared up
 * warden.c	one cage: what its build may want of root
 * work.c	its disk
 * mount.c	tools of all
 * cgroup.c	what a cage is in, and the steward
 * calls.c	the system calls that each of them is left with
 *
 * It parses fixed structs (cage-msg.h) and nothing else, and what it does with
 * a stranger's disk is to mount it, having made its file system itself.  All
 * that a cage needs beside that is done by its keeper (keep.h), which is root
 * only in a user namespace of the slot's own ids; its limits are set, and its
 * file system is made, by a steward who has nothing else (bounds.c, disk.c).
 */
#ifndef ROOT_H
#define ROOT_H

#include <sys/types.h>

#include <limits.h>
#include <stdatomic.h>

#include "builderd/cage/keep.h"

/* What main and the slots know of one another. */
struct helper_shared {
	/* Of main, in milliseconds of CLOCK_BOOTTIME. */
	_Atomic uint64_t deadline[CAGE_SLOTS];
	/* Of the slot: what was in it last cannot be ended. */
	_Atomic int stuck[CAGE_SLOTS];
};

#define WORK_LAYERS 2 /* most that lie beneath a workspace */
#define WORK_LAID   8 /* most that a cage ever mounts */

/* In a file system of the helper's; a warden mounts its own over these. */
#define WORK_MERGED KEEP_TOP "/merged"
#define WORK_LAYER  KEEP_TOP "/layer%d"

struct warden {
	struct conf conf; /* with this cage's own limits */
	struct cage_bind bind;
	uid_t base;          /* first of its ids */
	char id[16];         /* of the slot: what its cgroup is called */
	char disk[PATH_MAX]; /* the work image */
	int file;            /* that one, until it is mounted */
	pid_t pid;           /* of the keeper */
	pid_t steward;
	int to_keeper, to_steward;
	int opened, saved;
	int layers, laid;
	char beneath[128]; /* the layers, as overlayfs wants them */
};

/*
 * Descriptors: the line to the loop; user namespaces, which say who somebody is
 * on a disk: all of the slot's ids, or the build alone; the lock of all of us.
 */
enum { HELPER_SOCK = 3, HELPER_ALL, HELPER_BUILD, HELPER_LOCK };

/*
 * helper.c: until the other end is gone.  What it answers there brings the
 * line to each slot.
 */
void helper_main(const struct conf *, struct helper_shared *, int sock)
    __attribute__((noreturn));
/* give.c */
enum rc cgroup_init(const struct conf *) MUST_CHECK;
void cgroup_end(void); /* there will be no more cages */
/* slot.c: one cage after the other, until the loop is gone. */
void slot_main(struct warden *, const _Atomic uint64_t *deadline,
    _Atomic int *stuck) __attribute__((noreturn));
/* warden.c: one cage until it is killed. */
void warden_main(struct warden *, int line) __attribute__((noreturn));

/*
 * calls.c: from here on a process has the system calls that it needs, and is
 * killed by any other.  Those of a slot are had by all that runs in its cages,
 * so it says what none of them may, which then fails.
 */
void calls_helper(void);
void calls_slot(void);
void calls_warden(pid_t keeper);

/*
 * work.c: a file, and in the end root's alone again, with the file system that
 * the steward made in it.
 */
enum rc work_make(struct warden *) MUST_CHECK;
enum rc work_open(const struct warden *) MUST_CHECK;
/* A workspace of what was laid, or a read-only view of it all. */
enum rc work_merge(const struct warden *, int readonly, int *fd) MUST_CHECK;
enum rc work_layer(struct warden *, const char *key) MUST_CHECK;
void work_reset(struct warden *);
enum rc work_save(struct warden *, const char *key) MUST_CHECK;

/*
 * mount.c: a file system in an open file, which is closed, in a directory where
 * nobody but root may write.
 */
enum rc mount_loop(int file, const char *dir, const char *type,
    unsigned long flags, const char *options) MUST_CHECK;
/*
 * A mount without a place, of a directory and nothing that a link leads to, or
 * -1.  An id on the disk is what that user namespace, if there is one, makes of
 * it.
 */
int mount_clone(const char *from, int ids, int readonly);
/* The same at a place. */
enum rc mount_at(const char *from, int ids, int readonly,
    const char *to) MUST_CHECK;
/*
 * The layers of build images, each at KEEP_IMAGE/name.sqfs; what is mounted
 * from then on is this process's own.
 */
enum rc mount_images(const struct conf *) MUST_CHECK;
/* In a process's new user namespace n ids from id on are those from uid on. */
int map_ids(pid_t, int id, uid_t uid, int n);
/* A directory that only that user may enter, made or taken over; its mode. */
enum rc private_dir(const char *path, uid_t owner, mode_t) MUST_CHECK;

/* cgroup.c: the directories of what a cage is in, by the kernel's version. */
extern const char *const cgroup_controllers[][6];
/*
 * The steward, the first user after those of all slots.  A process of his; how
 * it ended; and both, with one of bounds.c in between.
 */
uid_t steward(const struct conf *);
pid_t steward_fork(const struct conf *);
enum rc steward_end(pid_t) MUST_CHECK;
enum rc steward_does(enum rc (*)(const char *what, const struct conf *),
    const char *what, const struct conf *) MUST_CHECK;
enum rc cgroup_enter(const char *id, pid_t) MUST_CHECK;
void cgroup_kill(const char *id);

#endif
