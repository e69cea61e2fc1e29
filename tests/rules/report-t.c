/*
 * What is said of rule files beside what they answer: where each fault stands,
 * what is odd, which keys do nothing, and what a lost password shuts.
 */
#include <json-c/json.h>
#include <sodium.h>
#include <stdlib.h>

#include "rules/compile.h"
#include "rules/crowd.h"
#include "rules/headers.h"
#include "rules/match.h"
#include "rules/netlify.h"
#include "rules/vercel.h"
#include "tap.h"

static struct arena *arena;
static struct arena *texts; /* which outlive what is read of them */
static struct regexes *regexes;
static struct table *table;
static struct rules all;

static struct netlify_file
file(const char *name, const char *text)
{
	return (
	    struct netlify_file){ name, text, text != NULL ? strlen(text) : 0 };
}

static void
drop(void *o)
{
	json_object_put(o);
}

static void
load(const char *redirects, const char *headers, const char *toml,
    const char *vercel)
{
	struct netlify_file r = file("_redirects", redirects);
	struct netlify_file h = file("_headers", headers);
	struct netlify_file t = file("netlify.toml", toml);
	struct json_object *o;
	void *p;
	size_t n;

	table_close(table);
	arena_reset(arena);
	rules_init(&all, arena);
	netlify_read(&all, &r, &h, &t);
	if (vercel != NULL) {
		if ((o = json_tokener_parse(vercel)) == NULL)
			exit(1);
		arena_defer(arena, drop, o);
		vercel_read(&all, "vercel.json", o);
	}
	if (rules_compile(&all, &p, &n) != RC_OK ||
	    table_open(&table, p, n) != RC_OK)
		exit(1);
	rules_sort(&all);
}

/* clang-format off */
/* One rule of _redirects, and a part of what is odd about it. */
static const struct {
	const char *line, *note;
} odd[] = {
	{ "/a /b/:zip",			"called \":zip\"" },
	{ "/a /b?x=:zip",		"called \":zip\"" },
	{ "/a/:x /b/:x/:zip-code",	"called \":zip\"" },
	{ "/a/:x /b/:x:zip",		"called \":zip\"" },
	{ "/a /b/:splat",		"called \":splat\"" },
	{ "/a /b:splat",		"called \":splat\"" },
	{ "/a /wiki/Special:Search",	NULL },
	{ "/a https://h.example:8080/x", NULL },
	{ "/a/:x /b/:xy",		NULL },
	{ "/s id=:id /i/:id",		NULL },
	{ "/a/* /b/:splat",		NULL },
	{ "/spl*at /b",			"at the end of a part alone" },
	{ "/*.html /b",			"at the end of a part alone" },
	{ "/a*b*/c /b",			"at the end of a part alone" },
	{ "/a*/b/* /c",			NULL },
	{ "/spl*at /b/:splat",		"at Netlify; nothing it is from" },
	{ "/* https://good.example:splat", "chooses the host" },
	{ "/:a/* https://x:a:8080/",	"chooses the host" },
	{ "/* https://good.example:splat?q=1", "chooses the host" },
	{ "/:a/* https://:a",		"chooses the host" },
	{ "/* https://good.example/:splat", NULL },
	{ "/:a/* https://:a.example/:splat", NULL },
	{ "/* https://x.example/?u=:splat", NULL },
};

/* The same of a vercel.json. */
static const struct {
	const char *text, *note;
} odd_vercel[] = {
	{ "{\"redirects\":[{\"source\":\"/:p*\",\"destination\":\"https://g.example:p*\"}]}", "chooses the host" },
	{ "{\"redirects\":[{\"source\":\"/:p*\",\"destination\":\"https://g.example/:p*\"}]}", NULL },
	{ "{\"redirects\":[{\"source\":\"/:p*\",\"has\":[{\"type\":\"query\",\"key\":\"h\"}],\"destination\":\"https://:h/:p*\"}]}", "chooses the host" },
	/* The host of the request is the site's own. */
	{ "{\"redirects\":[{\"source\":\"/:p*\",\"has\":[{\"type\":\"host\",\"value\":\"www\\\\.(?<h>.+)\"}],\"destination\":\"https://:h/:p*\"}]}", NULL },
};

