#include <json-c/json.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package.h"
#include "range.h"
#include "tree.h"

#define JSON_MAX    (1 << 20)
#define LOCK_MAX    (64 << 20)
#define SETTING_MAX (1 << 20)
#define DEPTH       64

/* What managers read for settings, where they install and above. */
static const char *const settings[] = { ".npmrc", ".yarnrc", ".yarnrc.yml",
	"pnpm-workspace.yaml" };

/* In the order in which they are believed, of the nearest folder. */
/* clang-format off */
static const struct {
	const char *file;
	enum manager manager;
} locks[] = {
	{ "yarn.lock",		 YARN },
	{ "pnpm-lock.yaml",	 PNPM },
	{ "package-lock.json",	 NPM },
	{ "npm-shrinkwrap.json", NPM },
	{ "bun.lock",		 BUN },
	{ "bun.lockb",		 BUN },
	{ "vlt-lock.json",	 VLT },
};

/*
 * Over what an earlier build installed "npm ci" would first remove it all, and
 * that takes longer than to install it.  "npm install" does not, but takes a
 * lock file that disagrees with package.json; so "npm ci" is asked beforehand.
 * Yarn since 2 notes in what it installs what that is, and changes only the
 * rest.  Yarn 1 is not here: it unpacks every package anew, and since that is
 * newer than what is there it copies every file again.
 */
static const struct {
	const char *name;
	const char *plain;	/* without a lock file */
	const char *locked;
	const char *update;	/* locked, over an earlier one's; or NULL */
	int majors[7];		/* that images have, what is usual first; see
				   slipwayctl/tarball.c */
} managers[MANAGER__MAX] = {
	[NPM]	     = { "npm",  "npm install",		"npm ci",
			 "npm ci --dry-run --silent >/dev/null && npm install --no-save --prefer-offline", { 10, 11 } },
	[PNPM]	     = { "pnpm", "pnpm install --no-frozen-lockfile", "pnpm install --frozen-lockfile",
			 "pnpm install --frozen-lockfile --prefer-offline", { 10, 12, 11, 9, 8, 7 } },
	[YARN]	     = { "yarn", "yarn install --non-interactive", "yarn install --frozen-lockfile --non-interactive", NULL, { 1 } },
	[YARN_BERRY] = { "yarn", "yarn install --no-immutable",	"yarn install --immutable",
			 "yarn install --immutable", { 4, 3 } },
	[BUN]	     = { "bun",	 "bun install",		"bun install --frozen-lockfile", NULL, { 0 } },
	[VLT]	     = { "vlt",	 "vlt install",		"vlt install --frozen-lockfile", NULL, { 0 } },
};

/* Those that run with no older Node than that. */
static const struct {
	enum manager manager;
	int major, node;
} since[] = {
	{ NPM,		11,	20 },
	{ PNPM,		11,	22 },
};

/* Which major wrote a lock file of that number, or of the next below. */
static const struct {
	enum manager manager;
	double number;
	int major;
} writers[] = {
	{ PNPM,		9.0,	10 },
	{ PNPM,		7.0,	9 },
	{ PNPM,		6.0,	8 },
	{ PNPM,		5.4,	7 },
	{ PNPM,		0.0,	6 },
	{ YARN_BERRY,	8.0,	4 },
	{ YARN_BERRY,	6.0,	3 },
	{ YARN_BERRY,	0.0,	2 },
	{ YARN,		0.0,	1 },
};
/* clang-format on */

static void
drop(void *json)
{
	json_object_put(json);
}

