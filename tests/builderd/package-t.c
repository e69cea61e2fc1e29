/* builderd/package: versions of Node, lock files, keys, bad files. */
#include "builderd/package.h"
#include "builderd/range.h"
#include "fixture.h"
#include "tap.h"

static const int majors[] = { 24, 22, 20, 18, 0 };

/* clang-format off */
static const struct {
	const char *range;
	int major;
} nodes[] = {
	{ "",			24 },
	{ "*",			24 },
	{ "x",			24 },
	{ "20",			20 },
	{ "v20",		20 },
	{ "20.x",		20 },
	{ "v22.11.0",		22 },
	{ "^20.1.0",		20 },
	{ "~18.2",		18 },
	{ ">=18",		24 },
	{ ">= 18",		24 },
	{ ">=18 <23",		22 },
	{ ">=18.0.0 <21.0.0",	20 },
	{ "<=20",		20 },
	{ "<20",		18 },
	{ ">22",		24 },
	{ "18 || 20",		20 },
	{ "^18.17.0 || >=20.5.0", 24 },
	{ "18||20||22",		22 },
	{ "18 - 20",		20 },
	{ "18.0.0 - 20.9.9",	20 },
	{ "16",			0 },
	{ "=22",		22 },
	{ "lts/iron",		20 },
	{ "lts/*",		24 },
	{ "node",		24 },
	{ ">=99",		0 },
	{ "lts/hydrogen",	18 },
	{ "lts/argon",		0 },
	{ "stable",		24 },
	{ "^0.10 || ^18",	18 },
	{ "~20",		20 },
	{ "~20.9",		20 },
	{ "~> 20.9",		20 },
	{ "^18.18.0 || ^20.9.0 || >=21.1.0", 24 },
	{ "20 || >=22 <23",	22 },
	{ ">20 <22",		0 },
	{ ">20.1 <22",		20 },
	{ ">=20, <21",		20 },
	{ "<=22.x",		22 },
	{ "<22.x",		20 },
	{ "1 - 20",		20 },
	{ "18.0.0 - 20",	20 },
	{ "v18 - v22.1.3",	22 },
	{ "20.x.x",		20 },
	{ "20.*",		20 },
	{ "=v20.1.0-rc.1+b",	20 },
	{ "20.1.0 22.1.0",	0 },
	{ "|| 18",		24 },
	{ "^24.0.0-nightly",	24 },
	{ "twenty",		0 },
	{ "20.",		0 },
	{ "20.1.2.3",		0 },
	{ "99999999999999999999", 0 },
};

