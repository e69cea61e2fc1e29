/*
 * What a URL is answered with, and why: fcgi-serve's own code, asked from here,
 * about hosts of whoever asks.
 */
#include <ctype.h>
#include <json-c/json.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>

#include "api.h"
#include "content.h"
#include "site/host.h"

#define HEADERS_MAX 32
#define HEADER_MAX  4096 /* bytes of one */
#define TARGET_MAX  8192

/* clang-format off */
const struct js_field explain_fields[] = {
	{ "url",     JS_STRING, JS_REQUIRED, 1, TARGET_MAX, NULL, NULL, "Of a site: scheme, host, path and query" },
	{ "method",  JS_STRING, 0, 1, 20, NULL, NULL, "GET if not given" },
	{ "country", JS_STRING, 0, 2, 2, NULL, NULL, "Where the client is, for rules that ask: two letters, such as CH" },
	{ "headers", JS_ARRAY,  0, 0, 0, NULL, NULL, "What the client sends, each \"Name: value\"; at most 32" },
	{ 0 }
};
/* clang-format on */

enum {
	DEPLOYMENT,
	PROJECT,
	PROJECT_ID,
	MANIFEST,
	PRODUCTION,
	SPA,
	GONE,
	PRIMARY,
	SKEW,
	PROTECTED,
	KIND,
	TEAM
};

struct question {
	struct req *r;
	const char *scheme, *host, *target; /* host with its port */
	char *envp[HEADERS_MAX + 8];
	size_t n;
	struct explain_ask ask;
	const char *kind;
};

static void
param(struct question *q, const char *name, const char *value)
{
	q->envp[q->n++] = arena_printf(q->r->arena, "%s=%s", name, value);
}

/* "https://host/path?query"; what stands behind '#' is the client's own. */
static enum rc
read_url(struct question *q)
{
	static const struct fault bad = {
		"format", "",
		"give a URL of a site, such as https://shop.example.org/about"
	};
	const char *s = req_string(q->r, "url"), *p;
	size_t n = strncasecmp(s, "https://", 8) == 0 ? 8 :
	    strncasecmp(s, "http://", 7) == 0         ? 7 :
							0;

	q->scheme = n == 7 ? "http" : "https";
	s += n;
	if (n == 0)
		q->scheme = q->r->w->conf->site_scheme;
	n = strcspn(s, "/?#");
	for (p = s; *p > ' ' && *p <= '~'; p++)
		;
	if (n == 0 || *p != '\0' || memchr(s, '@', n) != NULL)
		return req_fault(q->r, "url", &bad);
	q->host = arena_strndup(q->r->arena, s, n);
	s += n;
	q->target = arena_printf(q->r->arena, "%s%.*s", *s == '/' ? "" : "/",
	    (int)strcspn(s, "#"), s);
	return RC_OK;
}

/* "Accept-Encoding: br" is HTTP_ACCEPT_ENCODING=br. */
static int
read_header(struct question *q, const char *s)
{
	size_t n = strcspn(s, ":"), i;
	char *out;

	if (n == 0 || s[n] != ':' || strlen(s) > HEADER_MAX)
		return 0;
	out = arena_alloc(q->r->arena, strlen(s) + 8);
	strcpy(out, "HTTP_");
	for (i = 0; i < n; i++) {
		if (!isalnum((unsigned char)s[i]) && s[i] != '-')
			return 0;
		out[5 + i] =
		    s[i] == '-' ? '_' : (char)toupper((unsigned char)s[i]);
	}
	out[5 + n] = '=';
	s += n + 1;
	strcpy(out + 6 + n, s + strspn(s, " \t"));
	for (i = 6 + n; out[i] != '\0'; i++)
		if ((unsigned char)out[i] < ' ' && out[i] != '\t')
			return 0;
	if (strncmp(out, "HTTP_HOST=", 10) != 0)
		q->envp[q->n++] = out;
	return 1;
}

