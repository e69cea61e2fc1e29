/*
 * repofile -- vercel.json and netlify.toml, as far as a build needs them.
 */
#include <json-c/json.h>
#include <stddef.h>
#include <string.h>

#include "package.h"
#include "repofile.h"
#include "toml.h"
#include "tree.h"
#include "valid.h"

#define ODD   "is no regular file; links are not followed: commit the file"
#define AT(m) offsetof(struct repofile, m)

enum what { COMMAND, FOLDER, WORD };

struct field {
	const char *name;
	size_t at;
	enum what what;
};

/* clang-format off */
static const struct field vercel_fields[] = {
	{ "framework",		AT(framework),	WORD },
	{ "installCommand",	AT(install),	COMMAND },
	{ "buildCommand",	AT(command),	COMMAND },
	{ "outputDirectory",	AT(output),	FOLDER },
	{ "ignoreCommand",	AT(ignore),	COMMAND },
	{ NULL, 0, 0 }
};
static const struct field netlify_fields[] = {
	{ "base",		AT(base),	FOLDER },
	{ "command",		AT(command),	COMMAND },
	{ "publish",		AT(output),	FOLDER },
	{ "ignore",		AT(ignore),	COMMAND },
	{ NULL, 0, 0 }
};
/* clang-format on */

struct reading {
	struct repofile *r;
	struct arena *arena;
	const char *file; /* whose fault it would be */
	int toml;         /* it knows the lines of its values */
	const char **why;
	size_t nvars;
};

const char *
repofile_context(const char *target, const char *ref_kind, const char *source)
{
	if (strcmp(target, "production") == 0)
		return "production";
	if (strcmp(target, "development") == 0)
		return "dev";
	return strcmp(source, "git") == 0 && strcmp(ref_kind, "branch") == 0 ?
	    "branch-deploy" :
	    "deploy-preview";
}

/* Of a value, or of all of the file if that is NULL. */
static enum rc
fault(struct reading *g, struct json_object *v, const char *name,
    const char *why)
{
	*g->why = v != NULL && g->toml ?
	    arena_printf(g->arena, "%s: line %u: %s %s", g->file, toml_line(v),
		name, why) :
	    arena_printf(g->arena, "%s: %s %s", g->file, name, why);
	return RC_INVALID;
}

/* "./dist/" and "/dist" are "dist" there. */
static const char *
folder(struct arena *a, const char *s)
{
	size_t n;

	for (;;)
		if (*s == '/')
			s++;
		else if (strncmp(s, "./", 2) == 0)
			s += 2;
		else
			break;
	for (n = strlen(s); n > 0 && s[n - 1] == '/'; n--)
		;
	return n == 0 ? "." : arena_strndup(a, s, n);
}

static enum rc
take(struct reading *g, const struct field *f, struct json_object *v)
{
	const struct fault *bad = NULL;
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return fault(g, v, f->name,
		    "is not a string: write it between double quotes");
	s = json_object_get_string(v);
	if (strlen(s) != (size_t)json_object_get_string_len(v))
		return fault(g, v, f->name, "has a NUL");
	switch (f->what) {
	case COMMAND:
		/* More than one line is a script: the shell takes it so. */
		if (strlen(s) > VALID_COMMAND_MAX)
			return fault(g, v, f->name,
			    "is longer than 4096 bytes");
		break;
	case FOLDER:
		s = folder(g->arena, s);
		if (strcmp(s, ".") != 0)
			bad = valid_dir(s);
		break;
	case WORD:
		bad = valid_word(s);
	}
	if (bad != NULL)
		return fault(g, v, f->name,
		    arena_printf(g->arena, "is \"%.200s\": %s", s,
			bad->message));
	*(const char **)((char *)g->r + f->at) = s;
	return RC_OK;
}

/* Those of the fields that are there; null is as if it were not. */
static enum rc
take_all(struct reading *g, const struct field *f, struct json_object *o)
{
	struct json_object *v;
	enum rc rc;

	for (; f->name != NULL; f++)
		if (json_object_object_get_ex(o, f->name, &v) && v != NULL &&
		    (rc = take(g, f, v)) != RC_OK)
			return rc;
	return RC_OK;
}

/* A later word for the same name wins. */
static enum rc
set_var(struct reading *g, const char *name, struct json_object *v)
{
	const char **vars = g->r->vars, *s;
	size_t i, n = strlen(name);

	if (valid_env_name(name) != NULL)
		return fault(g, v, name, "is no name for a variable");
	if (v == NULL || json_object_is_type(v, json_type_object) ||
	    json_object_is_type(v, json_type_array))
		return fault(g, v, name, "is not a string");
	s = json_object_get_string(v);
	for (i = 0; i < g->nvars; i++)
		if (strncmp(vars[i], name, n) == 0 && vars[i][n] == '=')
			break;
	if (i == REPOFILE_VARS)
		return fault(g, v, "", "sets more than 200 variables");
	vars[i] = arena_printf(g->arena, "%s=%s", name, s);
	if (i == g->nvars)
		g->nvars++;
	return RC_OK;
}

