#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "explain.h"
#include "req.h"

void
explain_open(struct explain_shelf *s, const struct conf *c)
{
	s->sites = sites_new();
	s->blobs = blobs_new();
	s->regexes = regexes_new(REGEXES_BYTES);
	s->names = names_new(c->proxy_allow);
}

void
explain_close(struct explain_shelf *s)
{
	lru_free(s->sites);
	lru_free(s->blobs);
	regexes_free(s->regexes);
	names_free(s->names);
}

/* Lines that are for the front server alone. */
static int
is_inner(const char *line)
{
	static const char *const names[] = { "Status:", "X-Accel-Expires:",
		"X-Accel-Redirect:", "X-Sendfile2:", "X-Slipway-" };
	size_t i;

	for (i = 0; i < NITEMS(names); i++)
		if (strncasecmp(line, names[i], strlen(names[i])) == 0)
			return 1;
	return 0;
}

/* What the client is sent; and a length that the front server knows. */
static const char *
outer(struct req *r)
{
	char *copy = arena_strndup(r->w->arena, r->reply.head, r->reply.n);
	char *out = arena_alloc(r->w->arena, r->reply.n + 64), *to = out;
	char *line, *end;
	int by_server = 0, length = 0;

	for (line = copy; (end = strstr(line, "\r\n")) != NULL;
	     line = end + 2) {
		*end = '\0';
		by_server |= strncasecmp(line, "X-Accel-Redirect:", 17) == 0 ||
		    strncasecmp(line, "X-Sendfile2:", 12) == 0;
		length |= strncasecmp(line, "Content-Length:", 15) == 0;
		if (!is_inner(line))
			to += sprintf(to, "%s\r\n", line);
	}
	if (by_server && !length)
		sprintf(to, "Content-Length: %llu\r\n",
		    (unsigned long long)r->why->bytes);
	return out;
}

static int
status_of(const struct reply *r)
{
	const char *s = strstr(r->head, "Status: ");

	return s != NULL ? atoi(s + 8) : 0;
}

static void
explain_reserved(struct req *r, const char *path, const char *query)
{
	(void)path;
	(void)query;
	why_say(r->why,
	    "below /.slipway/ the host signs visitors in, and has nothing of "
	    "the site");
	answer_page(r, 404);
}

/* Whoever asks for reasons is let in. */
static int
explain_admits(struct req *r, const char *path, const char *query)
{
	(void)r;
	(void)path;
	(void)query;
	return 1;
}

static int
explain_load(struct req *r)
{
	(void)r; /* explain() has done so */
	return 0;
}

/* Who may explain a site may read its passwords. */
static int
explain_tries(struct req *r, int wrong)
{
	(void)r;
	(void)wrong;
	return 0;
}

static const struct answer_by by = { .reserved = explain_reserved,
	.admits = explain_admits,
	.load = explain_load,
	.tries = explain_tries };

enum rc
explain(const struct explain_ask *ask, struct explained *out)
{
	struct worker w = { .conf = ask->conf,
		.arena = ask->arena,
		.store = ask->store,
		.sites = ask->shelf->sites,
		.blobs = ask->shelf->blobs,
		.regexes = ask->shelf->regexes,
		.names = ask->shelf->names };
	struct route route = { .host = ask->host,
		.deployment = ask->deployment,
		.project = ask->project,
		.project_id = ask->project_id,
		.team = ask->team,
		.manifest = ask->manifest,
		.live = ask->production ? "t" : "f",
		.spa = ask->spa,
		.deleted = ask->gone ? "t" : "f",
		.primary = ask->primary,
		.skew = ask->skew,
		.password = "",
		.cookie_key = "",
		.tokens = "",
		.production = ask->production,
		.gone = ask->gone };
	struct req *r = arena_alloc(ask->arena, sizeof(*r));
	enum rc rc;

	r->w = &w;
	r->why = &out->why;
	r->route = &route;
	params_read(r, ask->envp);
	if (!ask->gone) {
		rc = site_get(w.sites, w.store, route.manifest, &r->site);
		if (rc != RC_OK)
			return rc;
	}
	answer(r, &by);
	if (ask->guarded)
		reply_private(&r->reply,
		    strcmp(ask->conf->sendfile, "accel") == 0);
	out->status = status_of(&r->reply);
	out->head = outer(r);
	out->kept = strstr(r->reply.head, "X-Accel-Expires: @") != NULL;
	out->manifest = r->site == NULL ?
	    "" :
	    arena_printf(ask->arena, "%s", r->site->manifest);
	lru_trim(w.sites);
	lru_trim(w.blobs);
	return RC_OK;
}
