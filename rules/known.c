#include <json-c/json.h>
#include <string.h>

#include "known.h"
#include "toml.h"

#define UNUSED "not used here"
#define TOP    "it is for all contexts alike: write it at the top, as "

/* clang-format off */
/* slipway-rules(7) lists the same. */
struct known {
	const char	*name;
	const char	*why; /* it does nothing; or NULL */
};
static const struct known at_top[] = {
	{ "build",		NULL },
	{ "context",		NULL },
	{ "headers",		NULL },
	{ "redirects",		NULL },
	/* for the developer's machine or others' pages: no site misses it */
	{ "dev",		NULL },
	{ "integrations",	NULL },
	{ "template",		NULL },
	{ "edge_functions",	UNUSED },
	{ "functions",		UNUSED },
	{ "images",		UNUSED },
	{ "plugins",		UNUSED },
	/* misspellings */
	{ "contexts",		"there is no such key: write [context.NAME]" },
	{ "environment",	"there is no such key: write [build.environment]" },
	{ "header",		"there is no such key: write [[headers]]" },
	{ "redirect",		"there is no such key: write [[redirects]]" },
	{ NULL,			NULL },
}, in_build[] = {
	{ "base",		NULL },
	{ "command",		NULL },
	{ "environment",	NULL },
	{ "ignore",		NULL },
	{ "publish",		NULL },
	{ "edge_functions",	UNUSED },
	{ "functions",		UNUSED },
	{ "processing",		UNUSED },
	{ NULL,			NULL },
}, in_context[] = { /* beside those of in_build */
	{ "headers",		TOP "[[headers]]" },
	{ "plugins",		UNUSED },
	{ "redirects",		TOP "[[redirects]]" },
	{ NULL,			NULL },
};
/* clang-format on */

struct telling {
	struct rules *rules;
	const char *file;
	int (*counts)(struct json_object *);
	int counted;
};

static const struct known *
find(const struct known *k, const char *name)
{
	for (; k != NULL && k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

/* What of a list of tables a person would look for first. */
static unsigned int
line_of(struct json_object *v)
{
	if (json_object_is_type(v, json_type_array) &&
	    json_object_array_length(v) > 0)
		v = json_object_array_get_idx(v, 0);
	return toml_line(v);
}

static void
keys(struct telling *t, const char *table, struct json_object *o,
    const struct known *known, const struct known *more)
{
	const struct known *k;

	if (o == NULL || !json_object_is_type(o, json_type_object))
		return;
	json_object_object_foreach(o, key, v)
	{
		if ((k = find(known, key)) == NULL)
			k = find(more, key);
		if (k != NULL && k->why == NULL)
			continue;
		rules_refuse(t->rules,
		    &(struct spot){ t->file, line_of(v), NULL },
		    arena_printf(t->rules->arena, "%s%.100s", table, key), "%s",
		    k != NULL ? k->why : "there is no such key");
		t->counted |= t->counts(v);
	}
}

int
known_tell(struct rules *rules, const char *file, struct json_object *o,
    int (*counts)(struct json_object *))
{
	struct telling t = { rules, file, counts, 0 };
	struct json_object *contexts;

	keys(&t, "", o, at_top, NULL);
	keys(&t, "build.", json_object_object_get(o, "build"), in_build, NULL);
	contexts = json_object_object_get(o, "context");
	if (!json_object_is_type(contexts, json_type_object))
		return t.counted;
	json_object_object_foreach(contexts, name, v)
	{
		keys(&t, arena_printf(rules->arena, "context.%.100s.", name), v,
		    in_build, in_context);
	}
	return t.counted;
}
