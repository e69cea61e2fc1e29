#include <json-c/json.h>
#include <string.h>
#include <strings.h>

#include "has.h"
#include "headers.h"
#include "json.h"
#include "template.h"
#include "vercel.h"

/*
 * The paths that certificates and others' protocols live by are not swallowed:
 * who means them names them.
 */
#define WELL_KNOWN     "/.well-known"
#define NOT_WELL_KNOWN "(?!/\\.well-known(?:/|$))"

enum list { REDIRECTS, HEADERS, REWRITES };

struct reading {
	struct rules *rules;
	struct arena *arena;
	struct json_object *all;
	const char *file, *why;
	struct spot at;
	struct rule rule;
	struct has has;
	struct pathre path;
	struct template_names names;
};

/* clang-format off */
#define IN(list) (1 << (list))

/* What an entry may have. */
static const struct {
	const char	*name;
	int		 lists;
	enum json_type	 type;
	const char	*useless; /* why it is refused; or NULL */
} fields[] = {
	{ "source",	IN(REDIRECTS) | IN(HEADERS) | IN(REWRITES), json_type_string, NULL },
	{ "destination", IN(REDIRECTS) | IN(REWRITES),	json_type_string, NULL },
	{ "has",	IN(REDIRECTS) | IN(HEADERS) | IN(REWRITES), json_type_array, NULL },
	{ "missing",	IN(REDIRECTS) | IN(HEADERS) | IN(REWRITES), json_type_array, NULL },
	{ "headers",	IN(HEADERS),			json_type_array, NULL },
	{ "permanent",	IN(REDIRECTS),			json_type_boolean, NULL },
	{ "statusCode",	IN(REDIRECTS) | IN(REWRITES),	json_type_int, NULL },
	/* Nothing that is fetched for a visitor is kept. */
	{ "respectOriginCacheControl", IN(REWRITES),	json_type_boolean, NULL },
	{ "env",	IN(REDIRECTS) | IN(REWRITES),	json_type_array,
	    "variables are not put into answers here" },
	{ "transforms",	IN(REWRITES),			json_type_array,
	    "there are no functions here that could see another path" },
};

/* The keys of the whole; what is served by them, or why they are not used. */
static const struct {
	const char	*name;
	enum { SERVES, BUILDS, IDLE } what;
	const char	*why;
} keys[] = {
	{ "redirects",		SERVES, NULL },
	{ "headers",		SERVES, NULL },
	{ "rewrites",		SERVES, NULL },
	{ "cleanUrls",		SERVES, NULL },
	{ "trailingSlash",	SERVES, NULL },
	{ "buildCommand",	BUILDS, NULL },
	{ "installCommand",	BUILDS, NULL },
	{ "outputDirectory",	BUILDS, NULL },
	{ "ignoreCommand",	BUILDS, NULL },
	{ "framework",		BUILDS, NULL },
	{ "env",		BUILDS, NULL },
	{ "build",		BUILDS, NULL },
	{ "$schema",		BUILDS, NULL },
	{ "version",		BUILDS, NULL },
	{ "routes",		IDLE, "these are of an older kind: write redirects, headers and rewrites, which say the same" },
	{ "builds",		IDLE, "builders of functions do not run here: buildCommand and outputDirectory say how a site is built" },
	{ "functions",		IDLE, "there are no functions here: the site is files" },
	{ "crons",		IDLE, "there are no functions here that could be called at a time" },
	{ "bulkRedirectsPath",	IDLE, "redirects are read from this file alone" },
	{ "images",		IDLE, "pictures are served as they are" },
	{ "devCommand",		IDLE, "it is for a computer of a developer" },
	{ "alias",		IDLE, "a project's names are its settings here" },
	{ "git",		IDLE, "a project's settings say which branches are built" },
	{ "github",		IDLE, "a project's settings say what a repository is told" },
	{ "name",		IDLE, "a project has the name it was given here" },
	{ "public",		IDLE, "a project's settings say who may see it" },
	{ "regions",		IDLE, "the site is where this server is" },
	{ "scope",		IDLE, "a project belongs to the team it was made in" },
	{ "wildcard",		IDLE, "a project's names are its settings here" },
};
/* clang-format on */

static void
refuse(struct reading *g, const char *text, const char *why)
{
	rules_refuse(g->rules, &g->at, text, "%s", why);
}

/* From here on it is about a key, or about entry i of its list. */
static void
at(struct reading *g, const char *key, size_t i, int is_entry)
{
	unsigned int place = 0;

	json_object_object_foreach(g->all, name, v)
	{
		(void)v;
		if (strcmp(name, key) == 0)
			break;
		place += VERCEL_ENTRIES_MAX + 2;
	}
	g->at = (struct spot){ g->file, place + (unsigned int)i + 1,
		is_entry ? arena_printf(g->arena, "%s[%zu]", key, i) : key };
}

