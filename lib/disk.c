#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "folder.h"
#include "log.h"

#define INODES_MIN 10000 /* a build has no use for fewer */

#define AT(member) offsetof(struct conf, member)

/*
 * Each is a folder of state-dir.  Those with a budget are caches; one of them
 * that is divided has entries for each file of a project.
 */
/* clang-format off */
static const struct kind {
	const char *name;
	size_t budget;	/* in struct conf, MiB; 0: none */
	size_t each;	/* of one project */
	unsigned int flags;
#define PROJECTS 0x01 /* has a folder for each project */
#define DIVIDED	 0x02 /* and in those, images */
#define LOCKED	 0x04 /* which are locked while they are used */
#define HASHED	 0x08 /* two folders deep, and by what is in it */
} kinds[DISK__KINDS] = {
	[DISK_BLOBS]   = { "blobs",	0, 0, 0 },
	[DISK_UPLOADS] = { "uploads",	0, 0, PROJECTS },
	[DISK_MIRRORS] = { "mirrors",	AT(mirror_bytes), 0, PROJECTS | LOCKED },
	[DISK_DEPS]    = { "deps",	AT(cache_bytes), AT(cache_project_bytes),
			   PROJECTS | DIVIDED },
	[DISK_DOWNLOADS] = { "downloads", AT(download_bytes), 0, HASHED },
	[DISK_IMAGES]  = { "images",	0, 0, 0 },
	[DISK_WORK]    = { "work",	0, 0, 0 },
	[DISK_ROUTES]  = { "routes",	0, 0, 0 },
	[DISK_OTHER]   = { "other",	0, 0, 0 },
};
/* clang-format on */

struct look {
	struct disk *disk;
	const struct disk_rules *rules;
	enum disk_kind kind;
	enum rc rc;
};

const char *
disk_name(enum disk_kind kind)
{
	return kinds[kind].name;
}

static uint64_t
limit(const struct conf *conf, size_t at)
{
	return at == 0 ?
	    0 :
	    (uint64_t) * (const int *)((const char *)conf + at) << 20;
}

uint64_t
disk_budget(const struct conf *conf, enum disk_kind kind)
{
	return limit(conf, kinds[kind].budget);
}

static int
is_project(const char *name)
{
	return strlen(name) == DISK_PROJECT && strncmp(name, "prj_", 4) == 0 &&
	    strspn(name + 4, "abcdefghijklmnopqrstuvwxyz234567") ==
	    DISK_PROJECT - 4;
}

int
disk_by_project(enum disk_kind kind)
{
	return (kinds[kind].flags & PROJECTS) != 0;
}

static int
is_hex(const char *name, size_t n)
{
	return strlen(name) == n && strspn(name, "0123456789abcdef") == n;
}

static int
is_image(const char *name)
{
	return strspn(name, "0123456789abcdef") == 64 &&
	    strcmp(name + 64, ".img") == 0;
}

/* Counts what is in dir under a name; as what it is put down is up to us. */
static struct disk_entry *
add(struct look *l, int dir, const char *name)
{
	struct disk *d = l->disk;
	struct disk_entry *e;
	struct folder f;

	if (folder_look(dir, name, &f) != RC_OK) {
		l->rc = RC_FAIL;
		return NULL;
	}
	if (d->n == d->room) {
		d->room = d->room > 0 ? d->room * 2 : 256;
		d->entries =
		    reallocarray(d->entries, d->room, sizeof(*d->entries));
		if (d->entries == NULL)
			fatalx("out of memory");
	}
	e = &d->entries[d->n++];
	memset(e, 0, sizeof(*e));
	e->kind = l->kind;
	e->files = f.files;
	e->bytes = f.bytes;
	e->used = f.used;
	return e;
}

static int
is_a(int dir, const char *name, mode_t type)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    (st.st_mode & S_IFMT) == type;
}

/* A folder's names, without itself and its parent; NULL at the end. */
static const char *
next_name(DIR *d)
{
	struct dirent *e;

	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			return e->d_name;
	return NULL;
}

static void
look_project(struct look *l, int dir, const char *project)
{
	struct disk_entry *e;
	const char *name;
	DIR *d;

	if (!(kinds[l->kind].flags & DIVIDED) ||
	    (l->rules != NULL && l->rules->gone != NULL &&
		l->rules->gone(l->rules->arg, project))) {
		if ((e = add(l, dir, project)) != NULL) {
			memcpy(e->folder, project, sizeof(e->folder));
			e->known = is_a(dir, project, S_IFDIR);
		}
		return;
	}
	if ((d = folder_open(dir, project)) == NULL) {
		if (errno != ENOENT) {
			log_warn("%s/%s", kinds[l->kind].name, project);
			l->rc = RC_FAIL;
		}
		return;
	}
	while ((name = next_name(d)) != NULL) {
		if ((e = add(l, dirfd(d), name)) == NULL)
			continue;
		memcpy(e->folder, project, sizeof(e->folder));
		memcpy(e->name, name, strnlen(name, sizeof(e->name) - 1));
		e->known = is_image(name) && is_a(dirfd(d), name, S_IFREG);
	}
	closedir(d);
}

