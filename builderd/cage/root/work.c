#include <sys/mount.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/*
 * The disk of one cage: its work image, 0, and what is laid over that, each
 * mounted twice.
 *
 *	src	the checkout	up, wk	what a build changed	home
 *
 * Saved for later builds, an image has only "keep".  These directories are in
 * one that a keeper cannot write to, so none of them is ever a link.
 */

#define AT(name) KEEP_CAGE "/" name
#define FLAGS    (MS_NOSUID | MS_NODEV | MS_NOATIME)

static const char *const seen[WHOSE__MAX] = { AT("slot"), AT("view") };

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
make_image(const struct conf *conf, const char *path, int *fd)
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
	*fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*fd == -1 || ftruncate(*fd, size) == -1)
		return failed(path);
	return tool_run(argv);
}

/* A part of what is in that file, as the n-th. */
static enum rc
lay(const struct warden *w, int file, const char *part, int n,
    unsigned long flags)
{
	enum rc rc = mount_loop(file, AT("raw"), "ext4", flags);
	char path[64];
	int i, fd;

	for (i = 0; rc == RC_OK && i < WHOSE__MAX; i++) {
		snprintf(path, sizeof(path), "%s%d", seen[i], n);
		if ((rc = mount_clone(&fd, AT_FDCWD, part, w->idmap[i],
			 i == VIEW || (flags & MS_RDONLY))) == RC_OK)
			rc = mount_attach(fd, path);
	}
	umount2(AT("raw"), MNT_DETACH);
	return rc;
}

static void
take_away(int n)
{
	char path[64];
	int i;

	for (i = 0; i < WHOSE__MAX; i++) {
		snprintf(path, sizeof(path), "%s%d", seen[i], n);
		umount2(path, MNT_DETACH);
	}
}

static enum rc
make_dir(const char *path, uid_t owner)
{
	if (mkdir(path, 0755) == -1 || chown(path, owner, owner) == -1)
		return failed(path);
	return RC_OK;
}

/*
 * On disk a build is always CAGE_UID.  The slot has the whole range, and root
 * is beside it: an overlay works on its upper layer as whoever mounted it.
 */
static enum rc
make_idmaps(struct warden *w)
{
	char slot[96], view[64];
	enum rc rc;

	snprintf(slot, sizeof(slot), "0 %u %d\n%d 0 1\n", w->base, CAGE_UIDS,
	    CAGE_UIDS);
	snprintf(view, sizeof(view), "%d %u 1\n", CAGE_UID, w->view_uid);
	rc = idmap_open(&w->idmap[SLOT], slot, slot);
	return rc == RC_OK ? idmap_open(&w->idmap[VIEW], view, view) : rc;
}

