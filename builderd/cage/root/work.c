#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "work.h"

#define AT(name) KEEP_CAGE "/" name

static const char *const dirs[] = { AT("raw"), AT("w"), AT("merged"),
	AT("view"), AT("tree") };

/* What lies beneath the workspace, in the order in which it was laid. */
static const struct layer {
	const char *raw, *mapped, *viewed;
} layers[WORK_LAYERS] = {
	{ AT("kept0"), AT("layer0"), AT("view0") },
	{ AT("kept1"), AT("layer1"), AT("view1") },
};

static enum rc
failed(const char *path)
{
	log_warn("%s", path);
	return RC_FAIL;
}

static enum rc
make_dir(const char *path, mode_t mode, uid_t owner)
{
	if (mkdir(path, mode) == 0) {
		if (chown(path, owner, owner) == -1 || chmod(path, mode) == -1)
			return failed(path);
	} else if (errno != EEXIST)
		return failed(path);
	return RC_OK;
}

static enum rc
make_image(struct work *w)
{
	const struct conf *conf = w->k->conf;
	off_t size = (off_t)conf->build_disk << 20;
	long inodes = conf->build_inodes;
	char count[24];
	const char *const argv[] = { "/sbin/mkfs.ext4", "-q", "-F", "-O",
		"^has_journal", "-E", "lazy_itable_init=1,nodiscard", "-m", "0",
		"-N", count, "--", w->file, NULL };
	int fd, bad;

	if (inodes > size / 4096) /* more do not fit */
		inodes = size / 4096;
	snprintf(count, sizeof(count), "%ld", inodes);
	unlink(w->file);
	fd = open(w->file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd == -1)
		return failed(w->file);
	bad = ftruncate(fd, size) == -1;
	close(fd);
	return bad ? failed(w->file) : run_tool(argv);
}

static enum rc
map(int *fd, uid_t uid, gid_t gid, uid_t to)
{
	char uids[64], gids[64];

	snprintf(uids, sizeof(uids), "%u %u 1\n", uid, to);
	snprintf(gids, sizeof(gids), "%u %u 1\n", gid, to);
	return idmap_open(fd, uids, gids);
}

/*
 * The whole range, and root beside it: an overlay works on its upper layer as
 * whoever mounted it.
 */
static enum rc
map_slot(int *fd, uid_t base)
{
	char ids[96];

	snprintf(ids, sizeof(ids), "0 %u %d\n%d 0 1\n", base, CAGE_UIDS,
	    CAGE_UIDS);
	return idmap_open(fd, ids, ids);
}

uid_t
work_base(const struct keep *k)
{
	return (uid_t)k->conf->build_uid_base + k->spec.slot * CAGE_UIDS;
}

/*
 * Whoever makes that directory must not have root open another: it is what is
 * there, and nothing that a link leads to.
 */
static enum rc
upload(struct work *w, int *fd)
{
	const struct keep *k = w->k;
	char path[PATH_MAX];
	int dir, idmap = -1;
	struct stat st;
	enum rc rc;

	snprintf(path, sizeof(path), "%s/uploads/%s", k->conf->state_dir,
	    k->spec.project);
	dir = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir == -1)
		return errno == ENOENT ? RC_OK : failed(path);
	rc = fstat(dir, &st) == -1 ?
	    failed(path) :
	    map(&idmap, st.st_uid, st.st_gid, work_base(k) + CAGE_UID);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	if (rc == RC_OK)
		rc = mount_clone(fd, path, idmap, 1);
	if (idmap != -1)
		close(idmap);
	close(dir);
	return rc;
}

/*
 * As long as we live it is in use: what keeps budgets (disk.h) removes none
 * that is locked, nor one that was used lately.
 */
static enum rc
lock_mirror(const char *path)
{
	struct stat st;
	enum rc rc;
	int fd;

	for (;;) {
		if ((rc = private_dir(path, CAGE_UID)) != RC_OK)
			return rc;
		fd =
		    open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd == -1 || flock(fd, LOCK_SH) == -1 ||
		    futimens(fd, NULL) == -1 || fstat(fd, &st) == -1)
			return failed(path);
		if (st.st_nlink > 0)
			return RC_OK;
		close(fd); /* it was removed just now */
	}
}

/* What is there for all projects, by its hash. */
static enum rc
downloads(struct work *w, int *fd)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/downloads", w->k->conf->state_dir);
	if (access(path, F_OK) == -1)
		return RC_OK;
	return mount_clone(fd, path, -1, 1);
}

/* What the keeper gets to mount: the disk, the project's directories, ours. */
enum rc
work_mounts(struct work *w, int fds[KEEP_FDS])
{
	const struct keep *k = w->k;
	char path[PATH_MAX];
	enum rc rc;

	snprintf(path, sizeof(path), "%s/mirrors/%s", k->conf->state_dir,
	    k->spec.project);
	if ((rc = lock_mirror(path)) == RC_OK &&
	    (rc = mount_clone(&fds[KEEP_MIRROR], path, w->idmap, 0)) == RC_OK &&
	    (rc = mount_clone(&fds[KEEP_WORK], AT("w"), -1, 0)) == RC_OK &&
	    (rc = mount_clone(&fds[KEEP_LIBEXEC], k->conf->libexec_dir, -1,
		 1)) == RC_OK &&
	    (rc = upload(w, &fds[KEEP_UPLOAD])) == RC_OK &&
	    (rc = downloads(w, &fds[KEEP_DOWNLOADS])) == RC_OK &&
	    access(k->conf->build_ca_file, R_OK) == 0)
		rc = mount_clone(&fds[KEEP_CA], k->conf->build_ca_file, -1, 1);
	return rc;
}

