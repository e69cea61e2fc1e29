/*
 * simfs -- a file system that forgets, for code that is included after it.
 *
 * Everything is in memory, and each call is a step at which somebody else may
 * be let on: step() is the test's.  What was not synced may be lost: a crash
 * keeps of each folder's changes, in their order, as many as the test says, and
 * of the bytes of a file none, some or others.
 *
 * There are folders of one level, and files in them; a clock, in seconds; and
 * ways to do wrong (broken), by which the test is tested.
 */
#ifndef SIMFS_H
#define SIMFS_H

#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define FOLDERS 6 /* the root, and what is in it */
#define FILES   96
#define CHANGES 512
#define FDS     64
#define BYTES   16
#define NAME    80

enum broken {
	NOTHING,
	NO_TOUCH,     /* utimensat() does nothing */
	NO_LOCK,      /* nor flock() */
	NO_FILE_SYNC, /* fsync() of a file */
	NO_NAME_SYNC, /* of a folder */
	OWN_NAMES,    /* of a folder, unless one has put something there */
	NO_ROOT_SYNC, /* of the folder of folders */
	NO_DAY,       /* a collector gives nobody time */
	NO_BUILDING,  /* or forgets what is being built */
	EARLY_LOOK,   /* or looks at what is kept before it says what goes */
	NO_MARKS      /* or sweeps first */
};

static const char *const folders[FOLDERS] = { ".", "tmp", "a0", "a1", "a2",
	"f0" };

struct file {
	char bytes[BYTES];
	int size, safe; /* so many bytes are on the disk */
	time_t used;
};
/* A name in a folder: a file, or nothing any more.  In the root: a folder. */
struct change {
	int folder, file;
	char name[NAME];
};
struct names {
	struct change list[CHANGES];
	int n;
};
struct sim_fd {
	int used, folder, file, how, owner; /* folder -1: it is a file */
	size_t at;
};

static struct {
	struct file files[FILES];
	int nfiles;
	struct names disk, pending; /* what a crash leaves, and may leave */
	struct sim_fd fds[FDS];
	int put_in[FOLDERS]; /* by which actors, as bits */
	time_t now;
	unsigned int nonce;
	enum broken broken;
	int actor;             /* who runs */
	unsigned long version; /* of what there is, and what a crash leaves */
	struct {
		int fd, how;
	} waits[8]; /* by actor: for a lock */
} sim;

static void step(void);

/* The file of that name, -1; in the root 0 is a folder that is there. */
static int
sim_find(const struct names *list[], int lists, int folder, const char *name)
{
	int l, i;

	for (l = lists - 1; l >= 0; l--)
		for (i = list[l]->n - 1; i >= 0; i--)
			if (list[l]->list[i].folder == folder &&
			    strcmp(list[l]->list[i].name, name) == 0)
				return list[l]->list[i].file;
	return -1;
}

static int
sim_look(int folder, const char *name)
{
	const struct names *all[] = { &sim.disk, &sim.pending };

	return sim_find(all, 2, folder, name);
}

static void
sim_note(struct names *to, int folder, const char *name, int file)
{
	struct change *c = &to->list[to->n++];

	if (to->n == CHANGES)
		abort();
	c->folder = folder;
	c->file = file;
	strcpy(c->name, name);
}

static void
sim_set(int folder, const char *name, int file)
{
	sim_note(&sim.pending, folder, name, file);
	sim.version++;
}

/* Whatever of a list is so: an older line of a name counts for nothing. */
static void
sim_keep(struct names *to, const struct change *c)
{
	int i;

	for (i = 0; i < to->n; i++)
		if (to->list[i].folder == c->folder &&
		    strcmp(to->list[i].name, c->name) == 0) {
			to->list[i].file = c->file;
			return;
		}
	sim_note(to, c->folder, c->name, c->file);
}

static void
sim_sync_folder(int folder)
{
	struct names rest = { .n = 0 };
	int i;

	for (i = 0; i < sim.pending.n; i++)
		if (sim.pending.list[i].folder == folder)
			sim_keep(&sim.disk, &sim.pending.list[i]);
		else
			rest.list[rest.n++] = sim.pending.list[i];
	memcpy(sim.pending.list, rest.list,
	    sizeof(rest.list[0]) * (size_t)rest.n);
	sim.version += sim.pending.n != rest.n;
	sim.pending.n = rest.n;
}

