/*
 * walk -- the files of a folder that travel, with their SHA-256.
 *
 * Only regular files do.  Symbolic links stay at home: they could point
 * anywhere on this machine.  A name that the server refuses is refused here,
 * before anything is sent.  A few files may join them from elsewhere.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ignore.h"
#include "slipway.h"
#include "valid.h"

#define DEPTH_MAX 32
#define PATH_LEN  1024
#define FILES_MAX 100000
#define RULES_MAX (256 << 10)

struct walker {
	struct cli *cli;
	struct files *files;
	size_t room;
	bool prebuilt;
};

static enum rc
name_ok(struct walker *w, const char *path)
{
	struct arena *a = w->cli->arena;

	if (strlen(path) > PATH_LEN)
		return complain(RC_INVALID, "%s: longer than %d bytes",
		    clean_n(a, path, strlen(path)), PATH_LEN);
	if (strcmp(clean_n(a, path, strlen(path)), path) != 0 ||
	    strchr(path, '\t') != NULL)
		return complain(RC_INVALID,
		    "%s: a name must be UTF-8 without control characters; "
		    "rename it or list it in .slipwayignore",
		    clean_n(a, path, strlen(path)));
	return RC_OK;
}

static enum rc
hash(struct walker *w, int fd, struct file *f)
{
	static unsigned char buf[1 << 16];
	unsigned char sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state st;
	ssize_t n;

	crypto_hash_sha256_init(&st);
	f->size = 0;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		crypto_hash_sha256_update(&st, buf, (size_t)n);
		f->size += n;
	}
	if (n < 0)
		return complain(RC_FAIL, "%s: %s", f->path, strerror(errno));
	crypto_hash_sha256_final(&st, sum);
	sodium_bin2hex(f->sha, sizeof(f->sha), sum, sizeof(sum));
	w->files->bytes += f->size;
	return RC_OK;
}

static enum rc
add(struct walker *w, int fd, const char *path, bool executable)
{
	struct files *fs = w->files;
	struct file *more;
	enum rc rc;

	if ((rc = name_ok(w, path)) != RC_OK)
		return rc;
	if (fs->n == FILES_MAX)
		return complain(RC_TOO_LARGE,
		    "more than %d files; list what is not needed in "
		    ".slipwayignore",
		    FILES_MAX);
	if (fs->n == w->room) {
		w->room = w->room ? 2 * w->room : 256;
		more = arena_alloc(w->cli->arena, w->room * sizeof(*more));
		if (fs->n > 0)
			memcpy(more, fs->file, fs->n * sizeof(*more));
		fs->file = more;
	}
	fs->file[fs->n] = (struct file){ .path = path };
	fs->file[fs->n].executable = executable;
	if ((rc = hash(w, fd, &fs->file[fs->n])) != RC_OK)
		return rc;
	fs->n++;
	progress("reading: %zu files", fs->n);
	return RC_OK;
}

static void
rules(struct walker *w, int dir, const char *name, struct ignore *ig)
{
	char *text;
	ssize_t n;
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return;
	text = arena_alloc(w->cli->arena, RULES_MAX);
	if ((n = read(fd, text, RULES_MAX)) > 0)
		ignore_add(ig, text, (size_t)n);
	close(fd);
}

static enum rc folder(struct walker *, int, const char *, struct ignore *, int);

static enum rc
entry(struct walker *w, int dir, const char *base, const char *name,
    struct ignore *ig, int depth)
{
	char *path = arena_printf(w->cli->arena, "%s%s", base, name);
	struct stat st;
	enum rc rc = RC_OK;
	int fd;

	if (ignored_always(name, w->prebuilt))
		return RC_OK;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ?
		    RC_OK :
		    complain(RC_FAIL, "%s: %s", path, strerror(errno));
	if (ignored(ig, path, S_ISDIR(st.st_mode)))
		return RC_OK;
	if (S_ISLNK(st.st_mode) && valid_rule_file(name))
		return complain(RC_INVALID,
		    "%s is a symbolic link, and only files travel: put the "
		    "file itself there, or what it says of serving is lost",
		    clean(w->cli, path));
	if (S_ISLNK(st.st_mode))
		w->files->links++;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return RC_OK;
	fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return complain(RC_FAIL, "%s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return folder(w, fd, arena_printf(w->cli->arena, "%s/", path),
		    ig, depth + 1);
	rc = add(w, fd, path, (st.st_mode & 0100) != 0);
	close(fd);
	return rc;
}

/* Takes fd. */
static enum rc
folder(struct walker *w, int fd, const char *base, struct ignore *up, int depth)
{
	struct ignore *ig = ignore_new(w->cli->arena, up, base);
	struct dirent *d;
	enum rc rc = RC_OK;
	DIR *dir;

	if (depth > DEPTH_MAX) {
		close(fd);
		return complain(RC_INVALID, "%s: more than %d folders deep",
		    clean(w->cli, base), DEPTH_MAX);
	}
	/* A finished site is often just what .gitignore keeps out. */
	if (!w->prebuilt)
		rules(w, fd, ".gitignore", ig);
	rules(w, fd, ".slipwayignore", ig);
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return complain(RC_FAIL, "%s: %s", base, strerror(errno));
	}
	while (rc == RC_OK && !interrupted() && (d = readdir(dir)) != NULL)
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			rc = entry(w, dirfd(dir), base, d->d_name, ig, depth);
	closedir(dir);
	return rc;
}

/* One that goes to the top although it lies elsewhere. */
static enum rc
join(struct walker *w, const char *from)
{
	int fd = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	enum rc rc;

	if (fd < 0)
		return complain(RC_FAIL, "%s: %s", from, strerror(errno));
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return complain(RC_INVALID, "%s: not a file", from);
	}
	rc = add(w, fd, strrchr(from, '/') + 1, false);
	if (rc == RC_OK)
		w->files->file[w->files->n - 1].from = from;
	close(fd);
	return rc;
}

static int
by_path(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	return strcmp(x->path, y->path);
}

enum rc
walk(struct cli *c, const char *root, bool prebuilt, const char *const *also,
    struct files *out)
{
	struct files files = { 0 };
	struct walker w = { .cli = c, .files = &files, .prebuilt = prebuilt };
	enum rc rc;
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return complain(RC_NOT_FOUND, "%s: %s", root, strerror(errno));
	if ((rc = folder(&w, fd, "", NULL, 1)) != RC_OK)
		return rc;
	if (files.n == 0)
		return complain(RC_INVALID,
		    "%s: no files to send (.gitignore and .slipwayignore keep "
		    "some at home)",
		    root);
	for (; also != NULL && *also != NULL; also++)
		if ((rc = join(&w, *also)) != RC_OK)
			return rc;
	qsort(files.file, files.n, sizeof(*files.file), by_path);
	if (files.links > 0)
		tell("Left out %zu symbolic link%s: only files travel.",
		    files.links, files.links == 1 ? "" : "s");
	*out = files;
	return RC_OK;
}
