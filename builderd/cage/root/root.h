/*
 * root -- the side of the cage that is root, and all of it.
 *
 * helper.c	is asked for cages, and forks a warden for each
 * warden.c	one cage: makes it, answers for it, kills it at its deadline
 * work.c	its disk; mount.c, cgroup.c and private.c are their tools
 *
 * It parses fixed structs (cage-msg.h) and nothing else, and what it does with
 * a stranger's disk is to mount it, having made its file system itself.  All
 * that a cage needs beside that is done by its keeper (keep.h), which is root
 * only in a user namespace of the slot's own ids.
 */
#ifndef ROOT_H
#define ROOT_H

#include <sys/types.h>

#include <limits.h>
#include <stdatomic.h>

#include "builderd/cage/keep.h"

struct helper_shared;

struct keep {
	const struct conf *conf; /* with this cage's own limits */
	struct cage_bind spec;
	struct cage_ask ask;
	int line; /* to the build */
	_Atomic uint64_t *deadline;
	struct helper_shared *shared;
	uid_t view_uid; /* who reads what cage_tree() gives */
	gid_t view_gid;
};

/* mount.c */
enum rc mount_private(void) MUST_CHECK;
enum rc mount_loop(const char *file, const char *dir, const char *type,
    unsigned long flags) MUST_CHECK;
/* A process of its own for a moment, or for good: pid, in new namespaces. */
enum rc idmap_write(pid_t, const char *ids, const char *gids) MUST_CHECK;
/* A descriptor of "on disk" to "on the host", for mount_clone(). */
enum rc idmap_open(int *, const char *uids, const char *gids) MUST_CHECK;
/* A mount without a place; idmap may be -1. */
enum rc mount_clone(int *, const char *from, int idmap,
    int readonly) MUST_CHECK;
enum rc mount_idmapped(const char *from, const char *to, int idmap,
    int readonly) MUST_CHECK;
enum rc mount_overlay(const char *to, const char *options,
    unsigned long flags) MUST_CHECK;
enum rc mount_trim(const char *dir) MUST_CHECK;
enum rc run_tool(const char *const argv[]) MUST_CHECK;
/* The layers of build images, each at KEEP_IMAGE/name.sqfs. */
enum rc mount_images(const struct conf *) MUST_CHECK;

/* cgroup.c; id is one path element. */
enum rc cgroup_init(const struct conf *) MUST_CHECK;
enum rc cgroup_make(const char *id, const struct conf *, pid_t) MUST_CHECK;
void cgroup_remove(const char *id);
void cgroup_sweep(void);

/* private.c: directories of the state that others may not touch. */
enum rc private_dir(const char *path, uid_t owner) MUST_CHECK;
enum rc private_top(const char *path) MUST_CHECK;
int private_file(const char *path);

/* warden.c: one cage until its caller is gone; does not return. */
void warden_main(struct keep *) __attribute__((noreturn));
void keep_names(const struct keep *, char image[PATH_MAX], char id[64]);

#endif
