/* lib/ignore: the rules of .gitignore. */
#include "ignore.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *rules, *path;
	bool dir, want;
} table[] = {
	{ "*.o",		"a.o",			false, true },
	{ "*.o",		"src/deep/a.o",		false, true },
	{ "*.o",		"a.oo",			false, false },
	{ "*.o\n!keep.o",	"keep.o",		false, false },
	{ "!keep.o\n*.o",	"keep.o",		false, true },
	{ "/dist",		"dist",			true,  true },
	{ "/dist",		"a/dist",		true,  false },
	{ "dist/",		"dist",			true,  true },
	{ "dist/",		"dist",			false, false },
	{ "a/b",		"a/b",			false, true },
	{ "a/b",		"x/a/b",		false, false },
	{ "**/b",		"b",			false, true },
	{ "**/b",		"x/y/b",		false, true },
	{ "a/**",		"a/x/y",		false, true },
	{ "a/**",		"a",			true,  false },
	{ "a/**/z",		"a/z",			false, true },
	{ "a/**/z",		"a/b/c/z",		false, true },
	{ "a/**/z",		"b/z",			false, false },
	{ "**/a/**/b/c",	"x/a/y/b/z/a/b/c",	false, true },
	{ "**/a/**/b/c",	"b/a/y/b/z/c",		false, false },
	{ "**/a/**",		"x/a",			true,  false },
	{ "a/**/**/**",		"a/b",			false, true },
	{ /* at once */
	    "**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/z",
	    "a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/y",
	    false, false },
	{ "a/*",		"a/b",			false, true },
	{ "a/*",		"a/b/c",		false, false },
	{ "?.txt",		"a.txt",		false, true },
	{ "?.txt",		"ab.txt",		false, false },
	{ "[a-c].txt",		"b.txt",		false, true },
	{ "[!a-c].txt",		"b.txt",		false, false },
	{ "[!a-c].txt",		"d.txt",		false, true },
	{ "[]].txt",		"].txt",		false, true },
	{ "a[",			"a[",			false, true },
	{ "# comment",		"# comment",		false, false },
	{ "\\# name",		"# name",		false, true },
	{ "\\!name",		"!name",		false, true },
	{ "trail   ",		"trail",		false, true },
	{ "trail\\ ",		"trail ",		false, true },
	{ "crlf\r\n",		"crlf",			false, true },
	{ "\n\n  \n",		"x",			false, false },
	{ "\\*",		"*",			false, true },
	{ "\\*",		"x",			false, false },
	{ "a*b*c",		"aXbYbZc",		false, true },
	{ "a*b*c",		"aXbYbZ",		false, false },
	{ "*",			"anything",		false, true },
	{ "/",			"x",			true,  false },
	{ "!",			"x",			true,  false },
};

static const struct {
	const char *name;
	bool prebuilt, want;
} always[] = {
	{ ".git",		false, true },
	{ ".git",		true,  true },
	{ ".gitignore",		false, false },
	{ ".slipway",		true,  true },
	{ ".env",		false, true },
	{ ".env",		true,  true },
	{ ".env.production",	false, true },
	{ "env",		false, false },
	{ "node_modules",	false, true },
	{ "node_modules",	true,  false },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	struct ignore *top, *sub;
	char many[400];
	size_t i;

	for (i = 0; i < NITEMS(table); i++) {
		top = ignore_new(a, NULL, "");
		ignore_add(top, table[i].rules, strlen(table[i].rules));
		ok(ignored(top, table[i].path, table[i].dir) == table[i].want,
		    "%.*s %s %s", (int)strcspn(table[i].rules, "\r\n"),
		    table[i].rules, table[i].want ? "takes" : "leaves",
		    table[i].path);
	}
	for (i = 0; i < NITEMS(always); i++)
		ok(ignored_always(always[i].name, always[i].prebuilt) ==
			always[i].want,
		    "%s is %s home%s", always[i].name,
		    always[i].want ? "always at" : "not kept at",
		    always[i].prebuilt ? ", prebuilt" : "");

	top = ignore_new(a, NULL, "");
	ignore_add(top, "*.log\n/only-top", 16);
	sub = ignore_new(a, top, "sub/");
	ignore_add(sub, "!keep.log\n/here", 15);
	ok(!ignored(sub, "sub/keep.log", false), "inner rules win");
	ok(ignored(sub, "sub/other.log", false), "outer ones still hold");
	ok(ignored(sub, "sub/here", false), "anchored at the inner folder");
	ok(!ignored(sub, "sub/x/here", false), "and only there");
	ok(!ignored(sub, "sub/only-top", false), "as the outer at its own");

	/* A pattern of many stars takes no time. */
	memset(many, 'a', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	top = ignore_new(a, NULL, "");
	ignore_add(top, "a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", 33);
	ok(!ignored(top, many, false), "many stars");
	arena_free(a);
	return done();
}
