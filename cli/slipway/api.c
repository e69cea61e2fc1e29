/*
 * api -- a call of the REST API, and its errors in one line.
 */
#include <curl/curl.h>
#include <string.h>

#include "slipway.h"

#define AWAY_MAX 8000 /* milliseconds */

static void
clear(void *json)
{
	json_object_put(json);
}

/* One part of a path or query. */
char *
esc(struct cli *c, const char *s)
{
	char *e = curl_easy_escape(NULL, s, (int)strlen(s)), *copy;

	copy = arena_strndup(c->arena, e, strlen(e));
	curl_free(e);
	/* A dot segment would be taken away on its path. */
	if (strcmp(copy, ".") == 0 || strcmp(copy, "..") == 0)
		return arena_printf(c->arena, "%s",
		    copy[1] == '.' ? "%2E%2E" : "%2E");
	return copy;
}

static enum rc
outcome(long status)
{
	int i;

	if (status == 400)
		return RC_INVALID;
	for (i = 0; i < RC__MAX; i++)
		if (rc_http((enum rc)i) == (int)status)
			return (enum rc)i;
	return status >= 500 ? RC_BUSY : RC_FAIL;
}

static struct json_object *
parse(struct cli *c, const struct http_reply *r)
{
	struct json_object *o =
	    r->body != NULL ? json_tokener_parse(r->body) : NULL;

	if (o != NULL)
		arena_defer(c->arena, clear, o);
	return o;
}

/* "field: message (limit 48)", for each field. */
static const char *
fields(struct cli *c, struct json_object *problem)
{
	struct json_object *list = field(problem, "errors"), *e, *limit;
	const char *line = "", *name, *text;
	size_t i, n;

	if (!json_object_is_type(list, json_type_array))
		return line;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		e = json_object_array_get_idx(list, i);
		name = str_or(e, "field", "");
		text = str_or(e, "message", str_or(e, "code", ""));
		limit = field(e, "limit");
		line = arena_printf(c->arena, "%s%s%s%s%s", line,
		    line[0] != '\0' ? "; " : "", name,
		    name[0] != '\0' ? ": " : "", text);
		if (limit != NULL &&
		    strstr(text, json_object_get_string(limit)) == NULL)
			line = arena_printf(c->arena, "%s (limit: %s)", line,
			    json_object_get_string(limit));
	}
	return line;
}

/*
 * "no variable KEY of project shop": what the server did not find, by the path
 * that it says it was asked for.  NULL if that is not one of these.
 */
static const char *
nothing(struct cli *c, const char *path)
{
	/* clang-format off */
	static const char *const kinds[][2] = {
		{ "projects", "project" },
		{ "deployments", "deployment" },
		{ "env", "variable" },
		{ "aliases", "alias" },
		{ "tokens", "token" },
	};
	/* clang-format on */
	char *s = arena_printf(c->arena, "%s", path), *kind, *name, *rest;
	const char *text = NULL;
	size_t i;

	kind = strtok_r(s, "/", &rest); /* api */
	while ((kind = strtok_r(NULL, "/", &rest)) != NULL) {
		/* A project has one protection, which has no name. */
		if (strcmp(kind, "protection") == 0)
			continue;
		if ((name = strtok_r(NULL, "/", &rest)) == NULL)
			break;
		if (c->folder != NULL && strcmp(name, c->folder->id) == 0)
			name = arena_printf(c->arena, "%s", c->folder->slug);
		for (i = 0; i < NITEMS(kinds); i++)
			if (strcmp(kind, kinds[i][0]) == 0)
				text = arena_printf(c->arena, "%s %s%s%s",
				    kinds[i][1], name,
				    text != NULL ? " of " : "",
				    text != NULL ? text : "");
	}
	return text;
}

