/* Paths of vercel.json: what they become, and what is refused. */
#include "pathre.h"
#include "tap.h"

static const struct {
	const char *source, *text, *prefix;
	int exact;
	const char *names; /* with commas; "-": it has none */
} cases[] = {
	{ "/", "/", "/", 1, "" },
	{ "/a/b.html", "/a/b.html", "/a/b.html", 1, "" },
	{ "/a%20b", "/a b", "/a b", 1, "" },
	{ "/caf\303\251", "/caf\303\251", "/caf\303\251", 1, "" },
	{ "/caf%C3%a9", "/caf\303\251", "/caf\303\251", 1, "" },
	{ "/100%", "/100%", "/100%", 1, "" },
	{ "/why\\?", "/why?", "/why?", 1, "" },
	{ "/a{b}c", "/abc", "/abc", 1, "" },
	{ "/a/:x", "/a(?:/([^/]+))", "/a/", 0, "x" },
	{ "/:a/:b", "(?:/([^/]+))(?:/([^/]+))", "/", 0, "a,b" },
	{ "/a/:x/b", "/a(?:/([^/]+))/b", "/a/", 0, "x" },
	{ "/a/:x*", "/a(?:/((?:[^/]+)(?:/(?:[^/]+))*))?", "/a", 0, "x" },
	{ "/a/:x+", "/a(?:/((?:[^/]+)(?:/(?:[^/]+))*))", "/a/", 0, "x" },
	{ "/a/:x?", "/a(?:/([^/]+))?", "/a", 0, "x" },
	{ "/a/:x?/b", "/a(?:/([^/]+))?/b", "/a", 0, "x" },
	{ "/p/:id(\\d+)", "/p(?:/(\\d+))", "/p/", 0, "id" },
	{ "/p/:id(\\d+).html", "/p(?:/(\\d+))\\.html", "/p/", 0, "id" },
	{ "/(.*)", "(?:/(.*))", "/", 0, "-" },
	{ "/old(.*)", "/old(.*)", "/old", 0, "-" },
	{ "/a-:x", "/a-([^/]+)", "/a-", 0, "x" },
	{ "/:a-:b", "(?:/([^/]+?))-([^/]+)", "/", 0, "a,b" },
	{ "/:a.:b", "(?:/([^/]+?))(?:\\.([^/]+))", "/", 0, "a,b" },
	{ "/a{-:b}?", "/a(?:-([^/]+))?", "/a", 0, "b" },
	{ "/a{-:b-}?c", "/a(?:-([^/]+?)-)?c", "/a", 0, "b" },
	{ "/a{b}?", "/a(?:b)?", "/a", 0, "" },
	{ "/a{/:b/x}*", "/a(?:/((?:[^/]+?)(?:/x/(?:[^/]+?))*)/x)?", "/a", 0,
	    "b" },
	{ "/:a(x|y)/(z)", "(?:/(x|y))(?:/(z))", "/", 0, "a,-" },
	{ "/:x(a(?:b)c)", "(?:/(a(?:b)c))", "/", 0, "x" },
	{ "/((?!api/).*)", "(?:/((?!api/).*))", "/", 0, "-" },
	{ "/a\\(b\\):c", "/a\\(b\\)([^/]+)", "/a(b)", 0, "c" },
	{ "/x/:1", "/x(?:/([^/]+))", "/x/", 0, "1" },
	{ "/[a]^$|.", "/[a]^$|.", "/[a]^$|.", 1, "" },
};

static const char *const refused[] = {
	"",
	"a",
	"http://a/b",
	"/a*",
	"/*",
	"/:",
	"/a/:/b",
	"/a(",
	"/a()",
	"/a(?:b)",
	"/a((b))",
	"/a(b",
	"/a{b",
	"/a}b",
	"/a{:b",
	"/a{{b}}",
	"/a?",
	"/a+b",
	"/a\\",
	"/:x**",
	"/:x(\\A)",
	"/:x(a++)",
	"/:x([)",
	"/:x(a(?<y>b))",
	"/:x((?R))",
	"/:x(\377)",
	"/([^/).b:m",
};

int
main(void)
{
	struct arena *a = arena_new();
	char names[256], many[PATHRE_MAX + 2];
	struct pathre p;
	const char *why;
	size_t i, k;
	enum rc rc;

	for (i = 0; i < NITEMS(cases); i++) {
		why = "";
		rc = pathre_read(&p, a, cases[i].source, &why);
		ok(rc == RC_OK, "%s is taken: %s", cases[i].source, why);
		if (rc != RC_OK)
			continue;
		is(p.text, cases[i].text, "and is that");
		is(p.prefix, cases[i].prefix, "and begins so");
		ok(p.exact == cases[i].exact, "and is itself, or not");
		*names = '\0';
		for (k = 0; k < p.n; k++) {
			strcat(names, k > 0 ? "," : "");
			strcat(names, p.names[k] != NULL ? p.names[k] : "-");
		}
		is(names, cases[i].names, "and has those names");
	}
	for (i = 0; i < NITEMS(refused); i++) {
		why = NULL;
		rc = pathre_read(&p, a, refused[i], &why);
		ok(rc == RC_INVALID && why != NULL, "%s: %s", refused[i],
		    why != NULL ? why : "taken");
	}
	memset(many, 'a', sizeof(many) - 1);
	many[0] = '/';
	many[sizeof(many) - 1] = '\0';
	ok(pathre_read(&p, a, many, &why) == RC_INVALID, "too long: %s", why);
	many[PATHRE_MAX] = '\0';
	ok(pathre_read(&p, a, many, &why) == RC_OK, "but not a byte less");
	for (i = 0; i < 3 * 65; i++)
		many[i] = "/:a"[i % 3];
	many[i] = '\0';
	ok(pathre_read(&p, a, many, &why) == RC_INVALID, "65 names: %s", why);
	many[i - 3] = '\0';
	ok(pathre_read(&p, a, many, &why) == RC_OK, "but 64");
	arena_free(a);
	return done();
}
