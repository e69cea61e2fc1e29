/*
 * What every answer begins with, and those that are no file of the site's.
 */
#include <stdio.h>
#include <string.h>

#include "req.h"

#define LOCATION_MAX 5120 /* with its query */

/* What we say ourselves when no page of the site's does. */
/* clang-format off */
static const struct page {
	int		 status;
	const char	*title, *text;
} pages[] = {
	{ 400, "Bad request", "This address cannot be read." },
	{ 401, "Unauthorized", "This page is for those who have a password." },
	{ 403, "Forbidden", "This is not for you to have." },
	{ 404, "Not found", "There is nothing at this address." },
	{ 405, "Method not allowed", "Files can be read, and nothing else." },
	{ 410, "Gone", "What was here is gone, for good." },
	{ 412, "Precondition failed", "The file is not the one you know." },
	{ 413, "Too large", "That is more than is taken here." },
	{ 414, "Address too long", "No file has so long a name." },
	{ 416, "Range not satisfiable", "The file is shorter than that." },
	{ 429, "Too many tries", "Please wait for a minute." },
	{ 500, "Something went wrong", "The fault is on this side." },
	{ 502, "Not reachable", "Whoever was to answer this did not." },
	{ 503, "Back in a moment", "Please try again in a few seconds." },
	{ 504, "No answer", "Whoever was to answer this takes too long." },
};
/* clang-format on */

/* For people who look at the wire. */
static const char *
reason(int status)
{
	size_t i;

	switch (status) {
	case 200:
		return "OK";
	case 206:
		return "Partial Content";
	case 301:
		return "Moved Permanently";
	case 302:
		return "Found";
	case 303:
		return "See Other";
	case 304:
		return "Not Modified";
	case 307:
		return "Temporary Redirect";
	case 308:
		return "Permanent Redirect";
	}
	for (i = 0; i < NITEMS(pages); i++)
		if (pages[i].status == status)
			return pages[i].title;
	return "";
}

/*
 * The lines every answer begins with.  keep: nginx may give the same answer to
 * others, for the rest of this second.  It counts in whole seconds, so a
 * lifetime of one would last for up to two.
 */
void
answer_begin(struct req *r, int status, int keep)
{
	r->status = status;
	reply_line(&r->reply, "Status: %d %s", status, reason(status));
	if (strcmp(r->w->conf->sendfile, "accel") == 0) {
		if (keep && !r->head && !r->guarded && !r->ask.looked &&
		    room_to_keep(r))
			reply_line(&r->reply, "X-Accel-Expires: @%lld",
			    (long long)time(NULL));
		else
			reply_line(&r->reply, "X-Accel-Expires: 0");
	}
	reply_line(&r->reply, "X-Content-Type-Options: nosniff");
	if (r->route == NULL || !r->route->production)
		reply_line(&r->reply, "X-Robots-Tag: noindex");
}

void
answer_page(struct req *r, int status)
{
	const struct page *p = pages;
	const char *says;
	char *text;

	while (p->status != status)
		p++;
	says = status == 410 && r->route != NULL && r->route->gone ?
	    "This deployment was deleted." :
	    p->text;
	text = arena_printf(r->w->arena,
	    "<!doctype html>\n"
	    "<html lang=\"en\"><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<title>%s</title>\n"
	    "<style>body{font:1.1em/1.5 system-ui,sans-serif;"
	    "max-width:32em;margin:20vh auto;padding:0 1em}</style>\n"
	    "<h1>%s</h1><p>%s</p>\n",
	    p->title, p->title, says);
	answer_begin(r, status, 0);
	if (status == 405)
		reply_line(&r->reply, "Allow: GET, HEAD");
	if (status == 401)
		reply_line(&r->reply,
		    "WWW-Authenticate: Basic realm=\"%s\", charset=\"UTF-8\"",
		    r->route->project);
	if (status == 503)
		reply_line(&r->reply, "Retry-After: 2");
	reply_line(&r->reply, "Content-Type: text/html; charset=utf-8");
	reply_line(&r->reply, "Content-Length: %zu", strlen(text));
	reply_line(&r->reply, "Cache-Control: no-store");
	reply_send(&r->reply, text, r->head ? 0 : strlen(text));
}

void
answer_password(struct req *r)
{
	answer_page(r, 401);
}

/* A missing script must not be given a page to run. */
void
answer_plain_404(struct req *r)
{
	static const char text[] = "Not found\n";

	answer_begin(r, 404, 0);
	reply_line(&r->reply, "Content-Type: text/plain; charset=utf-8");
	reply_line(&r->reply, "Content-Length: %zu", sizeof(text) - 1);
	reply_line(&r->reply, "Cache-Control: no-store");
	reply_send(&r->reply, text, r->head ? 0 : sizeof(text) - 1);
}

void
answer_redirect(struct req *r, int status, const char *location,
    const char *query)
{
	const char *p;

	for (p = query; *p > ' ' && *p <= '~'; p++)
		;
	if (*p != '\0')
		query = "";
	/* Encoding may have made three bytes of one. */
	if (strlen(location) + strlen(query) > LOCATION_MAX) {
		answer_page(r, 414);
		return;
	}
	answer_begin(r, status, 1);
	reply_line(&r->reply, "Location: %s%s", location, query);
	reply_line(&r->reply, "Content-Length: 0");
	reply_line(&r->reply, "Cache-Control: %s",
	    r->guarded ? "private, no-store" :
			 "public, max-age=0, must-revalidate");
	reply_send(&r->reply, "", 0);
}

void
answer_lead(struct req *r, const char *path, const char *query)
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
