#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

/*
 * A mount namespace of our own.  What the host unmounts goes away here too;
 * what is mounted here is never seen there.
 */
enum rc
mount_private(void)
{
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == -1) {
		log_warn("mount namespace");
		return RC_FAIL;
	}
	return RC_OK;
}

/* The loop device lets go of the file by itself with the last unmount. */
enum rc
mount_loop(const char *file, const char *dir, const char *type,
    unsigned long flags)
{
	struct loop_config c = { .block_size = 0 };
	int how = (flags & MS_RDONLY) ? O_RDONLY : O_RDWR;
	int ctl, fd = -1, dev = -1, n, tries = 16;
	enum rc rc = RC_FAIL;
	char path[32];

	if ((ctl = open("/dev/loop-control", O_RDWR | O_CLOEXEC)) == -1 ||
	    (fd = open(file, how | O_NOFOLLOW | O_CLOEXEC)) == -1)
		goto out;
	c.fd = (unsigned int)fd;
	c.info.lo_flags =
	    LO_FLAGS_AUTOCLEAR | ((flags & MS_RDONLY) ? LO_FLAGS_READ_ONLY : 0);
	for (;;) {
		if ((n = ioctl(ctl, LOOP_CTL_GET_FREE)) == -1)
			goto out;
		snprintf(path, sizeof(path), "/dev/loop%d", n);
		if ((dev = open(path, how | O_CLOEXEC)) == -1)
			goto out;
		if (ioctl(dev, LOOP_CONFIGURE, &c) == 0)
			break;
		if (errno != EBUSY || --tries == 0)
			goto out;
		close(dev); /* somebody else was first */
	}
	if (mount(path, dir, type, flags, NULL) == -1)
		goto out;
	rc = RC_OK;
out:
	if (rc != RC_OK)
		log_warn("mount %s", file);
	if (dev != -1)
		close(dev);
	if (fd != -1)
		close(fd);
	if (ctl != -1)
		close(ctl);
	return rc;
}

static int
put(pid_t pid, const char *name, const char *text)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	n = write(fd, text, strlen(text));
	close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* A user namespace exists only by a process in it, until it is opened. */
enum rc
idmap_open(int *fd, const char *uids, const char *gids)
{
	char path[64];
	pid_t pid;

	*fd = -1;
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0)
		for (;;)
			pause();
	if (pid != -1) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
		if (put(pid, "uid_map", uids) == 0 &&
		    put(pid, "gid_map", gids) == 0)
			*fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (*fd == -1)
		log_warn("map user ids");
	if (pid != -1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return *fd == -1 ? RC_FAIL : RC_OK;
}

enum rc
mount_idmapped(const char *from, const char *to, int idmap, int readonly)
{
	struct mount_attr a = { .userns_fd = (unsigned int)idmap };
	int fd, bad;

	a.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (readonly)
		a.attr_set |= MOUNT_ATTR_RDONLY;
	if ((fd = open_tree(AT_FDCWD, from,
		 OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)) == -1) {
		log_warn("%s", from);
		return RC_FAIL;
	}
	bad = mount_setattr(fd, "", AT_EMPTY_PATH, &a, sizeof(a)) == -1 ||
	    move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) == -1;
	if (bad)
		log_warn("%s: mount with mapped user ids", from);
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

enum rc
mount_bind(const char *from, const char *to, int readonly)
{
	if (mount(from, to, NULL, MS_BIND, NULL) == -1 ||
	    mount(NULL, to, NULL,
		MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV |
		    (readonly ? MS_RDONLY : 0),
		NULL) == -1) {
		log_warn("mount %s", from);
		return RC_FAIL;
	}
	return RC_OK;
}

enum rc
mount_overlay(const char *to, const char *options, unsigned long flags)
{
	if (mount("overlay", to, "overlay", flags | MS_NOSUID | MS_NODEV,
		options) == -1) {
		log_warn("overlay %s", options);
		return RC_FAIL;
	}
	return RC_OK;
}

/* <linux/fs.h> and <sys/mount.h> cannot be had together. */
struct trim_range {
	uint64_t start, len, minlen;
};
#define TRIM _IOWR('X', 121, struct trim_range)

/* Give the blocks that were freed in an image back to the host. */
enum rc
mount_trim(const char *dir)
{
	struct trim_range r = { .len = UINT64_MAX };
	int fd, bad;

	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return RC_FAIL;
	bad = ioctl(fd, TRIM, &r) == -1;
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/* One of the system's programs, with nothing of ours in its environment. */
enum rc
run_tool(const char *const argv[])
{
	static char *const envp[] = { NULL };
	int status;
	pid_t pid;

	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execve(argv[0], (char *const *)argv, envp);
		log_warn("%s", argv[0]);
		_exit(127);
	}
	if (pid == -1 || waitpid(pid, &status, 0) != pid) {
		log_warn("run %s", argv[0]);
		return RC_FAIL;
	}
	if (status != 0) {
		log_warnx("%s: status %#x", argv[0], status);
		return RC_FAIL;
	}
	return RC_OK;
}
