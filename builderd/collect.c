#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "collect.h"
#include "ignore.h"
#include "log.h"
#include "tree.h"
#include "valid.h"

#define MIB         ((uint64_t)1 << 20)
#define IGNORE_FILE ".vercelignore"

/*
 * Of a folder that is published as it is: what is there for its makers, at the
 * top of it or anywhere.  A star stands for any end.
 */
static const char *const not_site[] = { "package.json", "package-lock.json",
	"npm-shrinkwrap.json", "pnpm-lock.yaml", "pnpm-workspace.yaml",
	"yarn.lock", "bun.lock", "bun.lockb", "vlt-lock.json", "README.md",
	"api" };
static const char *const nowhere_site[] = { ".git*", ".env*", ".npmrc",
	".yarnrc*", ".nvmrc", ".node-version", ".editorconfig", ".DS_Store",
	".vercelignore", "node_modules" };

/* Never, wherever they are: whoever publishes these did not mean to. */
static const char *const keys[] = { "-----BEGIN PRIVATE KEY-----",
	"-----BEGIN RSA PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----",
	"-----BEGIN DSA PRIVATE KEY-----",
	"-----BEGIN ENCRYPTED PRIVATE KEY-----",
	"-----BEGIN OPENSSH PRIVATE KEY-----",
	"-----BEGIN PGP PRIVATE KEY BLOCK-----" };

static enum rc fail(struct collect *, const char *, const char *, ...)
    PRINTF(3, 4);
static enum rc walk(struct collect *, int, const char *, int);