static int
line_of(const char *text, size_t at)
{
	int line = 1;

	while (at-- > 0)
		line += *text++ == '\n';
	return line;
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
		*why = arena_printf(a, "%s is not JSON: line %d: %s", path,
		    line_of(text, json_tokener_get_parse_end(t)),
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

const char *
package_hook(const struct package *p, const char *name)
{
	struct package top = { .json = p->workspace.json };

	if (p->workspace.dir == NULL || strcmp(p->dir, p->workspace.dir) != 0)
		return package_script(p, name);
	return package_script(&top, name);
}

/* "pnpm@9.1.0+sha512.abc": does it name that manager?  Then its version. */
static const char *
named(struct json_object *json, enum manager m)
{
	const char *s = package_string(json, "packageManager");
	size_t n;

	if (s == NULL)
		return NULL;
	n = strcspn(s, "@");
	if (strlen(managers[m].name) != n ||
	    strncmp(s, managers[m].name, n) != 0)
		return NULL;
	s += n + (s[n] == '@');
	/* Two managers have one name. */
	if (m == YARN && *s != '\0' && strtol(s, NULL, 10) != 1)
		return NULL;
	if (m == YARN_BERRY && strtol(s, NULL, 10) < 2)
		return NULL;
	return s;
}

/* What names the manager: the project itself, or its workspace. */
static const char *
asked(const struct package *p, enum manager m)
{
	const char *s = named(p->json, m);

	return s != NULL ? s : named(p->workspace.json, m);
}

/* "lockfileVersion: '9.0'" of pnpm, "  version: 8" of Yarn. */
static void
read_lock(struct package *p, struct arena *a, int root)
{
	const char *text, *at;

	text = tree_read(a, root, p->lock, LOCK_MAX, &p->lock_size);
	if ((p->lock_text = text) == NULL)
		return;
	if (p->manager == YARN &&
	    (at = strstr(text, "\n__metadata:")) != NULL) {
		p->manager = YARN_BERRY;
		if ((text = strstr(at, "version:")) == NULL)
			return;
		at = text + 8 + strspn(text + 8, " ");
	} else if (p->manager == PNPM &&
	    strncmp(text, "lockfileVersion:", 16) == 0)
		at = text + 16 + strspn(text + 16, " '\"");
	else
		return;
	p->lock_version = arena_strndup(a, at, strspn(at, "0123456789."));
}

/* The lock file in one folder: of the manager that is asked for, if it can. */
static int
lock_in(struct package *p, struct arena *a, int root, const char *dir)
{
	const char *path, *found[NITEMS(locks)];
	size_t i, best = NITEMS(locks);
	int bun = 0;

	for (i = 0; i < NITEMS(locks); i++) {
		path = tree_join(a, dir, locks[i].file);
		found[i] = tree_is_file(root, path) ? path : NULL;
		bun |= found[i] != NULL && locks[i].manager == BUN;
	}
	for (i = NITEMS(locks); i-- > 0;)
		/* Bun writes a yarn.lock beside its own. */
		if (found[i] != NULL && (!bun || locks[i].manager != YARN))
			best = i;
	for (i = NITEMS(locks); i-- > 0;)
		if (found[i] != NULL &&
		    (asked(p, locks[i].manager) != NULL ||
			(locks[i].manager == YARN &&
			    asked(p, YARN_BERRY) != NULL)))
			best = i;
	if (best == NITEMS(locks))
		return 0;
	p->lock = found[best];
	p->manager = locks[best].manager;
	read_lock(p, a, root);
	return 1;
}

/*
 * The nearest lock file, up to the root of the repository.  One above the
 * project is its own only within a workspace; else it tells who installs.
 */
static void
find_lock(struct package *p, struct arena *a, int root, const char *dir)
{
	const char *up, *top = p->workspace.dir;
	enum manager m;

	for (up = dir; up != NULL; up = workspace_parent(a, up)) {
		if (!lock_in(p, a, root, up))
			continue;
		if (strcmp(up, dir) == 0 ||
		    (top != NULL && strcmp(up, top) == 0)) {
			p->dir = up;
			return;
		}
		p->lock = p->lock_text = NULL;
		p->lock_version = "";
		break;
	}
	if (top != NULL)
		p->dir = top;
	for (m = 0; m < MANAGER__MAX; m++)
		if (asked(p, m) != NULL)
			p->manager = m;
	if (up == NULL && p->manager == NPM && top != NULL &&
	    strcmp(p->workspace.from, "pnpm-workspace.yaml") == 0)
		p->manager = PNPM;
}

/* That major, or the next newer, which reads what older ones wrote. */
static int
nearest(const int majors[], long want)
{
	int best = 0;

	for (; *majors != 0; majors++)
		if (best < want ? *majors > best :
				  *majors >= want && *majors < best)
			best = *majors;
	return best;
}

/* What a range allows: the usual one if it does, else the newest. */
static int
allowed(const char *range, const int majors[])
{
	const int usual[] = { majors[0], 0 };
	int major = range_major(range, usual);

	return major != 0 ? major : range_major(range, majors);
}

static void
take_major(struct package *p, struct arena *a, int major)
{
	p->manager_major = major;
	/* The usual npm is in every PATH. */
	p->manager_dir = p->manager == NPM && major == managers[NPM].majors[0] ?
	    NULL :
	    arena_printf(a, "%s-%d", p->manager_name, major);
}

/* Which major of its manager: as it is asked for, or as the lock file is. */
static void
find_version(struct package *p, struct arena *a)
{
	const int *majors = managers[p->manager].majors;
	const char *name = managers[p->manager].name, *s, *from;
	long want = 0;
	int major;
	size_t i;

	if (majors[0] == 0)
		return;
	from = "packageManager";
	if ((s = asked(p, p->manager)) != NULL)
		want = strtol(s, NULL, 10);
	if (want == 0) {
		from = "engines";
		s = package_string(member(p->json, from, json_type_object),
		    name);
		if (s == NULL)
			s = package_string(member(p->workspace.json, from,
					       json_type_object),
			    name);
		if (s != NULL)
			want = allowed(s, majors);
	}
	if (want == 0 && *p->lock_version != '\0') {
		from = "the lock file";
		for (i = 0; want == 0 && i < NITEMS(writers); i++)
			if (writers[i].manager == p->manager &&
			    strtod(p->lock_version, NULL) >= writers[i].number)
				want = writers[i].major;
	}
	major = want != 0 ? nearest(majors, want) : majors[0];
	take_major(p, a, major);
	if (want != 0 && want != major)
		p->manager_note = arena_printf(a,
		    "%s asks for %s %ld, which build images do not have; "
		    "going on with %s %d",
		    from, name, want, name, major);
}

static void
find_node(struct package *p, struct arena *a, int root, const char *dir)
{
	static const char *const files[] = { ".nvmrc", ".node-version" };
	const char *s;
	size_t i;

	p->node_from = "package.json";
	s = package_string(member(p->json, "engines", json_type_object),
	    "node");
	if (s == NULL)
		s = package_string(member(p->json, "volta", json_type_object),
		    "node");
	p->node = s != NULL ? s : "";
	for (; *p->node == '\0' && dir != NULL; dir = workspace_parent(a, dir))
		for (i = 0; i < NITEMS(files) && *p->node == '\0'; i++) {
			s = tree_read(a, root, tree_join(a, dir, files[i]), 256,
			    NULL);
			if (s == NULL)
				continue;
			s += strspn(s, " \t\r\n");
			p->node = arena_strndup(a, s, strcspn(s, " \t\r\n"));
			p->node_from = files[i];
		}
	if (*p->node == '\0' &&
	    (s = package_string(member(p->workspace.json, "engines",
				    json_type_object),
		 "node")) != NULL) {
		p->node = s;
		p->node_from = "package.json of the workspace";
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
	/* A project of nx is described elsewhere, and installed at the top. */
	if (p->json == NULL &&
	    tree_is_file(root, tree_join(a, dir, "project.json")) &&
	    workspace_nx(&p->workspace, a, root, dir))
		p->json = p->workspace.json;
	else if (p->json != NULL)
		workspace_find(&p->workspace, a, root, dir);
	if (p->json != NULL)
		find_lock(p, a, root, dir);
	if (p->workspace.runner != NULL)
		p->runs =
		    workspace_command(&p->workspace, a, root, dir, p->json);
	p->runs_alone =
	    p->runs != NULL && strcmp(p->workspace.runner, "nx") == 0;
	if (p->runs_alone)
		p->output = workspace_output(&p->workspace, a, root, dir);
	p->manager_name = managers[p->manager].name;
	find_version(p, a);
	find_node(p, a, root, dir);
	return RC_OK;
}

void
package_fit(struct package *p, struct arena *a, int node)
{
	int usual = managers[p->manager].majors[0], major = p->manager_major;
	size_t i;

	for (i = 0; i < NITEMS(since); i++) {
		if (since[i].manager != p->manager || since[i].major != major ||
		    node >= since[i].node)
			continue;
		take_major(p, a, usual);
		p->manager_note = arena_printf(a,
		    "%s %d needs Node %d or newer; going on with %s %d",
		    p->manager_name, major, since[i].node, p->manager_name,
		    usual);
	}
}

int
package_manager_usual(const struct package *p)
{
	return p->manager != BUN && p->manager != VLT;
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

static const char *
setting(struct arena *a, int root, const char *path)
{
	size_t len;
	char *text;

	if (tree_is_odd(root, path))
		return NULL;
	if (!tree_is_file(root, path))
		return "";
	text = tree_read(a, root, path, SETTING_MAX, &len);
	return text != NULL && strlen(text) == len ? text : NULL;
}

const char **
package_settings(struct arena *a, int root, const char *dir)
{
	const char **list, **p, *up;
	size_t i, n = 0;

	for (up = dir; up != NULL; up = workspace_parent(a, up))
		n += NITEMS(settings);
	p = list = arena_alloc(a, (n + 1) * sizeof(*list));
	for (up = dir; up != NULL; up = workspace_parent(a, up))
		for (i = 0; i < NITEMS(settings); i++, p++)
			if ((*p = setting(a, root,
				 tree_join(a, up, settings[i]))) == NULL)
				return NULL;
	return list;
}

static void
hash(crypto_hash_sha256_state *h, const char *s, size_t n)
{
	uint64_t len = n;

	crypto_hash_sha256_update(h, (unsigned char *)&len, sizeof(len));
	crypto_hash_sha256_update(h, (const unsigned char *)s, n);
}

const char *
package_key(const struct package *p, struct arena *a, int root, const char *dir,
    const char *node, const char *command)
{
	static const char *const fields[] = { "dependencies", "devDependencies",
		"optionalDependencies", "peerDependencies", "overrides",
		"resolutions", "workspaces", "pnpm", "packageManager" };
	unsigned char sum[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state h;
	const char *manager, **texts;
	struct json_object *v;
	char *hex;
	size_t i;

	if (p->lock_text == NULL ||
	    (texts = package_settings(a, root, dir)) == NULL)
		return NULL;
	crypto_hash_sha256_init(&h);
	hash(&h, p->lock_text, p->lock_size);
	for (i = 0; i < NITEMS(fields); i++) {
		const char *s = "";

		if (json_object_object_get_ex(p->json, fields[i], &v))
			s = json_object_to_json_string_ext(v,
			    JSON_C_TO_STRING_PLAIN);
		hash(&h, s, strlen(s));
	}
	for (; *texts != NULL; texts++)
		hash(&h, *texts, strlen(*texts));
	hash(&h, node, strlen(node));
	hash(&h, p->manager_name, strlen(p->manager_name));
	manager = p->manager_dir;
	hash(&h, manager != NULL ? manager : "",
	    manager != NULL ? strlen(manager) : 0);
	hash(&h, command, strlen(command));
	crypto_hash_sha256_final(&h, sum);
	hex = arena_alloc(a, sizeof(sum) * 2 + 1);
	return sodium_bin2hex(hex, sizeof(sum) * 2 + 1, sum, sizeof(sum));
}
