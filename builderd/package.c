#include <json-c/json.h>

#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package.h"
#include "tree.h"

#define JSON_MAX (1 << 20)
#define LOCK_MAX (64 << 20)
#define DEPTH    64

/* In the order in which they are believed. */
/* clang-format off */
static const struct {
	const char *file;
	enum manager manager;
	const char *install;
} locks[] = {
	{ "yarn.lock",		 YARN,		"yarn install --frozen-lockfile --non-interactive" },
	{ "pnpm-lock.yaml",	 PNPM,		"pnpm install --frozen-lockfile" },
	{ "package-lock.json",	 NPM,		"npm ci" },
	{ "npm-shrinkwrap.json", NPM,		"npm ci" },
};

/*
 * Over what an earlier build installed "npm ci" would first remove it all, and
 * that takes longer than to install it.  "npm install" does not, but takes a
 * lock file that disagrees with package.json; so "npm ci" is asked beforehand
 * (a third of a second for 70,000 files; the install takes one).  Yarn is not
 * here: it fetches every package anyway, to find out what has changed.
 */
static const struct {
	const char *name;
	const char *plain;	/* without a lock file */
	const char *locked;
	const char *update;	/* locked, over an earlier one's; or NULL */
} managers[MANAGER__MAX] = {
	[NPM]	     = { "npm",  "npm install",		"npm ci",
			 "npm ci --dry-run --silent >/dev/null && npm install --no-save --prefer-offline" },
	[PNPM]	     = { "pnpm", "pnpm install --no-frozen-lockfile", "pnpm install --frozen-lockfile",
			 "pnpm install --frozen-lockfile --prefer-offline" },
	[YARN]	     = { "yarn", "yarn install --non-interactive", "yarn install --frozen-lockfile --non-interactive", NULL },
	[YARN_BERRY] = { "yarn", "yarn install --no-immutable",	"yarn install --immutable", NULL },
};
/* clang-format on */

static void
drop(void *json)
{
	json_object_put(json);
}

enum rc
package_json(struct arena *a, int root, const char *path,
    struct json_object **out, const char **why)
{
	struct json_tokener *t;
	struct json_object *o;
	size_t len;
	char *text;

	*out = NULL;
	if (!tree_is_file(root, path))
		return RC_NOT_FOUND;
	if ((text = tree_read(a, root, path, JSON_MAX, &len)) == NULL) {
		*why = arena_printf(a, "%s is larger than 1 MiB", path);
		return RC_INVALID;
	}
	if (strncmp(text, "\357\273\277", 3) == 0) { /* Windows' mark */
		text += 3;
		len -= 3;
	}
	if ((t = json_tokener_new_ex(DEPTH)) == NULL)
		abort();
	if ((o = json_tokener_parse_ex(t, text, (int)len + 1)) != NULL)
		arena_defer(a, drop, o);
	if (o == NULL)
		*why = arena_printf(a, "%s is not JSON: %s", path,
		    json_tokener_error_desc(json_tokener_get_error(t)));
	else if (!json_object_is_type(o, json_type_object))
		*why = arena_printf(a, "%s is not a JSON object", path);
	else
		*out = o;
	json_tokener_free(t);
	return *out != NULL ? RC_OK : RC_INVALID;
}

static struct json_object *
member(struct json_object *o, const char *name, enum json_type type)
{
	struct json_object *v;

	if (o == NULL || !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, name, &v) ||
	    !json_object_is_type(v, type))
		return NULL;
	return v;
}

const char *
package_string(struct json_object *o, const char *name)
{
	o = member(o, name, json_type_string);
	return o != NULL ? json_object_get_string(o) : NULL;
}

const char *
package_depends(const struct package *p, const char *name)
{
	static const char *const where[] = { "dependencies",
		"devDependencies" };
	struct json_object *o;
	size_t i;

	for (i = 0; i < NITEMS(where); i++) {
		o = member(p->json, where[i], json_type_object);
		if (o == NULL || !json_object_object_get_ex(o, name, &o))
			continue;
		return json_object_is_type(o, json_type_string) ?
		    json_object_get_string(o) :
		    "";
	}
	return NULL;
}

const char *
package_script(const struct package *p, const char *name)
{
	const char *s =
	    package_string(member(p->json, "scripts", json_type_object), name);

	return s != NULL && *s != '\0' ? s : NULL;
}

/* "a/b" -> "a" -> "." -> NULL */
static const char *
parent(struct arena *a, const char *dir)
{
	const char *slash = strrchr(dir, '/');

	if (strcmp(dir, ".") == 0)
		return NULL;
	return slash == NULL ? "." :
			       arena_strndup(a, dir, (size_t)(slash - dir));
}