static const struct {
	const char *file, *text, *install, *dir, *what;
} locks[] = {
	{ "package-lock.json",	"{}", "npm ci", "site", "npm" },
	{ "npm-shrinkwrap.json", "{}", "npm ci", "site", "npm, shrinkwrap" },
	{ "pnpm-lock.yaml",	"lockfileVersion: '9.0'\n", "pnpm install --frozen-lockfile", "site", "pnpm" },
	{ "yarn.lock",		"# yarn lockfile v1\n", "yarn install --frozen-lockfile --non-interactive", "site", "yarn 1" },
	{ "yarn.lock",		"# x\n\n__metadata:\n  version: 8\n", "yarn install --immutable", "site", "yarn 4" },
	{ "../package-lock.json", "{}", "npm install", "site", "a lock file above, of something else" },
	{ "../pnpm-lock.yaml",	"", "pnpm install --no-frozen-lockfile", "site", "and another" },
	{ "bun.lockb",		"", "bun install --frozen-lockfile", "site", "bun" },
	{ NULL,			NULL, "npm install", "site", "none" },
};
/* What of a repository with those files comes of the project in dir. */
static const struct {
	const char *what, *files[12], *dir;	/* name, text, name, text, ... */
	const char *install, *where, *manager, *runs, *note;
} repos[] = {
	{ "workspaces of npm",
	  { "package.json", "{\"workspaces\":[\"apps/*\"]}", "package-lock.json", "{}",
	    "apps/a/package.json", "{}" }, "apps/a",
	  "npm ci", ".", NULL, NULL, NULL },
	{ "another that is none of them",
	  { "package.json", "{\"workspaces\":[\"apps/*\",\"!apps/a\"]}", "package-lock.json", "{}",
	    "apps/a/package.json", "{}" }, "apps/a",
	  "npm install", "apps/a", NULL, NULL, NULL },
	{ "workspaces of Yarn, in an object",
	  { "package.json", "{\"workspaces\":{\"packages\":[\"./apps/**/\"]}}",
	    "yarn.lock", "__metadata:\n\n__metadata:\n  version: 6\n", "apps/x/y/package.json", "{}" }, "apps/x/y",
	  "yarn install --immutable", ".", "yarn-3", NULL, NULL },
	{ "workspaces of pnpm, and turbo",
	  { "web/package.json", "{\"devDependencies\":{\"turbo\":\"2\"}}", "web/turbo.json", "{\"tasks\":{\"build\":{}}}",
	    "web/pnpm-workspace.yaml", "# ours\npackages:\n  # all\n  - 'apps/*' # x\n\n  - \"packages/*\"\ncatalog:\n  - other\n",
	    "web/pnpm-lock.yaml", "lockfileVersion: '9.0'\n", "web/apps/a/package.json", "{\"name\":\"@x/a\"}" }, "web/apps/a",
	  "pnpm install --frozen-lockfile", "web", "pnpm-10", "turbo run build", NULL },
	{ "without a lock file",
	  { "package.json", "{}", "pnpm-workspace.yaml", "packages: [ 'x', 'apps/{a,b}',\n ]\n", "apps/b/package.json", "{}" }, "apps/b",
	  "pnpm install --no-frozen-lockfile", ".", "pnpm-10", NULL, NULL },
	{ "nx",
	  { "package.json", "{\"workspaces\":[\"apps/*\"],\"devDependencies\":{\"nx\":\"20\"},\"packageManager\":\"yarn@1.22.22\"}",
	    "nx.json", "{\"targetDefaults\":{\"build\":{}}}", "yarn.lock", "",
	    "apps/a/package.json", "{\"name\":\"@x/a\"}" }, "apps/a",
	  "yarn install --frozen-lockfile --non-interactive", ".", "yarn-1", "nx build @x/a", NULL },
	{ "nx with one package.json",
	  { "package.json", "{\"devDependencies\":{\"nx\":\"20\"}}", "nx.json", "{}", "package-lock.json", "{}",
	    "apps/a/project.json", "{\"name\":\"a\",\"targets\":{\"build\":{}}}" }, "apps/a",
	  "npm ci", ".", NULL, "nx build a", NULL },
	{ "packageManager and two lock files",
	  { "package.json", "{\"packageManager\":\"npm@10.1.0\"}", "package-lock.json", "{}", "yarn.lock", "" }, ".",
	  "npm ci", ".", NULL, NULL, NULL },
	{ "packageManager and the lock file of another",
	  { "package.json", "{\"packageManager\":\"pnpm@9.1.0\"}", "package-lock.json", "{}" }, ".",
	  "npm ci", ".", NULL, NULL, NULL },
	{ "bun beside Yarn",
	  { "package.json", "{}", "yarn.lock", "", "bun.lock", "{}" }, ".",
	  "bun install --frozen-lockfile", ".", NULL, NULL, NULL },
	{ "packageManager with a hash",
	  { "package.json", "{\"packageManager\":\"pnpm@8.15.9+sha512.abc\"}" }, ".",
	  "pnpm install --no-frozen-lockfile", ".", "pnpm-8", NULL, NULL },
	{ "a version that nobody has",
	  { "package.json", "{\"packageManager\":\"yarn@2.4.0\"}" }, ".",
	  "yarn install --no-immutable", ".", "yarn-3", NULL,
	  "packageManager asks for yarn 2, which build images do not have; going on with yarn 3" },
	{ "engines.pnpm",
	  { "package.json", "{\"engines\":{\"pnpm\":\">=8 <10\"}}", "pnpm-lock.yaml", "lockfileVersion: '9.0'\n" }, ".",
	  "pnpm install --frozen-lockfile", ".", "pnpm-9", NULL, NULL },
	{ "engines that allow the usual one",
	  { "package.json", "{\"engines\":{\"pnpm\":\">=9\"}}", "pnpm-lock.yaml", "lockfileVersion: '9.0'\n" }, ".",
	  "pnpm install --frozen-lockfile", ".", "pnpm-10", NULL, NULL },
	{ "engines that do not",
	  { "package.json", "{\"engines\":{\"pnpm\":\">=11\"}}", "pnpm-lock.yaml", "lockfileVersion: '9.0'\n" }, ".",
	  "pnpm install --frozen-lockfile", ".", "pnpm-12", NULL, NULL },
	{ "packageManager and engines",
	  { "package.json", "{\"packageManager\":\"pnpm@11.0.0\",\"engines\":{\"pnpm\":\">=9\"}}" }, ".",
	  "pnpm install --no-frozen-lockfile", ".", "pnpm-11", NULL, NULL },
	{ "npm 11",
	  { "package.json", "{\"packageManager\":\"npm@11.5.1\"}", "package-lock.json", "{}" }, ".",
	  "npm ci", ".", "npm-11", NULL, NULL },
	{ "npm older than any",
	  { "package.json", "{\"packageManager\":\"npm@9.1.0\"}", "package-lock.json", "{}" }, ".",
	  "npm ci", ".", NULL, NULL,
	  "packageManager asks for npm 9, which build images do not have; going on with npm 10" },
	{ "npm newer than any",
	  { "package.json", "{\"packageManager\":\"npm@99.0.0\"}", "package-lock.json", "{}" }, ".",
	  "npm ci", ".", "npm-11", NULL,
	  "packageManager asks for npm 99, which build images do not have; going on with npm 11" },
	{ "an old lock file",
	  { "package.json", "{}", "pnpm-lock.yaml", "lockfileVersion: 5.3\n" }, ".",
	  "pnpm install --frozen-lockfile", ".", "pnpm-7", NULL,
	  "the lock file asks for pnpm 6, which build images do not have; going on with pnpm 7" },
};