/* A netlify.toml: the first line that is told of, its text and why. */
static const struct {
	const char *toml;
	unsigned int line;
	const char *text, *why;
} keys[] = {
	{ "[build]\npublish = 'a'\npublsh = 'b'\n", 3, "build.publsh", "no such key" },
	{ "[build]\n\nfunctions = 'f'\n", 3, "build.functions", "not used here" },
	{ "\n[contxt.production]\ncommand = 'c'\n", 2, "contxt", "no such key" },
	{ "[context.production]\ncommand = 'c'\ncomand = 'd'\n", 3, "context.production.comand", "no such key" },
	{ "[context.a.environment]\nX = '1'\n[context.b]\nbase = 'x'\nfunctions = 'f'\n", 5, "context.b.functions", "not used here" },
	{ "[[context.production.redirects]]\nfrom = '/a'\nto = '/b'\n", 1, "context.production.redirects", "as [[redirects]]" },
	{ "[[context.x.headers]]\nfor = '/a'\n", 1, "context.x.headers", "as [[headers]]" },
	{ "[[context.x.plugins]]\npackage = 'p'\n", 1, "context.x.plugins", "not used here" },
	{ "[environment]\nX = '1'\n", 1, "environment", "[build.environment]" },
	{ "\n\n[[redirect]]\nfrom = '/a'\nto = '/b'\n", 3, "redirect", "write [[redirects]]" },
	{ "[[header]]\nfor = '/a'\n[header.values]\nX-A = '1'\n", 1, "header", "write [[headers]]" },
	{ "[redirects]\nfrom = '/a'\nto = '/b'\n", 1, "redirects", "write [[redirects]]" },
	{ "[headers]\nfor = '/a'\n", 1, "headers", "write [[headers]]" },
	{ "[[redirects]]\nfrom = '/a'\nto = '/b'\nstaus = 302\n", 4, "{\"from\":\"/a\",\"to\":\"/b\",\"staus\":302}", "no field \"staus\"" },
	{ "[[redirects]]\nfrom = '/a'\n\n[[redirects]]\nto = '/b'\n", 1, "{\"from\":\"/a\"}", "where it leads" },
	{ "redirects = [\n { from = '/a', to = '/b' },\n { to = '/b' } ]\n", 3, "{\"to\":\"/b\"}", "no string \"from\"" },
	{ "[[headers]]\nfor = '/a'\nX-A = '1'\n[headers.values]\nX-B = '2'\n", 3, "/a", "no field \"X-A\"" },
	{ "[[headers]]\nfor = '/a'\n[headers.values]\nX-B = '2'\nDate = '1'\n", 5, "/a: Date", "nobody may set" },
	{ "[[headers]]\nfor = '/a'\n[headers.value]\nX-B = '2'\n", 1, "/a", "no \"values\"" },
	{ "[[plugins]]\npackage = 'p'\n", 1, "plugins", "not used here" },
	{ "[dev]\ncommand = 'c'\nport = 1\n[context.dev]\ncommand = 'c'\n[[integrations]]\nname = 'n'\n[template]\nincoming-hooks = ['x']\n", 0, NULL, NULL },
	{ "[build]\nbase = 'b'\ncommand = 'c'\nignore = 'i'\npublish = 'p'\n[build.environment]\nA = 'b'\n[context.deploy-preview]\npublish = 'q'\n", 0, NULL, NULL },
};

/* In each a password is lost: then nobody sees anything. */
static const char *const lost[] = {
	"[headers]\nfor = '/in'\n[headers.values]\nBasic-Auth = 'a:b'\n",
	"[[header]]\nfor = '/in'\n[header.values]\nBasic-Auth = 'a:b'\n",
	"[[headers]]\nfro = '/in'\n[headers.values]\nbasic-auth = 'a:b'\n",
	"[[headers]]\nfor = 'https://h.example/in'\n[headers.values]\nBasic-Auth = 'a:b'\n",
	"[[headers]]\nfor = '/in'\n[headers.value]\nBasic-Auth = 'a:b'\n",
	"[[headers]]\nfor = '/in'\nvalues = [ { Basic-Auth = 'a:b' } ]\n",
	"[[context.production.headers]]\nfor = '/in'\n[context.production.headers.values]\nBasic-Auth = 'a:b'\n",
	"[[headerz]]\nfor = '/in'\n[headerz.values]\nBasic_Auth = 'a:b'\n",
};

/* In these it is known for which path. */
static const char *const shut[] = {
	"/in\n Basic_Auth: a:b\n",
	"/in\n BasicAuth: a:b\n",
	"/in\n Basic Auth: a:b\n",
	"/in\n Basic-Authentication: a:b\n",
	"/in\n Basic-Auth a:b\n",
	"/in\n Basic-Auth: a,b:c,d\n",
};
/* clang-format on */

static const char *
no_header(void *unused, const char *name)
{
	(void)unused;
	(void)name;
	return "";
}