static enum rc
no(struct reading *g, const char *what, const char *why)
{
	g->why = arena_printf(g->arena, "%s: %s", what, why);
	return RC_INVALID;
}

static enum rc
check_fields(struct reading *g, struct json_object *o, enum list list)
{
	const char *s;
	size_t i;

	json_object_object_foreach(o, name, v)
	{
		for (i = 0; i < NITEMS(fields); i++)
			if (strcmp(fields[i].name, name) == 0 &&
			    (fields[i].lists & IN(list)) != 0)
				break;
		s = arena_strndup(g->arena, name, strnlen(name, 100));
		if (i == NITEMS(fields))
			return no(g, s, "there is no such key in an entry");
		if (strcmp(name, "destination") == 0 &&
		    json_object_is_type(v, json_type_object))
			return no(g, s, "there are no services here");
		if (!json_object_is_type(v, fields[i].type))
			return no(g, s,
			    arena_printf(g->arena, "is not a%s %s",
				fields[i].type == json_type_int ||
					fields[i].type == json_type_array ?
				    "n" :
				    "",
				json_type_to_name(fields[i].type)));
		if (json_object_is_type(v, json_type_string) &&
		    strlen(json_object_get_string(v)) !=
			(size_t)json_object_get_string_len(v))
			return no(g, s, "has a NUL");
		if (fields[i].useless != NULL)
			return no(g, s, fields[i].useless);
	}
	return RC_OK;
}

static enum rc
conditions(struct reading *g, struct json_object *o)
{
	static const char *const lists[] = { "has", "missing" };
	struct json_object *v;
	enum rc rc;
	int i;

	memset(&g->has, 0, sizeof(g->has));
	for (i = 0; i < 2; i++)
		if (json_object_object_get_ex(o, lists[i], &v) &&
		    (rc = has_read(&g->has, g->arena, v, i, &g->why)) != RC_OK)
			return rc;
	if (g->has.n > 0) {
		g->rule.conditions =
		    memcpy(arena_alloc(g->arena,
			       g->has.n * sizeof(struct condition)),
			g->has.conditions, g->has.n * sizeof(struct condition));
		g->rule.nconditions = g->has.n;
	}
	return RC_OK;
}

/* May a match begin with WELL_KNOWN, though the source does not say so? */
static int
swallows(const char *prefix)
{
	size_t n = strlen(prefix);

	return n < sizeof(WELL_KNOWN) - 1 &&
	    strncmp(WELL_KNOWN, prefix, n) == 0;
}

static enum rc
source(struct reading *g, struct json_object *o, enum list list)
{
	const char *s = js_string(o, "source"), *why;
	struct pattern *p = &g->rule.pattern;

	if (s == NULL)
		return no(g, "source", "is missing");
	g->rule.text = arena_printf(g->arena, "%.200s", s);
	if (pathre_read(&g->path, g->arena, s, &why) != RC_OK)
		return no(g, "source", why);
	*p = (struct pattern){ .kind = PATTERN_EXACT, .text = g->path.text };
	if (g->path.exact)
		return RC_OK;
	p->kind = PATTERN_REGEX;
	p->prefix = g->path.prefix;
	if (list != HEADERS && swallows(p->prefix))
		p->text = arena_printf(g->arena, "%s%s", NOT_WELL_KNOWN,
		    g->path.text);
	return RC_OK;
}

static enum rc
destination(struct reading *g, struct json_object *o, int rewrite, int *is_url)
{
	const char *s = js_string(o, "destination"), *why;

	if (s == NULL)
		return no(g, "destination", "is missing");
	g->rule.text = arena_printf(g->arena, "%s %.200s", g->rule.text, s);
	if (template_url(&g->rule.to, g->arena, s, &g->names, rewrite, is_url,
		&why) != RC_OK)
		return no(g, "destination", why);
	return RC_OK;
}

static enum rc
redirect(struct reading *g, struct json_object *o)
{
	static const int allowed[] = { 301, 302, 303, 307, 308 };
	struct json_object *permanent, *status;
	int is_url;
	size_t i;

	g->rule.phase = RULE_BEFORE;
	g->rule.status = 308;
	g->rule.query = 1;
	if (json_object_object_get_ex(o, "permanent", &permanent))
		g->rule.status = json_object_get_boolean(permanent) ? 308 : 307;
	if (json_object_object_get_ex(o, "statusCode", &status)) {
		if (permanent != NULL)
			return no(g, "statusCode",
			    "permanent says it already; leave one out");
		g->rule.status = json_object_get_int(status);
	}
	for (i = 0; i < NITEMS(allowed); i++)
		if (g->rule.status == allowed[i])
			return destination(g, o, 0, &is_url);
	return no(g, "statusCode", "is not 301, 302, 303, 307 or 308");
}