/* What runs with which Node. */
static const struct {
	const char *asks;
	int node;
	const char *manager, *note;
} fits[] = {
	{ "pnpm@11.0.0", 22, "pnpm-11", NULL },
	{ "pnpm@11.0.0", 20, "pnpm-10", "pnpm 11 needs Node 22 or newer; going on with pnpm 10" },
	{ "pnpm@12.0.0", 18, "pnpm-12", NULL },
	{ "npm@11.0.0",	 20, "npm-11", NULL },
	{ "npm@11.0.0",	 18, NULL, "npm 11 needs Node 20 or newer; going on with npm 10" },
	{ "yarn@4.0.0",	 18, "yarn-4", NULL },
	{ "bun@1.2.0",	 18, NULL, NULL },
};
/* clang-format on */

static int
same(const char *x, const char *y)
{
	return x == NULL || y == NULL ? x == y : strcmp(x, y) == 0;
}

/* What a program answers of repositories, and of one project in each. */
static void
repositories(struct arena *a)
{
	const char *why = "", *const * f;
	struct package p;
	size_t i;
	int dir;

	for (i = 0; i < NITEMS(repos); i++) {
		dir = fixture();
		for (f = repos[i].files; *f != NULL; f += 2)
			fixture_text(dir, f[0], f[1]);
		ok(package_load(&p, a, dir, repos[i].dir, &why) == RC_OK, "%s",
		    repos[i].what);
		is(manager_install(&p), repos[i].install, "is installed so");
		is(p.dir, repos[i].where, "there");
		ok(same(p.manager_dir, repos[i].manager), "by %s",
		    p.manager_dir != NULL ? p.manager_dir : "what there is");
		ok(same(p.runs, repos[i].runs), "built by %s",
		    p.runs != NULL ? p.runs : "its script");
		ok(same(p.manager_note, repos[i].note), "saying: %s",
		    p.manager_note != NULL ? p.manager_note : "");
		close(dir);
	}
}

static void
managers(struct arena *a)
{
	const char *why;
	struct package p;
	size_t i;
	int dir;

	for (i = 0; i < NITEMS(fits); i++) {
		dir = fixture();
		fixture_text(dir, "package.json",
		    arena_printf(a, "{\"packageManager\":\"%s\"}",
			fits[i].asks));
		ok(package_load(&p, a, dir, ".", &why) == RC_OK, "%s",
		    fits[i].asks);
		manager_fit(&p, a, fits[i].node);
		ok(same(p.manager_dir, fits[i].manager), "Node %d: %s",
		    fits[i].node, p.manager_dir != NULL ? p.manager_dir : "-");
		ok(same(p.manager_note, fits[i].note), "saying: %s",
		    p.manager_note != NULL ? p.manager_note : "");
		close(dir);
	}
}

static const char *
key(struct arena *a, const char *json, const char *lock, const char *node)
{
	struct package p;
	const char *why, *k = "";
	int dir = fixture();

	fixture_text(dir, "package.json", json);
	fixture_text(dir, "package-lock.json", lock);
	if (package_load(&p, a, dir, ".", &why) == RC_OK)
		k = package_key(&p, a, dir, ".", node, "npm ci");
	close(dir);
	return k;
}

static const char *
key_at(struct arena *a, int root)
{
	struct package p;
	const char *why;

	if (package_load(&p, a, root, "site", &why) != RC_OK)
		return NULL;
	return package_key(&p, a, root, "site", "22", "npm ci");
}

/* They are read where it is installed and above; and where, matters. */
static void
settings(struct arena *a)
{
	static char large[(1 << 20) + 2];
	const char *none, *near, *above;
	int dir = fixture();

	fixture_text(dir, "site/package.json", "{}");
	fixture_text(dir, "site/package-lock.json", "{}");
	none = key_at(a, dir);
	fixture_text(dir, "site/.npmrc", "omit=dev\n");
	near = key_at(a, dir);
	ok(none != NULL && near != NULL && strcmp(near, none) != 0,
	    "settings are a part of the key");
	unlinkat(dir, "site/.npmrc", 0);
	fixture_text(dir, ".npmrc", "omit=dev\n");
	above = key_at(a, dir);
	ok(above != NULL && strcmp(above, none) != 0, "and those above");
	ok(above != NULL && strcmp(above, near) != 0, "which are others");
	ok(renameat(dir, ".npmrc", dir, "npmrc") == 0 &&
		symlinkat("npmrc", dir, ".npmrc") == 0 &&
		key_at(a, dir) == NULL,
	    "with a link, nothing is kept");
	unlinkat(dir, ".npmrc", 0);
	fixture_text(dir, ".npmrc", memset(large, '#', sizeof(large) - 1));
	ok(key_at(a, dir) == NULL, "nor with what is too large");
	close(dir);
}

