/* lib/pairs: each key has its value, and damage is noticed. */
#include <sys/mman.h>

#include <stdlib.h>
#include <unistd.h>

#include "pairs.h"
#include "tap.h"

#define MANY 5000

static enum rc
reopen(struct pairs *s, const void *p, size_t n)
{
	int fd = memfd_create("t", 0);
	enum rc rc = RC_FAIL;

	if (write(fd, p, n) == (ssize_t)n)
		rc = pairs_open(s, fd);
	close(fd);
	return rc;
}

/* How many there are; -1: it is damaged. */
static int
count(const struct pairs *s)
{
	struct pair q;
	size_t at = 0;
	enum rc rc;
	int n = 0;

	while ((rc = pairs_next(s, &at, &q)) == RC_OK)
		n++;
	return rc == RC_NOT_FOUND ? n : -1;
}

/* Whatever is cut, none is found that is not whole. */
static int
cut(const unsigned char *p, size_t n)
{
	struct pairs s;
	struct pair q;
	size_t i;

	for (i = 0; i < n; i++) {
		if (reopen(&s, p, i) != RC_OK)
			continue;
		if (pairs_find(&s, "b", 1, &q) == RC_OK &&
		    (q.vlen != 3 || memcmp(q.value, "two", 3) != 0))
			return 0;
		if (count(&s) == (int)s.count)
			return 0;
		pairs_close(&s);
	}
	return 1;
}

static int
numbers(void)
{
	unsigned char p[PAIRS_NUMBER_MAX], *end;
	uint64_t v, back;
	int i;

	for (i = 0; i <= 64; i++) {
		v = i < 64 ? (uint64_t)1 << i : UINT64_MAX;
		end = pairs_number(p, v);
		if (pairs_read(p, end, &back) != end || back != v ||
		    pairs_read(p, end - 1, &back) != NULL)
			return 0;
	}
	memset(p, 0xff, sizeof(p));
	return pairs_read(p, p + sizeof(p), &back) == NULL;
}

int
main(void)
{
	struct arena *a = arena_new();
	struct pairs_writer *w;
	struct pairs s;
	struct pair q;
	size_t n, m;
	void *p, *r;
	char key[16];
	int i, good;

	ok(freopen("/dev/null", "w", stderr) != NULL, "quiet");
	ok(numbers(), "numbers of all lengths");

	pairs_end(pairs_new(), a, &p, &n);
	ok(reopen(&s, p, n) == RC_OK && count(&s) == 0, "none");
	ok(pairs_find(&s, "", 0, &q) == RC_NOT_FOUND, "not even the empty one");
	pairs_close(&s);

	w = pairs_new();
	ok(pairs_add(w, "a", 1, "one", 3) == RC_OK &&
		pairs_add(w, "b", 1, "two", 3) == RC_OK &&
		pairs_add(w, "a\0b", 3, "", 0) == RC_OK,
	    "three");
	ok(pairs_add(w, "a", 1, "x", 1) == RC_CONFLICT, "each key once");
	pairs_end(w, a, &p, &n);
	ok(reopen(&s, p, n) == RC_OK && count(&s) == 3, "there they are");
	ok(pairs_find(&s, "b", 1, &q) == RC_OK && q.vlen == 3 &&
		memcmp(q.value, "two", 3) == 0,
	    "found");
	ok(pairs_find(&s, "a\0b", 3, &q) == RC_OK && q.vlen == 0, "and empty");
	ok(pairs_find(&s, "c", 1, &q) == RC_NOT_FOUND, "or not");
	pairs_close(&s);
	ok(cut(p, n), "what was cut is noticed");
	ok(reopen(&s, "slipway\2\0\0\0\0\0\0\0\0012345678901234567", 33) ==
		RC_INVALID,
	    "no place at all");

	for (w = pairs_new(), i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "%d", i);
		(void)!pairs_add(w, key, strlen(key), &i, sizeof(i));
	}
	pairs_end(w, a, &p, &n);
	good = reopen(&s, p, n) == RC_OK && count(&s) == MANY;
	for (i = 0; i < MANY; i++) {
		snprintf(key, sizeof(key), "%d", i);
		good &= pairs_find(&s, key, strlen(key), &q) == RC_OK &&
		    memcmp(q.value, &i, sizeof(i)) == 0;
	}
	ok(good, "many, in %zu bytes", n);
	pairs_close(&s);

	for (i = 0; i < 2; i++) {
		w = pairs_new();
		(void)!pairs_add(w, "a", 1, "one", 3);
		pairs_end(w, a, i == 0 ? &p : &r, i == 0 ? &n : &m);
	}
	ok(n == m && memcmp(p, r, n) != 0, "nobody can tell what lies where");
	arena_free(a);
	return done();
}
