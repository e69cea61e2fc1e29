/* Regular expressions: what they mean, what is refused, and that they end. */
#include <stdlib.h>

#include "compare.h"
#include "regex.h"
#include "tap.h"

static const struct {
	const char *text;
	unsigned int flags;
	const char *subject;
	enum rc want;
	const char *first; /* group 1; NULL: took no part */
} cases[] = {
	{ "/a", 0, "/a", RC_OK, NULL },
	{ "/a", 0, "/ab", RC_NOT_FOUND, NULL },
	{ "/a", 0, "/a\n", RC_NOT_FOUND, NULL },
	{ "/a$", 0, "/a\n", RC_NOT_FOUND, NULL },
	{ "/A", 0, "/a", RC_NOT_FOUND, NULL },
	{ "/A", REGEX_CASELESS, "/a", RC_OK, NULL },
	{ "b", REGEX_SEARCH, "abc", RC_OK, NULL },
	{ "^b", REGEX_SEARCH, "abc", RC_NOT_FOUND, NULL },
	{ "/(a|ab)", 0, "/ab", RC_OK, "ab" },
	{ "/(?:a|(b))", 0, "/a", RC_OK, NULL },
	{ "/(.)", 0, "/\303\251", RC_OK, "\303\251" },
	{ "/([\303\251\303\250])", 0, "/\303\250", RC_OK, "\303\250" },
	{ "/(.*)", 0, "/\377", RC_NOT_FOUND, NULL }, /* no character */
	{ "/[^]", 0, "/x", RC_OK, NULL },
	{ "/a[]", 0, "/a]", RC_NOT_FOUND, NULL },
	{ "/\\u0041\\x42", 0, "/AB", RC_OK, NULL },
	{ "(a)?\\1b", 0, "b", RC_OK, NULL }, /* unset is empty */
	{ "/(?<x>\\d+)-\\k<x>", 0, "/12-12", RC_OK, "12" },
	{ "/(?!\\.well-known)(.+)", 0, "/x", RC_OK, "x" },
	{ "/(?!\\.well-known)(.+)", 0, "/.well-known", RC_NOT_FOUND, NULL },
	{ "/(?<=/)x", 0, "/x", RC_OK, NULL },
	{ "/a{2}b{1,2}c{2,}{", 0, "/aabcc{", RC_OK, NULL },
};

static const char *const refused[] = {
	"(",
	")",
	"[a",
	"a**",
	"a++",
	"a?+",
	"a{2}{3}",
	"+",
	"a\\",
	"(?R)",
	"(?1)",
	"(a)(?-1)",
	"(?&x)",
	"(?>a)",
	"(?|a)",
	"(?i)a",
	"(?P<a>b)",
	"(?#c)",
	"(?(1)a)",
	"(?C1)",
	"(*ACCEPT)",
	"(*NO_JIT)a",
	"\\Qa\\E",
	"\\Aa",
	"a\\z",
	"a\\Z",
	"\\R",
	"\\K",
	"\\X",
	"\\h",
	"\\N",
	"\\C",
	"\\p{L}",
	"\\g{1}",
	"[[:alpha:]]",
	"(?<a>.)(?<a>.)",
	"\377",
	"(?<=a*)b",
	"((a{1,1000}){1,1000}){1,1000}",
	"\\2(a)",
};

/* Nothing that ends soon by itself. */
static const char *const hostile[] = {
	"/((a+)+)+[^a]+x",
	"/(?:a|a)*?[^b]*bz",
	"/(a|aa)+b!z",
	"/(.*)(.*)(.*)(.*)xz",
	"/(a*)*\\1bz",
	"^(?:(?!.*b.*c).)*z$",
	"(?:(?=.*!).)*",
	"(?:(?=[^y]*).)*z",
	"/(.*?)\\1\\1bz",
	"^(?:(?=a*a*a*z)|.)*?!$",
	"/(?:(?<=a)|(?=.*b)|.)*z",
};