enum rc
work_open(struct work *w, const struct keep *k)
{
	enum rc rc = RC_OK;
	char id[64];
	size_t i;

	memset(w, 0, sizeof(*w));
	w->k = k;
	w->idmap = -1;
	if (mount("none", KEEP_CAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=1m,mode=700") == -1)
		return failed(KEEP_CAGE);
	for (i = 0; rc == RC_OK && i < NITEMS(dirs); i++)
		rc = make_dir(dirs[i], 0755, 0);
	for (i = 0; rc == RC_OK && i < WORK_LAYERS; i++)
		if ((rc = make_dir(layers[i].raw, 0755, 0)) == RC_OK &&
		    (rc = make_dir(layers[i].mapped, 0755, 0)) == RC_OK)
			rc = make_dir(layers[i].viewed, 0755, 0);
	keep_names(k, w->file, id);
	if (rc != RC_OK || (rc = make_image(w)) != RC_OK ||
	    (rc = mount_loop(w->file, AT("raw"), "ext4",
		 MS_NOSUID | MS_NODEV | MS_NOATIME)) != RC_OK ||
	    (rc = make_dir(AT("raw/src"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = make_dir(AT("raw/up"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = make_dir(AT("raw/wk"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = make_dir(AT("raw/home"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = map_slot(&w->idmap, work_base(k))) != RC_OK)
		return rc;
	return mount_idmapped(AT("raw"), AT("w"), w->idmap, 0);
}

/* Mounts go with the namespace. */
void
work_close(struct work *w)
{
	if (w->file[0] != '\0')
		unlink(w->file);
	w->file[0] = '\0';
}

/* The layers as an overlay wants them: the last one laid comes first. */
static const char *
beneath(const struct work *w, int viewed, char list[256])
{
	int i, n = 0;

	*list = '\0';
	for (i = w->layers - 1; i >= 0; i--)
		n += snprintf(list + n, 256 - (size_t)n,
		    "%s/keep:", viewed ? layers[i].viewed : layers[i].mapped);
	return list;
}

/* The workspace of a run; it ends when the keeper lets go of it. */
enum rc
work_merge(struct work *w, int *fd)
{
	char options[512], list[256];
	enum rc rc;

	snprintf(options, sizeof(options),
	    "lowerdir=%s" AT("w/src") ",upperdir=" AT("w/up") ",workdir=" AT(
		"w/wk") ",redirect_dir=on,metacopy=off,index=off",
	    beneath(w, 0, list));
	if ((rc = mount_overlay(AT("merged"), options, MS_NOATIME)) != RC_OK)
		return rc;
	rc = mount_clone(fd, AT("merged"), -1, 0);
	umount2(AT("merged"), MNT_DETACH);
	return rc;
}

static void
unview(struct work *w)
{
	int i;

	if (!w->viewed)
		return;
	umount2(AT("view"), MNT_DETACH);
	for (i = 0; i < w->layers; i++)
		umount2(layers[i].viewed, MNT_DETACH);
	w->viewed = 0;
}

/*
 * A second view of the same layers, in which a build's user is builderd's.
 * The mount lives on in the descriptor alone.
 */
enum rc
work_tree(struct work *w, int *fd)
{
	char options[512], list[256];
	int i, idmap;
	enum rc rc;

	if (!w->viewed) {
		if ((rc = map(&idmap, CAGE_UID, CAGE_UID, w->k->view_uid)) !=
		    RC_OK)
			return rc;
		rc = mount_idmapped(AT("raw"), AT("view"), idmap, 1);
		for (i = 0; rc == RC_OK && i < w->layers; i++)
			rc = mount_idmapped(layers[i].raw, layers[i].viewed,
			    idmap, 1);
		close(idmap);
		if (rc != RC_OK)
			return rc;
		w->viewed = 1;
	}
	snprintf(options, sizeof(options),
	    "lowerdir=" AT("view/up") ":%s" AT("view/src") ",redirect_dir="
							   "follow",
	    beneath(w, 1, list));
	rc = mount_overlay(AT("tree"), options, MS_RDONLY | MS_NOEXEC);
	if (rc != RC_OK)
		return rc;
	*fd = open(AT("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		rc = failed(AT("tree"));
	umount2(AT("tree"), MNT_DETACH);
	return rc;
}

/* Where this project's images are; RC_NOT_FOUND if it has none. */
static enum rc
saved_dir(const struct work *w, char path[PATH_MAX], int make)
{
	snprintf(path, PATH_MAX, "%s/deps/%s", w->k->conf->state_dir,
	    w->k->spec.project);
	if (!make && access(path, F_OK) == -1)
		return RC_NOT_FOUND;
	return private_dir(path, 0);
}

/* The name of the image used last that begins like key. */
static enum rc
find_like(const char *dir, const char *key, char name[CAGE_KEY_MAX + 4])
{
	struct timespec newest = { 0 };
	struct dirent *e;
	struct stat st;
	DIR *d;

	*name = '\0';
	if ((d = opendir(dir)) == NULL)
		return failed(dir);
	while ((e = readdir(d)) != NULL)
		if (strlen(e->d_name) == CAGE_KEY_MAX + 3 &&
		    strncmp(e->d_name, key, CAGE_KEY_MAX / 2) == 0 &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    (st.st_mtim.tv_sec > newest.tv_sec ||
			(st.st_mtim.tv_sec == newest.tv_sec &&
			    st.st_mtim.tv_nsec > newest.tv_nsec))) {
			newest = st.st_mtim;
			memcpy(name, e->d_name, CAGE_KEY_MAX + 4);
		}
	closedir(d);
	return *name != '\0' ? RC_OK : RC_NOT_FOUND;
}

enum rc
work_layer(struct work *w, const char *key, int like)
{
	char dir[PATH_MAX], name[CAGE_KEY_MAX + 4], path[PATH_MAX];
	const struct layer *l;
	enum rc rc;

	if (w->layers == WORK_LAYERS)
		return RC_CONFLICT;
	l = &layers[w->layers];
	if ((rc = saved_dir(w, dir, 0)) != RC_OK)
		return rc;
	snprintf(name, sizeof(name), "%.64s.img", key);
	if (like && (rc = find_like(dir, key, name)) != RC_OK)
		return rc;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >=
		sizeof(path) ||
	    access(path, F_OK) == -1)
		return RC_NOT_FOUND;
	if (!private_file(path)) {
		log_warnx("%s: not made by us", path);
		unlink(path);
		return RC_NOT_FOUND;
	}
	utimensat(AT_FDCWD, path, NULL, 0); /* in use: not the next to go */
	unview(w);
	if ((rc = mount_loop(path, l->raw, "ext4",
		 MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOATIME)) != RC_OK ||
	    (rc = mount_idmapped(l->raw, l->mapped, w->idmap, 1)) != RC_OK) {
		umount2(l->raw, MNT_DETACH);
		unlink(path); /* whatever is wrong with it, do not keep it */
		return rc;
	}
	w->layers++;
	return RC_OK;
}

/* As after the fetch: without layers, and without what ran since. */
enum rc
work_reset(struct work *w)
{
	static const char *const rm[] = { "/bin/rm", "-rf", "--one-file-system",
		"--", AT("raw/up"), AT("raw/wk"), NULL };
	enum rc rc;

	unview(w);
	for (; w->layers > 0; w->layers--) {
		umount2(layers[w->layers - 1].mapped, MNT_DETACH);
		umount2(layers[w->layers - 1].raw, MNT_DETACH);
	}
	if ((rc = run_tool(rm)) == RC_OK &&
	    (rc = make_dir(AT("raw/up"), 0755, CAGE_UID)) == RC_OK)
		rc = make_dir(AT("raw/wk"), 0755, CAGE_UID);
	return rc;
}

/*
 * All that ran is dead, so nothing moves beneath us; and a link of that name
 * is only renamed, and then no directory to be mounted.
 */
static enum rc
keep_only(void)
{
	static const char *const rm[] = { "/bin/rm", "-rf", "--one-file-system",
		"--", AT("raw/up"), AT("raw/wk"), AT("raw/src"), AT("raw/home"),
		NULL };
	struct stat st;

	if (lstat(AT("raw/up/" CAGE_KEEP), &st) == -1 || !S_ISDIR(st.st_mode))
		return RC_NOT_FOUND;
	if (rename(AT("raw/up/" CAGE_KEEP), AT("raw/keep")) == -1)
		return failed(AT("raw/keep"));
	return run_tool(rm);
}

enum rc
work_save(struct work *w, const char *key)
{
	char path[PATH_MAX], dir[PATH_MAX];
	enum rc rc;
	int fd, bad;

	if ((rc = saved_dir(w, dir, 1)) != RC_OK || (rc = keep_only()) != RC_OK)
		return rc;
	if ((size_t)snprintf(path, sizeof(path), "%s/%.64s.img", dir, key) >=
	    sizeof(path))
		return RC_FAIL;
	if (mount_trim(AT("raw")) != RC_OK)
		log_debug("cannot trim %s", w->file);

	/* Clean on disk, and never written again, whoever still reads it. */
	unview(w);
	umount2(AT("w"), 0);
	if (mount(NULL, AT("raw"), NULL,
		MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOATIME,
		NULL) == -1)
		return failed(w->file);
	if ((fd = open(w->file, O_RDONLY | O_CLOEXEC)) == -1)
		return failed(w->file);
	bad = fsync(fd) == -1 || rename(w->file, path) == -1;
	close(fd);
	if (bad)
		return failed(path);
	w->file[0] = '\0';
	return RC_OK;
}
