#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "has.h"
#include "json.h"
#include "regex.h"

struct reading {
	struct has *has;
	struct arena *arena;
	const char **why;
	const char *list; /* "has" or "missing" */
	size_t i;
};

static enum rc
no(struct reading *g, const char *why)
{
	*g->why = arena_printf(g->arena, "%s[%zu]: %s", g->list, g->i, why);
	return RC_INVALID;
}

/* clang-format off */
static const struct {
	const char		*name;
	enum condition_what	 what;
	int			 has_key;
} types[] = {
	{ "host",	CONDITION_HOST,		0 },
	{ "header",	CONDITION_HEADER,	1 },
	{ "cookie",	CONDITION_COOKIE,	1 },
	{ "query",	CONDITION_QUERY,	1 },
};

/*
 * What an object may ask of a value.  All become looks ahead of one regular
 * expression, but for numbers.
 */
static const struct {
	const char	*name;
	enum { TEXT, LIST, REGEX, NUMBER } kind;
	const char	*before, *after;
} operators[] = {
	{ "eq",		TEXT,	"(?=",			"$)" },
	{ "neq",	TEXT,	"(?!",			"$)" },
	{ "inc",	LIST,	"(?=(?:",		")$)" },
	{ "ninc",	LIST,	"(?!(?:",		")$)" },
	{ "pre",	TEXT,	"(?=",			")" },
	{ "suf",	TEXT,	"(?=[\\s\\S]*",		"$)" },
	{ "re",		REGEX,	"(?=[\\s\\S]*?(?:",	"))" },
	{ "gt",		NUMBER,	">",			"" },
	{ "gte",	NUMBER,	">=",			"" },
	{ "lt",		NUMBER,	"<",			"" },
	{ "lte",	NUMBER,	"<=",			"" },
};
/* clang-format on */

static void
captures(struct reading *g, const char *name, size_t n)
{
	struct has *h = g->has;
	const char **more;

	if (h->ncaptures == h->room) {
		h->room = h->room == 0 ? 8 : h->room * 2;
		more = arena_alloc(g->arena, h->room * sizeof(*more));
		if (h->ncaptures > 0)
			memcpy(more, h->captures, h->ncaptures * sizeof(*more));
		h->captures = more;
	}
	h->captures[h->ncaptures++] = arena_strndup(g->arena, name, n);
}

/* The groups that have names. */
static void
named_groups(struct reading *g, const char *s)
{
	size_t n;

	while ((s = strstr(s, "(?<")) != NULL) {
		s += 3;
		for (n = 0; isalnum((unsigned char)s[n]) || s[n] == '_'; n++)
			;
		if (n > 0 && s[n] == '>' && !isdigit((unsigned char)*s))
			captures(g, s, n);
	}
}

static enum rc
string(struct reading *g, struct json_object *v, const char *name,
    const char **out)
{
	if (!json_object_is_type(v, json_type_string))
		return no(g,
		    arena_printf(g->arena, "%s is not a string", name));
	*out = json_object_get_string(v);
	if (strlen(*out) != (size_t)json_object_get_string_len(v))
		return no(g, arena_printf(g->arena, "%s has a NUL", name));
	if (strlen(*out) > HAS_BYTES)
		return no(g,
		    arena_printf(g->arena, "%s is longer than %d bytes", name,
			HAS_BYTES));
	return RC_OK;
}

static enum rc
put_list(struct reading *g, FILE *f, struct json_object *v, const char *name)
{
	const char *s;
	size_t i;
	enum rc rc;

	if (!json_object_is_type(v, json_type_array) ||
	    json_object_array_length(v) == 0)
		return no(g, arena_printf(g->arena, "%s is no list", name));
	for (i = 0; i < json_object_array_length(v); i++) {
		rc = string(g, json_object_array_get_idx(v, i), name, &s);
		if (rc != RC_OK)
			return rc;
		fputs(i > 0 ? "|" : "", f);
		regex_escape(f, s);
	}
	return RC_OK;
}

static int
is_number(struct json_object *v)
{
	return json_object_is_type(v, json_type_int) ||
	    json_object_is_type(v, json_type_double);
}

/* One operator, to the pattern or to what is compared. */
static enum rc
put_operator(struct reading *g, FILE *f, struct condition *c, size_t op,
    struct json_object *v)
{
	const char *name = operators[op].name, *s;
	enum rc rc = RC_OK;

	if (operators[op].kind == NUMBER) {
		if (!is_number(v))
			return no(g,
			    arena_printf(g->arena, "%s is no number", name));
		c->compare = arena_printf(g->arena, "%s%s%s%.17g",
		    c->compare != NULL ? c->compare : "",
		    c->compare != NULL ? " " : "", operators[op].before,
		    json_object_get_double(v));
		return RC_OK;
	}
	fputs(operators[op].before, f);
	if (operators[op].kind == LIST)
		rc = put_list(g, f, v, name);
	else if (is_number(v) && strcmp(name, "eq") == 0)
		regex_escape(f,
		    arena_printf(g->arena, "%.17g", json_object_get_double(v)));
	else if ((rc = string(g, v, name, &s)) == RC_OK) {
		if (operators[op].kind == REGEX) {
			fputs(s, f);
			named_groups(g, s);
		} else
			regex_escape(f, s);
	}
	fputs(operators[op].after, f);
	return rc;
}

