/*
 * _redirects, _headers and netlify.toml: what they answer, what is refused, who
 * may see what, and what it costs at most.
 */
#include <sodium.h>
#include <stdlib.h>

#include "rules/compile.h"
#include "rules/match.h"
#include "rules/netlify.h"
#include "tap.h"

static struct arena *arena;
static struct regexes *regexes;
static struct table *table;
static struct rules all;
static struct match_request req;

static const char *
header(void *unused, const char *name)
{
	(void)unused;
	if (strcmp(name, "cookie") == 0)
		return "a=1; seen=\"yes\"; empty=";
	return strcmp(name, "accept-language") == 0 ?
	    "en;q=0.5, de-AT;q=0.9, fr;q=0.9" :
	    "";
}

static void
load(const char *redirects, const char *headers, const char *toml)
{
	struct netlify_file r = { "_redirects", redirects, 0 };
	struct netlify_file h = { "_headers", headers, 0 };
	struct netlify_file t = { "netlify.toml", toml, 0 };
	void *p;
	size_t n;

	r.n = redirects != NULL ? strlen(redirects) : 0;
	h.n = headers != NULL ? strlen(headers) : 0;
	t.n = toml != NULL ? strlen(toml) : 0;
	table_close(table);
	arena_reset(arena);
	rules_init(&all, arena);
	netlify_read(&all, &r, &h, &t);
	if (rules_compile(&all, &p, &n) != RC_OK ||
	    table_open(&table, p, n) != RC_OK)
		exit(1);
}

/* Asks for a target; "status to", or why there is none. */
static const char *
ask(const char *target)
{
	size_t n = strcspn(target, "?");
	struct match m;
	enum rc rc;

	req = (struct match_request){ .path = arena_strndup(arena, target, n),
		.query = target[n] == '?' ? target + n + 1 : "",
		.host = "shop.example",
		.scheme = "https",
		.country = "AT",
		.header = header,
		.regexes = regexes };
	regexes_begin(regexes);
	rc = match_before(table, &req, arena, &m);
	if (rc == RC_NOT_FOUND)
		rc = match_first(table, RULE_AFTER, 0, &req, arena, &m);
	if (rc != RC_OK)
		return rc_name(rc);
	if (m.action == MATCH_STAY)
		return "stay";
	return arena_printf(arena, "%d %s", m.status, m.to);
}