static int
sim_fd(int folder, int file)
{
	int i;

	for (i = 0; i < FDS && sim.fds[i].used; i++)
		;
	if (i == FDS)
		abort();
	sim.fds[i] = (struct sim_fd){ .used = 1,
		.folder = folder,
		.file = file,
		.how = LOCK_UN,
		.owner = sim.actor };
	return i + 1000;
}

static int
sim_errno(int e)
{
	errno = e;
	return -1;
}

static int
folder_named(const char *name, size_t n)
{
	int i;

	for (i = 0; i < FOLDERS; i++)
		if (strlen(folders[i]) == n && memcmp(folders[i], name, n) == 0)
			return i == 0 || sim_look(0, folders[i]) == 0 ? i : -1;
	return -1;
}

/* Which folder, and what in it: NULL for the folder itself. */
static const char *
sim_path(int at, const char *path, int *folder)
{
	const char *slash = strchr(path, '/');

	if (at == AT_FDCWD ||
	    (slash == NULL && sim.fds[at - 1000].folder > 0)) {
		*folder = at == AT_FDCWD ? 0 : sim.fds[at - 1000].folder;
		return at == AT_FDCWD ? NULL : path;
	}
	*folder = folder_named(path,
	    slash != NULL ? (size_t)(slash - path) : strlen(path));
	return slash != NULL ? slash + 1 : NULL;
}

static int
sim_openat(int at, const char *path, int flags, ...)
{
	const char *name;
	int folder, file;

	name = sim_path(at, path, &folder);
	if (folder == -1)
		return sim_errno(ENOENT);
	step();
	if (name == NULL)
		return sim_fd(folder, -1);
	file = sim_look(folder, name);
	if (file == -1 && flags & O_CREAT) {
		if ((file = sim.nfiles++) == FILES)
			abort();
		sim.files[file] = (struct file){ .used = sim.now };
		sim_set(folder, name, file);
	}
	return file == -1 ? sim_errno(ENOENT) : sim_fd(-1, file);
}

static int
sim_mkdirat(int at, const char *path, mode_t mode)
{
	(void)mode;
	step();
	if (at == AT_FDCWD || folder_named(path, strlen(path)) != -1)
		return sim_errno(EEXIST);
	sim_set(0, path, 0);
	return 0;
}

static int
sim_renameat(int at, const char *from, int to_at, const char *to)
{
	int f, t, file;
	const char *a, *b;

	step();
	a = sim_path(at, from, &f);
	b = sim_path(to_at, to, &t);
	if (f == -1 || t == -1 || (file = sim_look(f, a)) == -1)
		return sim_errno(ENOENT);
	sim_set(f, a, -1);
	sim_set(t, b, file);
	sim.put_in[t] |= 1 << sim.actor;
	return 0;
}

static int
sim_unlinkat(int at, const char *path, int flags)
{
	const char *name;
	int folder;

	(void)flags;
	step();
	name = sim_path(at, path, &folder);
	if (folder == -1 || sim_look(folder, name) == -1)
		return sim_errno(ENOENT);
	sim_set(folder, name, -1);
	return 0;
}

static int
sim_utimensat(int at, const char *path, const struct timespec *t, int flags)
{
	const char *name;
	int folder, file;

	(void)t;
	(void)flags;
	step();
	name = sim_path(at, path, &folder);
	if (folder == -1 || (file = sim_look(folder, name)) == -1)
		return sim_errno(ENOENT);
	if (sim.broken != NO_TOUCH)
		sim.files[file].used = sim.now;
	return 0;
}

static int
sim_fstatat(int at, const char *path, struct stat *st, int flags)
{
	const char *name;
	int folder, file;

	(void)flags;
	step();
	name = sim_path(at, path, &folder);
	if (folder == -1 || (file = sim_look(folder, name)) == -1)
		return sim_errno(ENOENT);
	*st = (struct stat){ .st_mode = S_IFREG,
		.st_size = sim.files[file].size,
		.st_mtime = sim.files[file].used };
	return 0;
}

static int
sim_fstat(int fd, struct stat *st)
{
	*st = (struct stat){ .st_mode = S_IFREG,
		.st_size = sim.files[sim.fds[fd - 1000].file].size };
	return 0;
}

static ssize_t
sim_write(int fd, const void *p, size_t n)
{
	struct file *f = &sim.files[sim.fds[fd - 1000].file];

	step();
	if ((size_t)f->size + n > BYTES)
		abort();
	memcpy(f->bytes + f->size, p, n);
	f->size += (int)n;
	f->used = sim.now;
	sim.version++;
	return (ssize_t)n;
}

