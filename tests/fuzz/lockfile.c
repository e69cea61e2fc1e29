/*
 * builderd/lockfile: lock files of strangers.  Input: one, for each reader.
 *
 * Names become paths in a cage and in what builderd reads of its tree: none is
 * hidden, leads elsewhere, is there twice, or has no hash.
 */
#include <stdint.h>

#include "builderd/lockfile.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct download *d, size_t n, int hashed)
{
	char path[LOCKFILE_PATH];
	size_t i;

	for (i = 0; i < n; i++) {
		if (*d[i].name == '.' || strlen(d[i].name) > NAME_SIZE ||
		    sodium_is_zero(d[i].hash, HASH) ||
		    (i > 0 && strcmp(d[i - 1].name, d[i].name) >= 0))
			abort();
		lockfile_path(d[i].hash, path);
		if (hashed ? strcmp(d[i].name, path) != 0 :
			     d[i].name[strspn(d[i].name, PLAIN "@")] != '\0')
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static lockfile_reader *const readers[] = { lockfile_npm, lockfile_yarn,
		lockfile_berry };
	struct arena *a = arena_new();
	struct download *d;
	const char *text = arena_strndup(a, (const char *)data, n);
	size_t i, count;

	for (i = 0; i < sizeof(readers) / sizeof(*readers); i++) {
		d = NULL;
		count = readers[i](a, text, &d);
		check(d, count, readers[i] == lockfile_npm);
	}
	arena_free(a);
	return 0;
}