/* clang-format off */
/* One line; a target; the answer. */
static const struct {
	const char *line, *target, *answer;
} answers[] = {
	{ "/a /b",			"/a",		"301 /b" },
	{ "/a /b",			"/a/",		"301 /b" },
	{ "/a /b",			"/A",		"not_found" },
	{ "/a /b",			"/a?x=1",	"301 /b?x=1" },
	{ "/a /b?y=2",			"/a?x=1",	"301 /b?y=2" },
	{ "/a /b#f",			"/a?x=1",	"301 /b?x=1#f" },
	{ "/a /b",			"/a?x=\r\nX:y",	"301 /b" },
	{ "/a/* /b/:splat",		"/a",		"301 /b/" },
	{ "/a/* /b/:splat",		"/a/x/y/",	"301 /b/x/y/" },
	{ "/a/* /b/:splat",		"/ab",		"not_found" },
	{ "/a/* /b/:splat",		"/a/x y\"<",	"301 /b/x%20y%22%3C" },
	{ "/a/* /b?q=:splat",		"/a/x&y=1/z",	"301 /b?q=x%26y%3D1/z" },
	{ "/a/*/z /b/:splat",		"/a/x/y/z",	"301 /b/x/y" },
	{ "/a/*/z /b/:splat",		"/a/z",		"301 /b/" },
	{ "/a/b* /c/:splat",		"/a/bcd/e",	"301 /c/cd/e" },
	{ "/*/:a/*/:b /n/:a/:b",	"/x/y/2/3/4",	"301 /n/3/4" },
	{ "/a/*/* /b/:splat",		"/a/x/y/z",	"301 /b/x/y/z" },
	{ "/:x/:y /:y/:x 302",		"/1/2",		"302 /2/1" },
	{ "/:x/:y /:y/:x 302",		"/1",		"not_found" },
	{ "/:x/:xy /:xy/:x",		"/1/2",		"301 /2/1" },
	{ "/s id=:id /i/:id",		"/s?z=1&id=a/b", "301 /i/a%2Fb?z=1&id=a/b" },
	{ "/s id=:id /i/:id",		"/s?idx=1",	"not_found" },
	{ "/s id=7 /i",			"/s?id=%37",	"301 /i?id=%37" },
	{ "/s id=7 /i",			"/s?id=8",	"not_found" },
	{ "/s id= /i",			"/s?id",	"301 /i?id" },
	{ "/s id=:id /i/:id",		"/s?id",	"301 /i/?id" },
	{ "/s id=:id /i/:id",		"/s?q",		"not_found" },
	{ "/a /b 302 Country=ch,at",	"/a",		"302 /b" },
	{ "/a /b 302 Country=de",	"/a",		"not_found" },
	{ "/a /b 302 Language=de",	"/a",		"302 /b" },
	{ "/a /b 302 Language=fr",	"/a",		"not_found" },
	{ "/a /b 302 Language=de-AT",	"/a",		"302 /b" },
	{ "/a /b 302 Cookie=seen",	"/a",		"302 /b" },
	{ "/a /b 302 Cookie=empty,no",	"/a",		"not_found" },
	{ "https://shop.example/a /b",	"/a",		"301 /b" },
	{ "http://shop.example/a /b",	"/a",		"not_found" },
	{ "https://other.example/a /b",	"/a",		"not_found" },
	{ "/caf%C3%A9 /b",		"/caf\303\251",	"301 /b" },
	{ "/a%20b /c",			"/a b",		"301 /c" },
	{ "https://shop.example/\303\251 /b", "/\303\251", "301 /b" },
	{ "/a/* 200",			"/a/x",		"200 /a/x" },
	{ "/a https://x.example/y 200",	"/a?q",		"200 https://x.example/y?q" },
	{ "/a/* https://x.example/:splat", "/a/b",	"301 https://x.example/b" },
	{ "/:h https://:h.example/",	"/a@b",		"301 https://a%40b.example/" },
	{ "/:h/:p /:p",			"/a/b",		"301 /b" },
	{ "/r/* /:splat/x",		"/r",		"301 /x" },
	{ "/r/* /:splat/evil.example",	"/r/",		"301 /evil.example" },
	{ "/* /new/:splat",		"/new/x",	"stay" },
	{ "/* /new/:splat",		"/new",		"stay" },
	{ "/* /new/:splat",		"/newer",	"301 /new/newer" },
	{ "/:x/* /",			"/#",		"301 /" },
	{ "/a/* /a",			"/a/",		"stay" },
	{ "/* /:splat?id=7",		"/",		"stay" },
	{ "/* /closed 302!",		"/closed",	"stay" },
	{ "/a/b/* /a/:splat",		"/a/b/c",	"301 /a/c" },
	{ "/a /b 410",			"/a",		"410 /b" },
	{ "/* /index.html 200",		"/.well-known/x", "404 " },
	{ "/* /index.html 200\n/.well-known/x /y", "/.well-known/x", "404 " },
	{ "/.well-known/x /y\n/* /index.html 200", "/.well-known/x", "301 /y" },
	{ "/* /index.html 200",		"/.well-known",	"200 /index.html" },
	{ "/* /index.html 200",		"/.well-knownx/y", "200 /index.html" },
	{ "/* /index.html 200!",	"/.well-known/x", "200 /index.html" },
	{ "/:a/* /x.html?a=:a 200",	"/.well-known/x", "404 " },
	{ "/.well-known/* /x.html 200",	"/.well-known/x", "200 /x.html" },
	{ "/.well-known/:x /x.html 200", "/.well-known/x", "200 /x.html" },
	{ "/* /x/:splat 200",		"/.well-known/x", "200 /x/.well-known/x" },
	{ "/* https://x.example/:splat 200", "/.well-known/x", "200 https://x.example/.well-known/x" },
	{ "/* /new/:splat 302",		"/.well-known/x", "302 /new/.well-known/x" },
	{ "/* /404.html 404",		"/.well-known/x", "404 /404.html" },
	{ "/a /1\n/a /2!",		"/a",		"301 /1" },
	{ "/a /1\n/a /2 301!",		"/a",		"301 /1" },
	{ "/a /2 301!\n/a /1",		"/a",		"301 /2" },
	{ "/x/* /1\n/x/y /2",		"/x/y",		"301 /1" },
	{ "/x/y /2\n/x/* /1",		"/x/y",		"301 /2" },
	{ "/a /1\n/* /2\n/a /1",	"/a",		"301 /2" },
};