static struct match_headers *
headers(const char *path)
{
	struct match_headers *h = arena_alloc(arena, sizeof(*h));
	struct match_request req = { .path = path,
		.query = "",
		.host = "h.example",
		.scheme = "https",
		.country = "",
		.header = no_header,
		.regexes = regexes };

	regexes_begin(regexes);
	if (match_headers(table, &req, arena, h) != RC_OK)
		exit(1);
	return h;
}

/* Nobody may see it, not even who has the password that was meant. */
static int
is_shut(const char *path)
{
	const struct match_headers *h = headers(path);

	return h->auth != NULL && !match_authorized(h, "Basic YTpi"); /* a:b */
}

static void
noted(const char *what, const char *note)
{
	ok(all.n == 1 && all.nrefused == 0, "%s is obeyed", what);
	if (note == NULL)
		ok(all.rules[0].note == NULL, "and nothing is odd");
	else
		ok(all.rules[0].note != NULL &&
			strstr(all.rules[0].note, note) != NULL,
		    "but: %s", all.rules[0].note);
}

/* No word of a password is in the report. */
static void
test_secret(void)
{
	size_t i, n = 0;

	for (i = 0; i < all.nrefused; i++)
		n += strstr(all.refused[i].text, "a:b") != NULL ||
		    strstr(all.refused[i].why, "a:b") != NULL;
	ok(all.nrefused > 0 && n == 0, "it is told, and not shown");
}

static void
test_passwords(void)
{
	char *path = malloc(4000), *p = path;
	size_t i;

	for (i = 0; i < NITEMS(lost); i++) {
		load("/a /b", NULL, lost[i], NULL);
		ok(is_shut("/in") && is_shut("/other"), "%.24s...: shut",
		    lost[i]);
		test_secret();
	}
	for (i = 0; i < NITEMS(shut); i++) {
		load("/a /b", shut[i], NULL, NULL);
		ok(is_shut("/in") && headers("/other")->auth == NULL,
		    "%.24s...: that path", shut[i]);
		test_secret();
	}
	load(NULL, NULL,
	    "[[headers]]\nfor = '/in'\nBasic-Auth = 'a:b'\n"
	    "[headers.values]\nX-A = '1'\n",
	    NULL);
	ok(is_shut("/in") && headers("/other")->auth == NULL,
	    "beside the values: that path");
	load(NULL, "/in\n Basic-Auth: a:b\n/in/x\n ! Basic-Auth\n", NULL, NULL);
	ok(headers("/in/x")->auth == NULL && all.nrefused == 1 &&
		strstr(all.refused[0].why, "cannot be taken away") != NULL,
	    "one cannot be taken away");

	/* More parts than a pattern may have: only the compiler finds out. */
	for (i = 0; i < 300; i++)
		p += sprintf(p, "/:x");
	load(NULL,
	    arena_printf(texts, "/ok\n X-A: 1\n%s\n Basic-Auth: a:b\n", path),
	    NULL, NULL);
	ok(is_shut("/ok") && is_shut("/"), "of a path that is too long: shut");
	is(all.refused[0].at.file, "_headers", "which is told");
	ok(strstr(all.refused[0].why, "nobody sees the site") != NULL, "%s",
	    all.refused[0].why);
	ok(strstr(all.refused[1].why, "256 parts") != NULL && all.nrefused == 2,
	    "%s", all.refused[1].why);
	free(path);

	load(NULL, NULL, NULL,
	    "{\"headers\":[{\"source\":\"/in\",\"headers\":["
	    "{\"key\":\"Basic-Auth\",\"value\":\"a:b\"},"
	    "{\"key\":\"X-A\",\"value\":\"1\"}]}]}");
	ok(all.nrefused == 1 &&
		strstr(all.refused[0].why, "protects nothing") != NULL,
	    "in a vercel.json it protects nothing");
	test_secret();
	ok(headers("/in")->n == 1, "and is sent to nobody");
}

static int
sets(const struct match_headers *h, const char *name)
{
	size_t i, n = 0;

	for (i = 0; i < h->n; i++)
		n += strcmp(h->h[i].name, name) == 0;
	return n == 1;
}

/* Lines of n headers, from that number on. */
static const char *
many(size_t from, size_t n)
{
	const char *s = "";

	for (; n > 0; n--, from++)
		s = arena_printf(texts, "%s X-%zu: 1\n", s, from);
	return s;
}