static void
limits(struct arena *a)
{
	static char subject[4001];
	enum rc rc[NITEMS(hostile)];
	struct regexes *c = regexes_new(1 << 20);
	const struct regex *r;
	const char *why;
	struct regex *own;
	int limited = 0;
	size_t i;

	memset(subject, 'a', sizeof(subject) - 1);
	memcpy(subject, "/", 1);
	memcpy(subject + sizeof(subject) - 6, "b!xza", 5);
	for (i = 0; i < NITEMS(hostile); i++) {
		ok(regex_new(&own, hostile[i], strlen(hostile[i]), 0, a,
		       &why) == RC_OK,
		    "%s is a pattern", hostile[i]);
		rc[i] = regex_match(own, subject, sizeof(subject) - 1, NULL, 0);
		regex_free(own);
		limited += rc[i] == RC_LIMITED;
	}
	ok(limited >= 8, "%d of them run into a limit", limited);

	regexes_begin(c);
	for (i = 0; i < 1000; i++) {
		r = regexes_get(c, hostile[0], strlen(hostile[0]), 0);
		if (regexes_match(c, r, subject, sizeof(subject) - 1, NULL,
			0) != RC_LIMITED)
			break;
	}
	ok(i == 1000, "so does a request that asks a thousand times");
	r = regexes_get(c, "/x", 2, 0);
	ok(regexes_match(c, r, "/x", 2, NULL, 0) == RC_LIMITED,
	    "and then nothing else matches");
	regexes_begin(c);
	ok(regexes_match(c, r, "/x", 2, NULL, 0) == RC_OK,
	    "until there is another request");
	regexes_free(c);
}

/* Many more than there is room for; all are right all the time. */
static void
cache(void)
{
	struct regexes *c = regexes_new(64 << 10);
	const struct regex *r;
	struct regex_group g[2];
	char text[32], path[32];
	int i, bad = 0;

	for (i = 0; i < 20000; i++) {
		snprintf(text, sizeof(text), "/%d/(.*)", i * 7 % 1000);
		snprintf(path, sizeof(path), "/%d/%d", i * 7 % 1000, i);
		if (i % 1000 == 0)
			regexes_begin(c);
		r = regexes_get(c, text, strlen(text), 0);
		bad += r == NULL ||
		    regexes_match(c, r, path, strlen(path), g, 2) != RC_OK ||
		    atoi(g[1].at) != i;
	}
	ok(bad == 0, "a thousand patterns in 64 KiB");
	ok(regexes_get(c, "/x", 2, 0) != regexes_get(c, "/x", 2, 1),
	    "flags are part of a pattern");
	ok(regexes_get(c, "(", 1, 0) == NULL, "what is none is NULL");
	regexes_free(c);
}

int
main(void)
{
	static const struct {
		const char *comparisons, *value;
		int fits;
	} numbers[] = {
		{ ">5", "6", 1 },
		{ ">5", "5", 0 },
		{ ">=5", "5.0", 1 },
		{ "<5", "-7", 1 },
		{ "<=5", " 5 ", 1 },
		{ "<5", "x", 0 },
		{ "<5", "", 0 },
		{ "<5", "1.2.3", 0 },
		{ "<5", "0x1", 0 },
		{ "<5", "1e0", 0 },
		{ ">=1 <10.5", "10.4", 1 },
		{ ">=1 <10.5", "10.5", 0 },
		{ ">=1 <10.5", "0", 0 },
		{ "<5", ".", 0 },
		{ ">1", "9999999999999999999999", 1 },
	};
	struct arena *a = arena_new();
	struct regex_group g[2];
	const char *why;
	struct regex *r;
	size_t i;
	enum rc rc;

	for (i = 0; i < NITEMS(cases); i++) {
		r = NULL;
		rc = regex_new(&r, cases[i].text, strlen(cases[i].text),
		    cases[i].flags, a, &why);
		ok(rc == RC_OK, "%s is good", cases[i].text);
		rc = regex_match(r, cases[i].subject, strlen(cases[i].subject),
		    g, 2);
		ok(rc == cases[i].want, "and is asked of %s: %s",
		    cases[i].subject, rc_name(rc));
		if (rc == RC_OK && cases[i].first != NULL)
			is(arena_strndup(a, g[1].at, g[1].n), cases[i].first,
			    "and captures that");
		else if (rc == RC_OK)
			ok(g[1].at == NULL, "and captures nothing");
		regex_free(r);
	}
	for (i = 0; i < NITEMS(refused); i++) {
		why = NULL;
		rc = regex_new(&r, refused[i], strlen(refused[i]), 0, a, &why);
		ok(rc == RC_INVALID && why != NULL, "%s: %s", refused[i],
		    why != NULL ? why : "taken");
	}
	for (i = 0; i < NITEMS(numbers); i++)
		ok(compare_fits(numbers[i].comparisons, numbers[i].value,
		       strlen(numbers[i].value)) == numbers[i].fits,
		    "\"%s\" %s", numbers[i].value, numbers[i].comparisons);
	limits(a);
	cache();
	arena_free(a);
	return done();
}
