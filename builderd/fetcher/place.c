#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "place.h"

static int
make_dir(int dir, const char *path)
{
	struct stat st;

	if (mkdirat(dir, path, 0755) == 0)
		return 0;
	if (errno != EEXIST)
		return -1;
	if (fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		return 0;
	errno = EEXIST;
	return -1;
}

/* All directories above path. */
static int
make_parents(int dir, char *path)
{
	int bad = 0;
	char *p;

	for (p = strchr(path, '/'); p != NULL && !bad; p = strchr(p + 1, '/')) {
		*p = '\0';
		bad = make_dir(dir, path);
		*p = '/';
	}
	return bad;
}

int
place_dir(int dir, char *path)
{
	return make_parents(dir, path) == -1 ? -1 : make_dir(dir, path);
}

int
place_file(int dir, char *path, int executable)
{
	if (make_parents(dir, path) == -1)
		return -1;
	return openat(dir, path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	    executable ? 0755 : 0644);
}

int
place_same(int dir, const char *old, char *path)
{
	struct stat st;

	if (make_parents(dir, path) == -1 ||
	    fstatat(dir, old, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	return linkat(dir, old, dir, path, 0);
}
