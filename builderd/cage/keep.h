/*
 * keep -- the privileged side: what helper, keeper and their tools share.
 *
 * Everything here runs as root, in a mount namespace that the host does not
 * see.  KEEP_TOP in it is a small tmpfs; nothing of ours is mounted elsewhere,
 * so that every path given to the runtime can be walked by the user it maps
 * root to, and so that the end of the last process undoes all mounts.
 */
#ifndef KEEP_H
#define KEEP_H

#include <sys/types.h>

#include <limits.h>
#include <stdatomic.h>

#include "cage-msg.h"

#define KEEP_TOP   "/dev/shm"
#define KEEP_CAGE  KEEP_TOP "/cage"   /* a keeper's own, on a tmpfs again */
#define KEEP_IMAGE KEEP_TOP "/images" /* mounted once, by the helper */

#define CAGE_UID  1000  /* who a build is, inside and on disk */
#define CAGE_UIDS 65536 /* in one slot's range */

struct helper_shared;

struct keep {
	const struct conf *conf;
	struct cage_ask spec;
	int sock;
	struct helper_shared *shared;
	_Atomic uint64_t *deadline; /* of this slot */
	uid_t view_uid;             /* who reads what cage_tree() gives */
	gid_t view_gid;
};

/* mount.c */
enum rc mount_private(void) MUST_CHECK;
enum rc mount_loop(const char *file, const char *dir, const char *type,
    unsigned long flags) MUST_CHECK;
/* A descriptor of "on disk" to "on the host", for mount_idmapped(). */
enum rc idmap_open(int *, const char *uids, const char *gids) MUST_CHECK;
enum rc mount_idmapped(const char *from, const char *to, int idmap,
    int readonly) MUST_CHECK;
enum rc mount_bind(const char *from, const char *to, int readonly) MUST_CHECK;
enum rc mount_overlay(const char *to, const char *options,
    unsigned long flags) MUST_CHECK;
enum rc mount_trim(const char *dir) MUST_CHECK;
enum rc run_tool(const char *const argv[]) MUST_CHECK;

/* image.c: the root file systems; called by the helper. */
enum rc image_check(const struct conf *) MUST_CHECK;
enum rc image_mount(const struct conf *) MUST_CHECK;
enum rc image_root(const struct conf *, const char *name, char root[PATH_MAX],
    int may_mount) MUST_CHECK;

/* cgroup.c; id is one path element, unique for each run. */
enum rc cgroup_init(const struct conf *) MUST_CHECK;
enum rc cgroup_hide(void) MUST_CHECK; /* by each keeper */
const char *cgroup_parent(void);      /* as the runtime wants it */
int cgroup_swap(void);                /* can it be limited? */
uint64_t cgroup_sockets(const struct conf *);
enum rc cgroup_verify(const char *id, const struct conf *) MUST_CHECK;
void cgroup_read(const char *id, struct cage_end *);
void cgroup_remove(const char *id); /* kills what is left in it */
void cgroup_sweep(const char *prefix);

/* private.c: directories of the state that others may not touch. */
enum rc private_dir(const char *path, uid_t owner) MUST_CHECK;
enum rc private_top(const char *path) MUST_CHECK;
int private_file(const char *path);

/* bundle.c */
struct bundle {
	const char *dir, *root, *cgroup;
	uid_t base;
	enum cage_kind kind;
	int upload; /* there is one to see */
};
enum rc bundle_write(const struct bundle *, const struct conf *) MUST_CHECK;
void seccomp_write(void *file); /* a FILE: the "seccomp" object */

/* net.c: sockets in the network of a process, in the order of cage_io. */
enum rc net_open(pid_t, const uint16_t ports[CAGE_PORTS],
    int fds[CAGE_PORTS * 2 + 2]) MUST_CHECK;

/* keeper.c: serves one cage until its caller is gone; does not return. */
void keeper_main(struct keep *) __attribute__((noreturn));
void keep_names(const struct keep *, char image[PATH_MAX], char id[64]);

#endif
