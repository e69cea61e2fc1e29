#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fetcher.h"
#include "place.h"
#include "valid.h"

#define UNPACK "/slipway/slipway-unpack"

static int workspace;

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

/* As in any store (store.h): the first two digits are a directory. */
static void
stored(char path[128], const char *hash)
{
	snprintf(path, 128, FETCH_UPLOAD "/%.2s/%s", hash, hash + 2);
}

static void
file(const char *hash, uint64_t size, int executable, char *path)
{
	char from[128];
	int in, out;

	stored(from, hash);
	if ((in = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1)
		give_up("upload", "a part of the upload is gone: deploy again");
	if ((out = place_file(workspace, path, executable)) == -1)
		give_up(errno == ENOSPC ? "too_large" : "upload", "%s: %s",
		    path, strerror(errno));
	if (copy(in, out, size) == -1 || close(out) == -1)
		give_up(errno == ENOSPC ? "too_large" : "upload",
		    "%s: cannot be written: %s", path, strerror(errno));
	close(in);
}

/* An archive is read by a program that can do nothing else. */
static void __attribute__((noreturn))
unpack(const struct order *o, const char *hash)
{
	char from[128];
	char *argv[] = { (char[]){ "slipway-unpack" }, from,
		(char *)(uintptr_t)o->files, (char *)(uintptr_t)o->bytes,
		(char *)(uintptr_t)o->file, NULL };
	char *env[] = { NULL };

	stored(from, hash);
	if (fchdir(workspace) == 0)
		execve(UNPACK, argv, env);
	give_up("internal", "%s: %s", UNPACK, strerror(errno));
}

/* "<sha256> <size> <x|-|a> <path>" */
static uint64_t
entry(const struct order *o, char *text)
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
	    strlen(mode) != 1 || strchr("x-a", *mode) == NULL ||
	    valid_path(path) != NULL)
		give_up("upload", "the list of the upload is damaged");
	if (*mode == 'a')
		unpack(o, text);
	file(text, n, *mode == 'x', path);
	return n;
}

void
upload_fetch(const struct order *o)
{
	const char *id = o->upload;
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
		bytes += entry(o, text);
	}
	free(text);
	fclose(f);
	line("%lu file%s, %llu KiB", files, files == 1 ? "" : "s",
	    ((unsigned long long)bytes + 1023) / 1024);
}