/* A line, and a word of why it is refused. */
static const struct {
	const char *line, *why;
} refusals[] = {
	{ "/a",				"does not say where" },
	{ "/a b",			"leads to nothing" },
	{ "/a /b 418",			"status of 418" },
	{ "/a /b x",			"where its status should" },
	{ "/.netlify/x /b",		"Netlify's own" },
	{ "/a /.netlify/functions/x 200", "no functions" },
	{ "/a /b 200 Sign=K",		"not signed here" },
	{ "/a /b 302 Role=admin",	"no roles" },
	{ "/a /b 302 Foo=1",		"is no condition" },
	{ "/a /b 302 Country=",		"names nothing" },
	{ "/a /b 302 Country=germany",	"two letters" },
	{ "/a /b 302 Country=at,d1",	"two letters" },
	{ "/a id /b",			"is no query matcher" },
	{ "/a?x=1 /b",			"a query stands after" },
	{ "/a /a/",			"lead to itself" },
	{ "/* /:splat",			"lead to itself" },
	{ "/a //b 200",			"must lead to a path" },
	{ "/a https://b/ 404",		"must be of this site" },
	{ "/:h https://:h.example/ 200", "may not depend" },
	{ "/a\001 /b",			"control character" },
	{ "/\377 /b",			"not UTF-8" },
	{ "/a%2Fb /b",			"escapes what cannot" },
	{ "http:///a /b",		"the host it is from" },
};

/* The same of a header, below a path. */
static const struct {
	const char *line, *why;
} bad_headers[] = {
	{ "Location: /x",		"nobody may set Location" },
	{ "content-length: 1",		"nobody may set Content-Length" },
	{ "X-Accel-Redirect: /etc",	"nobody may set X-Accel-Redirect" },
	{ "X-Sendfile: /etc/passwd",	"nobody may set X-Sendfile" },
	{ "Set-Cookie: a=b; domain=x",	"other sites" },
	{ "Set-Cookie: a=b;Domain = x",	"other sites" },
	{ "Set-Cookie: a=b; Domainx; Domain=x", "other sites" },
	{ "Set-Cookie: a=b; domains=1; ; DOMAIN\t=x", "other sites" },
	{ "a b: c",			"no name of a header" },
	{ "X-A: b\001c",		"control character" },
	{ "X-A:",			"no value" },
	{ ": x",			"no name" },
	{ "words",			"neither a path" },
	{ " words",			"neither a path" },
	{ "https://h.example/*",	"not for hosts" },
	{ "HTTP://h.example/*",		"not for hosts" },
	{ "admin/*",			"begins with \"/\"" },
	{ "admin/:x",			"begins with \"/\"" },
	{ "/a\001b",			"control character" },
};
/* clang-format on */

static const char *
value(const struct match_headers *h, const char *name)
{
	size_t i;

	for (i = 0; i < h->n; i++)
		if (strcmp(h->h[i].name, name) == 0)
			return h->h[i].value != NULL ? h->h[i].value : "(none)";
	return "";
}

static struct match_headers *
headers(const char *path)
{
	struct match_headers *h = arena_alloc(arena, sizeof(*h));

	(void)ask(path);
	req.steps = 0;
	if (match_headers(table, &req, arena, h) != RC_OK)
		exit(1);
	return h;
}

static int
may(const struct match_headers *h, const char *pair)
{
	char text[256];

	sodium_bin2base64(text, sizeof(text), (const unsigned char *)pair,
	    strlen(pair), sodium_base64_VARIANT_ORIGINAL);
	return match_authorized(h, arena_printf(arena, "basic %s", text));
}

static void
test_headers(void)
{
	struct match_headers *h;
	size_t i, n = 0;

	load(NULL,
	    "/*\n X-A: 1\n X-B: 1\n Set-Cookie: a=1\n Set-Cookie: b=2\n"
	    "/docs/*\n X-a: 2\n X-a: 3 ,4\n ! X-B\n"
	    "/p/:x/*.js\n X-C: js\n"
	    "/in/*\n Basic-Auth: ann:one bob:t:w\xc3\xb6\n"
	    "/in/deep/*\n Basic-Auth: eve:x\n"
	    "/shut/*\n Basic-Auth: nonsense\n",
	    "[[headers]]\nfor = \"/docs/*\"\n[headers.values]\nX-A = \"toml\"\n");
	h = headers("/docs/x");
	is(value(h, "X-A"), "toml", "netlify.toml wins");
	is(value(h, "X-B"), "(none)", "a header is removed");
	for (i = 0; i < h->n; i++)
		n += strcmp(h->h[i].name, "Set-Cookie") == 0;
	ok(n == 2, "two cookies are two headers");
	is(value(headers("/P/q/a/b.JS"), "X-C"), "js",
	    "the case of a path does not matter");
	is(value(headers("/p/q/a/b.js2"), "X-C"), "", "its end does");
	ok(headers("/docs/x")->auth == NULL, "a path without a password");
	h = headers("/in/x");
	ok(h->auth != NULL && h->nauth == 2, "and one with two");
	ok(may(h, "ann:one") && may(h, "bob:t:w\xc3\xb6"), "both may");
	ok(!may(h, "ann:two") && !may(h, "eve:x") && !may(h, "") &&
		!may(h, "ann") && !match_authorized(h, "") &&
		!match_authorized(h, "Basic") &&
		!match_authorized(h, "Basic \xff"),
	    "nobody else");
	h = headers("/in/deep/x");
	ok(may(h, "eve:x") && !may(h, "ann:one"), "the last path says who");
	h = headers("/shut/x");
	ok(h->auth != NULL && !may(h, "nonsense") && !may(h, ""),
	    "what was to be protected is shut");
	for (i = 0, n = 0; i < all.nrefused; i++)
		n += strstr(all.refused[i].text, "nonsense") != NULL ||
		    strstr(all.refused[i].why, "nonsense") != NULL;
	ok(all.nrefused == 1 && n == 0, "which is told without the password");
}

