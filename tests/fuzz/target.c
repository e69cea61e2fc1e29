/*
 * fcgi-serve: whatever a request says of host, path, encodings, conditions and
 * ranges, and what it may have for a cookie or a form.  Input: lines, in that
 * order; the last two are those of path and encodings.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "site/req.h"

#include "fcgi-serve/cookie.c"
#include "fcgi-serve/form.c"
#include "site/accept.c"
#include "site/cond.c"
#undef SPACE
#include "site/host.c"
#include "site/path.c"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(int cond)
{
	if (!cond)
		abort();
}

/* What comes out of the decoder is a path, and goes in again. */
static void
try_path(struct arena *a, const char *target, const char *host)
{
	char *path, *again;
	const char *query;
	int canonical;

	if (path_decode(a, target, host, &path, &query, &canonical) != RC_OK)
		return;
	must(*path == '/' && strstr(path, "//") == NULL &&
	    strstr(path, "/../") == NULL && strstr(path, "/./") == NULL &&
	    strpbrk(path, "\r\n\t\177") == NULL);
	target = path_encode(a, path);
	if (strlen(target) > PATH_BYTES)
		return; /* longer than it came */
	must(path_decode(a, target, host, &again, &query, &canonical) == RC_OK);
	must(canonical && strcmp(path, again) == 0 && *query == '\0');
}

static void
try_range(const struct conditions *c, uint64_t size)
{
	struct ranges rs;
	size_t i, j;

	if (cond_range(c, "\"e\"", 1700000000, size, &rs) != 206)
		return;
	must(rs.n >= 1 && rs.n <= RANGES_MAX);
	for (i = 0; i < rs.n; i++) {
		must(rs.at[i].first <= rs.at[i].last && rs.at[i].last < size);
		for (j = 0; j < i; j++)
			must(rs.at[i].last < rs.at[j].first ||
			    rs.at[j].last < rs.at[i].first);
	}
}

/* Nothing that was not made with the key is ever good. */
static void
try_visitor(struct arena *a, const char *cookie, const char *form)
{
	static const char key[] = "000102030405060708090a0b0c0d0e0f"
				  "101112131415161718191a1b1c1d1e1f";
	const char *v = cookie_find(a, cookie, LOGIN_COOKIE_PLAIN);
	const char *p = form_field(a, form, "password");

	must(v == NULL || strchr(v, ';') == NULL);
	must(v == NULL || !cookie_ok(key, "a.example", 1700000000, v));
	must(p == NULL || strlen(p) <= strlen(form));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	char *s = arena_strndup(a, (const char *)data, n), *field[9];
	struct conditions c;
	struct host h;
	size_t i;

	for (i = 0; i < 9; i++) {
		field[i] = s != NULL ? strsep(&s, "\n") : NULL;
		if (field[i] == NULL)
			field[i] = arena_strndup(a, "", 0);
	}
	if (host_parse(&h, field[0], "example.app") == RC_OK)
		must(strlen(h.name) <= HOST_MAX &&
		    strspn(h.name, "abcdefghijklmnopqrstuvwxyz0123456789-.") ==
			strlen(h.name));
	try_path(a, field[1], field[0]);
	must(accept_encodings(field[2]) < 1u << MANIFEST__ENCODINGS);
	c = (struct conditions){ field[3], field[4], field[5], field[6],
		field[7], field[8] };
	(void)cond_check(&c, "\"e\"", 1700000000);
	try_range(&c, 0);
	try_range(&c, 1000);
	try_range(&c, UINT64_MAX);
	try_visitor(a, field[1], field[2]);
	arena_free(a);
	return 0;
}