static void
find_lock(struct package *p, struct arena *a, int root, const char *dir)
{
	const char *path, *text, *at;
	size_t i;

	for (; dir != NULL; dir = parent(a, dir))
		for (i = 0; i < NITEMS(locks); i++) {
			path = tree_join(a, dir, locks[i].file);
			if (!tree_is_file(root, path))
				continue;
			p->lock = path;
			p->dir = dir;
			p->manager = locks[i].manager;
			text = tree_read(a, root, path, LOCK_MAX, NULL);
			if (text == NULL)
				return;
			if (p->manager == YARN &&
			    strstr(text, "\n__metadata:") != NULL)
				p->manager = YARN_BERRY;
			if (p->manager == PNPM &&
			    strncmp(text, "lockfileVersion:", 16) == 0) {
				at = text + 16 + strspn(text + 16, " '\"");
				p->lock_version = arena_strndup(a, at,
				    strspn(at, "0123456789."));
			}
			return;
		}
}

/* Without a lock file "packageManager" says who installs. */
static void
named_manager(struct package *p)
{
	const char *s = package_string(p->json, "packageManager");
	size_t n;

	if (s == NULL)
		return;
	n = strcspn(s, "@");
	if (n == 4 && strncmp(s, "pnpm", n) == 0)
		p->manager = PNPM;
	else if (n == 4 && strncmp(s, "yarn", n) == 0)
		p->manager = s[n] == '@' && s[n + 1] > '1' ? YARN_BERRY : YARN;
}

static void
find_node(struct package *p, struct arena *a, int root, const char *dir)
{
	static const char *const files[] = { ".nvmrc", ".node-version" };
	const char *s;
	size_t i;

	s = package_string(member(p->json, "engines", json_type_object),
	    "node");
	p->node = s != NULL ? s : "";
	p->node_from = "package.json";
	for (; *p->node == '\0' && dir != NULL; dir = parent(a, dir))
		for (i = 0; i < NITEMS(files) && *p->node == '\0'; i++) {
			s = tree_read(a, root, tree_join(a, dir, files[i]), 256,
			    NULL);
			if (s == NULL)
				continue;
			s += strspn(s, " \t\r\n");
			p->node = arena_strndup(a, s, strcspn(s, " \t\r\n"));
			p->node_from = files[i];
		}
}

enum rc
package_load(struct package *p, struct arena *a, int root, const char *dir,
    const char **why)
{
	enum rc rc;

	*p = (struct package){ .dir = dir, .lock_version = "" };
	rc = package_json(a, root, tree_join(a, dir, "package.json"), &p->json,
	    why);
	if (rc == RC_INVALID)
		return rc;
	if (p->json != NULL) {
		find_lock(p, a, root, dir);
		if (p->lock == NULL)
			named_manager(p);
	}
	p->manager_name = managers[p->manager].name;
	find_node(p, a, root, dir);
	return RC_OK;
}

int
package_empty(const struct package *p)
{
	static const char *const needs[] = { "dependencies", "devDependencies",
		"optionalDependencies", "peerDependencies", "workspaces" };
	static const char *const scripts[] = { "preinstall", "install",
		"postinstall", "prepare" };
	struct json_object *o;
	size_t i;

	if (p->lock != NULL)
		return 0;
	for (i = 0; i < NITEMS(needs); i++)
		if (json_object_object_get_ex(p->json, needs[i], &o) &&
		    (!json_object_is_type(o, json_type_object) ||
			json_object_object_length(o) > 0))
			return 0;
	for (i = 0; i < NITEMS(scripts); i++)
		if (package_script(p, scripts[i]) != NULL)
			return 0;
	return 1;
}

/* The newest of each that reads the lock file, where one is asked for. */
const char *
package_manager_dir(const struct package *p)
{
	const char *s = package_string(p->json, "packageManager");

	switch (p->manager) {
	case PNPM:
		if (s != NULL && strncmp(s, "pnpm@", 5) == 0)
			return strtol(s + 5, NULL, 10) < 10 ? "pnpm-9" :
							      "pnpm-10";
		/* 9.0 is read by both, 6.0 by 9 and before. */
		return *p->lock_version != '\0' &&
			strtol(p->lock_version, NULL, 10) < 9 ?
		    "pnpm-9" :
		    "pnpm-10";
	case YARN:
		return "yarn-1";
	case YARN_BERRY:
		return "yarn-4";
	default:
		return NULL;
	}
}

const char *
package_install(const struct package *p)
{
	return p->lock != NULL ? managers[p->manager].locked :
				 managers[p->manager].plain;
}

const char *
package_update(const struct package *p, const char *install)
{
	if (p->lock == NULL || strcmp(install, package_install(p)) != 0)
		return NULL; /* somebody's own command */
	return managers[p->manager].update;
}

static void
hash(crypto_hash_sha256_state *h, const char *s, size_t n)
{
	uint64_t len = n;

	crypto_hash_sha256_update(h, (unsigned char *)&len, sizeof(len));
	crypto_hash_sha256_update(h, (const unsigned char *)s, n);
}

