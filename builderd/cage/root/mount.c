#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/loop.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

#define LOOP_TRIES 64
#define QUEUE      "/sys/block/loop%d/queue/"

int
file_put(const char *text, const char *format, ...)
{
	ssize_t n = (ssize_t)strlen(text);
	char path[PATH_MAX];
	va_list ap;
	int fd, bad;

	va_start(ap, format);
	vsnprintf(path, sizeof(path), format, ap);
	va_end(ap);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	bad = write(fd, text, (size_t)n) != n;
	close(fd);
	return bad ? -1 : 0;
}

int
map_ids(pid_t pid, int id, uid_t uid, int n)
{
	char map[64];

	snprintf(map, sizeof(map), "%d %u %d\n", id, uid, n);
	return file_put(map, "/proc/%d/uid_map", (int)pid) == -1 ?
	    -1 :
	    file_put(map, "/proc/%d/gid_map", (int)pid);
}

/*
 * Root makes, mounts and renames files in these by their names, so nobody else
 * may ever write there.  One that is another's, or a link, is a trap or a
 * mistake of whoever made it: it is taken over, or refused.
 */
enum rc
private_dir(const char *path, uid_t owner, mode_t mode)
{
	int fd, bad;

	(void)mkdir(path, 0700);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bad = fd == -1 || fchown(fd, owner, owner) == -1 ||
	    fchmod(fd, mode) == -1;
	if (bad)
		log_warn("%s", path);
	if (fd != -1)
		close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/*
 * The loop device lets go by itself, with the last unmount.
 *
 * A disk that is written is not kept in memory as a file of the host's, too:
 * that would all be copied, and written by the kernel, once more.  Where the
 * host's file system cannot write directly, it is all the same.
 *
 * And only so much of it is on its way at a time: all that has arrived is
 * ticked off page by page in one interrupt, and no server goes before that.
 */
enum rc
mount_loop(int file, const char *dir, const char *type, unsigned long flags,
    const char *options)
{
	int written = (flags & MS_RDONLY) == 0, all, n, fd = -1, tries = 0, bad;
	struct loop_config c = { .fd = (unsigned int)file,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR |
		    (written ? LO_FLAGS_DIRECT_IO : LO_FLAGS_READ_ONLY) };
	char path[32];

	all = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	do { /* until no other is first */
		close(fd);
		n = ioctl(all, LOOP_CTL_GET_FREE);
		snprintf(path, sizeof(path), "/dev/loop%d", n);
		fd = open(path, (written ? O_RDWR : O_RDONLY) | O_CLOEXEC);
		bad = fd == -1 || ioctl(fd, LOOP_CONFIGURE, &c) == -1;
	} while (bad && errno == EBUSY && ++tries < LOOP_TRIES);
	if (!bad && written &&
	    (file_put("8", QUEUE "nr_requests", n) == -1 ||
		file_put("32", QUEUE "max_sectors_kb", n) == -1))
		log_debug("%s: much is written at a time", path);
	bad = bad || mount(path, dir, type, flags, options) == -1;
	if (bad)
		log_warn("mount at %s", dir);
	close(fd);
	close(all);
	close(file);
	return bad ? RC_FAIL : RC_OK;
}

int
mount_clone(const char *from, int ids, int readonly)
{
	struct mount_attr a = { .attr_set =
				    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	int fd;

	if (readonly)
		a.attr_set |= MOUNT_ATTR_RDONLY;
	if (ids != 0) {
		a.attr_set |= MOUNT_ATTR_IDMAP;
		a.userns_fd = (unsigned int)ids;
	}
	fd = open_tree(AT_FDCWD, from,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	if (fd != -1 &&
	    mount_setattr(fd, "", AT_EMPTY_PATH, &a, sizeof(a)) == 0)
		return fd;
	log_warn("mount %s", from);
	close(fd);
	return -1;
}

enum rc
mount_at(const char *from, int ids, int readonly, const char *to)
{
	int fd = mount_clone(from, ids, readonly), bad;

	bad = fd == -1 ||
	    move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) == -1;
	if (bad)
		log_warn("mount %s", to);
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/*
 * Of names like "base.sqfs" and "node22.sqfs"; all anew, in a place of their
 * own, when their folder has changed: a cage that began before keeps the old
 * ones, since what another has mounted are copies.
 */
static enum rc
mount_layers(const struct conf *conf)
{
	char path[PATH_MAX];
	struct stat st, was;
	enum rc rc = RC_OK;
	glob_t g;
	size_t i;

	snprintf(path, sizeof(path), "%s/images/%s", conf->state_dir,
	    conf->build_image);
	if (stat(path, &st) == -1 ||
	    (stat(KEEP_IMAGE, &was) == 0 &&
		memcmp(&st.st_mtim, &was.st_mtim, sizeof(st.st_mtim)) == 0))
		return RC_OK;
	(void)umount2(KEEP_IMAGE, MNT_DETACH);
	strncat(path, "/*.sqfs", sizeof(path) - strlen(path) - 1);
	if (mount("none", KEEP_IMAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=64k,mode=755") == -1 ||
	    glob(path, 0, NULL, &g) != 0)
		return RC_FAIL;
	for (i = 0; rc == RC_OK && i < g.gl_pathc; i++) {
		snprintf(path, sizeof(path), KEEP_IMAGE "%s",
		    strrchr(g.gl_pathv[i], '/'));
		(void)mkdir(path, 0755);
		rc = mount_loop(open(g.gl_pathv[i], O_RDONLY | O_CLOEXEC), path,
		    "squashfs", MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
	}
	globfree(&g);
	if (rc == RC_OK)
		utimensat(AT_FDCWD, KEEP_IMAGE,
		    (struct timespec[]){ st.st_atim, st.st_mtim }, 0);
	return rc;
}

/*
 * One after the other: each sees all of what is mounted when it has its own.
 * The lock is on what no keeper can open.
 */
enum rc
mount_images(const struct conf *conf)
{
	char path[PATH_MAX];
	int fd, bad;

	snprintf(path, sizeof(path), "%s/work", conf->state_dir);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bad = flock(fd, LOCK_EX) == -1 || mount_layers(conf) != RC_OK ||
	    unshare(CLONE_NEWNS) == -1;
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}