/* More headers than an answer carries, and none that guards is left out. */
static void
test_crowd(void)
{
	const struct match_headers *h;
	const char *text;

	text = arena_printf(texts, "/*\n%s/docs/:page/*.html\n%s", many(0, 62),
	    many(62, 2));
	load(NULL, text, NULL, NULL);
	crowd_note(&all, table);
	ok(all.rules[0].note == NULL && all.rules[1].note == NULL,
	    "64 headers of two rules are enough");
	ok(headers("/docs/a/b.html")->n == 64, "for one answer");

	text = arena_printf(texts,
	    "/*\n%s/docs/:page/*.html\n%s X-Frame-Options: DENY\n"
	    " x-61: other\n/last\n content-security-policy: x\n",
	    many(0, 62), many(62, 3));
	load(NULL, text, NULL, NULL);
	crowd_note(&all, table);
	ok(all.rules[0].note == NULL, "all that fits is");
	is(all.rules[1].note,
	    "an answer carries 64 headers, and /docs/x/x.html would have 66: "
	    "left out are X-64, X-63",
	    "two more are told of");
	ok(all.rules[2].note == NULL, "but not of a path with fewer");
	h = headers("/docs/a/b.html");
	ok(h->n == 64 && h->left == 2 && h->nlost == 2, "and left out");
	ok(sets(h, "X-Frame-Options") && sets(h, "X-62") && !sets(h, "X-63"),
	    "what guards visitors takes the place of another");
	is(h->lost[0].name, "X-64", "of the last");
	is(spot_name(arena, &h->lost[0].at), "_headers:64", "with its place");

	load(NULL, NULL, NULL,
	    arena_printf(texts,
		"{\"headers\":[{\"source\":\"/(.*)\",\"headers\":["
		"{\"key\":\"A\",\"value\":\"%04000d\"},"
		"{\"key\":\"B\",\"value\":\"%04000d\"}]},"
		"{\"source\":\"/a/:b\",\"headers\":["
		"{\"key\":\"C\",\"value\":\"%0300d\"}]}]}",
		1, 2, 3));
	crowd_note(&all, table);
	ok(all.rules[0].note == NULL && all.rules[1].note != NULL &&
		strstr(all.rules[1].note, "room for 8192") != NULL,
	    "%s", all.rules[1].note);
}

static void
test_order(void)
{
	static const char *const want[] = { "_redirects:1", "_redirects:3",
		"_redirects:4", "_headers:2", "netlify.toml:1",
		"netlify.toml:2", "vercel.json nothing",
		"vercel.json rewrites[0]", "vercel.json rewrites[1]",
		"vercel.json redirects[1]", "vercel.json headers[0]" };
	size_t i;

	/* The second is refused when it is a rule, the others before. */
	load("/a\n/ok /b\n/* /:splat\n/b\n", "/x\n Date: 1\n",
	    "[biuld]\n[[redirects]]\nto = '/x'\n",
	    "{\"nothing\":1,\"rewrites\":[{\"source\":\"a\"},"
	    "{\"source\":\"/a\"}],\"redirects\":["
	    "{\"source\":\"/a\",\"destination\":\"/b\"},"
	    "{\"source\":\"/a\",\"destination\":\"/:b\"}],"
	    "\"headers\":[{\"source\":\"/a\"}]}");
	ok(all.nrefused == NITEMS(want), "%zu are refused", all.nrefused);
	for (i = 0; i < NITEMS(want) && i < all.nrefused; i++)
		is(spot_name(arena, &all.refused[i].at), want[i],
		    "in their order");
	is(all.refused[9].text, "/a /:b", "with what it says");
}

int
main(void)
{
	size_t i;

	if (sodium_init() == -1)
		return 1;
	arena = arena_new();
	texts = arena_new();
	regexes = regexes_new(1 << 20);
	for (i = 0; i < NITEMS(odd); i++) {
		load(odd[i].line, NULL, NULL, NULL);
		noted(odd[i].line, odd[i].note);
	}
	for (i = 0; i < NITEMS(odd_vercel); i++) {
		load(NULL, NULL, NULL, odd_vercel[i].text);
		noted(odd_vercel[i].text, odd_vercel[i].note);
	}
	for (i = 0; i < NITEMS(keys); i++) {
		load(NULL, NULL, keys[i].toml, NULL);
		if (keys[i].why == NULL) {
			ok(all.nrefused == 0, "there are those keys");
			continue;
		}
		ok(all.nrefused > 0 && all.refused[0].at.line == keys[i].line,
		    "line %u", all.nrefused > 0 ? all.refused[0].at.line : 0);
		is(all.refused[0].text, keys[i].text, "its text");
		ok(strstr(all.refused[0].why, keys[i].why) != NULL, "%s",
		    all.refused[0].why);
	}
	test_passwords();
	test_crowd();
	test_order();
	table_close(table);
	regexes_free(regexes);
	arena_free(arena);
	arena_free(texts);
	return done();
}
