/*
 * Each limit of the rule files: what just fits is obeyed, and one more is
 * refused, with its line and the limit.
 */
#include <json-c/json.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>

#include "rules/compile.h"
#include "rules/headers.h"
#include "rules/netlify.h"
#include "rules/redirects.h"
#include "rules/vercel.h"
#include "tap.h"

#define ROOM (4 << 20)

static struct arena *arena;
static struct rules all;
static char *text, *end; /* what is being written */

static void
begin(void)
{
	end = text;
	*end = '\0';
}

static void
put(const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(end, (size_t)(text + ROOM - end), fmt, ap);
	va_end(ap);
	if (n < 0 || n >= text + ROOM - end)
		exit(1);
	end += n;
}

/* The same n times; "%zu" in it is its number. */
static void
times(size_t n, const char *s)
{
	const char *number = strstr(s, "%zu");
	size_t i;

	for (i = 0; i < n; i++)
		if (number == NULL)
			put("%s", s);
		else
			put("%.*s%zu%s", (int)(number - s), s, i, number + 3);
}

enum kind { REDIRECTS, HEADERS, TOML, VERCEL };

static void
drop(void *o)
{
	json_object_put(o);
}

static void
read_as(enum kind kind)
{
	struct netlify_file f[3] = { { "_redirects", NULL, 0 },
		{ "_headers", NULL, 0 }, { "netlify.toml", NULL, 0 } };
	struct json_object *o;
	void *p;
	size_t n;

	rules_init(&all, arena);
	if (kind == VERCEL) {
		if ((o = json_tokener_parse(text)) == NULL)
			exit(1);
		arena_defer(arena, drop, o);
		vercel_read(&all, "vercel.json", o);
	} else {
		f[kind].text = text;
		f[kind].n = (size_t)(end - text);
		netlify_read(&all, &f[REDIRECTS], &f[HEADERS], &f[TOML]);
	}
	if (rules_compile(&all, &p, &n) != RC_OK)
		exit(1);
	rules_sort(&all);
}

/* clang-format off */
/*
 * before, max times each, after: that many fit.  One more is refused there,
 * for that reason.
 */
static const struct {
	enum kind kind;
	const char *what, *before, *each, *after;
	size_t max;
	const char *where, *why;
} limits[] = {
	{ REDIRECTS, "redirects", "", "/a%zu /b\n", "",
	    10000, "_redirects:10001", "more than 10000" },
	{ REDIRECTS, "bytes of a line", "\n/a /", "b", "",
	    4096 - 4, "_redirects:2", "4096 bytes" },
	{ REDIRECTS, "query matchers", "/a", " k%zu=v", " /b",
	    16, "_redirects:1", "16 query" },
	{ REDIRECTS, "parts of a path", "/a", "/a", " /b",
	    255, "_redirects:1", "256 parts" },
	{ HEADERS, "headers of a path", "/a\n", " X-%zu: 1\n", "",
	    64, "_headers:66", "65th" },
	{ HEADERS, "bytes of a line", "/a\n X-A: ", "v", "\n",
	    4091, "_headers:2", "4096 bytes" },
	{ HEADERS, "paths with headers", "", "/a%zu\n X-A: 1\n", "",
	    2048, "_headers:4097", "2048 paths" },
	{ HEADERS, "users of a path", "/a\n Basic-Auth:", " u%zu:p", "\n",
	    64, "_headers:1", "64 users" },
	{ HEADERS, "parts of a path", "/:a", "/:a", "\n X-A: 1\n",
	    127, "_headers:1", "256 parts" },
	{ HEADERS, "bytes of a path", "/", "p", "\n/ok\n X-A: 1\n",
	    4095, "_headers:1", "4096 bytes" },
	{ TOML, "redirects", "", "[[redirects]]\nfrom = '/a%zu'\nto = '/b'\n", "",
	    10000, "netlify.toml:30001", "more than 10000" },
	{ TOML, "bytes of a path", "[[redirects]]\nto = '/b'\nfrom = '/", "p", "'\n",
	    4095, "netlify.toml:1", "4096 bytes" },
	{ TOML, "headers of a path", "[[headers]]\nfor = '/a'\n[headers.values]\n", "X-%zu = '1'\n", "",
	    64, "netlify.toml:68", "65th" },
	{ TOML, "bytes of a value", "[[headers]]\nfor = '/a'\n[headers.values]\nX-A = '", "v", "'\n",
	    4096, "netlify.toml:4", "4096 bytes" },
	{ TOML, "paths with headers", "", "[[headers]]\nfor = '/a%zu'\n[headers.values]\nX-A = '1'\n", "",
	    2048, "netlify.toml:8193", "2048 paths" },
	{ TOML, "query matchers", "[[redirects]]\nfrom = '/a'\nto = '/b'\n[redirects.query]\n", "k%zu = 'v'\n", "",
	    16, "netlify.toml:1", "16 query" },
	{ VERCEL, "redirects", "{\"redirects\":[{\"source\":\"/\",\"destination\":\"/b\"}", ",{\"source\":\"/a\",\"destination\":\"/b\"}", "]}",
	    2047, "vercel.json redirects[2048]", "more than 2048" },
	{ VERCEL, "rewrites", "{\"rewrites\":[{\"source\":\"/\",\"destination\":\"/b\"}", ",{\"source\":\"/a\",\"destination\":\"/b\"}", "]}",
	    2047, "vercel.json rewrites[2048]", "more than 2048" },
	{ VERCEL, "headers", "{\"headers\":[{\"source\":\"/\",\"headers\":[]}", ",{\"source\":\"/a\",\"headers\":[]}", "]}",
	    2047, "vercel.json headers[2048]", "more than 2048" },
	{ VERCEL, "headers of a source, of one name", "{\"headers\":[{\"source\":\"/a\",\"headers\":[{\"key\":\"A\",\"value\":\"1\"}", ",{\"key\":\"A\",\"value\":\"1\"}", "]}]}",
	    1023, "vercel.json headers[0]", "more than 1024" },
	{ VERCEL, "headers of a source", "{\"headers\":[{\"source\":\"/a\",\"headers\":[{\"key\":\"A\",\"value\":\"1\"}", ",{\"key\":\"A%zu\",\"value\":\"1\"}", "]}]}",
	    63, "vercel.json headers[0]", "65th" },
	{ VERCEL, "bytes of a value", "{\"headers\":[{\"source\":\"/a\",\"headers\":[{\"key\":\"A\",\"value\":\"", "v", "\"}]}]}",
	    4096, "vercel.json headers[0]", "4096 bytes" },
	{ VERCEL, "bytes of a source", "{\"redirects\":[{\"source\":\"/", "a", "\",\"destination\":\"/b\"}]}",
	    4095, "vercel.json redirects[0]", "4096 bytes" },
	{ VERCEL, "bytes of a destination", "{\"redirects\":[{\"source\":\"/a\",\"destination\":\"/", "b", "\"}]}",
	    4095, "vercel.json redirects[0]", "4096 bytes" },
	{ VERCEL, "names of a source", "{\"redirects\":[{\"source\":\"/a", "/:n%zu", "\",\"destination\":\"/b\"}]}",
	    64, "vercel.json redirects[0]", "64 groups" },
	{ VERCEL, "conditions", "{\"redirects\":[{\"source\":\"/a\",\"destination\":\"/b\",\"has\":[{\"type\":\"query\",\"key\":\"k\"}", ",{\"type\":\"query\",\"key\":\"k\"}", "]}]}",
	    15, "vercel.json redirects[0]", "16 entries" },
};
/* clang-format on */