static ssize_t
sim_read(int fd, void *p, size_t n)
{
	struct sim_fd *d = &sim.fds[fd - 1000];
	struct file *f = &sim.files[d->file];
	size_t left = (size_t)f->size - d->at;

	n = n < left ? n : left;
	memcpy(p, f->bytes + d->at, n);
	d->at += n;
	return (ssize_t)n;
}

static int
sim_fsync(int fd)
{
	struct sim_fd *d = &sim.fds[fd - 1000];

	step();
	if (d->folder == -1) {
		if (sim.broken != NO_FILE_SYNC)
			sim.files[d->file].safe = sim.files[d->file].size;
		sim.version++;
	} else if (sim.broken != NO_NAME_SYNC &&
	    (sim.broken != NO_ROOT_SYNC || d->folder != 0) &&
	    (sim.broken != OWN_NAMES || d->folder == 0 ||
		sim.put_in[d->folder] & 1 << sim.actor))
		sim_sync_folder(d->folder);
	return 0;
}

static int
sim_syncfs(int fd)
{
	int i;

	(void)fd;
	step();
	for (i = 0; i < sim.nfiles; i++)
		sim.files[i].safe = sim.files[i].size;
	for (i = 0; i < FOLDERS; i++)
		sim_sync_folder(i);
	return 0;
}

static int
sim_busy(int fd, int how)
{
	int i, busy = 0;

	for (i = 0; i < FDS && how != LOCK_UN; i++)
		busy |= i != fd - 1000 && sim.fds[i].used &&
		    (sim.fds[i].how == LOCK_EX ||
			(how == LOCK_EX && sim.fds[i].how == LOCK_SH));
	return busy;
}

/* Does that actor wait for a lock that another has? */
static int
sim_waits(int actor)
{
	return sim.waits[actor].fd != 0 &&
	    sim_busy(sim.waits[actor].fd, sim.waits[actor].how);
}

static int
sim_flock(int fd, int how)
{
	step();
	if (sim.broken == NO_LOCK)
		return 0;
	while (sim_busy(fd, how)) {
		sim.waits[sim.actor].fd = fd;
		sim.waits[sim.actor].how = how;
		step();
	}
	sim.waits[sim.actor].fd = 0;
	sim.fds[fd - 1000].how = how;
	return 0;
}

static int
sim_close(int fd)
{
	sim.fds[fd - 1000].used = 0;
	return 0;
}

/* What was there when it was opened. */
struct sim_dir {
	int fd, n, at;
	struct dirent entries[FILES];
};

static DIR *
sim_fdopendir(int fd)
{
	struct sim_dir *d = calloc(1, sizeof(*d));
	const struct names *lists[] = { &sim.disk, &sim.pending };
	const struct change *c;
	int l, i, k;

	d->fd = fd;
	for (l = 0; l < 2; l++)
		for (i = 0; i < lists[l]->n; i++) {
			c = &lists[l]->list[i];
			if (c->folder != sim.fds[fd - 1000].folder ||
			    sim_look(c->folder, c->name) == -1)
				continue;
			for (k = 0; k < d->n &&
			     strcmp(d->entries[k].d_name, c->name) != 0;
			     k++)
				;
			if (k == d->n)
				strcpy(d->entries[d->n++].d_name, c->name);
		}
	return (DIR *)(void *)d;
}

static struct dirent *
sim_readdir(DIR *dir)
{
	struct sim_dir *d = (struct sim_dir *)(void *)dir;

	return d->at < d->n ? &d->entries[d->at++] : NULL;
}

static int
sim_dirfd(DIR *dir)
{
	return ((struct sim_dir *)(void *)dir)->fd;
}

static int
sim_closedir(DIR *dir)
{
	sim_close(sim_dirfd(dir));
	free(dir);
	return 0;
}

#define open(path, flags)     sim_openat(AT_FDCWD, path, flags)
#define openat                sim_openat
#define mkdirat               sim_mkdirat
#define fchmodat(at, p, m, f) ((void)(at), (void)(p), 0)
#define fchmod(fd, m)         ((void)(fd), 0)
#define renameat              sim_renameat
#define unlinkat              sim_unlinkat
#define utimensat             sim_utimensat
#define fstatat               sim_fstatat
#define fstat                 sim_fstat
#define write                 sim_write
#define read                  sim_read
#define fsync                 sim_fsync
#define syncfs                sim_syncfs
#define flock(fd, how)        sim_flock(fd, how)
#define close                 sim_close
#define fdopendir             sim_fdopendir
#define readdir               sim_readdir
#define dirfd                 sim_dirfd
#define closedir              sim_closedir
#define randombytes_random()  (++sim.nonce)

#endif
