/*
 * What a rule has answered by another server: by the front server, at an
 * address that was checked here, so that it looks up no name.
 */
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "names.h"
#include "req.h"
#include "upstream.h"

/* Who sends this has been here before. */
#define VIA "slipway"

static enum rc
reach(struct req *r, const char *url, struct upstream *u, union addr *a,
    const char **why)
{
	enum rc rc;

	*why = "it is no address of a server";
	rc = upstream_parse(u, url, r->w->conf->base_domain);
	if (rc == RC_DENIED)
		*why = "it leads back here";
	if (rc == RC_OK && strcmp(r->w->conf->sendfile, "accel") != 0) {
		*why = "lighttpd cannot do that";
		rc = RC_DENIED;
	}
	if (rc == RC_OK &&
	    strstr(r->header(r->header_arg, "Via"), VIA) != NULL) {
		*why = "it came from here";
		rc = RC_DENIED;
	}
	if (rc == RC_OK && r->w->names == NULL) {
		*why = "nobody looks up its name here";
		rc = RC_BUSY;
	}
	if (rc == RC_OK)
		rc = names_get(r->w->names, r->route->team, u->host, u->port, a,
		    why);
	return rc;
}

static int
is_guarded(const struct req *r)
{
	return r->guarded || *r->route->password != '\0' ||
	    *r->route->tokens != '\0';
}

static void
refuse(struct req *r, enum rc rc)
{
	answer_page(r, rc == RC_BUSY ? 504 : 502);
}

/* An address that is refused is not named: who asks need not know it. */
static void
explain_proxy(struct req *r, enum rc rc, const struct upstream *u,
    const union addr *a, const char *why)
{
	static const struct addr_list nobody;
	char text[ADDR_TEXT];

	if (rc == RC_MALFORMED) {
		why_say(r->why, "it is refused: %s", why);
		refuse(r, rc);
		return;
	}
	why_say(r->why,
	    "the server is %s, port %u, by %s; every address of it must be "
	    "public, or in the operator's proxy-allow",
	    u->host, u->port, u->tls ? "https" : "http");
	if (rc != RC_OK) {
		why_say(r->why, "it is refused: %s", why);
		refuse(r, rc);
		return;
	}
	why_say(r->why, "it is dialled at %s, which is %s",
	    addr_text(&a->sa, text),
	    addr_denied(&a->sa, &nobody) == NULL ? "public" : "in proxy-allow");
	why_say(r->why,
	    "status and headers are that server's, which is not asked: 200 "
	    "stands for its answer, and 502 it is if it cannot be reached");
	r->headers = NULL;
	answer_begin(r, 200, 0);
	reply_send(&r->reply, "", 0);
}

void
answer_proxy(struct req *r, const char *url)
{
	char text[ADDR_TEXT], port[8] = "";
	struct upstream u;
	const char *why;
	union addr a;
	enum rc rc;

	rc = reach(r, url, &u, &a, &why);
	if (r->why != NULL) {
		explain_proxy(r, rc, &u, &a, why);
		return;
	}
	if (rc != RC_OK) {
		log_warnx("%s: proxy to %.200s: %s", r->route->project,
		    rc == RC_MALFORMED ? "?" : u.host, why);
		refuse(r, rc);
		return;
	}
	if (!u.default_port)
		snprintf(port, sizeof(port), ":%u", u.port);
	r->headers = NULL; /* the other server has its own */
	answer_begin(r, 200, 0);
	reply_line(&r->reply, "X-Accel-Redirect: @slipway_proxy%s",
	    is_guarded(r) ? "_guarded" : "");
	if (is_guarded(r))
		reply_line(&r->reply, "Cache-Control: private, no-store");
	reply_line(&r->reply, "X-Slipway-Upstream: %s://%s%s%s",
	    u.tls ? "https" : "http", addr_text(&a.sa, text),
	    *u.rest == '/' ? "" : "/", u.rest);
	reply_line(&r->reply,
	    u.bracketed ? "X-Slipway-Host: [%s]%s" : "X-Slipway-Host: %s%s",
	    u.host, port);
	reply_line(&r->reply, "X-Slipway-Name: %s", u.host);
	reply_send(&r->reply, "", 0);
}