/* Says what is wrong, in one line; gives the outcome. */
enum rc
api_problem(struct cli *c, const struct http_reply *r)
{
	struct json_object *p = parse(c, r);
	const char *detail = str_or(p, "detail", str_or(p, "title", NULL));
	const char *each = fields(c, p), *text;
	enum rc rc = outcome(r->status);

	if (rc == RC_UNAUTHORIZED && c->session != NULL && c->session->lent)
		return complain(rc,
		    "the token in SLIPWAY_TOKEN is not good at %s, or no more; "
		    "\"slipway token create\" makes another",
		    c->url);
	if (rc == RC_UNAUTHORIZED && c->session != NULL)
		return complain(rc,
		    "not signed in at %s, or no more; run \"slipway login "
		    "--url %s\"",
		    c->url, c->url);
	if (detail == NULL && r->status >= 502 && r->status <= 504)
		return complain(rc,
		    "the web server at %s is there and its API is not (%ld); "
		    "try again in a moment",
		    c->url, r->status);
	if (detail == NULL)
		return complain(rc,
		    "%s answered %ld and not in the way of Slipway; is the URL "
		    "right?",
		    c->url, r->status);
	if (rc == RC_NOT_FOUND && each[0] == '\0' &&
	    (text = nothing(c, str_or(p, "instance", ""))) != NULL)
		return complain(rc, "there is no %s, or it is not yours",
		    clean(c, text));
	/* Where fields are named, detail only says that they are. */
	text = each[0] != '\0' ? each : detail;
	if (r->status >= 500)
		text = arena_printf(c->arena, "%s (request %s)", text,
		    str_or(p, "request_id", "without an id"));
	return complain(rc, "%s", clean(c, text));
}

static bool
away(enum rc rc, const struct http_reply *r)
{
	return rc != RC_OK || (r->status >= 502 && r->status <= 504);
}

/* Does the web server say that this never came to the API? */
static bool
never_came(struct cli *c, enum rc rc, const struct http_reply *r)
{
	return rc == RC_OK && r->status == 503 &&
	    strcmp(str_or(parse(c, r), "connected", ""), "-") == 0;
}

/*
 * A server that was there a moment ago and is not now is being restarted:
 * reading is tried again for some seconds, and so is what never came to the
 * API.  Other writing is not, for it may have been done.
 */
static enum rc
once(struct cli *c, int how, const char *method, const char *path,
    struct json_object *body, const char *bearer, struct http_reply *r)
{
	const char *text = body == NULL ?
	    NULL :
	    json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN);
	const char *url = arena_printf(c->arena, "%s%s", c->url, path);
	bool again = c->reached && !(how & API_QUIET);
	bool reads = strcmp(method, "GET") == 0;
	long wait = 500;
	enum rc rc;

	for (;;) {
		rc = http_send(c, method, url, bearer, text, r);
		if (!away(rc, r))
			c->reached = true;
		else if (again && (reads || never_came(c, rc, r)) &&
		    wait <= AWAY_MAX && !interrupted()) {
			pause_for(wait);
			wait *= 2;
			continue;
		}
		return rc;
	}
}

/*
 * One call.  A token that has run out is renewed, once.  With API_QUIET the
 * caller speaks about errors, otherwise they have been told.
 */
enum rc
api(struct cli *c, int how, const char *method, const char *path,
    struct json_object *body, struct json_object **out)
{
	struct http_reply r;
	const char *bearer = NULL;
	enum rc rc;

	if ((rc = how & API_PUBLIC ? session_url(c) : session_open(c)) != RC_OK)
		return rc;
	if (!(how & API_PUBLIC))
		bearer = session_bearer(c);
	rc = once(c, how, method, path, body, bearer, &r);
	if (rc == RC_OK && r.status == 401 && bearer != NULL &&
	    c->session->token == NULL) {
		if ((rc = session_renew(c, bearer)) != RC_OK)
			return rc;
		rc = once(c, how, method, path, body, session_bearer(c), &r);
	}
	if (rc != RC_OK)
		return how & API_QUIET ? rc : complain(rc, "%s", r.error);
	if (r.status < 200 || r.status > 299)
		return how & API_QUIET ? outcome(r.status) : api_problem(c, &r);
	if (out == NULL)
		return RC_OK;
	if ((*out = parse(c, &r)) == NULL)
		return complain(RC_FAIL,
		    "%s did not answer in JSON; is the URL right?", c->url);
	return RC_OK;
}

