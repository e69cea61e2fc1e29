/*
 * decorate -- the headers that a site wants, into the head of an answer.
 *
 * What the site says takes the place of what we would; but how long an error or
 * an answer behind a password may be kept, and that previews are not for search
 * engines, is not the site's to say.  What guards visitors is written first, as
 * long as there is room.
 */
#include <string.h>
#include <strings.h>

#include "log.h"
#include "req.h"
#include "rules/headers.h"

#define ROOM 64 /* bytes of the head that stay free */

/* Those that nginx keeps, or httpd-conf/nginx.conf.in sets again, when it sends
 * a body by itself. */
static const char *const kept[] = { "Access-Control-Allow-Origin",
	"Cache-Control", "Content-Disposition", "Content-Language",
	"Content-Security-Policy", "Content-Type",
	"Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy",
	"Cross-Origin-Resource-Policy", "Expires", "Link", "Permissions-Policy",
	"Referrer-Policy", "Set-Cookie", "Strict-Transport-Security",
	"X-Content-Type-Options", "X-Frame-Options", "X-XSS-Protection" };

static int
is_kept(const char *name)
{
	size_t i;

	for (i = 0; i < NITEMS(kept); i++)
		if (strcasecmp(kept[i], name) == 0)
			return 1;
	return 0;
}

int
decorate_lost(const struct req *r)
{
	size_t i;

	for (i = 0; r->headers != NULL && i < r->headers->n; i++)
		if (r->headers->h[i].value != NULL &&
		    !is_kept(r->headers->h[i].name))
			return 1;
	return 0;
}

/*
 * Nothing of a manifest that was changed may end a line; and what a request put
 * into a cookie must not make it one for other sites.
 */
static int
is_clean(const struct match_header *h)
{
	const char *p;

	if (h->value != NULL && header_strays(h->name, h->value))
		return 0;
	for (p = h->name; *p > ' ' && *p <= '~' && *p != ':'; p++)
		;
	if (*p != '\0' || p == h->name)
		return 0;
	for (p = h->value != NULL ? h->value : ""; *p != '\0'; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return 0;
	return 1;
}

/*
 * Ours alone.  What the site says of all its assets is not meant for one that
 * is missing: that would stay missing for as long.
 */
static int
is_ours(const struct req *r, const char *line)
{
	return (r->guarded || r->status >= 400) && reply_keeping(line);
}

/* Ours all the same, and the site's beside it. */
static int
is_both(const struct req *r, const char *line, size_t n)
{
	return !r->route->production && n == 12 &&
	    strncasecmp(line, "X-Robots-Tag", n) == 0;
}

/* Does the site have a word on this line of ours? */
static int
is_replaced(const struct req *r, const char *line)
{
	size_t n = strcspn(line, ":"), i;

	if (is_ours(r, line) || is_both(r, line, n) ||
	    strncasecmp(line, "Vary", n) == 0)
		return 0;
	for (i = 0; i < r->headers->n; i++)
		if (strlen(r->headers->h[i].name) == n &&
		    strncasecmp(r->headers->h[i].name, line, n) == 0 &&
		    is_clean(&r->headers->h[i]))
			return 1;
	return 0;
}

static int
is_vary(const char *line)
{
	return strncasecmp(line, "Vary:", 5) == 0;
}

/* The line of a header, if there is room; what our Vary says goes into theirs.
 */
static void
add(struct req *r, const struct match_header *h, const char **vary)
{
	size_t need = strlen(h->name) + strlen(h->value) + ROOM;
	int with = *vary != NULL && strcasecmp(h->name, "Vary") == 0;

	if (r->reply.n + need > HEAD_MAX) {
		if (header_guards(h->name))
			log_warnx("%s: no room for its header %s",
			    r->route->project, h->name);
		why_say(r->why,
		    "the header %s is left out: a head has %d bytes", h->name,
		    HEAD_MAX);
		return;
	}
	if (with) {
		reply_line(&r->reply, "%s, %s", *vary, h->value);
		*vary = NULL;
	} else
		reply_line(&r->reply, "%s: %s", h->name, h->value);
}

void
decorate(struct req *r)
{
	const struct match_header *h;
	const char *vary = NULL;
	char *old, *line, *end;
	size_t i;
	int guards;

	if (r->headers == NULL)
		return;
	h = r->headers->h;
	old = arena_strndup(r->w->arena, r->reply.head, r->reply.n);
	r->reply.n = 0;
	for (line = old; (end = strstr(line, "\r\n")) != NULL; line = end + 2) {
		*end = '\0';
		if (is_vary(line))
			vary = line;
		else if (!is_replaced(r, line))
			reply_line(&r->reply, "%s", line);
	}
	for (guards = 1; guards >= 0; guards--)
		for (i = 0; i < r->headers->n; i++)
			if (h[i].value != NULL && is_clean(&h[i]) &&
			    header_guards(h[i].name) == guards &&
			    !is_ours(r, h[i].name))
				add(r, &h[i], &vary);
	if (vary != NULL)
		reply_line(&r->reply, "%s", vary);
}