enum rc
work_open(struct warden *w)
{
	static const char *const dirs[] = { AT("raw"), AT("merged"),
		AT("slot0"), AT("slot1"), AT("slot2"), AT("view0"), AT("view1"),
		AT("view2") };
	static const char *const parts[] = { AT("slot0/src"), AT("slot0/up"),
		AT("slot0/wk"), AT("slot0/home") };
	char path[PATH_MAX];
	enum rc rc;
	int fd = -1;
	size_t i;

	if (mount("none", KEEP_CAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=1m,mode=700") == -1)
		return failed(KEEP_CAGE);
	rc = make_idmaps(w);
	for (i = 0; rc == RC_OK && i < NITEMS(dirs); i++)
		rc = make_dir(dirs[i], 0);
	work_path(path, &w->conf, w->slot);
	if (rc == RC_OK && (rc = make_image(&w->conf, path, &fd)) == RC_OK)
		rc = lay(w, fd, AT("raw"), 0, FLAGS);
	for (i = 0; rc == RC_OK && i < NITEMS(parts); i++)
		rc = make_dir(parts[i], w->base + CAGE_UID);
	if (fd != -1)
		close(fd);
	return rc;
}

/* The layers as an overlay wants them: the last one laid comes first. */
static const char *
beneath(const struct warden *w, enum whose whose, char list[256])
{
	int i, n = 0;

	for (i = w->layers; i > 0; i--)
		n += snprintf(list + n, 256 - (size_t)n, "%s%d:", seen[whose],
		    i);
	snprintf(list + n, 256 - (size_t)n, "%s0/src", seen[whose]);
	return list;
}

static enum rc
overlay(const char *options, unsigned long flags)
{
	if (mount("overlay", AT("merged"), "overlay",
		flags | MS_NOSUID | MS_NODEV, options) == 0)
		return RC_OK;
	log_warn("overlay %s", options);
	return RC_FAIL;
}

/* The workspace of a run; it ends when the keeper lets go of it. */
enum rc
work_merge(const struct warden *w, int *fd)
{
	char options[512], list[256];
	enum rc rc;

	snprintf(options, sizeof(options),
	    "lowerdir=%s,upperdir=" AT("slot0/up") ",workdir=" AT(
		"slot0/wk") ",redirect_dir=on,metacopy=off,index=off",
	    beneath(w, SLOT, list));
	if ((rc = overlay(options, MS_NOATIME)) != RC_OK)
		return rc;
	rc = mount_clone(fd, AT_FDCWD, AT("merged"), -1, 0);
	umount2(AT("merged"), MNT_DETACH);
	return rc;
}

/*
 * A second view of the same layers, in which a build's user is builderd's.
 * The mount lives on in the descriptor alone.
 */
enum rc
work_view(const struct warden *w, int *fd)
{
	char options[512], list[256];
	enum rc rc;

	snprintf(options, sizeof(options),
	    "lowerdir=" AT("view0/up") ":%s,redirect_dir=follow",
	    beneath(w, VIEW, list));
	if ((rc = overlay(options, MS_RDONLY | MS_NOEXEC)) != RC_OK)
		return rc;
	*fd = open(AT("merged"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umount2(AT("merged"), MNT_DETACH);
	return *fd == -1 ? failed(AT("merged")) : RC_OK;
}

/* Only what we made ourselves, and what nobody has another name for. */
enum rc
work_layer(struct warden *w, const char *key)
{
	char path[PATH_MAX];
	enum rc rc = RC_FAIL;
	struct stat st;
	int fd;

	if (w->layers == WORK_LAYERS)
		return RC_CONFLICT;
	saved_path(path, w, key);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 && errno == ENOENT)
		return RC_NOT_FOUND;
	if (fd == -1 || fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    st.st_uid != 0 || st.st_nlink != 1) {
		log_warnx("%s: not made by us", path);
		rc = RC_NOT_FOUND;
	} else {
		(void)futimens(fd, NULL); /* in use: not the next to go */
		rc = lay(w, fd, AT("raw/keep"), w->layers + 1,
		    FLAGS | MS_RDONLY);
	}
	if (rc == RC_OK)
		w->layers++;
	else {
		take_away(w->layers + 1);
		unlink(path); /* whatever is wrong with it, do not keep it */
	}
	if (fd != -1)
		close(fd);
	return rc;
}

void
work_reset(struct warden *w)
{
	for (; w->layers > 0; w->layers--)
		take_away(w->layers);
}

/*
 * All that ran is dead, so nothing moves beneath us; and a link of that name
 * is no directory.
 */
enum rc
work_save(struct warden *w, const char *key)
{
	static const char *const trim[] = { "/sbin/fstrim", "--", AT("slot0"),
		NULL };
	char from[PATH_MAX], to[PATH_MAX];
	struct stat st;
	int fd, bad;

	if (lstat(AT("slot0/up/" CAGE_KEEP), &st) == -1 || !S_ISDIR(st.st_mode))
		return RC_NOT_FOUND;
	if (rename(AT("slot0/up/" CAGE_KEEP), AT("slot0/keep")) == -1)
		return failed(AT("slot0/keep"));
	if (tool_run(trim) != RC_OK)
		log_debug("cannot trim");

	/* Clean on disk, and never written again, whoever still reads it. */
	work_path(from, &w->conf, w->slot);
	saved_path(to, w, key);
	if (mount(NULL, AT("slot0"), NULL, MS_REMOUNT | MS_RDONLY | FLAGS,
		NULL) == -1 ||
	    (fd = open(from, O_RDONLY | O_CLOEXEC)) == -1)
		return failed(from);
	bad = fsync(fd) == -1 || rename(from, to) == -1;
	close(fd);
	return bad ? failed(to) : RC_OK;
}
