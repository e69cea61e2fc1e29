/* lib/manifest: what goes in comes out, and damage is noticed. */
#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

#include "manifest.h"
#include "tap.h"

#define MANY 20000

static enum rc
count(void *n, const char *path, size_t len, const struct manifest_file *f)
{
	(void)path;
	(void)len;
	(void)f;
	++*(int *)n;
	return RC_OK;
}

static enum rc
stop(void *n, const char *path, size_t len, const struct manifest_file *f)
{
	(void)count(n, path, len, f);
	return RC_BUSY;
}

static struct manifest *
reopen(const void *p, size_t n)
{
	struct manifest *m = NULL;
	int fd = memfd_create("t", 0);

	if (write(fd, p, n) != (ssize_t)n || manifest_open(&m, fd) != RC_OK)
		m = NULL;
	close(fd);
	return m;
}

/* Whatever is cut or changed, nothing may crash and no garbage comes out. */
static int
damage(const unsigned char *p, size_t n)
{
	unsigned char *q = malloc(n);
	struct manifest_file f;
	struct manifest *m;
	size_t i, len;
	int files;

	for (i = 0; i < n; i++) {
		memcpy(q, p, n);
		q[i] ^= 0xff;
		if ((m = reopen(q, n)) == NULL)
			continue;
		files = 0;
		(void)!manifest_walk(m, count, &files);
		if (manifest_find(m, "/a", 2, &f) == RC_OK &&
		    strlen(f.type) > 255)
			return 0;
		(void)manifest_get(m, "spa", &len);
		manifest_close(m);
	}
	for (i = 0; i < n; i += 7) {
		if ((m = reopen(p, i)) == NULL)
			continue;
		(void)!manifest_find(m, "/a", 2, &f);
		(void)!manifest_walk(m, count, &files);
		manifest_close(m);
	}
	free(q);
	return 1;
}

/* Sizes of all lengths, and each choice of encodings. */
static int
numbers(struct arena *a)
{
	struct manifest_file in = { .type = "" }, f;
	struct pairs_writer *w = pairs_new();
	struct manifest *m;
	char path[8];
	size_t n, i, e;
	void *p;
	int good = 1;

	for (i = 0; i <= 64; i++) {
		in.size = i < 64 ? (uint64_t)1 << i : UINT64_MAX;
		for (e = 0; e < MANIFEST__ENCODINGS; e++)
			in.encoded[e] = i & (size_t)1 << e ? in.size - e : 0;
		snprintf(path, sizeof(path), "/%zu", i);
		good &= manifest_add(w, path, &in) == RC_OK;
	}
	pairs_end(w, a, &p, &n);
	m = reopen(p, n);
	for (i = 0; i <= 64 && m != NULL; i++) {
		in.size = i < 64 ? (uint64_t)1 << i : UINT64_MAX;
		snprintf(path, sizeof(path), "/%zu", i);
		good &= manifest_find(m, path, strlen(path), &f) == RC_OK &&
		    f.size == in.size;
		for (e = 0; e < MANIFEST__ENCODINGS; e++)
			good &= f.encoded[e] ==
			    (i & (size_t)1 << e ? in.size - e : 0);
	}
	good &= m != NULL;
	manifest_close(m);
	return good;
}

int
main(void)
{
	struct manifest_file in = { .size = 5000000000,
		.encoded = { 1, 2, 3 },
		.flags = MANIFEST_HASHED,
		.type = "text/html; charset=utf-8" };
	struct manifest_file f;
	struct arena *a = arena_new();
	struct pairs_writer *w = NULL;
	struct manifest *m;
	const char *v;
	char path[32];
	size_t n, i;
	void *p = NULL;
	int files = 0;

	ok(freopen("/dev/null", "w", stderr) != NULL, "quiet");
	memset(in.hash, 7, sizeof(in.hash));

	w = pairs_new();
	ok(manifest_add(w, "/a", &in) == RC_OK, "add");
	ok(manifest_add(w, "/a", &in) == RC_CONFLICT, "but once");
	ok(manifest_add(w, "b", &in) == RC_INVALID, "no slash");
	ok(manifest_set(w, "spa", "on") == RC_OK, "set");
	ok(manifest_set(w, "", "x") == RC_INVALID, "a setting has a name");
	pairs_end(w, a, &p, &n);
	ok((m = reopen(p, n)) != NULL, "open");
	ok(manifest_find(m, "/a", 2, &f) == RC_OK, "find");
	ok(f.size == in.size && f.flags == in.flags &&
		memcmp(f.hash, in.hash, 32) == 0 &&
		memcmp(f.encoded, in.encoded, sizeof(f.encoded)) == 0,
	    "the same came back");
	is(f.type, in.type, "type");
	ok(manifest_find(m, "/ab", 3, &f) == RC_NOT_FOUND, "not there");
	ok(manifest_find(m, "\0spa", 4, &f) == RC_NOT_FOUND,
	    "a setting is no file");
	ok((v = manifest_get(m, "spa", &n)) != NULL && n == 2 &&
		memcmp(v, "on", 2) == 0,
	    "setting");
	ok(manifest_get(m, "404", &n) == NULL, "not set");
	ok(manifest_walk(m, count, &files) == RC_OK && files == 1,
	    "walk sees files only");
	ok(manifest_walk(m, stop, &files) == RC_BUSY, "and can be stopped");
	manifest_close(m);

	w = pairs_new();
	(void)!manifest_add(w, "/a", &in);
	(void)!manifest_set(w, "spa", "on");
	pairs_end(w, a, &p, &n);
	ok(damage(p, n), "damage does no harm");

	ok(numbers(a), "numbers of all lengths");
	m = reopen("\0\10\0\0\0\0\0\0", 8);
	ok(m == NULL, "what is no manifest is refused");

	w = pairs_new();
	in.type = "text/html\r\nX: y";
	(void)!manifest_add(w, "/a", &in);
	pairs_end(w, a, &p, &n);
	m = reopen(p, n);
	ok(manifest_find(m, "/a", 2, &f) == RC_FAIL, "no forged header");
	manifest_close(m);

	w = pairs_new();
	in.type = "text/plain; charset=utf-8";
	for (i = 0; i < MANY; i++) {
		snprintf(path, sizeof(path), "/f/%zu.txt", i);
		(void)!manifest_add(w, path, &in);
	}
	pairs_end(w, a, &p, &n);
	m = reopen(p, n);
	files = 0;
	ok(manifest_walk(m, count, &files) == RC_OK && files == MANY,
	    "all there");
	ok(manifest_find(m, "/f/19999.txt", 12, &f) == RC_OK, "found");
	manifest_close(m);

	w = pairs_new();
	pairs_drop(w);
	pairs_drop(NULL);
	manifest_close(NULL);
	arena_free(a);
	return done();
}