const char *
package_key(const struct package *p, struct arena *a, int root,
    const char *node, const char *command)
{
	static const char *const fields[] = { "dependencies", "devDependencies",
		"optionalDependencies", "peerDependencies", "overrides",
		"resolutions", "workspaces", "pnpm", "packageManager" };
	static const char *const files[] = { ".npmrc", ".yarnrc", ".yarnrc.yml",
		"pnpm-workspace.yaml" };
	unsigned char sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state h;
	const char *manager;
	struct json_object *v;
	char *text, *hex;
	size_t i, len;

	/* What Yarn's Plug'n'Play installs is not in node_modules. */
	if (p->manager == YARN_BERRY) {
		text = tree_read(a, root, tree_join(a, p->dir, ".yarnrc.yml"),
		    JSON_MAX, NULL);
		if (text == NULL ||
		    strstr(text, "nodeLinker: node-modules") == NULL)
			return NULL;
	}
	if (p->lock == NULL ||
	    (text = tree_read(a, root, p->lock, LOCK_MAX, &len)) == NULL)
		return NULL;
	crypto_hash_sha256_init(&h);
	hash(&h, text, len);
	for (i = 0; i < NITEMS(fields); i++) {
		const char *s = "";

		if (json_object_object_get_ex(p->json, fields[i], &v))
			s = json_object_to_json_string_ext(v,
			    JSON_C_TO_STRING_PLAIN);
		hash(&h, s, strlen(s));
	}
	for (i = 0; i < NITEMS(files); i++) {
		text = tree_read(a, root, tree_join(a, p->dir, files[i]),
		    JSON_MAX, &len);
		hash(&h, text != NULL ? text : "", text != NULL ? len : 0);
	}
	hash(&h, node, strlen(node));
	hash(&h, p->manager_name, strlen(p->manager_name));
	manager = package_manager_dir(p);
	hash(&h, manager != NULL ? manager : "",
	    manager != NULL ? strlen(manager) : 0);
	hash(&h, command, strlen(command));
	crypto_hash_sha256_final(&h, sum);
	hex = arena_alloc(a, sizeof(sum) * 2 + 1);
	return sodium_bin2hex(hex, sizeof(sum) * 2 + 1, sum, sizeof(sum));
}

/* Does one comparison, "^20.1", "<23", "v22", "lts/iron", allow that major? */
static int
allows(const char *s, size_t n, int major)
{
	static const struct {
		const char *name;
		int major;
	} lts[] = { { "lts/hydrogen", 18 }, { "lts/iron", 20 },
		{ "lts/jod", 22 }, { "lts/krypton", 24 } };
	size_t i, op;
	char *end;
	long v;

	for (i = 0; i < NITEMS(lts); i++)
		if (strlen(lts[i].name) == n && strncmp(s, lts[i].name, n) == 0)
			return major == lts[i].major;
	op = strspn(s, "<>=~^");
	if (op > n)
		op = n;
	i = op + (op < n && s[op] == 'v');
	if (i >= n || !isdigit((unsigned char)s[i]))
		return 1; /* "x", "node" or a star: any will do */
	v = strtol(s + i, &end, 10);
	if (op == 0 || *s == '=' || *s == '^' || *s == '~')
		return major == v;
	if (*s == '>')
		return op == 2 || *end == '.' ? major >= v : major > v;
	/* "<23" and "<23.0.0" leave 23 out, "<23.4" and "<=23" do not */
	if (op == 2)
		return major <= v;
	while (*end == '.' || *end == '0')
		end++;
	return isdigit((unsigned char)*end) ? major <= v : major < v;
}

/* All comparisons of one alternative, of which the words are in s. */
static int
fits(char *s, int major)
{
	char *word, *op = NULL, one[64];
	int low, high;

	if (sscanf(s, " %*[v]%d%*[0-9.x] - %*[v]%d", &low, &high) == 2 ||
	    sscanf(s, " %d%*[0-9.x] - %d", &low, &high) == 2 ||
	    sscanf(s, " %d - %d", &low, &high) == 2)
		return major >= low && major <= high;
	while ((word = strsep(&s, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		if (strspn(word, "<>=~^") == strlen(word)) { /* ">= 20" */
			op = word;
			continue;
		}
		snprintf(one, sizeof(one), "%.4s%.50s", op != NULL ? op : "",
		    word);
		op = NULL;
		if (!allows(one, strlen(one), major))
			return 0;
	}
	return 1;
}

int
package_node(const char *range, const int majors[])
{
	char copy[256], *rest, *one;
	int i;

	for (i = 0; majors[i] != 0; i++) {
		snprintf(copy, sizeof(copy), "%s", range);
		for (rest = copy; (one = strsep(&rest, "|")) != NULL;)
			if ((*one != '\0' || *range == '\0') &&
			    fits(one, majors[i]))
				return majors[i];
	}
	return 0;
}
