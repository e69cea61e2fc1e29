/*
 * slipway: an archive that a server sent.  Input: the archive; it is fed whole
 * and byte by byte, and both must see the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/slipway/untar.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

struct seen {
	unsigned long files, bytes, sum;
	int open;
};

static enum rc
begin(void *arg, const char *path, unsigned long long size)
{
	struct seen *s = arg;

	if (s->open || *path == '/' || *path == '\0' ||
	    strstr(path, "//") != NULL || strcmp(path, "..") == 0 ||
	    strncmp(path, "../", 3) == 0 || strstr(path, "/../") != NULL)
		abort();
	s->open = 1;
	s->files++;
	s->sum += size;
	return RC_OK;
}

static enum rc
data(void *arg, const char *p, size_t n)
{
	struct seen *s = arg;

	if (!s->open || n == 0)
		abort();
	s->bytes += n;
	s->sum += (unsigned char)p[0] + (unsigned char)p[n - 1];
	return RC_OK;
}

static enum rc
end(void *arg)
{
	struct seen *s = arg;

	if (!s->open)
		abort();
	s->open = 0;
	return RC_OK;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct seen whole = { 0 }, bytes = { 0 };
	static struct untar u;
	enum rc a, b = RC_OK;
	size_t i;

	u = (struct untar){ .begin = begin,
		.data = data,
		.end = end,
		.arg = &whole };
	a = untar_feed(&u, (const char *)p, n);
	u = (struct untar){ .begin = begin,
		.data = data,
		.end = end,
		.arg = &bytes };
	for (i = 0; i < n && b == RC_OK; i++)
		b = untar_feed(&u, (const char *)p + i, 1);
	if (a != b || whole.files != bytes.files || whole.bytes != bytes.bytes)
		abort();
	return 0;
}
