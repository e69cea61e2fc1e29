#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store-dir.h"

#define ASIDE "quarantine"

/* Call fn for each entry of a folder that is not "." or "..". */
static enum rc
each(struct store *s, const char *path,
    enum rc (*fn)(struct store *, const char *path, const char *entry,
	const struct stat *, void *),
    void *arg)
{
	enum rc rc = RC_OK;
	struct dirent *e;
	struct stat st;
	DIR *d = NULL;
	int fd;

	/* Who walks may be root, and who could put a link here is not. */
	fd = openat(s->dir, path,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		rc = store_failed(s, path);
		if (fd != -1)
			close(fd);
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	}
	while (rc == RC_OK && (e = readdir(d)) != NULL)
		if (*e->d_name != '.' &&
		    fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode))
			rc = fn(s, path, e->d_name, &st, arg);
	closedir(d);
	return rc;
}

/* Left by a publisher that died. */
static enum rc
sweep(struct store *s, const char *path, const char *entry,
    const struct stat *st, void *before)
{
	char tmp[sizeof(TMP) + NAME_MAX + 1];

	if (st->st_mtime < *(const time_t *)before) {
		snprintf(tmp, sizeof(tmp), "%s/%s", path, entry);
		unlinkat(s->dir, tmp, 0);
	}
	return RC_OK;
}

struct walk {
	enum rc (*fn)(void *, const char *, uint64_t, time_t);
	void *arg;
};

static enum rc
tell(struct store *s, const char *path, const char *entry,
    const struct stat *st, void *arg)
{
	char name[STORE_NAME_MAX];
	struct walk *w = arg;

	(void)s;
	if (strlen(entry) >= sizeof(name) - 2)
		return RC_OK;
	snprintf(name, sizeof(name), "%.2s%.69s", path, entry);
	if (!store_name_ok(name))
		return RC_OK;
	return w->fn(w->arg, name, (uint64_t)st->st_size, st->st_mtime);
}

enum rc
store_walk(struct store *s, time_t before,
    enum rc (*fn)(void *, const char *, uint64_t, time_t), void *arg)
{
	struct walk w = { .fn = fn, .arg = arg };
	enum rc rc;
	char path[3];
	int i;

	rc = each(s, TMP, sweep, &before);
	for (i = 0; i < 256 && rc == RC_OK; i++) {
		snprintf(path, sizeof(path), "%02x", (unsigned int)i);
		rc = each(s, path, tell, &w);
	}
	return rc;
}

enum rc
store_remove(struct store *s, const char *name, time_t unused_since)
{
	char path[STORE_NAME_MAX + 2];
	struct stat st;
	enum rc rc;

	if ((rc = store_path_of(name, path)) != RC_OK ||
	    (rc = store_lock(s, LOCK_EX)) != RC_OK)
		return rc;
	if (fstatat(s->dir, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		rc = store_failed(s, path);
	else if (st.st_mtime >= unused_since)
		rc = RC_CONFLICT;
	else if (unlinkat(s->dir, path, 0) == -1)
		rc = store_failed(s, path);
	(void)store_lock(s, LOCK_UN);
	return rc;
}

enum rc
store_set_aside(struct store *s, const char *name)
{
	char path[STORE_NAME_MAX + 2], aside[STORE_NAME_MAX + 40];
	enum rc rc;

	if ((rc = store_path_of(name, path)) != RC_OK)
		return rc;
	if (store_make_dir(s->dir, ASIDE) == -1)
		return store_failed(s, ASIDE);
	snprintf(aside, sizeof(aside), ASIDE "/%s-%08x", name,
	    randombytes_random());
	if ((rc = store_lock(s, LOCK_EX)) != RC_OK)
		return rc;
	if (renameat(s->dir, path, s->dir, aside) == -1)
		rc = store_failed(s, path);
	(void)store_lock(s, LOCK_UN);
	return rc;
}

static enum rc
count(struct store *s, const char *path, const char *entry,
    const struct stat *st, void *counts)
{
	unsigned int first;

	(void)s;
	(void)path;
	(void)st;
	if (strspn(entry, "0123456789abcdef") >= 2 &&
	    sscanf(entry, "%2x", &first) == 1)
		((size_t *)counts)[first]++;
	return RC_OK;
}

enum rc
store_count_aside(struct store *s, size_t counts[256])
{
	memset(counts, 0, 256 * sizeof(*counts));
	return each(s, ASIDE, count, counts);
}
