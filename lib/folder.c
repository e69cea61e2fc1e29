#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "folder.h"
#include "log.h"

#define DEPTH 200 /* each level holds a descriptor */
#define BLOCK 512 /* what st_blocks counts */

struct walk {
	struct folder *count; /* to be counted, or NULL: to be removed */
	dev_t dev;
};

DIR *
folder_open(int dir, const char *name)
{
	int fd =
	    openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d;

	if (fd == -1)
		return NULL;
	if ((d = fdopendir(fd)) == NULL)
		close(fd);
	return d;
}

static enum rc
failed(const char *name)
{
	log_warn("%s", name);
	return RC_FAIL;
}

static void
count(struct folder *t, const struct stat *st)
{
	uint64_t size = (uint64_t)st->st_size;
	uint64_t room = (uint64_t)st->st_blocks * BLOCK;

	if (st->st_mtime > t->used)
		t->used = st->st_mtime;
	if (S_ISDIR(st->st_mode))
		return;
	t->files++;
	t->bytes += size < room ? size : room; /* images have holes */
}

static enum rc visit(const struct walk *, int, const char *, int);

static enum rc
visit_all(const struct walk *w, int dir, const char *name, int depth)
{
	DIR *d = folder_open(dir, name);
	enum rc rc = RC_OK;
	struct dirent *e;
	struct stat st;

	if (d == NULL)
		return errno == ENOENT ? RC_OK : failed(name);
	if (fstat(dirfd(d), &st) == -1)
		rc = failed(name);
	else if (st.st_dev != w->dev || depth == DEPTH) {
		log_warnx("%s: %s", name,
		    depth == DEPTH ? "too deep" : "on another file system");
		rc = RC_FAIL;
	}
	while (rc == RC_OK && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = visit(w, dirfd(d), e->d_name, depth + 1);
	closedir(d);
	return rc;
}

/* What is gone meanwhile is as good as removed. */
static enum rc
visit(const struct walk *w, int dir, const char *name, int depth)
{
	struct stat st;
	enum rc rc;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? RC_OK : failed(name);
	if (S_ISDIR(st.st_mode) &&
	    (rc = visit_all(w, dir, name, depth)) != RC_OK)
		return rc;
	if (w->count != NULL)
		count(w->count, &st);
	else if (unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) ==
		-1 &&
	    errno != ENOENT)
		return failed(name);
	return RC_OK;
}

static enum rc
walk(int dir, const char *name, struct folder *count)
{
	struct walk w = { .count = count };
	struct stat st;

	if (fstat(dir, &st) == -1)
		return failed(name);
	w.dev = st.st_dev;
	return visit(&w, dir, name, 0);
}

enum rc
folder_look(int dir, const char *name, struct folder *t)
{
	memset(t, 0, sizeof(*t));
	return walk(dir, name, t);
}

enum rc
folder_remove(int dir, const char *name)
{
	return walk(dir, name, NULL);
}