static enum rc
read_headers(struct question *q)
{
	static const struct fault bad = { "format", "32",
		"give at most 32 strings \"Name: value\" of up to 4096 bytes" };
	struct json_object *list, *o;
	size_t i, n;

	if (!json_object_object_get_ex(q->r->body, "headers", &list) ||
	    list == NULL)
		return RC_OK;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		if (n > HEADERS_MAX ||
		    !json_object_is_type(o, json_type_string) ||
		    strlen(json_object_get_string(o)) !=
			(size_t)json_object_get_string_len(o) ||
		    !read_header(q, json_object_get_string(o)))
			return req_fault(q->r, "headers", &bad);
	}
	return RC_OK;
}

/* Which of their deployments the host shows; RC_NOT_FOUND. */
static enum rc
resolve(struct question *q, struct host *h)
{
	struct req *r = q->r;
	PGresult *res;
	enum rc rc;

	if (host_parse(h, q->host, r->w->conf->base_domain) != RC_OK)
		return RC_NOT_FOUND;
	rc = db_run(r->w->db, r->arena, Q_EXPLAIN_HOST,
	    (const char *[]){ h->scope, h->ask }, &res);
	if (rc != RC_OK)
		return rc;
	q->kind = PQgetvalue(res, 0, KIND);
	q->ask = (struct explain_ask){ .conf = r->w->conf,
		.arena = r->arena,
		.shelf = &r->w->shelf,
		.envp = q->envp,
		.host = h->name,
		.deployment = PQgetvalue(res, 0, DEPLOYMENT),
		.project = PQgetvalue(res, 0, PROJECT),
		.project_id = PQgetvalue(res, 0, PROJECT_ID),
		.team = PQgetvalue(res, 0, TEAM),
		.manifest = PQgetvalue(res, 0, MANIFEST),
		.spa = PQgetvalue(res, 0, SPA),
		.primary = PQgetvalue(res, 0, PRIMARY),
		.skew = PQgetvalue(res, 0, SKEW),
		.production = *PQgetvalue(res, 0, PRODUCTION) == 't',
		.gone = *PQgetvalue(res, 0, GONE) == 't',
		.guarded = *PQgetvalue(res, 0, PROTECTED) == 't' };
	return RC_OK;
}

static const char *
host_step(const struct question *q)
{
	static const struct {
		const char *kind, *what;
	} kinds[] = {
		{ "production", "the production host" },
		{ "domain", "a domain" },
		{ "deployment", "the host of one deployment" },
		{ "alias", "an alias" },
		{ "branch", "the host of a branch" },
	};
	size_t i;

	for (i = 0; i < NITEMS(kinds) - 1; i++)
		if (strcmp(kinds[i].kind, q->kind) == 0)
			break;
	return arena_printf(q->r->arena, "%s is %s of %s, and shows %s",
	    q->ask.host, kinds[i].what, q->ask.project, q->ask.deployment);
}

/* [["Name","value"],...] of lines. */
static void
put_head(struct text *t, const char *s)
{
	const char *sep = "";
	size_t n, colon;

	text_add(t, "\"headers\":[");
	for (; *s != '\0'; s += n + 2) {
		n = strcspn(s, "\r");
		colon = strcspn(s, ":");
		if (colon + 2 > n)
			continue;
		text_add(t,
		    arena_printf(t->a, "%s[%s,%s]", sep,
			js_quote(t->a, arena_strndup(t->a, s, colon)),
			js_quote(t->a,
			    arena_strndup(t->a, s + colon + 2,
				n - colon - 2))));
		sep = ",";
	}
	text_add(t, "],");
}

static void
put_steps(struct text *t, const struct why *w)
{
	size_t i;

	text_add(t, "\"steps\":[");
	for (i = 0; i < w->n; i++) {
		text_add(t, i > 0 ? "," : "");
		text_add(t, js_quote(t->a, w->step[i]));
	}
	text_add(t, "]");
}

