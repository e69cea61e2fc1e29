/*
 * replay -- runs a fuzz target on its corpus, without a fuzzer.
 *
 * "make check" has this: each file of tests/fuzz/corpus/<target>, then the same
 * file cut short everywhere and with bytes changed, always in the same way.
 * "make fuzz" looks for new files with libFuzzer.
 */
#include <sys/types.h>

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#define INPUT_MAX 65536
#define VARIANTS  2000 /* of one file */

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static uint32_t seed = 1;

static uint32_t
next(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed;
}

/* In a block of its own size, so that a sanitizer sees a byte too far. */
static void
try(const uint8_t *data, size_t n)
{
	uint8_t *p = malloc(n + (n == 0));

	memcpy(p, data, n);
	LLVMFuzzerTestOneInput(p, n);
	free(p);
}

static void
vary(const uint8_t *data, size_t n)
{
	static const uint8_t odd[] = { 0, '\n', '\r', '%', '/', '.', '-', '"',
		'\\', 0x7f, 0x80, 0xff };
	uint8_t p[INPUT_MAX];
	size_t i, k;

	for (i = 0; i < n && i < VARIANTS; i++)
		try(data, i);
	for (i = 0; i < VARIANTS && n > 0; i++) {
		memcpy(p, data, n);
		for (k = next() % 3 + 1; k > 0; k--)
			p[next() % n] = next() % 2 ? (uint8_t)next() :
						     odd[next() % sizeof(odd)];
		try(p, n);
	}
}

static int
replay(const char *dir, const char *name)
{
	static uint8_t data[INPUT_MAX];
	char path[4096 + 256];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	n = fread(data, 1, sizeof(data), f);
	fclose(f);
	try(data, n);
	vary(data, n);
	return 1;
}

/* tests/fuzz/<target>-t, with or without directories before it. */
int
main(int argc, char *argv[])
{
	const char *name = strrchr(argv[0], '/'), *src = getenv("srcdir");
	char dir[4096];
	const struct dirent *e;
	DIR *d;

	(void)argc;
	name = name != NULL ? name + 1 : argv[0];
	snprintf(dir, sizeof(dir), "%s/tests/fuzz/corpus/%.*s",
	    src != NULL ? src : ".", (int)strlen(name) - 2, name);
	try((const uint8_t *)"", 0);
	if ((d = opendir(dir)) == NULL) {
		ok(0, "there is a corpus: %s", dir);
		return done();
	}
	while ((e = readdir(d)) != NULL)
		if (*e->d_name != '.')
			ok(replay(dir, e->d_name), "%s", e->d_name);
	closedir(d);
	return done();
}