/* With a status of its own it answers, and nothing below is asked. */
static enum rc
rewrite(struct reading *g, struct json_object *o)
{
	struct json_object *status;
	int is_url;
	enum rc rc;

	g->rule.phase = RULE_AFTER;
	g->rule.status = 200;
	if ((rc = destination(g, o, 1, &is_url)) != RC_OK)
		return rc;
	g->rule.query = is_url;
	g->rule.check = !is_url;
	if (!json_object_object_get_ex(o, "statusCode", &status))
		return RC_OK;
	g->rule.status = json_object_get_int(status);
	if (g->rule.status == 200)
		return RC_OK;
	g->rule.check = 0;
	if (is_url || (g->rule.status != 404 && g->rule.status != 410))
		return no(g, "statusCode",
		    "is not 200, 404 or 410, or the destination is a URL");
	return RC_OK;
}

/* Of headers but for one, as lines; what requests bring is not counted. */
static size_t
lines_but(const struct rule_header *h, size_t n, size_t but)
{
	size_t sum = 0, i, k;

	for (i = 0; i < n; i++) {
		if (i == but)
			continue;
		sum += strlen(h[i].name) + 4;
		for (k = 0; k < h[i].value.n; k++)
			if (h[i].value.piece[k].text != NULL)
				sum += strlen(h[i].value.piece[k].text);
	}
	return sum;
}

/* Of several the last counts.  NULL, or why there is no room for it. */
static const char *
put_header(struct reading *g, struct rule_header *h, size_t *n,
    const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < *n && strcasecmp(h[i].name, name) != 0; i++)
		;
	if (i == HEADERS_EACH_MAX)
		return "it is the 65th header of its source, and an answer "
		       "carries 64";
	if (lines_but(h, *n, i) + strlen(name) + strlen(value) + 4 >
	    HEADERS_LINES_MAX)
		return "with it the headers of its source have more than 8192 "
		       "bytes";
	h[i].name = name;
	h[i].remove = 1; /* of earlier rules */
	template_value(&h[i].value, g->arena, value, &g->names);
	*n += i == *n;
	return NULL;
}

/* One that nobody may set is left out, and said; the others are set. */
static enum rc
one_header(struct reading *g, struct json_object *o, struct rule_header *h,
    size_t *n)
{
	const char *name = js_string(o, "key"), *value = js_string(o, "value");
	const char *why;

	if (name == NULL || value == NULL || json_object_object_length(o) != 2)
		return no(g, "headers",
		    "an entry is not { \"key\": ..., \"value\": ... }");
	if (strlen(value) !=
	    (size_t)json_object_get_string_len(
		json_object_object_get(o, "value")))
		return no(g, "headers", "a value has a NUL");
	if (headers_secret(name))
		refuse(g, g->rule.text,
		    "Basic-Auth protects nothing here, and all could read it: "
		    "write it in _headers, or give the project a password");
	else if ((why = header_fault(g->arena, name, value)) != NULL ||
	    (why = put_header(g, h, n, name, value)) != NULL)
		refuse(g, g->rule.text,
		    arena_printf(g->arena, "%.100s: %s", name, why));
	return RC_OK;
}

