#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetcher.h"
#include "valid.h"

static int workspace;

/* All directories above path; we alone have written there, so no links. */
static int
make_parents(char *path)
{
	char *p;

	for (p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		if (mkdirat(workspace, path, 0755) == -1 && errno != EEXIST)
			return -1;
		*p = '/';
	}
	return 0;
}

static int
copy(int from, int to, uint64_t size)
{
	char buf[65536];
	ssize_t n;

	while ((n = read(from, buf, sizeof(buf))) > 0) {
		if ((uint64_t)n > size || write(to, buf, (size_t)n) != n)
			return -1;
		size -= (uint64_t)n;
	}
	return n == 0 && size == 0 ? 0 : -1;
}

static void
file(const char *hash, uint64_t size, int executable, char *path)
{
	char from[128];
	int in, out;

	/* As in any store (store.h): the first two digits are a directory. */
	snprintf(from, sizeof(from), FETCH_UPLOAD "/%.2s/%s", hash, hash + 2);
	if ((in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		give_up("upload", "a part of the upload is gone: deploy again");
	if (make_parents(path) == -1 ||
	    (out = openat(workspace, path,
		 O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		 executable ? 0755 : 0644)) == -1)
		give_up(errno == ENOSPC ? "too_large" : "upload", "%s: %s",
		    path, strerror(errno));
	if (copy(in, out, size) == -1 || close(out) == -1)
		give_up(errno == ENOSPC ? "too_large" : "upload",
		    "%s: cannot be written: %s", path, strerror(errno));
	close(in);
}

/* "<sha256> <size> <x|-> <path>" */
static uint64_t
entry(char *text)
{
	char *size, *mode, *path, *end;
	uint64_t n;

	if ((size = strchr(text, ' ')) == NULL ||
	    (mode = strchr(size + 1, ' ')) == NULL ||
	    (path = strchr(mode + 1, ' ')) == NULL)
		give_up("upload", "the list of the upload is damaged");
	*size++ = *mode++ = *path++ = '\0';
	errno = 0;
	n = strtoull(size, &end, 10);
	if (strlen(text) != 64 || strspn(text, "0123456789abcdef") != 64 ||
	    errno != 0 || *size < '0' || *size > '9' || *end != '\0' ||
	    (strcmp(mode, "x") != 0 && strcmp(mode, "-") != 0) ||
	    valid_path(path) != NULL)
		give_up("upload", "the list of the upload is damaged");
	file(text, n, *mode == 'x', path);
	return n;
}

void
upload_fetch(const char *id)
{
	char path[256], *text = NULL;
	unsigned long files = 0;
	uint64_t bytes = 0;
	size_t size = 0;
	ssize_t n;
	FILE *f;

	if (strlen(id) > 32 ||
	    strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen(id))
		give_up("internal", "not the id of an upload");
	snprintf(path, sizeof(path), FETCH_UPLOAD "/%s.list", id);
	workspace = open(FETCH_TO, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (workspace == -1)
		give_up("internal", "no " FETCH_TO);
	if ((f = fopen(path, "re")) == NULL)
		give_up("upload",
		    "the upload is no longer there: deploy again");
	for (; (n = getline(&text, &size, f)) > 0; files++) {
		if (text[n - 1] != '\n' || strlen(text) != (size_t)n)
			give_up("upload", "the list of the upload is damaged");
		text[n - 1] = '\0';
		bytes += entry(text);
	}
	free(text);
	fclose(f);
	line("%lu files, %.1f MiB", files, (double)bytes / 1048576);
}
