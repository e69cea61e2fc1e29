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

#define AT(name)    KEEP_CAGE "/" name
#define SAVED_MAX   4  /* dependency images a project keeps */
#define SEARCH_DEEP 12 /* how far down a node_modules is looked for */

static const char *const dirs[] = { AT("raw"), AT("w"), AT("merged"),
	AT("mirror"), AT("upload"), AT("slipway"), AT("deps.raw"), AT("deps"),
	AT("view"), AT("view.deps"), AT("tree") };

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
make_file(const char *path, const char *text)
{
	ssize_t n = (ssize_t)strlen(text);
	int fd, bad;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		return failed(path);
	bad = write(fd, text, (size_t)n) != n;
	close(fd);
	return bad ? failed(path) : RC_OK;
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

static uid_t
slot_base(const struct keep *k)
{
	return (uid_t)k->conf->build_uid_base + k->spec.slot * CAGE_UIDS;
}

/*
 * Whoever makes that directory must not have root open another: it is what is
 * there, and nothing that a link leads to.
 */
static enum rc
mount_upload(struct work *w)
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
	    map(&idmap, st.st_uid, st.st_gid, slot_base(k) + CAGE_UID);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", dir);
	if (rc == RC_OK)
		rc = mount_idmapped(path, AT("upload"), idmap, 1);
	if (idmap != -1)
		close(idmap);
	close(dir);
	w->upload = rc == RC_OK;
	return rc;
}

/* The project's directories outside of the image: mirror and uploads. */
static enum rc
mount_project(struct work *w)
{
	const struct keep *k = w->k;
	char path[PATH_MAX];
	enum rc rc;

	snprintf(path, sizeof(path), "%s/mirrors/%s", k->conf->state_dir,
	    k->spec.project);
	if ((rc = private_dir(path, CAGE_UID)) != RC_OK ||
	    (rc = mount_idmapped(path, AT("mirror"), w->idmap, 0)) != RC_OK)
		return rc;
	return mount_upload(w);
}

