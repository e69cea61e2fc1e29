/*
 * The API as an OpenAPI 3.1 document, made from the route table and from the
 * fields that requests are checked against: what is checked is what is said.
 */
#include <string.h>

#include "api.h"

#define add         text_add
#define ADD(t, ...) text_add((t), arena_printf((t)->a, __VA_ARGS__))

static const char *const types[] = { [JS_STRING] = "string",
	[JS_INT] = "integer",
	[JS_BOOL] = "boolean",
	[JS_ARRAY] = "array" };

static void
schema(struct text *t, const struct js_field *f)
{
	const char *s = f->choices;
	size_t n;

	ADD(t, "{\"type\":\"%s\"", types[f->type]);
	if (f->type == JS_ARRAY)
		add(t, ",\"items\":{}");
	if (f->max > 0 && f->type == JS_INT)
		ADD(t, ",\"minimum\":%ld,\"maximum\":%ld", f->min, f->max);
	else if (f->max > 0)
		ADD(t, ",\"minLength\":%ld,\"maxLength\":%ld",
		    f->min > 0 ? 1L : 0L, f->max);
	if (s != NULL) {
		for (add(t, ",\"enum\":["); *s != '\0';
		     s += n + (s[n] == '|')) {
			n = strcspn(s, "|");
			ADD(t, "%s\"%.*s\"", s != f->choices ? "," : "", (int)n,
			    s);
		}
		add(t, "]");
	}
	if (f->flags & JS_SECRET)
		add(t, ",\"format\":\"password\"");
	ADD(t, ",\"description\":%s}",
	    js_quote(t->a, f->about != NULL ? f->about : ""));
}

static void
parameters(struct text *t, const struct route *r)
{
	const struct js_field *f;
	const char *s, *sep = "";

	add(t, ",\"parameters\":[");
	for (s = strchr(r->path, ':'); s != NULL; s = strchr(s + 1, ':')) {
		ADD(t,
		    "%s{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,"
		    "\"schema\":{\"type\":\"string\"}}",
		    sep, (int)strcspn(s + 1, "/"), s + 1);
		sep = ",";
	}
	for (f = r->query; f != NULL && f->name != NULL; f++) {
		ADD(t, "%s{\"name\":\"%s\",\"in\":\"query\",\"schema\":", sep,
		    f->name);
		schema(t, f);
		add(t, "}");
		sep = ",";
	}
	add(t, "]");
}

static void
body(struct text *t, const struct route *r)
{
	const struct js_field *f;
	const char *sep = "";

	if (r->flags & ROUTE_RAW) {
		add(t,
		    ",\"requestBody\":{\"required\":true,\"content\":{"
		    "\"application/octet-stream\":{}}}");
		return;
	}
	if (r->fields == NULL)
		return;
	ADD(t,
	    ",\"requestBody\":{\"required\":%s,\"content\":{"
	    "\"application/json\":{\"schema\":{\"type\":\"object\","
	    "\"additionalProperties\":false,\"required\":[",
	    r->flags & ROUTE_OPTIONAL ? "false" : "true");
	for (f = r->fields; f->name != NULL; f++)
		if (f->flags & JS_REQUIRED) {
			ADD(t, "%s\"%s\"", sep, f->name);
			sep = ",";
		}
	add(t, "],\"properties\":{");
	for (f = r->fields; f->name != NULL; f++) {
		ADD(t, "%s\"%s\":", f == r->fields ? "" : ",", f->name);
		schema(t, f);
	}
	add(t, "}}}}}");
}

static void
operation(struct text *t, const struct route *r)
{
	const char *p, *method = "get";

	for (p = "GET\0get\0POST\0post\0PUT\0put\0PATCH\0patch\0"
		 "DELETE\0delete\0";
	     *p != '\0'; p += strlen(p) + 1)
		if (strcmp(p, r->method) == 0)
			method = p + strlen(p) + 1;
	ADD(t, "\"%s\":{\"summary\":%s", method, js_quote(t->a, r->what));
	if (r->flags & ROUTE_PUBLIC)
		ADD(t, ",\"security\":[%s]",
		    r->flags & ROUTE_MAYBE ? "{},{\"token\":[]}" : "");
	parameters(t, r);
	body(t, r);
	ADD(t,
	    ",\"responses\":{\"%d\":{\"description\":\"Done\"%s},"
	    "\"default\":{\"$ref\":\"#/components/responses/problem\"}}}",
	    r->status,
	    r->status == 204 ? "" :
		r->flags & ROUTE_TAR ?
			       ",\"content\":{\"application/x-tar\":{}}" :
		r->flags & ROUTE_TEXT ?
			       ",\"content\":{\"text/plain\":{}}" :
			       ",\"content\":{\"application/json\":{}}");
}

/* "/api/projects/:project" is "/api/projects/{project}" to others. */
static const char *
path_of(struct arena *a, const char *path)
{
	const char *out = "", *s = path;
	size_t n;

	for (; *s != '\0'; s += n) {
		n = strcspn(s + 1, "/") + 1;
		out = s[1] == ':' ?
		    arena_printf(a, "%s/{%.*s}", out, (int)n - 2, s + 2) :
		    arena_printf(a, "%s%.*s", out, (int)n, s);
	}
	return out;
}

const char *
openapi_make(struct arena *a, const struct conf *c)
{
	struct text t = { .a = a };
	size_t i, k;

	ADD(&t,
	    "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Slipway\","
	    "\"version\":\"1\"},\"servers\":[{\"url\":%s}],"
	    "\"security\":[{\"token\":[]}],"
	    "\"components\":{\"securitySchemes\":{\"token\":{"
	    "\"type\":\"http\",\"scheme\":\"bearer\"}},"
	    "\"responses\":{\"problem\":{\"description\":\"A problem\","
	    "\"content\":{\"application/problem+json\":{\"schema\":{"
	    "\"type\":\"object\",\"required\":[\"type\",\"title\","
	    "\"status\",\"detail\",\"instance\",\"request_id\"],"
	    "\"properties\":{\"type\":{\"type\":\"string\"},"
	    "\"title\":{\"type\":\"string\"},"
	    "\"status\":{\"type\":\"integer\"},"
	    "\"detail\":{\"type\":\"string\"},"
	    "\"instance\":{\"type\":\"string\"},"
	    "\"request_id\":{\"type\":\"string\"},"
	    "\"errors\":{\"type\":\"array\",\"items\":{"
	    "\"type\":\"object\"}}}}}}}}},\"paths\":{",
	    js_quote(a, c->api_url));
	for (i = 0; i < nroutes; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(routes[k].path, routes[i].path) == 0)
				break;
		if (k < i) /* with its first */
			continue;
		ADD(&t, "%s\"%s\":{", i > 0 ? "," : "",
		    path_of(a, routes[i].path));
		for (k = i; k < nroutes; k++)
			if (strcmp(routes[k].path, routes[i].path) == 0) {
				if (k > i)
					add(&t, ",");
				operation(&t, &routes[k]);
			}
		add(&t, "}");
	}
	add(&t, "}}");
	return t.p;
}