/* Whatever is wrong with a Basic-Auth, what it was for is shut. */
static void
test_shut(void)
{
	static const char *const broken[] = { "Basic-Auth:",
		"Basic-Auth: ann:\xe4", "Basic-Auth: ann:\001" };
	char *text = malloc(1 << 20), *p = text;
	size_t i;

	for (i = 0; i < NITEMS(broken); i++) {
		sprintf(text, "/in/*\n X-A: 1\n %s\n/out\n X-A: 1\n",
		    broken[i]);
		load(NULL, text, NULL);
		ok(headers("/in/x")->auth != NULL &&
			!may(headers("/in/x"), "?"),
		    "%.15s...: nobody", broken[i]);
		ok(headers("/out")->auth == NULL, "but elsewhere");
	}
	load(NULL, NULL,
	    "[[headers]]\nfor = \"/in/*\"\n[headers.values]\n"
	    "Basic-Auth = 7\n");
	ok(headers("/in/x")->auth != NULL, "in netlify.toml: nobody");
	load(NULL, "/first\n X-A: 1\n/s\351cret/*\n Basic-Auth: ann:x\n", NULL);
	ok(headers("/first")->auth != NULL && headers("/x")->auth != NULL &&
		!may(headers("/first"), "ann:x"),
	    "of a path that cannot be read: nobody sees anything");
	for (i = 0; i < 2048; i++)
		p += sprintf(p, "/p%zu\n X-A: 1\n", i);
	load(NULL, text, NULL);
	ok(headers("/in/x")->auth == NULL, "as many paths as there may be");
	strcpy(p, "/more\n X-A: 1\n");
	load(NULL, text, NULL);
	ok(headers("/in/x")->auth == NULL, "one more");
	strcpy(p, "/in/*\n Basic-Auth: ann:x\n");
	load(NULL, text, NULL);
	ok(headers("/in/x")->auth != NULL, "and one with a password");
	free(text);
}

/* What stands below a bad path is set for no other. */
static void
test_bad_paths(void)
{
	static const char *const bad[] = { "admin/*", "admin/:x", "words",
		"https://h.example/admin/*", "/\001" };
	char text[256];
	size_t i, n, k;

	for (i = 0; i < NITEMS(bad); i++) {
		snprintf(text, sizeof(text),
		    "/p\n X-A: 1\n%s\n X-B: 2\n Basic-Auth: ann:one\n"
		    " ! X-A\n/q\n X-C: 3\n",
		    bad[i]);
		load(NULL, text, NULL);
		is(value(headers("/p"), "X-A"), "1", "%s: above it", bad[i]);
		is(value(headers("/p"), "X-B"), "", "nothing of it is there");
		ok(headers("/p")->auth != NULL &&
			!may(headers("/p"), "ann:one"),
		    "nor lets its password anybody in");
		is(value(headers("/q"), "X-C"), "3", "below it");
		for (k = n = 0; k < all.nrefused; k++)
			n += strstr(all.refused[k].why,
				 "before it is refused") != NULL;
		ok(n == 3 && all.nrefused == 5, "all of it is told");
	}
}