static enum rc
set_vars(struct reading *g, struct json_object *vars)
{
	enum rc rc;

	if (vars == NULL)
		return RC_OK;
	if (!json_object_is_type(vars, json_type_object))
		return fault(g, vars, "the environment", "is not a table");
	json_object_object_foreach(vars, name, v)
	{
		if ((rc = set_var(g, name, v)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

static struct json_object *
member(struct json_object *o, const char *name)
{
	struct json_object *v;

	return json_object_is_type(o, json_type_object) &&
		json_object_object_get_ex(o, name, &v) ?
	    v :
	    NULL;
}

/* One of [build] and [context.NAME], which have the same fields. */
static enum rc
netlify_table(struct reading *g, const char *name, struct json_object *o)
{
	enum rc rc;

	if (o == NULL)
		return RC_OK;
	if (!json_object_is_type(o, json_type_object))
		return fault(g, o, name, "is not a table");
	rc = take_all(g, netlify_fields, o);
	return rc == RC_OK ? set_vars(g, member(o, "environment")) : rc;
}

static enum rc
netlify_context(struct reading *g, struct json_object *contexts,
    const char *name)
{
	return netlify_table(g, arena_printf(g->arena, "context.%.100s", name),
	    member(contexts, name));
}

static enum rc
read_toml(struct reading *g, int root, const char *path,
    struct json_object **out)
{
	const char *why;
	char *text;
	size_t n;

	if ((text = tree_read(g->arena, root, path, TOML_MAX, &n)) == NULL)
		return fault(g, NULL, "it", "is larger than 1 MiB");
	g->r->netlify_text = text;
	g->r->netlify_size = n;
	if (toml_parse(g->arena, text, n, out, &why) == RC_OK)
		return RC_OK;
	*g->why = arena_printf(g->arena, "%s: %s", path, why);
	return RC_INVALID;
}

static enum rc
netlify(struct reading *g, int root, const char *dir,
    const struct repofile_context *c)
{
	const char *path = tree_join(g->arena, dir, "netlify.toml");
	struct json_object *o, *contexts;
	enum rc rc;

	if (!tree_is_file(root, path) && !tree_is_odd(root, path))
		path = "netlify.toml";
	if (tree_is_odd(root, path)) {
		g->file = path;
		return fault(g, NULL, "it", ODD);
	}
	if (!tree_is_file(root, path))
		return RC_OK;
	g->r->netlify = 1;
	g->r->netlify_path = g->file = path;
	g->toml = 1;
	if ((rc = read_toml(g, root, path, &o)) != RC_OK ||
	    (rc = netlify_table(g, "build", member(o, "build"))) != RC_OK)
		return rc;
	contexts = member(o, "context");
	if (contexts != NULL &&
	    !json_object_is_type(contexts, json_type_object))
		return fault(g, contexts, "context", "is not a table");
	rc = netlify_context(g, contexts, c->name);
	if (rc == RC_OK && *c->branch != '\0' &&
	    strcmp(c->branch, c->name) != 0)
		rc = netlify_context(g, contexts, c->branch);
	return rc;
}

static enum rc
vercel(struct reading *g, int root, const char *dir)
{
	const char *path = tree_join(g->arena, dir, "vercel.json");
	struct json_object *o;
	enum rc rc;

	g->file = path;
	g->toml = 0;
	if (tree_is_odd(root, path))
		return fault(g, NULL, "it", ODD);
	rc = package_json(g->arena, root, path, &o, g->why);
	if (rc != RC_OK)
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	g->r->vercel = 1;
	g->r->vercel_path = path;
	g->r->vercel_json = o;
	if ((rc = take_all(g, vercel_fields, o)) == RC_OK &&
	    (rc = set_vars(g, member(o, "env"))) == RC_OK)
		rc = set_vars(g, member(member(o, "build"), "env"));
	return rc;
}

enum rc
repofile_load(struct repofile *r, struct arena *a, int root, const char *dir,
    const struct repofile_context *c, const char **why)
{
	struct reading g = { .r = r, .arena = a, .why = why };
	enum rc rc;

	*r = (struct repofile){ .vars = arena_alloc(a,
				    (REPOFILE_VARS + 1) * sizeof(*r->vars)) };
	if ((rc = netlify(&g, root, dir, c)) != RC_OK)
		return rc;
	/* vercel.json stands where the project is. */
	if (strcmp(dir, ".") == 0 && r->base != NULL)
		dir = r->base;
	return vercel(&g, root, dir);
}

static const char *
named(struct arena *a, const char *list, const char *in, const char *name)
{
	return arena_printf(a, "%s%s%s%s", list, *list != '\0' ? ", " : "", in,
	    name);
}

const char *
repofile_settings(struct arena *a, struct json_object *o)
{
	struct json_object *build = member(o, "build");
	const struct field *f;
	const char *list = "";

	for (f = vercel_fields; f->name != NULL; f++)
		if (member(o, f->name) != NULL)
			list = named(a, list, "", f->name);
	for (f = netlify_fields; f->name != NULL; f++)
		if (member(build, f->name) != NULL)
			list = named(a, list, "build.", f->name);
	if (member(build, "environment") != NULL)
		list = named(a, list, "build.", "environment");
	if (member(o, "env") != NULL || member(build, "env") != NULL)
		list = named(a, list, "", "env");
	return list;
}

const char *
env_find(const char *const *list, const char *name)
{
	size_t n = strlen(name);

	for (; list != NULL && *list != NULL; list++)
		if (strncmp(*list, name, n) == 0 && (*list)[n] == '=')
			return *list + n + 1;
	return NULL;
}