static enum rc
fail(struct collect *c, const char *code, const char *fmt, ...)
{
	char why[COLLECT_PATH + 512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	c->code = code;
	c->why = arena_strndup(c->arena, why, strlen(why));
	return RC_INVALID;
}

static int
is_env(const char *name)
{
	return strcmp(name, ".env") == 0 || strncmp(name, ".env.", 5) == 0;
}

static int
listed(const char *const list[], size_t n, const char *name)
{
	size_t i, k;

	for (i = 0; i < n; i++) {
		k = strcspn(list[i], "*");
		if (strncmp(name, list[i], k) == 0 &&
		    (list[i][k] == '*' || name[k] == '\0'))
			return 1;
	}
	return 0;
}

static int
left_out(const char *name, int depth)
{
	return listed(nowhere_site, NITEMS(nowhere_site), name) ||
	    (depth == 0 && listed(not_site, NITEMS(not_site), name));
}

/* The name, of UTF-8, as it can be told; NULL: it has no control characters. */
static char *
without_controls(struct arena *a, const char *path)
{
	char *out = arena_strndup(a, path, strlen(path)), *p;
	int found = 0;

	for (p = out; *p != '\0'; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f ||
		    ((unsigned char)*p == 0xc2 && (p[1] & 0xe0) == 0x80)) {
			found = 1;
			*p = '?';
		}
	return found ? out : NULL;
}

static void
skip(struct collect *c, const char *path, const char *why)
{
	if (c->nskipped++ < COLLECT_TOLD)
		c->skipped(c->arg, path, why);
}

/* A private key is text at the beginning of a small file. */
static int
has_key(int fd)
{
	char head[256];
	ssize_t n = pread(fd, head, sizeof(head) - 1, 0);
	size_t i;

	if (n <= 0)
		return 0;
	head[n] = '\0';
	for (i = 0; i < NITEMS(keys); i++)
		if (strstr(head, keys[i]) != NULL)
			return 1;
	return 0;
}

static enum rc
add(struct collect *c, int dir, const char *name, const char *path)
{
	struct output_file *f;
	struct stat st;
	int fd, secret;

	if (is_env(name))
		return fail(c, "secret",
		    "%s is in the output: variables are not for publishing",
		    path);
	if (c->nfiles == c->files_max)
		return fail(c, "limit",
		    "the output has more than %zu files (output-files)",
		    c->files_max);
	if ((fd = tree_file(dir, name)) == -1 || fstat(fd, &st) == -1) {
		if (fd != -1)
			close(fd);
		return fail(c, "output", "%s cannot be read: %s", path,
		    strerror(errno));
	}
	secret = has_key(fd);
	close(fd);
	if (secret)
		return fail(c, "secret", "%s in the output is a private key",
		    path);
	if ((uint64_t)st.st_size > c->file_max)
		return fail(c, "limit",
		    "%s in the output is larger than %llu MiB "
		    "(output-file-size)",
		    path, (unsigned long long)(c->file_max / MIB));
	c->bytes += (uint64_t)st.st_size;
	if (c->bytes > c->bytes_max)
		return fail(c, "limit",
		    "the output is larger than %llu MiB (output-bytes)",
		    (unsigned long long)(c->bytes_max / MIB));
	if ((c->nfiles & (c->nfiles - 1)) == 0) { /* full: double it */
		size_t n = c->nfiles == 0 ? 1 : c->nfiles * 2;

		f = arena_alloc(c->arena, n * sizeof(*f));
		if (c->nfiles > 0)
			memcpy(f, c->files, c->nfiles * sizeof(*f));
		c->files = f;
	}
	f = &c->files[c->nfiles++];
	f->path = path;
	f->size = (uint64_t)st.st_size;
	return RC_OK;
}

/*
 * Links and directories are not files, and hard links to one link cost a build
 * nothing but names; here, each is worth memory.
 */
static size_t
names_max(const struct collect *c)
{
	return 4 * c->files_max + 1000;
}

static enum rc
entry(struct collect *c, int dir, const char *at, const struct dirent *e,
    int depth)
{
	const char *path, *told;
	struct stat st;
	size_t n;
	int fd;
	enum rc rc;

	if (c->seen++ == names_max(c))
		return fail(c, "limit",
		    "the output has more than %zu files, directories and links "
		    "(output-files)",
		    names_max(c));
	/* At the top they say how it is served (siterules.h). */
	if ((depth == 0 && valid_rule_file(e->d_name)) ||
	    (c->plain && left_out(e->d_name, depth)))
		return RC_OK;
	path = *at != '\0' ?
	    arena_printf(c->arena, "%s/%s", at, e->d_name) :
	    arena_strndup(c->arena, e->d_name, strlen(e->d_name));
	n = strlen(path);
	if (n > COLLECT_PATH)
		return fail(c, "path",
		    "a path in the output is longer than %d bytes: %.100s...",
		    COLLECT_PATH, path);
	if (valid_utf8(path, n) != n)
		return fail(c, "path", "a name in the output is not UTF-8: %s",
		    path);
	if ((told = without_controls(c->arena, path)) != NULL) {
		skip(c, told, "no address can name control characters");
		return RC_OK;
	}
	if (fstatat(dir, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return fail(c, "output", "%s: %s", path, strerror(errno));
	if (c->ignore != NULL &&
	    ignored(c->ignore, path, S_ISDIR(st.st_mode))) {
		skip(c, path, IGNORE_FILE " names it");
		return RC_OK;
	}
	if (S_ISREG(st.st_mode))
		return add(c, dir, e->d_name, path);
	/* Whoever copies all of a checkout has it too. */
	if (!S_ISDIR(st.st_mode) || strcmp(e->d_name, ".git") == 0) {
		skip(c, path,
		    S_ISDIR(st.st_mode)     ? "the history of the files" :
			S_ISLNK(st.st_mode) ? "a symbolic link" :
					      "not a regular file");
		return RC_OK;
	}
	if (depth == COLLECT_DEPTH)
		return fail(c, "path",
		    "the output is more than %d directories deep: %.100s...",
		    COLLECT_DEPTH, path);
	if ((fd = tree_dir(dir, e->d_name)) == -1)
		return fail(c, "output", "%s: %s", path, strerror(errno));
	rc = walk(c, fd, path, depth + 1);
	return rc;
}

/* Takes fd. */
static enum rc
walk(struct collect *c, int fd, const char *at, int depth)
{
	enum rc rc = RC_OK;
	struct dirent *e;
	DIR *d;

	if ((d = fdopendir(fd)) == NULL) {
		log_warn("%s", at);
		close(fd);
		return fail(c, "output", "%s cannot be read", at);
	}
	while (rc == RC_OK && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = entry(c, dirfd(d), at, e, depth);
	closedir(d);
	return rc;
}

static int
by_path(const void *x, const void *y)
{
	const struct output_file *a = x, *b = y;

	return strcmp(a->path, b->path);
}

/* Of a folder that is published as it is. */
static enum rc
read_ignore(struct collect *c, int dir)
{
	const char *text;
	size_t n;

	c->ignore = NULL;
	if (!c->plain || !tree_is_file(dir, IGNORE_FILE))
		return RC_OK;
	text = tree_read(c->arena, dir, IGNORE_FILE, COLLECT_IGNORE, &n);
	if (text == NULL)
		return fail(c, "limit", "%s is larger than %d bytes",
		    IGNORE_FILE, COLLECT_IGNORE);
	c->ignore = ignore_new(c->arena, NULL, "");
	ignore_add(c->ignore, text, n);
	return RC_OK;
}

enum rc
collect(struct collect *c, int dirfd)
{
	enum rc rc;
	int fd;

	c->nfiles = c->seen = c->nskipped = 0;
	c->bytes = 0;
	if ((rc = read_ignore(c, dirfd)) != RC_OK)
		return rc;
	if ((fd = tree_dir(dirfd, ".")) == -1)
		return fail(c, "output", "the output cannot be read: %s",
		    strerror(errno));
	if ((rc = walk(c, fd, "", 0)) != RC_OK)
		return rc;
	if (c->nfiles == 0)
		return fail(c, "nothing_to_serve", "there is nothing to serve");
	qsort(c->files, c->nfiles, sizeof(*c->files), by_path);
	return RC_OK;
}