/* Ten thousand of each kind, and the last is asked for. */
static void
test_many(void)
{
	static const char *const last[] = { "/s9999", "/d9999/x", "/p/1/e9999",
		"/q/1/2/f9999/z" };
	char *text = malloc(10000 * 64), *p;
	size_t i, j;

	for (i = 0; i < NITEMS(last); i++) {
		for (p = text, j = 0; j < 10000; j++)
			p += sprintf(p,
			    i == 0     ? "/s%zu /t/%zu\n" :
				i == 1 ? "/d%zu/* /t/%zu/:splat\n" :
				i == 2 ? "/p/:x/e%zu /t/%zu\n" :
					 "/q/:x/:y/f%zu/* /t/%zu\n",
			    j, j);
		load(text, NULL, NULL);
		ok(all.n == 10000 && strstr(ask(last[i]), "/t/9999") != NULL &&
			req.steps < 60,
		    "%s: %zu steps to the last of 10,000", last[i], req.steps);
	}
	free(text);
}

/* Patterns and paths that would go back and forth. */
static void
test_hostile(void)
{
	char *path = malloc(4096), *text = malloc(400000), *p;
	size_t i;

	for (p = path, i = 0; i < 1000; i++)
		p += sprintf(p, "/a");
	load("/*/a/*/a/*/a/*/a/*/a/*/b/* /x 302", NULL, NULL);
	is(ask(path), "not_found", "many stars, and no end");
	ok(req.steps < 20000, "%zu steps", req.steps);
	load("/*/:a/:b/:c/:d/:e/:f/:g/b/*/z /x 302", NULL, NULL);
	is(ask(path), "not_found", "and with names");
	ok(req.steps < 20000, "%zu steps", req.steps);
	load(NULL, "/*a*a*a*a*a*a*a*b\n X-A: 1\n", NULL);
	ok(headers(path)->n == 0 && req.steps < 20000,
	    "stars within parts: %zu steps", req.steps);
	/* Rules without end cost what one request may cost, and no more. */
	for (p = text, i = 0; i < 9000; i++)
		p += sprintf(p, "/*/a/*/b%zu/* /x 302\n", i);
	load(text, NULL, NULL);
	is(ask(path), "limited", "9,000 of them are too many");
	ok(req.steps < MATCH_STEPS_MAX + 5000, "%zu steps", req.steps);
	free(path);
	free(text);
}

int
main(void)
{
	char text[256];
	size_t i;

	if (sodium_init() == -1)
		return 1;
	arena = arena_new();
	regexes = regexes_new(1 << 20);
	for (i = 0; i < NITEMS(answers); i++) {
		load(answers[i].line, NULL, NULL);
		is(ask(answers[i].target), answers[i].answer, "%zu: %s", i,
		    answers[i].answer);
	}
	for (i = 0; i < NITEMS(refusals); i++) {
		snprintf(text, sizeof(text), "%s\n/good /line",
		    refusals[i].line);
		load(text, NULL, NULL);
		ok(all.n == 1 && all.nrefused == 1 &&
			all.refused[0].at.line == 1 &&
			strstr(all.refused[0].why, refusals[i].why) != NULL,
		    "refused: %s", refusals[i].why);
	}
	for (i = 0; i < NITEMS(bad_headers); i++) {
		snprintf(text, sizeof(text), "/p\n X-Good: 1\n%s\n",
		    bad_headers[i].line);
		load(NULL, text, NULL);
		ok(all.n == 1 && all.nrefused == 1 &&
			all.refused[0].at.line == 3 &&
			strstr(all.refused[0].why, bad_headers[i].why) != NULL,
		    "refused: %s", bad_headers[i].why);
	}
	test_headers();
	test_shut();
	test_bad_paths();
	test_many();
	test_hostile();
	load("/x /y", NULL, "redirects = 1\n");
	ok(all.n == 1 && all.nrefused == 1, "a list that is none");
	load("/x /y", NULL,
	    "[build]\npublish = \"a\"\npublsh = \"b\"\nfunctions = \"f\"\n"
	    "[context.production]\ncommand = \"c\"\n[contxt.production]\n"
	    "command = \"c\"\n[[plugins]]\npackage = \"p\"\n");
	ok(all.n == 1 && all.nrefused == 4, "four keys that do nothing");
	is(all.refused[0].text, "contxt", "at the top");
	is(all.refused[0].why, "there is no such key", "and why");
	is(all.refused[1].text, "plugins", "one that is known");
	is(all.refused[1].why, "not used here", "but not here");
	is(all.refused[2].text, "build.publsh", "in the table of the build");
	is(all.refused[3].text, "build.functions", "and another");
	load("/x /y", NULL, "[[redirects]\n");
	ok(all.n == 1 && all.nrefused == 1, "a file that is none");
	table_close(table);
	regexes_free(regexes);
	arena_free(arena);
	return done();
}