/* A file as the body of a POST; the rest as api() does it. */
enum rc
api_file(struct cli *c, const char *path, int fd, long long size,
    struct json_object **out)
{
	struct http_reply r;
	const char *url, *bearer;
	enum rc rc;

	if ((rc = session_open(c)) != RC_OK)
		return rc;
	url = arena_printf(c->arena, "%s%s", c->url, path);
	bearer = session_bearer(c);
	rc = http_send_file(c, url, bearer, fd, size, &r);
	if (rc == RC_OK && r.status == 401 && c->session->token == NULL) {
		if ((rc = session_renew(c, bearer)) != RC_OK)
			return rc;
		rc = http_send_file(c, url, session_bearer(c), fd, size, &r);
	}
	if (rc != RC_OK)
		return complain(rc, "%s", r.error);
	if (r.status < 200 || r.status > 299)
		return api_problem(c, &r);
	if ((*out = parse(c, &r)) == NULL)
		return complain(RC_FAIL,
		    "%s did not answer in JSON; is the URL right?", c->url);
	return RC_OK;
}

enum rc
api_stream(struct cli *c, const char *path, int tries,
    bool (*take)(void *, const char *, size_t), void *arg)
{
	const char *url, *bearer;
	struct http_reply r;
	enum rc rc;

	if ((rc = session_open(c)) != RC_OK)
		return rc;
	url = arena_printf(c->arena, "%s%s", c->url, path);
	for (;;) {
		bearer = session_bearer(c);
		rc = http_fetch(c, url, bearer, take, arg, &r);
		if (rc != RC_OK) /* take() has said why */
			return *r.error == '\0' ? rc :
						  complain(rc, "%s", r.error);
		if (r.status == 200)
			return RC_OK;
		if (--tries <= 0 || interrupted())
			return api_problem(c, &r);
		if (r.status == 401 && c->session->token == NULL)
			rc = session_renew(c, bearer);
		else if (r.status == 503 && r.retry_after > 0) {
			progress("waiting for %s", c->url);
			pause_for(r.retry_after * 1000);
		} else
			return api_problem(c, &r);
		if (rc != RC_OK)
			return rc;
	}
}

/*
 * The page that begins at *next, or the first where that is NULL; *next is then
 * that of the one behind it, or NULL.
 */
enum rc
api_page(struct cli *c, const char *path, long long limit, const char **next,
    struct json_object **page)
{
	enum rc rc;

	path = arena_printf(c->arena, "%s%climit=%lld%s%s", path,
	    strchr(path, '?') != NULL ? '&' : '?', limit,
	    *next != NULL ? "&cursor=" : "",
	    *next != NULL ? esc(c, *next) : "");
	if ((rc = api(c, 0, "GET", path, NULL, page)) == RC_OK)
		*next = str_or(*page, "next", NULL);
	return rc;
}

/*
 * Up to limit rows, over as many pages as it takes; *out is like one page.
 * path has its "?" already if it needs one.
 */
enum rc
api_list(struct cli *c, const char *path, const char *plural, long long limit,
    struct json_object **out)
{
	struct json_object *all = object(c), *rows = json_object_new_array();
	struct json_object *page, *part;
	const char *next = NULL;
	long long have = 0;
	size_t i, n;
	enum rc rc;

	json_object_object_add(all, plural, rows);
	do {
		rc = api_page(c, path, limit - have > 100 ? 100 : limit - have,
		    &next, &page);
		if (rc != RC_OK)
			return rc;
		part = field(page, plural);
		n = json_object_is_type(part, json_type_array) ?
		    json_object_array_length(part) :
		    0;
		for (i = 0; i < n; i++)
			json_object_array_add(rows,
			    json_object_get(
				json_object_array_get_idx(part, i)));
		have += (long long)n;
	} while (next != NULL && have < limit);
	put(all, "next", next);
	if (next == NULL)
		json_object_object_add(all, "next", NULL);
	*out = all;
	return RC_OK;
}
