#include <json-c/json.h>

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "package.h"
#include "tree.h"

#define JSON_MAX    (1 << 20)
#define SETTING_MAX (1 << 20)
#define DEPTH       64

/* What managers read for settings, where they install and above. */
static const char *const settings[] = { ".npmrc", ".yarnrc", ".yarnrc.yml",
	"pnpm-workspace.yaml" };

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
package_string_in(struct json_object *o, const char *group, const char *name)
{
	return package_string(member(o, group, json_type_object), name);
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
	const char *s = package_string_in(p->json, "scripts", name);

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

static void
find_node(struct package *p, struct arena *a, int root, const char *dir)
{
	static const char *const files[] = { ".nvmrc", ".node-version" };
	const char *s;
	size_t i;

	p->node_from = "package.json";
	s = package_string_in(p->json, "engines", "node");
	if (s == NULL)
		s = package_string_in(p->json, "volta", "node");
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
	    (s = package_string_in(p->workspace.json, "engines", "node")) !=
		NULL) {
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
	manager_find(p, a, root, dir);
	if (p->workspace.runner != NULL)
		p->runs =
		    workspace_command(&p->workspace, a, root, dir, p->json);
	p->runs_alone =
	    p->runs != NULL && strcmp(p->workspace.runner, "nx") == 0;
	if (p->runs_alone)
		p->output = workspace_output(&p->workspace, a, root, dir);
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
