/*
 * keep -- the keeper of a cage, and its tools.
 *
 * It is root in a user namespace that has the slot's ids and no others, the
 * first process of a pid namespace, and in the cgroup of its cage: when it
 * ends, nothing of the cage is left.  Its warden has mounted the disk, and what
 * the project has else: these mounts are locked, and another's in the end.
 */
#ifndef KEEP_H
#define KEEP_H

#include <sys/types.h>

#include <limits.h>

#include "cage-msg.h"

#define KEEP_TOP  "/dev/shm"
#define KEEP_CAGE KEEP_TOP "/cage" /* a tmpfs of its own */
/* What is root's to mount. */
#define KEEP_IMAGE  KEEP_TOP "/images"
#define KEEP_WORK   KEEP_TOP "/work"
#define KEEP_MIRROR KEEP_TOP "/mirror"
#define KEEP_UPLOAD KEEP_TOP "/upload" /* empty, if there is none */
#define WORK_PARTS  KEEP_TOP "/parts"  /* what a new disk has */

#define CAGE_UID    1000  /* who a build is, inside and on disk */
#define CAGE_UIDS   65536 /* in one slot's range */
#define KERNEL_PIDS 256   /* threads of a kernel that runsc brings along */
#define KEEP_PIDS   8     /* that are not the build's */

/* image.c: where the root of an image is, mounted if it is not. */
enum rc image_root(const struct conf *, const char *name,
    char root[PATH_MAX]) MUST_CHECK;
enum rc image_check(const struct conf *) MUST_CHECK;
/* What everybody may read there, with what is mounted below, to be read. */
enum rc mount_bind(const char *from, const char *to) MUST_CHECK;

#ifndef CGROUP_TOP /* a test has another */
#define CGROUP_TOP "/sys/fs/cgroup"
#endif

/* root/mount.c: writes a text to the file that the format names. */
int file_put(const char *text, const char *format, ...) PRINTF(2, 3);

/*
 * bounds.c: for the steward, a user who has nothing else.  What all cages have
 * together, the limits of one, and its end, unless something is left in it.
 */
#define CGROUP_CONTROLLERS "+memory +pids +cpu"
enum rc bounds_init(const char *, const struct conf *) MUST_CHECK;
enum rc bounds_set(const char *id, const struct conf *) MUST_CHECK;
enum rc bounds_clear(const char *id, const struct conf *) MUST_CHECK;

/*
 * disk.c, for the steward: a file system for a cage to write, in an open file
 * of the steward's, the descriptor in digits.
 */
enum rc disk_make(const char *file, const struct conf *) MUST_CHECK;

/* count.c: what its cgroup counted, since the last count. */
struct counts {
	uint64_t oom, pids, cpu;
};
extern char cgroup_parent[256]; /* of all cages */
extern int cgroup_v2;
extern dev_t cgroup_dev; /* of the file system with their disks */
void count_start(struct counts *, const char *id);
void count_end(const struct counts *, const char *id, struct cage_end *);
/*
 * Was something in it killed for memory, or it refused that many processes?
 * Where the kernel can, poll() tells of either with POLLPRI.
 */
void count_watch(const char *id, int fds[2]);
int count_beyond(const struct counts *, const int fds[2], int pids);

/* bundle.c */
struct bundle {
	const char *dir, *root;
	enum cage_kind kind;
};
enum rc bundle_write(const struct bundle *) MUST_CHECK;
void seccomp_write(void *file); /* a FILE: the "seccomp" object */

/* net.c: sockets in the network of a process, in the order of cage_io. */
enum rc net_open(pid_t, int ipv6, const uint16_t ports[CAGE_PORTS],
    int fds[CAGE_PORTS * 2 + 2]) MUST_CHECK;
int net_ipv6(void); /* does the host have it? */

/*
 * keeper.c: to be called in a user and a pid namespace of its own, as their
 * root.
 */
struct keeper {
	const struct conf *conf;
	const char *id;
	int line; /* to builderd */
	int ipv6;
};
void keeper_main(struct keeper *) __attribute__((noreturn));

#endif
