#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/openat2.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "tree.h"

static int
beneath(int root, const char *path, uint64_t flags)
{
	struct open_how how = { .flags = flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
		    RESOLVE_NO_MAGICLINKS };

	if (*path == '\0')
		path = ".";
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

int
tree_dir(int root, const char *path)
{
	return beneath(root, path, O_RDONLY | O_DIRECTORY | O_NOCTTY);
}

int
tree_file(int root, const char *path)
{
	struct stat st;
	int fd;

	/* A pipe would wait for a writer. */
	if ((fd = beneath(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY)) == -1)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

int
tree_is_dir(int root, const char *path)
{
	int fd = tree_dir(root, path);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

int
tree_is_file(int root, const char *path)
{
	int fd = tree_file(root, path);

	if (fd != -1)
		close(fd);
	return fd != -1;
}

int
tree_is_odd(int root, const char *path)
{
	int fd = beneath(root, path, O_PATH | O_NOFOLLOW);

	if (fd == -1)
		return errno != ENOENT && errno != ENOTDIR;
	close(fd);
	return !tree_is_file(root, path);
}

char *
tree_read(struct arena *a, int root, const char *path, size_t max, size_t *len)
{
	struct stat st;
	char *p = NULL;
	size_t have = 0;
	ssize_t n;
	int fd;

	if ((fd = tree_file(root, path)) == -1)
		return NULL;
	if (fstat(fd, &st) == 0 && (size_t)st.st_size <= max) {
		p = arena_alloc(a, (size_t)st.st_size + 1);
		while (have < (size_t)st.st_size &&
		    (n = read(fd, p + have, (size_t)st.st_size - have)) > 0)
			have += (size_t)n;
		if (have < (size_t)st.st_size)
			p = NULL;
	}
	close(fd);
	if (p != NULL && len != NULL)
		*len = have;
	return p;
}

/* The only directory in a directory, hidden ones aside. */
static const char *
only_dir(struct arena *a, int root, const char *path)
{
	const char *found = NULL;
	struct dirent *e;
	int fd, many = 0;
	DIR *d;

	if ((fd = tree_dir(root, path)) == -1)
		return NULL;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return NULL;
	}
	while ((e = readdir(d)) != NULL) {
		if (*e->d_name == '.' || !tree_is_dir(dirfd(d), e->d_name))
			continue;
		many = found != NULL;
		found = arena_strndup(a, e->d_name, strlen(e->d_name));
		if (many)
			break;
	}
	closedir(d);
	return many ? NULL : found;
}

const char *
tree_match(struct arena *a, int root, const char *pattern)
{
	const char *star = strstr(pattern, "/*"), *only, *path;

	if (star == NULL)
		return tree_is_dir(root, pattern) ? pattern : NULL;
	path = arena_strndup(a, pattern, (size_t)(star - pattern));
	if ((only = only_dir(a, root, path)) == NULL)
		return NULL;
	path = arena_printf(a, "%s/%s%s", path, only, star + 2);
	return tree_is_dir(root, path) ? path : NULL;
}

const char *
tree_join(struct arena *a, const char *x, const char *y)
{
	if (*x == '\0' || strcmp(x, ".") == 0)
		return *y == '\0' ? "." : y;
	if (*y == '\0' || strcmp(y, ".") == 0)
		return x;
	return arena_printf(a, "%s/%s", x, y);
}