int
main(void)
{
	struct arena *a = arena_new();
	struct package p;
	const char *why = "", *k, *path;
	size_t i;
	int dir, major;

	for (i = 0; i < NITEMS(nodes); i++) {
		major = range_node(nodes[i].range, majors);
		ok(major == nodes[i].major, "\"%s\" is %d, got %d",
		    nodes[i].range, nodes[i].major, major);
	}
	for (i = 0; i < NITEMS(locks); i++) {
		dir = fixture();
		fixture_text(dir, "site/package.json", "{}");
		if (locks[i].file != NULL) {
			path = arena_printf(a, "site/%s", locks[i].file);
			if (strncmp(locks[i].file, "../", 3) == 0)
				path = locks[i].file + 3;
			fixture_text(dir, path, locks[i].text);
		}
		ok(package_load(&p, a, dir, "site", &why) == RC_OK, "%s",
		    locks[i].what);
		is(manager_install(&p), locks[i].install, "is installed so");
		is(p.dir, locks[i].dir, "there");
		close(dir);
	}

	repositories(a);
	managers(a);

	dir = fixture();
	ok(package_load(&p, a, dir, ".", &why) == RC_OK && p.json == NULL,
	    "no package.json");
	ok(!package_depends(&p, "vite") && package_script(&p, "build") == NULL,
	    "has nothing");
	fixture_text(dir, "package.json", "{ \"name\": ");
	ok(package_load(&p, a, dir, ".", &why) == RC_INVALID, "half of one");
	ok(strstr(why, "package.json is not JSON") != NULL, "is said: %s", why);
	fixture_text(dir, "package.json", "[]");
	ok(package_load(&p, a, dir, ".", &why) == RC_INVALID, "an array");
	fixture_text(dir, "package.json",
	    "{\"scripts\":[],\"dependencies\":7,"
	    "\"engines\":\"x\",\"packageManager\":\"pnpm@9.1.0\"}");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "odd members");
	is(p.manager_name, "pnpm", "packageManager counts without a lock file");
	fixture_text(dir, ".nvmrc", "v20.1.0\n");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, ".nvmrc");
	is(p.node, "v20.1.0", "is read");
	unlinkat(dir, "package.json", 0);
	ok(symlinkat("/etc/passwd", dir, "package.json") == 0 &&
		package_load(&p, a, dir, ".", &why) == RC_OK && p.json == NULL,
	    "a link is not followed");
	close(dir);

	dir = fixture();
	fixture_text(dir, "package.json", "{}");
	fixture_text(dir, "yarn.lock", "\n__metadata:\n  version: 8\n");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK &&
		package_key(&p, a, dir, ".", "22", "") != NULL,
	    "what has no node_modules is kept as well");
	is(p.manager_dir, "yarn-4", "yarn 4");
	fixture_text(dir, "pnpm-lock.yaml", "lockfileVersion: '6.0'\n");
	unlinkat(dir, "yarn.lock", 0);
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "pnpm");
	is(p.manager_dir, "pnpm-8", "lock file 6.0");
	fixture_text(dir, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "pnpm");
	is(p.manager_dir, "pnpm-10", "lock file 9.0");
	fixture_text(dir, "package.json",
	    "{\"packageManager\":\"pnpm@9.1.0\"}");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "pnpm");
	is(p.manager_dir, "pnpm-9", "packageManager wins");
	close(dir);

	k = key(a, "{\"dependencies\":{\"a\":\"1\"}}", "{}", "22");
	ok(strlen(k) == 64, "a key");
	is(key(a, "{\"version\":\"2\",\"dependencies\":{\"a\":\"1\"}}", "{}",
	       "22"),
	    k, "is the same where only the version differs");
	ok(strcmp(key(a, "{\"dependencies\":{\"a\":\"2\"}}", "{}", "22"), k) !=
		0,
	    "another dependency");
	ok(strcmp(key(a, "{\"dependencies\":{\"a\":\"1\"}}", "{ }", "22"), k) !=
		0,
	    "another lock file");
	ok(strcmp(key(a, "{\"dependencies\":{\"a\":\"1\"}}", "{}", "20"), k) !=
		0,
	    "another Node");
	settings(a);
	arena_free(a);
	return done();
}
