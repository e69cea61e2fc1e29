#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "headers.h"
#include "known.h"
#include "line.h"
#include "netlify.h"
#include "redirects.h"
#include "toml.h"

#define SHOWN 500 /* bytes of an entry, in the report */

/* Names that one field had in the course of time; the newest first. */
static const char *const from_names[] = { "from", "origin", NULL };
static const char *const to_names[] = { "to", "destination", NULL };
static const char *const query_names[] = { "query", "params", "parameters",
	NULL };
static const char *const sign_names[] = { "signed", "signing", "sign", NULL };
static const char *const other_names[] = { "status", "force", "conditions",
	"headers", "rate_limit", NULL };

static int
is_one(const char *const *names, const char *name)
{
	for (; *names != NULL; names++)
		if (strcmp(*names, name) == 0)
			return 1;
	return 0;
}

static struct json_object *
member(struct json_object *o, const char *const *names)
{
	struct json_object *v;

	for (; *names != NULL; names++)
		if (json_object_object_get_ex(o, *names, &v))
			return v;
	return NULL;
}

static struct json_object *
named(struct json_object *o, const char *name)
{
	const char *const names[] = { name, NULL };

	return member(o, names);
}

static const char *
string(struct json_object *v)
{
	return v != NULL && json_object_is_type(v, json_type_string) ?
	    json_object_get_string(v) :
	    NULL;
}

