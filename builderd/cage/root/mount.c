#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

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

enum rc
idmap_write(pid_t pid, const char *uids, const char *gids)
{
	if (put(pid, "uid_map", uids) == 0 && put(pid, "gid_map", gids) == 0)
		return RC_OK;
	log_warn("map user ids");
	return RC_FAIL;
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
	if (pid == -1) {
		log_warn("user namespace");
		return RC_FAIL;
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	if (idmap_write(pid, uids, gids) == RC_OK)
		*fd = open(path, O_RDONLY | O_CLOEXEC);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return *fd == -1 ? RC_FAIL : RC_OK;
}

enum rc
mount_clone(int *fd, const char *from, int idmap, int readonly)
{
	struct mount_attr a = { .attr_set =
				    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };

	if (readonly)
		a.attr_set |= MOUNT_ATTR_RDONLY;
	if (idmap != -1) {
		a.attr_set |= MOUNT_ATTR_IDMAP;
		a.userns_fd = (unsigned int)idmap;
	}
	*fd = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (*fd != -1 &&
	    mount_setattr(*fd, "", AT_EMPTY_PATH, &a, sizeof(a)) == 0)
		return RC_OK;
	log_warn("%s: mount", from);
	if (*fd != -1)
		close(*fd);
	*fd = -1;
	return RC_FAIL;
}

enum rc
mount_attach(int fd, const char *to)
{
	int bad;

	bad = move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) == -1;
	if (bad)
		log_warn("mount %s", to);
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

enum rc
mount_idmapped(const char *from, const char *to, int idmap, int readonly)
{
	enum rc rc;
	int fd;

	rc = mount_clone(&fd, from, idmap, readonly);
	return rc == RC_OK ? mount_attach(fd, to) : rc;
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

/* Of names like "base.sqfs" and "node22.sqfs"; one that was mounted stays. */
enum rc
mount_images(const struct conf *conf)
{
	char dir[PATH_MAX], file[PATH_MAX + 256], at[PATH_MAX + 256];
	enum rc rc = RC_OK;
	struct dirent *e;
	size_t n;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/images/%s", conf->state_dir,
	    conf->build_image);
	if ((d = opendir(dir)) == NULL)
		return RC_OK;
	while (rc == RC_OK && (e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (*e->d_name == '.' || n < 6 || n > 64 ||
		    strcmp(e->d_name + n - 5, ".sqfs") != 0)
			continue;
		snprintf(file, sizeof(file), "%s/%s", dir, e->d_name);
		snprintf(at, sizeof(at), KEEP_IMAGE "/%s", e->d_name);
		if (mkdir(at, 0755) == -1) /* it is mounted */
			continue;
		rc = mount_loop(file, at, "squashfs",
		    MS_RDONLY | MS_NOSUID | MS_NODEV);
		if (rc != RC_OK)
			rmdir(at);
	}
	closedir(d);
	return rc;
}
