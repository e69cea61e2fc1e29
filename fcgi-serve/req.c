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
	return rc == RC_OK ? 0 : rc_http(rc);
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

static int
admits(struct req *r, const char *path, const char *query)
{
	if (login_admits(r))
		return 1;
	login_ask(r, path, query);
	return 0;
}

static const struct answer_by by = { .reserved = login_serve,
	.admits = admits,
	.load = load,
	.tries = login_tries };

static void
serve(struct req *r)
{
	int status = locate(r);

	if (status != 0)
		answer_page(r, status);
	else
		answer(r, &by);
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
	regexes_end(w->regexes);
	wire_send(&r->reply, fd, id, w->body, BODY_CHUNK);
	log_tag(NULL);
	routes_trim(w->routes);
	lru_trim(w->sites);
	lru_trim(w->blobs);
	arena_reset(w->arena);
}