/* An entry for people: one line, and not all of a long one. */
static const char *
show(struct arena *a, struct json_object *o)
{
	const char *s = json_object_to_json_string_ext(o,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t n = strlen(s);

	return arena_strndup(a, s, n < SHOWN ? n : SHOWN);
}

/* ---- redirects
 * ---------------------------------------------------------------- */

static const char *
read_query(struct redirect *r, struct json_object *query)
{
	const char *why = NULL;

	if (query == NULL)
		return NULL;
	if (!json_object_is_type(query, json_type_object))
		return "its query is not a table";
	json_object_object_foreach(query, key, v)
	{
		if (string(v) == NULL)
			return "a query matcher is not a string";
		why = redirects_pair(r->query, &r->nquery, key, string(v));
		if (why != NULL)
			break;
	}
	return why;
}

/* A list, or one string with commas in it. */
static const char *
values(struct arena *a, struct json_object *v)
{
	const char *all = "";
	size_t i;

	if (!json_object_is_type(v, json_type_array))
		return string(v);
	for (i = 0; i < json_object_array_length(v); i++) {
		const char *s = string(json_object_array_get_idx(v, i));

		if (s == NULL)
			return NULL;
		all = arena_printf(a, "%s%s%s", all, i > 0 ? "," : "", s);
	}
	return all;
}

static const char *
read_conditions(struct arena *a, struct redirect *r, struct json_object *o)
{
	const char *why = NULL, *value;

	if (o == NULL)
		return NULL;
	if (!json_object_is_type(o, json_type_object))
		return "its conditions are not a table";
	json_object_object_foreach(o, key, v)
	{
		if ((value = values(a, v)) == NULL)
			return "a condition is no list of strings";
		why =
		    redirects_pair(r->conditions, &r->nconditions, key, value);
		if (why != NULL)
			break;
	}
	return why;
}

static const char *
read_status(struct redirect *r, struct json_object *o)
{
	struct json_object *v = named(o, "status");
	int64_t n;

	if (v != NULL && !json_object_is_type(v, json_type_int))
		return "its status is not a number";
	if (v != NULL) {
		n = json_object_get_int64(v);
		r->status = n > 0 && n < 1000 ? (int)n : 1;
	}
	v = named(o, "force");
	if (v != NULL && !json_object_is_type(v, json_type_boolean))
		return "its force is neither true nor false";
	r->force = v != NULL && json_object_get_boolean(v);
	return NULL;
}

/* What is asked for beside the redirect, and is not to be had. */
static const char *
read_others(struct redirect *r, struct json_object *o)
{
	struct json_object *v = named(o, "headers");

	r->sign = member(o, sign_names) != NULL;
	if (named(o, "rate_limit") != NULL)
		return "there is no limit to rates here (\"rate_limit\")";
	if (v == NULL)
		return NULL;
	if (!json_object_is_type(v, json_type_object))
		return "its headers are not a table";
	if (json_object_object_length(v) > 0)
		return "whom it asks gets no headers from here (\"headers\")";
	return NULL;
}

static const char *
read_redirect(struct arena *a, struct redirect *r, struct json_object *o)
{
	struct json_object *to = member(o, to_names);
	const char *why;
	struct str all;

	if (!json_object_is_type(o, json_type_object))
		return "it is not a table";
	if ((r->from = string(member(o, from_names))) == NULL)
		return "it has no string \"from\"";
	if (to != NULL && (r->to = string(to)) == NULL)
		return "its \"to\" is not a string";
	all = (struct str){ r->from, strlen(r->from) };
	if ((why = line_fault(all)) != NULL)
		return why;
	all = (struct str){ r->to, r->to != NULL ? strlen(r->to) : 0 };
	if ((why = line_fault(all)) != NULL)
		return why;
	if ((why = read_status(r, o)) != NULL ||
	    (why = read_query(r, member(o, query_names))) != NULL ||
	    (why = read_conditions(a, r, named(o, "conditions"))) != NULL)
		return why;
	return read_others(r, o);
}

/* Of a field that nobody knows it is said so; the rest is obeyed. */
static void
tell_unknown(struct rules *rules, const struct redirect *r,
    struct json_object *o)
{
	json_object_object_foreach(o, key, v)
	{
		if (!is_one(from_names, key) && !is_one(to_names, key) &&
		    !is_one(query_names, key) && !is_one(sign_names, key) &&
		    !is_one(other_names, key))
			rules_refuse(rules,
			    &(struct spot){ r->at.file, toml_line(v), NULL },
			    r->text,
			    "there is no field \"%.100s\"; the others are "
			    "obeyed",
			    key);
	}
}

void
redirects_toml(struct redirects *list, const char *file, struct json_object *o)
{
	struct rules *rules = redirects_rules(list);
	struct json_object *one;
	struct redirect r;
	const char *why;
	size_t i;

	if (o == NULL)
		return;
	if (!json_object_is_type(o, json_type_array)) {
		rules_refuse(rules, &(struct spot){ file, toml_line(o), NULL },
		    "redirects",
		    "\"redirects\" is not a list of tables: write "
		    "[[redirects]]");
		return;
	}
	for (i = 0; i < json_object_array_length(o); i++) {
		one = json_object_array_get_idx(o, i);
		r = (struct redirect){ .at = { file, toml_line(one), NULL },
			.text = show(rules->arena, one) };
		if ((why = read_redirect(rules->arena, &r, one)) != NULL) {
			rules_refuse(rules, &r.at, r.text, "%s", why);
			continue;
		}
		tell_unknown(rules, &r, one);
		redirects_add(list, &r);
	}
}

/* ---- headers
 * ------------------------------------------------------------------ */

/* A string, or a list of them for one header. */
static const char *
header_value(struct arena *a, struct json_object *v)
{
	const char *all = NULL, *s;
	struct str t;
	size_t i;

	if (!json_object_is_type(v, json_type_array)) {
		if ((s = string(v)) == NULL)
			return NULL;
		t = (struct str){ s, strlen(s) };
		line_trim(&t);
		return headers_tidy(a, arena_strndup(a, t.s, t.n));
	}
	for (i = 0; i < json_object_array_length(v); i++) {
		s = string(json_object_array_get_idx(v, i));
		if (s == NULL)
			return NULL;
		t = (struct str){ s, strlen(s) };
		line_trim(&t);
		all = all == NULL ?
		    arena_strndup(a, t.s, t.n) :
		    arena_printf(a, "%s, %.*s", all, (int)t.n, t.s);
	}
	return all;
}

static void
read_values(struct headers *h, struct headers_block *b, struct json_object *o)
{
	struct rules *rules = headers_rules(h);
	const char *why, *value, *name;
	struct str t;

	json_object_object_foreach(o, key, v)
	{
		t = (struct str){ key, strlen(key) };
		line_trim(&t);
		name = arena_strndup(rules->arena, t.s, t.n);
		value = header_value(rules->arena, v);
		why = value == NULL ? "its value is not a string" :
				      headers_set(h, b, name, value);
		if (why == NULL)
			continue;
		rules_refuse(rules,
		    &(struct spot){ b->at.file, toml_line(v), NULL },
		    arena_printf(rules->arena, "%s: %.100s", b->path, name),
		    "%s", why);
		if (headers_secret(name))
			headers_lost(h, b, 0);
	}
}

/* What stands beside "for" and "values" is no header. */
static void
tell_beside(struct headers *h, struct headers_block *b, struct json_object *o)
{
	json_object_object_foreach(o, key, v)
	{
		if (strcmp(key, "for") == 0 || strcmp(key, "values") == 0)
			continue;
		rules_refuse(headers_rules(h),
		    &(struct spot){ b->at.file, toml_line(v), NULL }, b->path,
		    "there is no field \"%.100s\"; headers stand in "
		    "[headers.values]",
		    key);
		if (headers_secret(key))
			headers_lost(h, b, 0);
	}
}

static const char *
read_block(struct headers *h, struct headers_block *b, struct json_object *o)
{
	struct json_object *values_of;
	const char *path, *why;
	struct str t;

	if (!json_object_is_type(o, json_type_object))
		return "it is not a table";
	if ((path = string(named(o, "for"))) == NULL)
		return "it has no string \"for\"";
	t = (struct str){ path, strlen(path) };
	line_trim(&t);
	if ((why = line_fault(t)) != NULL)
		return why;
	b->path = arena_strndup(headers_rules(h)->arena, t.s, t.n);
	if (strstr(b->path, "://") != NULL)
		return "headers are set for paths, not for hosts";
	if ((values_of = named(o, "values")) == NULL)
		return "it has no \"values\"";
	if (!json_object_is_type(values_of, json_type_object))
		return "its \"values\" are not a table";
	read_values(h, b, values_of);
	tell_beside(h, b, o);
	return NULL;
}

/* Does a password stand anywhere in it? */
static int
holds_secret(struct json_object *o)
{
	size_t i;

	if (json_object_is_type(o, json_type_array))
		for (i = 0; i < json_object_array_length(o); i++)
			if (holds_secret(json_object_array_get_idx(o, i)))
				return 1;
	if (!json_object_is_type(o, json_type_object))
		return 0;
	json_object_object_foreach(o, key, v)
	{
		if (headers_secret(key) || holds_secret(v))
			return 1;
	}
	return 0;
}

void
headers_toml(struct headers *h, const char *file, struct json_object *o)
{
	struct rules *rules = headers_rules(h);
	struct headers_block *b;
	struct json_object *one;
	const char *why;
	size_t i;

	if (o == NULL)
		return;
	if (!json_object_is_type(o, json_type_array)) {
		rules_refuse(rules, &(struct spot){ file, toml_line(o), NULL },
		    "headers",
		    "\"headers\" is not a list of tables: write "
		    "[[headers]]");
		headers_lost(h, NULL, holds_secret(o));
		return;
	}
	b = arena_alloc(rules->arena, sizeof(*b));
	for (i = 0; i < json_object_array_length(o); i++) {
		one = json_object_array_get_idx(o, i);
		*b = (struct headers_block){ .at = { file, toml_line(one),
						 NULL },
			.path = "" };
		if ((why = read_block(h, b, one)) == NULL) {
			headers_add(h, b);
			continue;
		}
		rules_refuse(rules, &b->at, b->path, "%s", why);
		headers_lost(h, NULL, holds_secret(one));
	}
}

/* ---- all of them
 * --------------------------------------------------------------- */

void
netlify_read(struct rules *rules, const struct netlify_file *redirects,
    const struct netlify_file *headers, const struct netlify_file *toml)
{
	struct redirects *r = redirects_new(rules);
	struct headers *h = headers_new(rules);
	struct json_object *o = NULL;
	const char *why;

	if (toml->text != NULL &&
	    toml_parse(rules->arena, toml->text, toml->n, &o, &why) != RC_OK) {
		rules_refuse(rules, &(struct spot){ toml->name, 1, NULL }, "",
		    "%s", why);
		o = NULL;
	}
	if (redirects->text != NULL)
		redirects_file(r, redirects->name, redirects->text,
		    redirects->n);
	if (headers->text != NULL)
		headers_file(h, headers->name, headers->text, headers->n);
	if (o != NULL) {
		redirects_toml(r, toml->name, named(o, "redirects"));
		headers_toml(h, toml->name, named(o, "headers"));
		rules->shut |= known_tell(rules, toml->name, o, holds_secret);
	}
	redirects_end(r);
	headers_end(h);
}