/* One of the folders of what is named by a hash. */
static void
look_hashes(struct look *l, int dir, const char *first)
{
	DIR *d = folder_open(dir, first), *sub;
	const char *name, *second;
	struct disk_entry *e;

	while (d != NULL && (second = next_name(d)) != NULL) {
		if (!is_hex(second, 2) ||
		    (sub = folder_open(dirfd(d), second)) == NULL) {
			add(l, dirfd(d), second);
			continue;
		}
		while ((name = next_name(sub)) != NULL) {
			if ((e = add(l, dirfd(sub), name)) == NULL)
				continue;
			snprintf(e->folder, sizeof(e->folder), "%.2s/%.2s",
			    first, second);
			memcpy(e->name, name,
			    strnlen(name, sizeof(e->name) - 1));
			e->known = is_hex(name, 124) &&
			    is_a(dirfd(sub), name, S_IFREG);
		}
		closedir(sub);
	}
	if (d != NULL)
		closedir(d);
}

static void
look_kind(struct look *l, DIR *d)
{
	const struct kind *k = &kinds[l->kind];
	const char *name;

	while ((name = next_name(d)) != NULL)
		if (k->flags & PROJECTS && is_project(name))
			look_project(l, dirfd(d), name);
		else if (k->flags & HASHED && is_hex(name, 2))
			look_hashes(l, dirfd(d), name);
		else
			add(l, dirfd(d), name);
}

static enum disk_kind
kind_of(const char *name)
{
	enum disk_kind k;

	for (k = 0; k < DISK_OTHER; k++)
		if (strcmp(kinds[k].name, name) == 0)
			return k;
	return DISK_OTHER;
}

static int
compare(const void *x, const void *y)
{
	const struct disk_entry *a = x, *b = y;
	int c;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	c = strcmp(a->folder, b->folder);
	return c != 0 ? c : strcmp(a->name, b->name);
}

/* With rules, only what may be removed by them. */
static enum rc
look_all(struct disk *disk, const struct conf *conf,
    const struct disk_rules *rules)
{
	struct look l = { .disk = disk, .rules = rules };
	const char *name;
	DIR *top, *d;

	memset(disk, 0, sizeof(*disk));
	if ((top = opendir(conf->state_dir)) == NULL) {
		log_warn("%s", conf->state_dir);
		return RC_FAIL;
	}
	while ((name = next_name(top)) != NULL) {
		l.kind = kind_of(name);
		if (rules != NULL && kinds[l.kind].budget == 0)
			continue;
		if (l.kind == DISK_OTHER)
			add(&l, dirfd(top), name);
		else if ((d = folder_open(dirfd(top), name)) != NULL) {
			look_kind(&l, d);
			closedir(d);
		} else {
			log_warn("%s/%s", conf->state_dir, name);
			l.rc = RC_FAIL;
		}
	}
	closedir(top);
	if (disk->n > 0)
		qsort(disk->entries, disk->n, sizeof(*disk->entries), compare);
	return l.rc;
}

enum rc
disk_look(struct disk *disk, const struct conf *conf)
{
	return look_all(disk, conf, NULL);
}

void
disk_free(struct disk *disk)
{
	free(disk->entries);
	memset(disk, 0, sizeof(*disk));
}

/* "a" or "a/b" below a folder, no link on the way; NULL with errno. */
static DIR *
open_below(DIR *top, const char *path)
{
	char first[DISK_PROJECT + 1] = "";
	size_t n = strcspn(path, "/");
	DIR *d, *sub;

	memcpy(first, path, n);
	d = folder_open(dirfd(top), first);
	if (d == NULL || path[n] == '\0')
		return d;
	sub = folder_open(dirfd(d), path + n + 1);
	closedir(d);
	return sub;
}