enum rc
work_open(struct work *w, const struct keep *k)
{
	const struct conf *conf = k->conf;
	enum rc rc = RC_OK;
	char id[64];
	size_t i;

	memset(w, 0, sizeof(*w));
	w->k = k;
	w->idmap = -1;
	if (mount("none", KEEP_CAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=4m,mode=755") == -1)
		return failed(KEEP_CAGE);
	for (i = 0; rc == RC_OK && i < NITEMS(dirs); i++)
		rc = make_dir(dirs[i], 0755, 0);
	keep_names(k, w->file, id);
	if (rc != RC_OK || (rc = make_image(w)) != RC_OK ||
	    (rc = mount_loop(w->file, AT("raw"), "ext4",
		 MS_NOSUID | MS_NODEV | MS_NOATIME)) != RC_OK ||
	    (rc = make_dir(AT("raw/src"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = make_dir(AT("raw/up"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = make_dir(AT("raw/wk"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = make_dir(AT("raw/home"), 0755, CAGE_UID)) != RC_OK ||
	    (rc = map_slot(&w->idmap, slot_base(k))) != RC_OK ||
	    (rc = mount_idmapped(AT("raw"), AT("w"), w->idmap, 0)) != RC_OK ||
	    (rc = mount_bind(conf->libexec_dir, AT("slipway"), 1)) != RC_OK ||
	    (rc = make_file(AT("ca.crt"), "")) != RC_OK ||
	    (rc = make_file(AT("resolv.conf"), "nameserver 127.0.0.1\n")) !=
		RC_OK ||
	    (rc = mount_project(w)) != RC_OK)
		return rc;
	if (access(conf->build_ca_file, R_OK) == 0)
		rc = mount_bind(conf->build_ca_file, AT("ca.crt"), 1);
	return rc;
}

/* Mounts go with the namespace. */
void
work_close(struct work *w)
{
	if (w->file[0] != '\0')
		unlink(w->file);
	w->file[0] = '\0';
}

enum rc
work_merge(struct work *w)
{
	char options[512];

	snprintf(options, sizeof(options),
	    "lowerdir=%s" AT("w/src") ",upperdir=" AT("w/up") ",workdir=" AT(
		"w/wk") ",redirect_dir=on,metacopy=off,index=off",
	    w->layered ? AT("deps/keep:") : "");
	return mount_overlay(AT("merged"), options, MS_NOATIME);
}

void
work_split(struct work *w)
{
	(void)w;
	if (umount2(AT("merged"), 0) == -1 && errno != EINVAL)
		log_warn(AT("merged"));
}

int
work_full(void)
{
	struct statfs fs;

	if (statfs(AT("raw"), &fs) == -1)
		return 0;
	return fs.f_bavail * (uint64_t)fs.f_bsize < 256 * 1024 ||
	    fs.f_ffree < 8;
}

/*
 * A second view of the same layers, in which a build's user is builderd's.
 * The mount lives on in the descriptor alone.
 */
enum rc
work_tree(struct work *w, int *fd)
{
	char options[512];
	enum rc rc;
	int idmap;

	if (!w->viewed) {
		if ((rc = map(&idmap, CAGE_UID, CAGE_UID, w->k->view_uid)) !=
		    RC_OK)
			return rc;
		rc = mount_idmapped(AT("raw"), AT("view"), idmap, 1);
		if (rc == RC_OK && w->layered)
			rc = mount_idmapped(AT("deps.raw"), AT("view.deps"),
			    idmap, 1);
		close(idmap);
		if (rc != RC_OK)
			return rc;
		w->viewed = 1;
	}
	snprintf(options, sizeof(options),
	    "lowerdir=" AT("view/up") ":%s" AT("view/src") ",redirect_dir="
							   "follow",
	    w->layered ? AT("view.deps/keep:") : "");
	rc = mount_overlay(AT("tree"), options, MS_RDONLY | MS_NOEXEC);
	if (rc != RC_OK)
		return rc;
	*fd = open(AT("tree"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*fd == -1)
		rc = failed(AT("tree"));
	umount2(AT("tree"), MNT_DETACH);
	return rc;
}

static void
saved(const struct work *w, const char *key, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/deps/%s%s%s%s", w->k->conf->state_dir,
	    w->k->spec.project, key == NULL ? "" : "/", key == NULL ? "" : key,
	    key == NULL ? "" : ".img");
}

enum rc
work_layer(struct work *w, const char *key)
{
	char path[PATH_MAX];
	enum rc rc;

	if (w->layered)
		return RC_CONFLICT;
	saved(w, NULL, path);
	if (access(path, F_OK) == -1)
		return RC_NOT_FOUND;
	if ((rc = private_dir(path, 0)) != RC_OK)
		return rc;
	saved(w, key, path);
	if (access(path, F_OK) == -1)
		return RC_NOT_FOUND;
	if (!private_file(path)) {
		log_warnx("%s: not made by us", path);
		unlink(path);
		return RC_NOT_FOUND;
	}
	utimensat(AT_FDCWD, path, NULL, 0); /* in use: not the next to go */
	if ((rc = mount_loop(path, AT("deps.raw"), "ext4",
		 MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOATIME)) != RC_OK ||
	    (rc = mount_idmapped(AT("deps.raw"), AT("deps"), w->idmap, 1)) !=
		RC_OK) {
		unlink(path); /* whatever is wrong with it, do not keep it */
		return rc;
	}
	if (w->viewed) {
		umount2(AT("view"), MNT_DETACH);
		w->viewed = 0;
	}
	w->layered = 1;
	return RC_OK;
}

/* All directories of path below dir, made as those of a build. */
static int
make_parents(int dir, char *path)
{
	char *p;

	for (p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdirat(dir, path, 0755) == -1 && errno != EEXIST)
			return -1;
		if (fchownat(dir, path, CAGE_UID, CAGE_UID,
			AT_SYMLINK_NOFOLLOW) == -1)
			return -1;
		*p = '/';
	}
	return 0;
}

/*
 * Move every node_modules below from/path to the same place below to.  All
 * that ran is dead, so nothing moves beneath us; and no link is followed.
 */
static int
gather(int from, int to, const char *path, int depth)
{
	char below[PATH_MAX];
	struct dirent *e;
	struct stat st;
	int fd, n = 0, got;
	DIR *d;

	fd =
	    openat(from, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || (d = fdopendir(fd)) == NULL)
		return -1;
	while (n >= 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 ||
		    strcmp(e->d_name, "..") == 0 ||
		    fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
		    !S_ISDIR(st.st_mode) ||
		    (size_t)snprintf(below, sizeof(below), "%s/%s", path,
			e->d_name) >= sizeof(below))
			continue;
		if (strcmp(e->d_name, "node_modules") == 0) {
			if (make_parents(to, below + 2) == -1 ||
			    renameat(from, below, to, below) == -1)
				n = -1;
			else
				n++;
		} else if (depth < SEARCH_DEEP) {
			got = gather(from, to, below, depth + 1);
			n = got < 0 ? -1 : n + got;
		}
	}
	closedir(d);
	return n;
}

/* Remove all but the SAVED_MAX images that were used last. */
static void
forget(const char *dir)
{
	struct stat st, oldest;
	struct dirent *e;
	char victim[256];
	int count;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return;
	do {
		count = 0;
		rewinddir(d);
		while ((e = readdir(d)) != NULL)
			if (e->d_name[0] != '.' &&
			    fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
			    (count++ == 0 || st.st_mtime < oldest.st_mtime)) {
				oldest = st;
				snprintf(victim, sizeof(victim), "%s",
				    e->d_name);
			}
	} while (count > SAVED_MAX && unlinkat(dirfd(d), victim, 0) == 0);
	closedir(d);
}

static enum rc
keep_modules(void)
{
	static const char *const rm[] = { "/bin/rm", "-rf", "--one-file-system",
		"--", AT("raw/up"), AT("raw/wk"), AT("raw/src"), AT("raw/home"),
		NULL };
	int from, to, n = -1;

	if (make_dir(AT("raw/keep"), 0755, CAGE_UID) != RC_OK)
		return RC_FAIL;
	from = open(AT("raw/up"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	to = open(AT("raw/keep"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (from != -1 && to != -1)
		n = gather(from, to, ".", 0);
	if (n == -1)
		log_warn("save dependencies");
	if (from != -1)
		close(from);
	if (to != -1)
		close(to);
	if (n <= 0)
		return n == 0 ? RC_NOT_FOUND : RC_FAIL;
	return run_tool(rm);
}

enum rc
work_save(struct work *w, const char *key)
{
	char path[PATH_MAX], dir[PATH_MAX];
	enum rc rc;
	int fd, bad;

	if (w->layered)
		return RC_CONFLICT; /* what is above a layer is not whole */
	saved(w, NULL, dir);
	saved(w, key, path);
	if ((rc = private_dir(dir, 0)) != RC_OK ||
	    (rc = keep_modules()) != RC_OK)
		return rc;
	if (mount_trim(AT("raw")) != RC_OK)
		log_debug("cannot trim %s", w->file);

	/* Clean on disk, and never written again, whoever still reads it. */
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
	forget(dir);
	return RC_OK;
}
