#include <sys/stat.h>

#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "subtract.h"

#define FDS 32

/* nftw(3) hands nothing through. */
static const char *from, *away;

static int
same_text(const char *x, const char *y)
{
	char a[65536], b[65536];
	size_t n, m;
	FILE *f, *g;
	int same = 0;

	if ((f = fopen(x, "re")) == NULL)
		return 0;
	if ((g = fopen(y, "re")) != NULL) {
		do {
			n = fread(a, 1, sizeof(a), f);
			m = fread(b, 1, sizeof(b), g);
		} while (n == m && n > 0 && memcmp(a, b, n) == 0);
		same = n == 0 && m == 0 && !ferror(f) && !ferror(g);
		fclose(g);
	}
	fclose(f);
	return same;
}

static int
same_link(const char *x, const char *y)
{
	char a[PATH_MAX], b[PATH_MAX];
	ssize_t n = readlink(x, a, sizeof(a)), m = readlink(y, b, sizeof(b));

	return n > 0 && n == m && memcmp(a, b, (size_t)n) == 0;
}

static int
visit(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	char other[PATH_MAX];
	struct stat there;
	int same = 0;

	(void)type;
	if (ftw->level == 0)
		return 0;
	snprintf(other, sizeof(other), "%s%s", away, path + strlen(from));
	if (lstat(other, &there) == -1)
		there = (struct stat){ 0 };
	if (S_ISDIR(st->st_mode)) {
		if (there.st_mode == st->st_mode)
			rmdir(path); /* unless something is left in it */
		return 0;
	}
	if (there.st_mode == st->st_mode) {
		if (S_ISREG(st->st_mode))
			same = there.st_size == st->st_size &&
			    same_text(path, other);
		else if (S_ISLNK(st->st_mode))
			same = same_link(path, other);
	}
	if (!S_ISREG(st->st_mode) && !S_ISLNK(st->st_mode))
		same = 1;
	return same ? unlink(path) : 0;
}

enum rc
subtract(const char *tree, const char *base)
{
	from = tree;
	away = base;
	if (nftw(tree, visit, FDS, FTW_DEPTH | FTW_PHYS) == 0)
		return RC_OK;
	log_warn("%s", tree);
	return RC_FAIL;
}
