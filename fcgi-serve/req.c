/*
 * One request: what it says, where its host leads, and on to answer().
 */
#include <string.h>

#include "log.h"
#include "login.h"
#include "serve.h"
#include "wire.h"

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

static void
serve(struct req *r)
{
	int canonical, status;
	const char *query;
	char *path;
	enum rc rc;

	if ((status = locate(r)) != 0) {
		answer_page(r, status);
		return;
	}
	rc = path_decode(r->w->arena, r->target, r->host, &path, &query,
	    &canonical);
	if (rc == RC_OK && *r->route->primary != '\0')
		answer_lead(r, path, query);
	else if (rc == RC_OK && login_reserved(path))
		login_serve(r, path, query);
	else if (!login_admits(r))
		login_ask(r, rc == RC_OK ? path : "/",
		    rc == RC_OK ? query : "");
	else if (!params_method(r))
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
	r->form = form;
	params_read(r, envp);
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
