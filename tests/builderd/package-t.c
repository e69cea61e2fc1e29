/* builderd/package: versions of Node, lock files, keys, bad files. */
#include "builderd/package.h"
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
};

static const struct {
	const char *file, *text, *install, *dir, *what;
} locks[] = {
	{ "package-lock.json",	"{}", "npm ci", ".", "npm" },
	{ "npm-shrinkwrap.json", "{}", "npm ci", ".", "npm, shrinkwrap" },
	{ "pnpm-lock.yaml",	"lockfileVersion: '9.0'\n", "pnpm install --frozen-lockfile", ".", "pnpm" },
	{ "yarn.lock",		"# yarn lockfile v1\n", "yarn install --frozen-lockfile --non-interactive", ".", "yarn 1" },
	{ "yarn.lock",		"# x\n\n__metadata:\n  version: 8\n", "yarn install --immutable", ".", "yarn 4" },
	{ "../package-lock.json", "{}", "npm ci", ".", "a lock file above" },
	{ NULL,			NULL, "npm install", "site", "none" },
};
/* clang-format on */

static const char *
key(struct arena *a, const char *json, const char *lock, const char *node)
{
	struct package p;
	const char *why, *k = "";
	int dir = fixture();

	fixture_text(dir, "package.json", json);
	fixture_text(dir, "package-lock.json", lock);
	if (package_load(&p, a, dir, ".", &why) == RC_OK)
		k = package_key(&p, a, dir, node, "npm ci");
	close(dir);
	return k;
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
		major = package_node(nodes[i].range, majors);
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
		is(package_install(&p), locks[i].install, "is installed so");
		close(dir);
	}

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
		package_key(&p, a, dir, "22", "") == NULL,
	    "what has no node_modules is not kept");
	fixture_text(dir, ".yarnrc.yml", "nodeLinker: node-modules\n");
	ok(package_key(&p, a, dir, "22", "") != NULL, "what has them is");
	is(package_manager_dir(&p), "yarn-4", "yarn 4");
	fixture_text(dir, "pnpm-lock.yaml", "lockfileVersion: '6.0'\n");
	unlinkat(dir, "yarn.lock", 0);
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "pnpm");
	is(package_manager_dir(&p), "pnpm-9", "lock file 6.0");
	fixture_text(dir, "pnpm-lock.yaml", "lockfileVersion: '9.0'\n");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "pnpm");
	is(package_manager_dir(&p), "pnpm-10", "lock file 9.0");
	fixture_text(dir, "package.json",
	    "{\"packageManager\":\"pnpm@9.1.0\"}");
	ok(package_load(&p, a, dir, ".", &why) == RC_OK, "pnpm");
	is(package_manager_dir(&p), "pnpm-9", "packageManager wins");
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
	arena_free(a);
	return done();
}
