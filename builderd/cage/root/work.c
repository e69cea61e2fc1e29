#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/*
 * The disk of one cage.
 *
 *	src	the checkout	up, wk	what a build changed	home
 *
 * Saved for later builds, an image has only "keep".  On disk a build is always
 * CAGE_UID, and the directory that these are in belongs to an id that no cage
 * has: a keeper cannot write to it, so none of them is ever a link.
 */

#define FLAGS (MS_NOSUID | MS_NODEV | MS_NOATIME)

/*
 * What the kernel does later for a build that writes, it does by itself, with
 * no priority of that build's, for milliseconds at a stretch in which nobody
 * else is served.  So where a file goes on the disk is decided by whoever
 * writes, at once, and not again when it is there; and what no file has need of
 * is left as it is.
 */
#define AT_ONCE "nodelalloc,dioread_lock,noinit_itable"

static void
saved_path(char path[PATH_MAX], const struct warden *w, const char *key)
{
	snprintf(path, PATH_MAX, "%s/deps/%s/%.64s.img", w->conf.state_dir,
	    w->bind.project, key);
}

/* Its file system is no work for root; afterwards it is root's alone. */
enum rc
work_make(struct warden *w)
{
	uid_t who = steward(&w->conf);

	unlink(w->disk);
	w->file = open(w->disk, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (w->file != -1 && fchown(w->file, who, who) == 0)
		return RC_OK;
	log_warn("%s", w->disk);
	return RC_FAIL;
}

enum rc
work_open(const struct warden *w)
{
	enum rc rc;

	if (fchown(w->file, 0, 0) == -1)
		fatal("%s", w->disk);
	rc = mount_loop(w->file, KEEP_WORK, "ext4", FLAGS, AT_ONCE);
	return rc == RC_OK ? mount_at(KEEP_WORK, HELPER_ALL, 0, KEEP_WORK) : rc;
}

/*
 * It ends when whoever has it lets go.  An overlay works on its upper layer as
 * whoever mounted it, which must be somebody whom the layer can have, and root
 * all the same.
 */
enum rc
work_merge(const struct warden *w, int readonly, int *fd)
{
	char options[512];

	snprintf(options, sizeof(options),
	    "lowerdir=%s" KEEP_WORK "/src,upperdir=" KEEP_WORK
	    "/up,workdir=" KEEP_WORK
	    "/wk,redirect_dir=on,metacopy=off,index=off",
	    w->beneath);
	if (prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP) == -1)
		return RC_FAIL;
	setfsgid(w->base);
	setfsuid(w->base);
	if (mount("overlay", WORK_MERGED, "overlay", FLAGS, options) == 0) {
		*fd = mount_clone(WORK_MERGED, 0, readonly);
		umount2(WORK_MERGED, MNT_DETACH);
	} else
		log_warn("overlay %s", options);
	setfsuid(0);
	setfsgid(0);
	/* Which has also forgotten that we end with our parent. */
	if (prctl(PR_SET_SECUREBITS, 0) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		fatal("secure bits");
	return *fd == -1 ? RC_FAIL : RC_OK;
}

/*
 * Only what we made ourselves, and what nobody has another name for.  The last
 * one laid comes first.
 */
enum rc
work_layer(struct warden *w, const char *key)
{
	char path[PATH_MAX], at[32], beneath[sizeof(w->beneath)];
	struct stat st;

	if (w->layers == WORK_LAYERS || w->laid == WORK_LAID)
		return RC_CONFLICT;
	saved_path(path, w, key);
	if (lstat(path, &st) == -1)
		return RC_NOT_FOUND;
	/* In use: not the next to go. */
	(void)utimensat(AT_FDCWD, path, NULL, AT_SYMLINK_NOFOLLOW);
	snprintf(at, sizeof(at), WORK_LAYER, w->laid++);
	/* Over an image is what the cage sees of it, with the cage's ids. */
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || st.st_nlink != 1 ||
	    mount_loop(open(path, O_RDONLY | O_CLOEXEC), at, "ext4",
		FLAGS | MS_RDONLY, NULL) != RC_OK ||
	    mount_at(at, HELPER_ALL, 0, at) != RC_OK) {
		log_warnx("%s: not made by us, or damaged", path);
		unlink(path); /* whatever is wrong with it, do not keep it */
		return RC_NOT_FOUND;
	}
	snprintf(beneath, sizeof(beneath), "%s/keep:%.64s", at, w->beneath);
	strcpy(w->beneath, beneath);
	w->layers++;
	return RC_OK;
}

/* They stay where they are: the next are laid elsewhere. */
void
work_reset(struct warden *w)
{
	w->layers = 0;
	*w->beneath = '\0';
}

/*
 * The last thing done with a cage: all that runs in it is killed, so nothing
 * moves beneath us.  A link does not take the place of a directory.
 */
enum rc
work_save(struct warden *w, const char *key)
{
	struct fstrim_range all = { .len = UINT64_MAX };
	char to[PATH_MAX];
	int fd, bad;

	w->saved = 1;
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	umount2(KEEP_WORK, MNT_DETACH); /* what the cage saw of it */
	if (mkdir(KEEP_WORK "/keep", 0755) == -1 ||
	    rename(KEEP_WORK "/up/" CAGE_KEEP, KEEP_WORK "/keep") == -1)
		return RC_NOT_FOUND;
	fd = open(KEEP_WORK, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (ioctl(fd, FITRIM, &all) == -1)
		log_debug("cannot trim");
	close(fd);

	/* Clean on disk, and never written again, whoever still reads it. */
	saved_path(to, w, key);
	fd = open(w->disk, O_RDONLY | O_CLOEXEC);
	bad = fd == -1 ||
	    mount(NULL, KEEP_WORK, NULL, MS_REMOUNT | MS_RDONLY | FLAGS,
		NULL) == -1 ||
	    fsync(fd) == -1 || rename(w->disk, to) == -1;
	if (bad)
		log_warn("%s", to);
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}