static void
put_file(struct text *t, const struct why *w, const char *deployment)
{
	char hash[2 * sizeof(w->hash) + 1];

	if (w->path == NULL) {
		text_add(t, "\"file\":null,");
		return;
	}
	text_add(t,
	    arena_printf(t->a,
		"\"file\":{\"path\":%s,\"sha256\":\"%s\",\"size\":%llu,"
		"\"encoding\":%s,\"bytes\":%llu,\"deployment\":%s},",
		js_quote(t->a, w->path),
		sodium_bin2hex(hash, sizeof(hash), w->hash, sizeof(w->hash)),
		(unsigned long long)w->size,
		w->encoding != NULL && *w->encoding != '\0' ?
		    js_quote(t->a, w->encoding) :
		    "null",
		(unsigned long long)w->bytes, js_quote(t->a, deployment)));
}

/* Where the rule stands: on a line, or in an entry. */
static void
put_rule(struct text *t, const struct spot *at)
{
	if (at->file == NULL) {
		text_add(t, "\"rule\":null,");
		return;
	}
	text_add(t,
	    arena_printf(t->a, "\"rule\":{\"file\":%s,",
		js_quote(t->a, at->file)));
	text_add(t,
	    at->entry != NULL ? arena_printf(t->a, "\"entry\":%s},",
				    js_quote(t->a, at->entry)) :
				arena_printf(t->a, "\"line\":%u},", at->line));
}

/* Whose file it is: this deployment's, or that of one before. */
static const char *
owner(struct question *q, const struct explained *e)
{
	PGresult *res;

	if (strcmp(e->manifest, q->ask.manifest) == 0 || *e->manifest == '\0')
		return q->ask.deployment;
	if (db_run(q->r->w->db, q->r->arena, Q_EXPLAIN_MANIFEST,
		(const char *[]){ q->ask.project_id, e->manifest },
		&res) != RC_OK)
		return "";
	return PQgetvalue(res, 0, 0);
}

static void
answer(struct question *q, struct explained *e)
{
	struct text t = { .a = q->r->arena };
	const char *from = owner(q, e);

	if (strcmp(from, q->ask.deployment) != 0)
		why_say(&e->why, "that is %s", from);
	why_say(&e->why, "the answer is %d", e->status);
	text_add(&t,
	    arena_printf(t.a,
		"{\"host\":%s,\"kind\":\"%s\",\"project\":%s,"
		"\"deployment\":%s,\"protected\":%s,\"status\":%d,",
		js_quote(t.a, q->ask.host), q->kind,
		js_quote(t.a, q->ask.project), js_quote(t.a, q->ask.deployment),
		q->ask.guarded ? "true" : "false", e->status));
	put_file(&t, &e->why, from);
	put_rule(&t, &e->why.rule);
	put_head(&t, e->head);
	put_steps(&t, &e->why);
	text_add(&t, "}");
	q->r->reply = t.p;
}

/* 200 with the answer and its reasons; 404 for what is not theirs; 422. */
enum rc
explain_show(struct req *r)
{
	struct question *q = arena_alloc(r->arena, sizeof(*q));
	struct explained *e = arena_alloc(r->arena, sizeof(*e));
	const char *method = req_string(r, "method");
	struct host h;
	enum rc rc;

	q->r = r;
	if ((rc = read_url(q)) != RC_OK || (rc = read_headers(q)) != RC_OK ||
	    (rc = resolve(q, &h)) != RC_OK || (rc = content_store(r)) != RC_OK)
		return rc;
	param(q, "REQUEST_METHOD", method != NULL ? method : "GET");
	param(q, "REQUEST_URI", q->target);
	param(q, "REQUEST_SCHEME", q->scheme);
	param(q, "HTTP_HOST", h.name);
	if (req_string(r, "country") != NULL)
		param(q, "SLIPWAY_COUNTRY", req_string(r, "country"));
	q->ask.store = r->w->store;
	e->why.arena = r->arena;
	why_say(&e->why, "%s", host_step(q));
	if (q->ask.guarded)
		why_say(&e->why,
		    "it is protected: who has not signed in is "
		    "asked for the password; who has, goes on");
	if ((rc = explain(&q->ask, e)) != RC_OK)
		return rc;
	answer(q, e);
	return RC_OK;
}