static void
write_one(size_t i, size_t n)
{
	begin();
	put("%s", limits[i].before);
	times(n, limits[i].each);
	put("%s", limits[i].after);
	read_as(limits[i].kind);
}

/* Headers of one path, of n bytes in all as lines. */
static void
write_bytes_of(enum kind kind, size_t n)
{
	/* "X-A: v" has two bytes for its end, as all of them have. */
	size_t left = n - 2 * (strlen("X-A: ") + 2) - 4087;

	begin();
	if (kind == HEADERS) {
		put("/a\n X-A: ");
		times(4087, "v");
		put("\n X-B: ");
		times(left, "v");
		put("\n X-C: c\n");
	} else {
		put("{\"headers\":[{\"source\":\"/a\",\"headers\":["
		    "{\"key\":\"X-A\",\"value\":\"");
		times(4087, "v");
		put("\"},{\"key\":\"X-B\",\"value\":\"");
		times(left, "v");
		put("\"},{\"key\":\"X-C\",\"value\":\"c\"}]}]}");
	}
	read_as(kind);
}

static void
test_bytes(enum kind kind, const char *where)
{
	/* X-C takes eight of them. */
	write_bytes_of(kind, HEADERS_LINES_MAX - 8);
	ok(all.nrefused == 0 && all.rules[0].nheaders == 3,
	    "8192 bytes of headers");
	write_bytes_of(kind, HEADERS_LINES_MAX - 7);
	ok(all.nrefused == 1 && all.rules[0].nheaders == 2,
	    "a byte more, and the last is left out");
	is(spot_name(arena, &all.refused[0].at), where, "which is told");
	ok(strstr(all.refused[0].why, "8192 bytes") != NULL, "%s",
	    all.refused[0].why);
}

int
main(void)
{
	size_t i, n;

	if (sodium_init() == -1)
		return 1;
	text = malloc(ROOM);
	for (i = 0; i < NITEMS(limits); i++) {
		arena = arena_new();
		write_one(i, limits[i].max);
		ok(all.nrefused == 0 && all.n > 0, "%zu: %s: %zu fit%s%s", i,
		    limits[i].what, limits[i].max,
		    all.nrefused > 0 ? ", but " : "",
		    all.nrefused > 0 ? all.refused[0].why : "");
		n = all.n;
		write_one(i, limits[i].max + 1);
		ok(all.nrefused == 1 && all.n <= n, "and one more does not");
		if (all.nrefused > 0) {
			is(spot_name(arena, &all.refused[0].at),
			    limits[i].where, "which is told");
			ok(strstr(all.refused[0].why, limits[i].why) != NULL,
			    "%s", all.refused[0].why);
		}
		arena_free(arena);
	}
	arena = arena_new();
	test_bytes(HEADERS, "_headers:4");
	test_bytes(VERCEL, "vercel.json headers[0]");
	arena_free(arena);
	free(text);
	return done();
}