static enum rc
headers(struct reading *g, struct json_object *o)
{
	struct json_object *list;
	struct rule_header *h;
	size_t i, n;
	enum rc rc;

	if (!json_object_object_get_ex(o, "headers", &list))
		return no(g, "headers", "is missing");
	n = json_object_array_length(list);
	if (n > VERCEL_HEADERS_MAX)
		return no(g, "headers",
		    arena_printf(g->arena, "has more than %d entries",
			VERCEL_HEADERS_MAX));
	g->rule.phase = RULE_HEADERS;
	g->rule.headers = h =
	    arena_alloc(g->arena, HEADERS_EACH_MAX * sizeof(*h));
	for (i = 0; i < n; i++) {
		rc = one_header(g, json_object_array_get_idx(list, i), h,
		    &g->rule.nheaders);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
entry(struct reading *g, struct json_object *o, enum list list)
{
	static enum rc (*const rest[])(struct reading *,
	    struct json_object *) = { redirect, headers, rewrite };
	enum rc rc;

	g->rule = (struct rule){ .at = g->at, .text = "" };
	if (!json_object_is_type(o, json_type_object))
		return no(g, "it", "is no object");
	if ((rc = check_fields(g, o, list)) != RC_OK ||
	    (rc = source(g, o, list)) != RC_OK ||
	    (rc = conditions(g, o)) != RC_OK)
		return rc;
	g->names = (struct template_names){ &g->path, g->has.captures,
		g->has.ncaptures };
	if ((rc = rest[list](g, o)) == RC_OK)
		rules_add(g->rules, &g->rule);
	return rc;
}

static void
entries(struct reading *g, struct json_object *o, const char *name,
    enum list list)
{
	struct json_object *a;
	size_t n, i;

	at(g, name, 0, 0);
	if (!json_object_object_get_ex(o, name, &a))
		return;
	if (!json_object_is_type(a, json_type_array)) {
		refuse(g, name, "is no list");
		return;
	}
	n = json_object_array_length(a);
	for (i = 0; i < n && i < VERCEL_ENTRIES_MAX; i++) {
		at(g, name, i, 1);
		if (entry(g, json_object_array_get_idx(a, i), list) != RC_OK)
			refuse(g, g->rule.text, g->why);
	}
	if (n == i)
		return;
	at(g, name, i, 1);
	refuse(g, arena_printf(g->arena, "%s[%zu] to [%zu]", name, i, n - 1),
	    arena_printf(g->arena, "there are more than %d",
		VERCEL_ENTRIES_MAX));
}

/* A redirect that is not of a list, and what it is about. */
static void
canonical(struct reading *g, const char *name, const char *about,
    const char *regex, const char *before, const char *after)
{
	struct piece *p = arena_alloc(g->arena, 3 * sizeof(*p));

	at(g, name, 0, 0);
	p[0].text = before;
	p[1].capture = "1";
	p[2].text = after;
	rules_add(g->rules,
	    &(struct rule){ .at = g->at,
		.text = arena_printf(g->arena, "%s %s", name, about),
		.phase = RULE_BEFORE,
		.pattern = { .kind = PATTERN_REGEX,
		    .text =
			arena_printf(g->arena, "%s%s", NOT_WELL_KNOWN, regex),
		    .prefix = "/" },
		.status = 308,
		.to = { p, after != NULL ? 3 : 2 },
		.query = 1 });
}

/* -1: not said. */
static int
setting(struct reading *g, struct json_object *o, const char *name)
{
	struct json_object *v;

	at(g, name, 0, 0);
	if (!json_object_object_get_ex(o, name, &v))
		return -1;
	if (json_object_is_type(v, json_type_boolean))
		return json_object_get_boolean(v);
	refuse(g, name, "is neither true nor false");
	return -1;
}

static void
spellings(struct reading *g, struct json_object *o)
{
	struct rules_settings *s = &g->rules->settings;
	const char *slash;

	s->vercel = 1;
	s->clean_urls = setting(g, o, "cleanUrls");
	s->trailing_slash = setting(g, o, "trailingSlash");
	slash = s->trailing_slash == 1 ? "/" : NULL;
	if (s->clean_urls == 1) {
		canonical(g, "cleanUrls", "/index.html",
		    "/()index(?:\\.html)?/?", "/", NULL);
		canonical(g, "cleanUrls", "/*/index.html",
		    "/(.+)/index(?:\\.html)?/?", "/", slash);
		canonical(g, "cleanUrls", "/*.html", "/(.+)\\.html/?", "/",
		    slash);
	}
	if (s->trailing_slash == 1) {
		canonical(g, "trailingSlash", "/*", "/((?:[^/]+/)*[^/.]+)", "/",
		    "/");
		canonical(g, "trailingSlash", "/*.*/",
		    "/((?:[^/]+/)*[^/]+\\.\\w+)/", "/", NULL);
	} else if (s->trailing_slash == 0)
		canonical(g, "trailingSlash", "/*/", "/(.+)/", "/", NULL);
}

static void
others(struct reading *g, struct json_object *o)
{
	size_t i;

	json_object_object_foreach(o, name, v)
	{
		(void)v;
		for (i = 0; i < NITEMS(keys); i++)
			if (strcmp(keys[i].name, name) == 0)
				break;
		at(g, name, 0, 0);
		name = arena_strndup(g->arena, name, strnlen(name, 100));
		g->at.entry = name;
		if (i == NITEMS(keys))
			refuse(g, name, "there is no such key");
		else if (keys[i].what == IDLE)
			refuse(g, name,
			    arena_printf(g->arena, "not used: %s",
				keys[i].why));
	}
}

void
vercel_read(struct rules *r, const char *file, struct json_object *o)
{
	struct reading g = { .rules = r,
		.arena = r->arena,
		.all = o,
		.file = file };

	spellings(&g, o);
	entries(&g, o, "redirects", REDIRECTS);
	entries(&g, o, "headers", HEADERS);
	entries(&g, o, "rewrites", REWRITES);
	others(&g, o);
}
