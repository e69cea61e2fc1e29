/*
 * A directory of its own for each test program, and files in it.
 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char fixture_dir[] = "/tmp/slipway-build-XXXXXX";

static inline int
fixture_rm(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
fixture_end(void)
{
	nftw(fixture_dir, fixture_rm, 16, FTW_DEPTH | FTW_PHYS);
}

/* An empty directory; the descriptor of it. */
static inline int
fixture(void)
{
	if (strstr(fixture_dir, "XXXXXX") == NULL) {
		fixture_end();
		mkdir(fixture_dir, 0700);
	} else if (mkdtemp(fixture_dir) == NULL)
		abort();
	atexit(fixture_end);
	return open(fixture_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A file, with the directories above it. */
static inline void
fixture_put(int dir, const char *path, const void *text, size_t n)
{
	char part[2048];
	size_t i;
	int fd;

	for (i = 0; path[i] != '\0'; i++)
		if (path[i] == '/') {
			memcpy(part, path, i);
			part[i] = '\0';
			mkdirat(dir, part, 0755);
		}
	fd = openat(dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1 || write(fd, text, n) != (ssize_t)n)
		abort();
	close(fd);
}

static inline void
fixture_text(int dir, const char *path, const char *text)
{
	fixture_put(dir, path, text, strlen(text));
}

#endif