static enum rc
remove_entry(const struct conf *conf, const struct disk_entry *e)
{
	const struct kind *k = &kinds[e->kind];
	enum rc rc = RC_FAIL;
	DIR *top, *d = NULL, *own = NULL;

	if ((top = opendir(conf->state_dir)) == NULL ||
	    (d = folder_open(dirfd(top), k->name)) == NULL ||
	    (own = open_below(d, e->folder)) == NULL)
		rc = errno == ENOENT ? RC_OK : RC_FAIL;
	else if (k->flags & LOCKED &&
	    flock(dirfd(own), LOCK_EX | LOCK_NB) == -1)
		rc = errno == EWOULDBLOCK ? RC_CONFLICT : RC_FAIL;
	else if (*e->name == '\0')
		rc = folder_remove(dirfd(d), e->folder);
	else if (unlinkat(dirfd(own), e->name, 0) == 0 || errno == ENOENT)
		rc = RC_OK;
	if (rc == RC_FAIL)
		log_warn("%s/%s/%s", k->name, e->folder, e->name);
	if (own != NULL)
		closedir(own);
	if (d != NULL)
		closedir(d);
	if (top != NULL)
		closedir(top);
	return rc;
}

static int
older(const void *x, const void *y)
{
	const struct disk_entry *a = x, *b = y;

	if (a->used != b->used)
		return a->used < b->used ? -1 : 1;
	return compare(x, y);
}

/* Of a project, what is there still. */
static uint64_t
total(const struct disk *d, const struct disk_entry *of)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->entries[i].kind == of->kind &&
		    strcmp(d->entries[i].folder, of->folder) == 0)
			sum += d->entries[i].bytes;
	return sum;
}

static int
must_go(const struct conf *conf, const struct disk_rules *r,
    const struct disk *d, const struct disk_entry *e, uint64_t all,
    uint64_t freed)
{
	const struct kind *k = &kinds[e->kind];

	if (!e->known)
		return 0;
	if (r->gone != NULL && *e->name == '\0' && r->gone(r->arg, e->folder) &&
	    e->used < r->before)
		return 1;
	return freed < r->want || all > limit(conf, k->budget) ||
	    (k->each != 0 && total(d, e) > limit(conf, k->each));
}

/* The oldest first, whatever it is over. */
enum rc
disk_collect(const struct conf *conf, const struct disk_rules *r,
    struct disk_count count[DISK__KINDS])
{
	struct disk_entry *e;
	uint64_t freed = 0, all[DISK__KINDS] = { 0 };
	struct disk disk;
	enum rc rc, removed;
	size_t i;

	memset(count, 0, sizeof(*count) * DISK__KINDS);
	rc = look_all(&disk, conf, r);
	if (disk.n > 0)
		qsort(disk.entries, disk.n, sizeof(*disk.entries), older);
	for (i = 0; i < disk.n; i++)
		all[disk.entries[i].kind] += disk.entries[i].bytes;
	for (i = 0; i < disk.n; i++) {
		e = &disk.entries[i];
		if (!e->known)
			count[e->kind].unknown += e->files;
		if (!must_go(conf, r, &disk, e, all[e->kind], freed))
			continue;
		removed = r->dry ? RC_OK : remove_entry(conf, e);
		if (removed == RC_OK) {
			log_debug("%s/%s/%s", kinds[e->kind].name, e->folder,
			    e->name);
			count[e->kind].files += e->files;
			count[e->kind].bytes += e->bytes;
			freed += e->bytes;
			all[e->kind] -= e->bytes;
			e->bytes = 0;
		} else if (removed != RC_CONFLICT) {
			count[e->kind].failed++;
			rc = RC_FAIL;
		}
	}
	disk_free(&disk);
	return rc;
}

int
disk_short(const struct conf *conf, struct disk_space *s)
{
	uint64_t reserve = (uint64_t)conf->disk_reserve << 20;
	struct statvfs fs;

	memset(s, 0, sizeof(*s));
	if (statvfs(conf->state_dir, &fs) == -1)
		return 0; /* whoever needs it will say so */
	s->free = (uint64_t)fs.f_bavail * fs.f_frsize;
	s->size = (uint64_t)fs.f_blocks * fs.f_frsize;
	s->inodes = fs.f_files > 0 ? fs.f_favail : UINT64_MAX;
	s->want = s->free < reserve ? reserve - s->free : 0;
	return s->want > 0 || s->inodes < INODES_MIN;
}

int
disk_full(const struct conf *conf)
{
	struct disk_space s;

	disk_short(conf, &s);
	return s.size > 0 &&
	    (s.free < ((uint64_t)conf->disk_reserve << 20) / 4 || s.free == 0 ||
		s.inodes < INODES_MIN / 4);
}

const char *
disk_text(uint64_t bytes, char text[16])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double n = (double)bytes;
	size_t i;

	for (i = 0; n >= 1024 && i < NITEMS(units) - 1; i++)
		n /= 1024;
	snprintf(text, 16, n < 10 && i > 0 ? "%.1f %s" : "%.0f %s", n,
	    units[i]);
	return text;
}
