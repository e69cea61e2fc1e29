/* fcgi-serve: from a request target to a key, and nothing else (SEC-83). */
#include "site/path.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char	*target;
	enum rc		 rc;
	const char	*path, *query;
	int		 canonical;
} cases[] = {
	{ "/",			RC_OK, "/", "", 1 },
	{ "/a/b.html",		RC_OK, "/a/b.html", "", 1 },
	{ "/a?x=1&y=%zz",	RC_OK, "/a", "?x=1&y=%zz", 1 },
	{ "/?",			RC_OK, "/", "?", 1 },
	{ "/a%20b",		RC_OK, "/a b", "", 1 },
	{ "/%61%62",		RC_OK, "/ab", "", 1 },
	{ "/caf%C3%A9",		RC_OK, "/caf\xc3\xa9", "", 1 },
	{ "/caf\xc3\xa9",	RC_OK, "/caf\xc3\xa9", "", 1 },
	{ "/%F0%9F%9A%80",	RC_OK, "/\xf0\x9f\x9a\x80", "", 1 },
	{ "/a;b=c",		RC_OK, "/a;b=c", "", 1 },
	{ "/a+b",		RC_OK, "/a+b", "", 1 },
	{ "/...",		RC_OK, "/...", "", 1 },
	{ "/.well-known/x",	RC_OK, "/.well-known/x", "", 1 },
	{ "/..a/b..",		RC_OK, "/..a/b..", "", 1 },
	{ "/a\\b",		RC_OK, "/a\\b", "", 1 },
	{ "/a%5c..%5cb",	RC_OK, "/a\\..\\b", "", 1 },
	{ "/%252e%252e/",	RC_OK, "/%2e%2e/", "", 1 },
	{ "/a%3fb",		RC_OK, "/a?b", "", 1 },
	{ "/a%23b",		RC_OK, "/a#b", "", 1 },
	{ "/a.",		RC_OK, "/a.", "", 1 },
	{ "/a%20",		RC_OK, "/a ", "", 1 },
	{ "//",			RC_OK, "/", "", 0 },
	{ "//evil.example/x",	RC_OK, "/evil.example/x", "", 0 },
	{ "/a//b///",		RC_OK, "/a/b/", "", 0 },
	{ "http://shop.example/a?b", RC_OK, "/a", "?b", 1 },
	{ "HTTPS://SHOP.example:443/a", RC_OK, "/a", "", 1 },

	{ "/a%2fb",		RC_NOT_FOUND, NULL, NULL, 0 },
	{ "/..%2fetc/passwd",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/a/%2e%2e%2fb",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/%2f%2fevil",	RC_NOT_FOUND, NULL, NULL, 0 },

	{ "",			RC_MALFORMED, NULL, NULL, 0 },
	{ "*",			RC_MALFORMED, NULL, NULL, 0 },
	{ "a",			RC_MALFORMED, NULL, NULL, 0 },
	{ "?",			RC_MALFORMED, NULL, NULL, 0 },
	{ "http://other.example/", RC_MALFORMED, NULL, NULL, 0 },
	{ "http://shop.example", RC_MALFORMED, NULL, NULL, 0 },
	{ "http://shop.example.evil/", RC_MALFORMED, NULL, NULL, 0 },
	{ "http://shop.example@evil/", RC_MALFORMED, NULL, NULL, 0 },
	{ "ftp://shop.example/", RC_MALFORMED, NULL, NULL, 0 },
	{ "/.",			RC_MALFORMED, NULL, NULL, 0 },
	{ "/..",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/./a",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/../etc/passwd",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/a/../b",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/a/..",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/a/..?x",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%2e%2e/",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/.%2e/",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%2E/",		RC_MALFORMED, NULL, NULL, 0 },
	{ "//..//",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/a#b",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%",			RC_MALFORMED, NULL, NULL, 0 },
	{ "/%1",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%zz",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%%41",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%u0041",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/a%00",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%0d%0aX:y",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/a\tb",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%7f",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%c2%85",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%c0%af",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%c0%ae%c0%ae/",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/%e0%80%af",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%f0%80%80%af",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/%ed%a0%80",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%f4%90%80%80",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/%f8%88%80%80%80",	RC_MALFORMED, NULL, NULL, 0 },
	{ "/%ff",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%c3",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%c3(",		RC_MALFORMED, NULL, NULL, 0 },
	{ "/%80",		RC_MALFORMED, NULL, NULL, 0 },
};

static const char *const encoded[][2] = {
	{ "/a/b.html",		"/a/b.html" },
	{ "/a b",		"/a%20b" },
	{ "/caf\xc3\xa9/",	"/caf%C3%A9/" },
	{ "/a?b#c%",		"/a%3Fb%23c%25" },
	{ "/\\evil",		"/%5Cevil" },
	{ "/\"<>",		"/%22%3C%3E" },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	char big[PATH_BYTES + 3], *path;
	const char *query;
	int canonical;
	enum rc rc;
	size_t i;

	for (i = 0; i < NITEMS(cases); i++) {
		rc = path_decode(a, cases[i].target, "shop.example:8080", &path,
		    &query, &canonical);
		ok(rc == cases[i].rc, "\"%s\": %s", cases[i].target,
		    rc_name(cases[i].rc));
		if (rc != RC_OK || cases[i].rc != RC_OK)
			continue;
		is(path, cases[i].path, "path of \"%s\"", cases[i].target);
		is(query, cases[i].query, "its query");
		ok(canonical == cases[i].canonical, "and whether canonical");
	}
	for (i = 0; i < NITEMS(encoded); i++)
		is(path_encode(a, encoded[i][0]), encoded[i][1], "encoded");
	memset(big, 'a', sizeof(big));
	big[0] = '/';
	big[sizeof(big) - 1] = '\0';
	ok(path_decode(a, big, "h", &path, &query, &canonical) == RC_TOO_LARGE,
	    "too long");
	arena_free(a);
	return done();
}
