#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/securebits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/*
 * The disk of one cage: its work image, "raw" as it is on the disk, and "slot0"
 * as the cage sees it, with what is laid over that.
 *
 *	src	the checkout	up, wk	what a build changed	home
 *
 * Saved for later builds, an image has only "keep".  On disk a build is always
 * CAGE_UID, and the directory that these are in belongs to an id that no cage
 * has: a keeper cannot write to it, so none of them is ever a link.
 */

#define AT(name) KEEP_CAGE "/" name
#define FLAGS    (MS_NOSUID | MS_NODEV | MS_NOATIME)
#define OPTIONS  "loop,nosuid,nodev,noatime"

static enum rc
failed(const char *path)
{
	log_warn("%s", path);
	return RC_FAIL;
}

void
work_path(char path[PATH_MAX], const struct conf *conf, uint32_t slot)
{
	snprintf(path, PATH_MAX, "%s/work/%u.img", conf->state_dir, slot);
}

static void
saved_path(char path[PATH_MAX], const struct warden *w, const char *key)
{
	snprintf(path, PATH_MAX, "%s/deps/%s/%.64s.img", w->conf.state_dir,
	    w->bind.project, key);
}

/* An empty file system, of which root alone may change the top directory. */
static enum rc
make_image(const struct conf *conf, const char *path)
{
	off_t size = (off_t)conf->build_disk << 20;
	long inodes = conf->build_inodes;
	char count[24], extra[80];
	const char *const argv[] = { "/sbin/mkfs.ext4", "-q", "-F", "-O",
		"^has_journal", "-E", extra, "-m", "0", "-N", count, "--", path,
		NULL };

	if (inodes > size / 4096) /* more do not fit */
		inodes = size / 4096;
	snprintf(count, sizeof(count), "%ld", inodes);
	snprintf(extra, sizeof(extra),
	    "lazy_itable_init=1,nodiscard,root_owner=%d:%d", CAGE_UIDS,
	    CAGE_UIDS);
	unlink(path);
	if (mknod(path, S_IFREG | 0600, 0) == -1 || truncate(path, size) == -1)
		return failed(path);
	return tool_run(argv);
}

/* A directory of an image, as the n-th of the cage. */
static enum rc
lay(const struct warden *w, const char *part, int n, int readonly)
{
	char path[64];
	enum rc rc;
	int fd;

	snprintf(path, sizeof(path), AT("slot%d"), n);
	rc = mount_clone(&fd, part, w->ids, readonly);
	return rc == RC_OK ? mount_attach(fd, path) : rc;
}

static enum rc
make_dir(const char *path, uid_t owner)
{
	if (mkdir(path, 0755) == -1 || chown(path, owner, owner) == -1)
		return failed(path);
	return RC_OK;
}

enum rc
work_open(struct warden *w)
{
	static const char *const dirs[] = { AT("raw"), AT("layer"),
		AT("merged"), AT("slot0"), AT("slot1"), AT("slot2") };
	static const char *const parts[] = { AT("raw/src"), AT("raw/up"),
		AT("raw/wk"), AT("raw/home") };
	char path[PATH_MAX];
	enum rc rc = RC_OK;
	size_t i;

	if (mount("none", KEEP_CAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=1m,mode=700") == -1)
		return failed(KEEP_CAGE);
	for (i = 0; rc == RC_OK && i < NITEMS(dirs); i++)
		rc = make_dir(dirs[i], 0);
	work_path(path, &w->conf, w->slot);
	if (rc == RC_OK && (rc = make_image(&w->conf, path)) == RC_OK)
		rc = mount_loop(path, AT("raw"), "ext4", OPTIONS);
	for (i = 0; rc == RC_OK && i < NITEMS(parts); i++)
		rc = make_dir(parts[i], CAGE_UID);
	return rc == RC_OK ? lay(w, AT("raw"), 0, 0) : rc;
}

struct merge {
	uid_t root;
	char options[512];
};

/*
 * An overlay works on its upper layer as whoever mounted it, which must be
 * somebody whom the layer can have, and root all the same.
 */
static int
overlay(const void *arg)
{
	const struct merge *m = arg;

	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == -1)
		return 1;
	setfsgid(m->root);
	setfsuid(m->root);
	return mount("overlay", AT("merged"), "overlay", FLAGS, m->options) ==
	    -1;
}

/* It ends when whoever has it lets go.  The last one laid comes first. */
enum rc
work_merge(const struct warden *w, int readonly, int *fd)
{
	static const char *const beneath[WORK_LAYERS + 1] = { "", AT("slot1:"),
		AT("slot2:") AT("slot1:") };
	struct merge m = { .root = w->base };
	enum rc rc;

	snprintf(m.options, sizeof(m.options),
	    "lowerdir=%s" AT("slot0/src") ",upperdir=" AT(
		"slot0/up") ",workdir=" AT("slot0/wk") ",redirect_dir=on,"
						       "metacopy=off,index=off",
	    beneath[w->layers]);
	if ((rc = child_run(overlay, &m)) != RC_OK) {
		log_warnx("overlay %s", m.options);
		return rc;
	}
	rc = mount_clone(fd, AT("merged"), -1, readonly);
	umount2(AT("merged"), MNT_DETACH);
	return rc;
}

/* Only what we made ourselves, and what nobody has another name for. */
enum rc
work_layer(struct warden *w, const char *key)
{
	char path[PATH_MAX];
	enum rc rc = RC_NOT_FOUND;
	struct stat st;

	if (w->layers == WORK_LAYERS)
		return RC_CONFLICT;
	saved_path(path, w, key);
	if (lstat(path, &st) == -1 && errno == ENOENT)
		return RC_NOT_FOUND;
	/* In use: not the next to go. */
	(void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_nlink != 1)
		log_warnx("%s: not made by us", path);
	else
		rc = mount_loop(path, AT("layer"), "ext4", OPTIONS ",ro");
	if (rc == RC_OK) {
		rc = lay(w, AT("layer/keep"), w->layers + 1, 1);
		umount2(AT("layer"), MNT_DETACH);
	}
	if (rc == RC_OK)
		w->layers++;
	else
		unlink(path); /* whatever is wrong with it, do not keep it */
	return rc;
}

void
work_reset(struct warden *w)
{
	char path[64];

	for (; w->layers > 0; w->layers--) {
		snprintf(path, sizeof(path), AT("slot%d"), w->layers);
		umount2(path, MNT_DETACH);
	}
}

/*
 * All that ran is dead, so nothing moves beneath us; and a link of that name
 * is no directory.
 */
enum rc
work_save(struct warden *w, const char *key)
{
	static const char *const trim[] = { "/sbin/fstrim", "--", AT("raw"),
		NULL };
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int fd, bad;

	if (lstat(AT("raw/up/" CAGE_KEEP), &st) == -1 || !S_ISDIR(st.st_mode))
		return RC_NOT_FOUND;
	if (rename(AT("raw/up/" CAGE_KEEP), AT("raw/keep")) == -1)
		return failed(AT("raw/keep"));
	if (tool_run(trim) != RC_OK)
		log_debug("cannot trim");

	/* Clean on disk, and never written again, whoever still reads it. */
	work_path(from, &w->conf, w->slot);
	saved_path(to, w, key);
	if (mount(NULL, AT("raw"), NULL, MS_REMOUNT | MS_RDONLY | FLAGS,
		NULL) == -1 ||
	    (fd = open(from, O_RDONLY | O_CLOEXEC)) == -1)
		return failed(from);
	bad = fsync(fd) == -1 || rename(from, to) == -1;
	close(fd);
	return bad ? failed(to) : RC_OK;
}
