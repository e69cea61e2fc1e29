/* builderd/collect: what is taken, what is left, and what is refused. */
#include "builderd/builderd.h"
#include "builderd/collect.h"
#include "fixture.h"
#include "tap.h"

static struct arena *a;
static char skipped[2048];

static void
note(void *arg, const char *path, const char *why)
{
	size_t n = strlen(skipped);

	(void)arg;
	snprintf(skipped + n, sizeof(skipped) - n, "%s (%s) ", path, why);
}

static struct collect
run(int dir, int plain)
{
	struct collect c = { .arena = a,
		.plain = plain,
		.files_max = 10,
		.bytes_max = 4000,
		.file_max = 1000,
		.skipped = note };

	*skipped = '\0';
	if (collect(&c, dir) == RC_OK)
		c.code = c.why = "";
	return c;
}

static const char *
names(const struct collect *c)
{
	const char *s = "";
	size_t i;

	for (i = 0; i < c->nfiles; i++)
		s = arena_printf(a, "%s%s ", s, c->files[i].path);
	return s;
}

/* clang-format off */
static const struct {
	const char *path, *text, *code, *what;
} refused[] = {
	{ ".env",		"A=b",	"secret",	"variables" },
	{ "sub/.env.local",	"A=b",	"secret",	"variables of somebody" },
	{ "key.pem", "x\n-----BEGIN RSA PRIVATE KEY-----\n", "secret", "a key" },
	{ "\377.html",		"x",	"path",		"a name that is not UTF-8" },
};
/* clang-format on */

static const char *const plain_files[] = { "index.html", "package.json",
	"package-lock.json", "npm-shrinkwrap.json", "yarn.lock",
	"pnpm-lock.yaml", "bun.lock", "bun.lockb", "README.md", "api/x.js",
	"_redirects", "_headers", "netlify.toml", "vercel.json", ".env",
	".env.local", ".envrc", ".git/config", ".gitignore", ".gitattributes",
	".github/workflows/x.yml", ".npmrc", "node_modules/a/index.js",
	"sub/node_modules/a/index.js", "sub/.gitkeep", "sub/.env", "LICENSE",
	"apidocs/a", "sub/api/x", "sub/README.md" };

int
main(void)
{
	char big[1001], deep[COLLECT_DEPTH * 2 + 10] = "";
	const char *said;
	struct collect c;
	int dir, i;

	a = arena_new();
	dir = fixture();
	c = run(dir, 0);
	is(c.code, "nothing_to_serve", "nothing at all");

	fixture_text(dir, "index.html", "hello");
	fixture_text(dir, "b/c.css", "x");
	fixture_text(dir, "a/.well-known/x", "y");
	fixture_text(dir, ".hidden", "z");
	fixture_text(dir, "b/.git/config", "z");
	c = run(dir, 0);
	is(names(&c), ".hidden a/.well-known/x b/c.css index.html ",
	    "all files, by name");
	ok(c.bytes == 8, "and their sizes");

	ok(symlinkat("/etc/passwd", dir, "abs") == 0 &&
		symlinkat("../../../../etc/passwd", dir, "b/up") == 0 &&
		symlinkat("index.html", dir, "in") == 0 &&
		symlinkat("/etc", dir, "etc") == 0 &&
		symlinkat("loop", dir, "loop") == 0 &&
		mkfifoat(dir, "pipe", 0644) == 0,
	    "links and a pipe");
	c = run(dir, 0);
	is(names(&c), ".hidden a/.well-known/x b/c.css index.html ",
	    "are not followed");
	ok(strstr(skipped, "b/.git (the history of the files)") != NULL &&
		strstr(skipped, "etc (a symbolic link)") != NULL &&
		strstr(skipped, "pipe (not a regular file)") != NULL,
	    "and that is said");
	close(dir);

	for (i = 0; i < (int)NITEMS(refused); i++) {
		dir = fixture();
		fixture_text(dir, refused[i].path, refused[i].text);
		c = run(dir, 0);
		is(c.code, refused[i].code, "refused: %s", refused[i].what);
		close(dir);
	}

	dir = fixture();
	for (i = 0; i < (int)NITEMS(plain_files); i++)
		fixture_text(dir, plain_files[i], "x");
	c = run(dir, 1);
	is(names(&c), "LICENSE apidocs/a index.html sub/README.md sub/api/x ",
	    "a plain folder");
	close(dir);

	dir = fixture();
	for (i = 0; i < (int)NITEMS(plain_files); i++)
		fixture_text(dir, plain_files[i], "x");
	fixture_text(dir, ".vercelignore", "/apidocs\nREADME.md\n# x\n");
	c = run(dir, 1);
	is(names(&c), "LICENSE index.html sub/api/x ", "and less of it");
	ok(c.nskipped == 2 && strstr(skipped, ".vercelignore names it"),
	    "which is told: %s", skipped);
	c = run(dir, 0);
	ok(c.ignore == NULL, "but only of a plain one");
	close(dir);

	dir = fixture();
	fixture_text(dir, "index.html", "x");
	fixture_text(dir, "a\nb", "x");
	fixture_text(dir, "c\302\205", "x");
	fixture_text(dir, "d\177/e", "x");
	fixture_text(dir, "f\302\240", "x");
	c = run(dir, 0);
	is(names(&c), "f\302\240 index.html ",
	    "control characters are left out");
	ok(c.nskipped == 3 && strstr(skipped, "a?b (no address") != NULL,
	    "and that is told: %s", skipped);
	close(dir);

	dir = fixture();
	memset(big, 'x', sizeof(big));
	fixture_put(dir, "a", big, 1000);
	is(run(dir, 0).code, "", "a file of the largest size");
	fixture_put(dir, "a", big, 1001);
	c = run(dir, 0);
	is(c.code, "limit", "one byte more");
	ok(strncmp(c.why, "a in the output", 15) == 0, "is named: %s", c.why);
	for (i = 0; i < 4; i++)
		fixture_put(dir, (const char *[]){ "a", "b", "c", "d" }[i], big,
		    1000);
	is(run(dir, 0).code, "", "all of the largest size");
	fixture_text(dir, "e", "x");
	is(run(dir, 0).code, "limit", "one byte more");
	close(dir);

	dir = fixture();
	for (i = 0; i < 10; i++)
		fixture_text(dir, arena_printf(a, "%d", i), "x");
	is(run(dir, 0).code, "", "as many files as may be");
	fixture_text(dir, "x", "x");
	is(run(dir, 0).code, "limit", "one more");
	close(dir);

	dir = fixture();
	fixture_text(dir, "index.html", "x");
	for (i = 0; i < 1039; i++)
		if (symlinkat("x", dir, arena_printf(a, "link%d", i)) == -1)
			return 1;
	c = run(dir, 0);
	is(c.code, "", "as many names as may be");
	for (i = 0, said = skipped; (said = strstr(said, "link)")) != NULL; i++)
		said++;
	ok(i == COLLECT_TOLD && c.nskipped == 1039, "of which few are told");
	ok(mkdirat(dir, "empty", 0755) == 0, "and one more");
	is(run(dir, 0).code, "limit", "is too many, file or not");
	close(dir);

	dir = fixture();
	for (i = 0; i < COLLECT_DEPTH; i++)
		strcat(deep, "d/");
	fixture_text(dir, arena_printf(a, "%sx", deep), "x");
	is(run(dir, 0).code, "", "as deep as may be");
	fixture_text(dir, arena_printf(a, "%sd/x", deep), "x");
	is(run(dir, 0).code, "path", "one deeper");
	close(dir);
	arena_free(a);
	return done();
}