static enum rc
object(struct reading *g, struct condition *c, struct json_object *v)
{
	char *text;
	size_t i, n;
	enum rc rc = RC_OK;
	FILE *f;

	if (json_object_object_length(v) == 0)
		return no(g, "value asks nothing");
	if ((f = open_memstream(&text, &n)) == NULL)
		abort();
	fputc('^', f);
	json_object_object_foreach(v, name, operand)
	{
		for (i = 0; i < NITEMS(operators); i++)
			if (strcmp(name, operators[i].name) == 0)
				break;
		if (rc != RC_OK)
			continue;
		if (i == NITEMS(operators))
			rc = no(g,
			    arena_printf(g->arena,
				"\"%.100s\" is no operator of a value", name));
		else
			rc = put_operator(g, f, c, i, operand);
	}
	if (fclose(f) != 0)
		abort();
	if (n > 1)
		c->regex = arena_strndup(g->arena, text, n);
	free(text);
	return rc;
}

/* All of a host that a regular expression was asked of is ":host". */
static void
whole_host(struct reading *g, struct condition *c, const char *re)
{
	if (strstr(re, "(?<host>") != NULL)
		return;
	c->regex = arena_printf(g->arena, "%s(?<host>[\\s\\S]*)", c->regex);
	captures(g, "host", 4);
}

/* It must be one by itself, lest it ends the group that it is put into. */
static enum rc
try_regex(struct reading *g, const char *text)
{
	struct regex *r;
	const char *why;

	if (regex_new(&r, text, strlen(text), REGEX_SEARCH, g->arena, &why) !=
	    RC_OK)
		return no(g, arena_printf(g->arena, "value: %s", why));
	regex_free(r);
	return RC_OK;
}

static enum rc
value(struct reading *g, struct condition *c, struct json_object *v)
{
	const char *s = NULL;
	enum rc rc;

	if (json_object_is_type(v, json_type_object)) {
		if ((rc = object(g, c, v)) != RC_OK)
			return rc;
		s = js_string(v, "re");
	} else if ((rc = string(g, v, "value", &s)) != RC_OK)
		return rc;
	else if (*s != '\0') {
		c->regex = arena_printf(g->arena, "^(?=(?:%s)$)", s);
		named_groups(g, s);
	}
	if (c->regex == NULL)
		return RC_OK;
	if (s != NULL && (rc = try_regex(g, s)) != RC_OK)
		return rc;
	if (c->what == CONDITION_HOST && s != NULL && *s != '\0')
		whole_host(g, c, s);
	return try_regex(g, c->regex);
}

static enum rc
known_keys(struct reading *g, struct json_object *o, int has_key)
{
	json_object_object_foreach(o, name, v)
	{
		(void)v;
		if (strcmp(name, "type") != 0 && strcmp(name, "value") != 0 &&
		    (!has_key || strcmp(name, "key") != 0))
			return no(g,
			    arena_printf(g->arena, "\"%.100s\" is no key of it",
				name));
	}
	return RC_OK;
}

static enum rc
one(struct reading *g, struct json_object *o)
{
	struct condition *c = &g->has->conditions[g->has->n];
	const char *type = js_string(o, "type");
	struct json_object *v;
	size_t before = g->has->ncaptures, i;
	enum rc rc;

	if (!json_object_is_type(o, json_type_object))
		return no(g, "is no object");
	for (i = 0; type != NULL && i < NITEMS(types); i++)
		if (strcmp(types[i].name, type) == 0)
			break;
	if (type == NULL || i == NITEMS(types))
		return no(g, "type is not host, header, cookie or query");
	*c = (struct condition){ .what = types[i].what,
		.missing = *g->list == 'm' };
	if ((rc = known_keys(g, o, types[i].has_key)) != RC_OK)
		return rc;
	if (types[i].has_key) {
		if (!json_object_object_get_ex(o, "key", &v))
			return no(g, "has no key");
		if ((rc = string(g, v, "key", &c->key)) != RC_OK)
			return rc;
		if (*c->key == '\0')
			return no(g, "key is empty");
	}
	if (json_object_object_get_ex(o, "value", &v) && v != NULL) {
		if ((rc = value(g, c, v)) != RC_OK)
			return rc;
	} else if (!types[i].has_key)
		return no(g, "has no value");
	if (c->missing)
		g->has->ncaptures = before;
	else if (c->regex == NULL && c->compare == NULL) {
		c->capture = c->key;
		captures(g, c->key, strlen(c->key));
	}
	g->has->n++;
	return RC_OK;
}

enum rc
has_read(struct has *h, struct arena *a, struct json_object *list, int missing,
    const char **why)
{
	struct reading g = { .has = h,
		.arena = a,
		.why = why,
		.list = missing ? "missing" : "has" };
	enum rc rc = RC_OK;

	if (!json_object_is_type(list, json_type_array)) {
		*why = arena_printf(a, "%s is no list", g.list);
		return RC_INVALID;
	}
	if (json_object_array_length(list) > HAS_MAX) {
		*why = arena_printf(a, "%s has more than %d entries", g.list,
		    HAS_MAX);
		return RC_INVALID;
	}
	for (; g.i < json_object_array_length(list) && rc == RC_OK; g.i++)
		rc = one(&g, json_object_array_get_idx(list, g.i));
	return rc;
}
