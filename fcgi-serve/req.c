/*
 * One request: what it says, where its host leads, and on to answer().
 */
#include <ctype.h>
#include <stddef.h>
#include <string.h>

#include "log.h"
#include "login.h"
#include "serve.h"
#include "wire.h"

#define AT(member) offsetof(struct req, member)

/* clang-format off */
static const struct param {
	const char	*name;
	size_t		 at;
} params[] = {
	{ "HTTP_ACCEPT_ENCODING",	AT(accept_encoding) },
	{ "HTTP_AUTHORIZATION",		AT(authorization) },
	{ "HTTP_COOKIE",		AT(cookie) },
	{ "HTTP_HOST",			AT(host) },
	{ "HTTP_IF_MATCH",		AT(cond.if_match) },
	{ "HTTP_IF_MODIFIED_SINCE",	AT(cond.if_modified_since) },
	{ "HTTP_IF_NONE_MATCH",		AT(cond.if_none_match) },
	{ "HTTP_IF_RANGE",		AT(cond.if_range) },
	{ "HTTP_IF_UNMODIFIED_SINCE",	AT(cond.if_unmodified_since) },
	{ "HTTP_RANGE",			AT(cond.range) },
	{ "HTTP_SERVICE_WORKER",	AT(service_worker) },
	{ "HTTP_X_SLIPWAY_TOKEN",	AT(pass) },
	{ "REMOTE_ADDR",		AT(addr) },
	{ "REQUEST_METHOD",		AT(method) },
	{ "REQUEST_SCHEME",		AT(scheme) },
	{ "REQUEST_URI",		AT(target) },
	{ "SLIPWAY_COUNTRY",		AT(country) },
	{ "SLIPWAY_REQUEST_ID",		AT(id) },
};
/* clang-format on */

static void
read_params(struct req *r, char **envp)
{
	const char *eq;
	size_t i, n;

	for (i = 0; i < NITEMS(params); i++)
		*(const char **)((char *)r + params[i].at) = "";
	for (; *envp != NULL; envp++) {
		if ((eq = strchr(*envp, '=')) == NULL)
			continue;
		n = (size_t)(eq - *envp);
		for (i = 0; i < NITEMS(params); i++)
			if (params[i].name[0] == **envp &&
			    strncmp(params[i].name, *envp, n) == 0 &&
			    params[i].name[n] == '\0')
				*(const char **)((char *)r + params[i].at) =
				    eq + 1;
	}
	r->head = strcmp(r->method, "HEAD") == 0;
}

/* "Accept-Language" is HTTP_ACCEPT_LANGUAGE. */
static const char *
header(void *arg, const char *name)
{
	char *const *envp = arg;
	const char *s, *p;

	for (; *envp != NULL; envp++) {
		s = *envp;
		if (strncmp(s, "HTTP_", 5) != 0)
			continue;
		for (s += 5, p = name; *p != '\0'; s++, p++)
			if (*s !=
			    (*p == '-' ? '_' : toupper((unsigned char)*p)))
				break;
		if (*p == '\0' && *s == '=')
			return s + 1;
	}
	return "";
}

/* Where it should be is not where it must be made: builderd does that. */
static enum rc
need_store(struct worker *w)
{
	if (w->store != NULL)
		return RC_OK;
	return store_join(&w->store,
	    arena_printf(w->arena, "%s/blobs", w->conf->state_dir));
}

/* 0, or the status of the page that says why not. */
static int
locate(struct req *r)
{
	struct host host;
	enum rc rc;

	if ((rc = host_parse(&host, r->host, r->w->conf->base_domain)) == RC_OK)
		rc = route_get(r->w->routes, r->w->arena, &host, &r->route);
	if (rc != RC_OK)
		return rc_http(rc);
	return r->route->gone ? 410 : 0;
}

static int
load(struct req *r)
{
	enum rc rc;

	if ((rc = need_store(r->w)) == RC_OK)
		rc = site_get(r->w->sites, r->w->store, r->route->manifest,
		    &r->site);
	return rc == RC_OK ? 0 : rc_http(rc);
}

/* To the project's primary host, with all that was asked for. */
static void
lead(struct req *r, const char *path, const char *query)
{
	const struct conf *c = r->w->conf;
	const char *host = r->route->primary, *port = "";

	if (strcmp(host, "own") == 0)
		host = arena_printf(r->w->arena, "%s.%s", r->route->project,
		    c->base_domain);
	if (c->site_port != 0)
		port = arena_printf(r->w->arena, ":%d", c->site_port);
	answer_redirect(r, 308,
	    arena_printf(r->w->arena, "%s://%s%s%s", c->site_scheme, host, port,
		path_encode(r->w->arena, path)),
	    query);
}

/* What a rule may pass on. */
static int
is_method(const char *s)
{
	static const char *const methods[] = { "POST", "PUT", "PATCH", "DELETE",
		"OPTIONS" };
	size_t i;

	for (i = 0; i < NITEMS(methods); i++)
		if (strcmp(s, methods[i]) == 0)
			return 1;
	return 0;
}

static void
serve(struct req *r)
{
	int canonical, status;
	const char *query;
	char *path;
	enum rc rc;

	r->other = strcmp(r->method, "GET") != 0 && !r->head;
	if ((status = locate(r)) != 0) {
		answer_page(r, status);
		return;
	}
	rc = path_decode(r->w->arena, r->target, r->host, &path, &query,
	    &canonical);
	if (rc == RC_OK && *r->route->primary != '\0')
		lead(r, path, query);
	else if (rc == RC_OK && login_reserved(path))
		login_serve(r, path, query);
	else if (!login_admits(r))
		login_ask(r, rc == RC_OK ? path : "/",
		    rc == RC_OK ? query : "");
	else if (r->other && !is_method(r->method))
		answer_page(r, 405);
	else if ((status = load(r)) != 0)
		answer_page(r, status);
	else
		answer(r);
}

void
req_serve(struct worker *w, char **envp, const char *form, int fd, int id)
{
	struct req *r = arena_alloc(w->arena, sizeof(*r));

	r->w = w;
	r->header = header;
	r->header_arg = envp;
	r->form = form;
	read_params(r, envp);
	log_tag(*r->id != '\0' ? r->id : NULL);
	serve(r);
	if (r->route != NULL && *r->route->password != '\0')
		reply_private(&r->reply,
		    strcmp(w->conf->sendfile, "accel") == 0);
	wire_send(&r->reply, fd, id, w->body, BODY_CHUNK);
	log_tag(NULL);
	routes_trim(w->routes);
	lru_trim(w->sites);
	lru_trim(w->blobs);
	arena_reset(w->arena);
}
