/*
 * The site's own rules: what they say of a request, and their answers.
 */
#include <ctype.h>
#include <string.h>

#include "hashed.h"
#include "log.h"
#include "req.h"

/* 0, or the status of the page that says why a rule gave no answer. */
static int
fault(const struct req *r, enum rc rc)
{
	if (rc == RC_LIMITED)
		log_warnx("%s: the rules of %s take too long", r->ask.path,
		    r->route->project);
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		return 0;
	return rc == RC_TOO_LARGE ? 414 : 500;
}

/* The host as it was asked for, in small letters and without a port. */
static const char *
host_of(struct req *r)
{
	char *s = arena_strndup(r->w->arena, r->host, strcspn(r->host, ":"));
	size_t n;

	for (n = 0; s[n] != '\0'; n++)
		if (s[n] >= 'A' && s[n] <= 'Z')
			s[n] |= 0x20;
	if (n > 0 && s[n - 1] == '.')
		s[n - 1] = '\0';
	return s;
}

/* Does a header's name, as rules have it, come to us as that one does? */
static int
is_named(const char *name, const char *want)
{
	for (; *name != '\0' && *want != '\0'; name++, want++)
		if (tolower((unsigned char)(*name == '_' ? '-' : *name)) !=
		    *want)
			return 0;
	return *name == *want;
}

/*
 * Vercel sets these itself: what a visitor sends is not what a rule means.  The
 * first is what the front server says; of the others nobody knows.
 */
static const char *const geo[] = {
	"x-vercel-ip-country",
	"x-vercel-ip-country-region",
	"x-vercel-ip-continent",
	"x-vercel-ip-city",
	"x-vercel-ip-latitude",
	"x-vercel-ip-longitude",
	"x-vercel-ip-timezone",
	"x-vercel-ip-postal-code",
};

static int
is_cookie(const char *s, const char *name)
{
	size_t n = strlen(name);

	return strncmp(s, name, n) == 0 && s[n] == '=';
}

/*
 * Of a Cookie header what is not ours, nor was before the scheme was another.
 * By https the plain name is a site's own.
 */
static const char *
cookies(struct req *r, const char *s)
{
	char *out = arena_alloc(r->w->arena, strlen(s) + 1), *p = out;
	const char *t;
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == ';')) {
		n = strcspn(s, ";");
		t = s + strspn(s, " \t");
		if (is_cookie(t, LOGIN_COOKIE) ||
		    is_cookie(t, params_cookie(r)))
			continue;
		if (p != out)
			*p++ = ';';
		p = mempcpy(p, s, n);
	}
	*p = '\0';
	return out;
}

/*
 * A header, as rules see it.  What lets somebody in here is not among them: a
 * rule could send it on to anybody.
 */
static const char *
shown(void *arg, const char *name)
{
	struct req *r = arg;
	const char *s;
	size_t i;

	if (is_named(name, "x-slipway-token"))
		return "";
	if (is_named(name, geo[0]))
		return r->country;
	for (i = 1; i < NITEMS(geo); i++)
		if (is_named(name, geo[i]))
			return "";
	s = r->header(r->header_arg, name);
	return is_named(name, "cookie") ? cookies(r, s) : s;
}

static void
explain_headers(struct req *r, const struct match_headers *h)
{
	size_t i;

	for (i = 0; i < h->n && r->why != NULL; i++)
		why_say(r->why, "%s %s the header %s",
		    spot_name(r->w->arena, &h->h[i].at),
		    h->h[i].value != NULL ? "sets" : "removes", h->h[i].name);
	for (i = 0; i < h->nlost && r->why != NULL; i++)
		why_say(r->why,
		    "%s sets the header %s in vain: an answer carries %d",
		    spot_name(r->w->arena, &h->lost[i].at), h->lost[i].name,
		    MATCH_HEADERS_MAX);
	if (h->left > h->nlost)
		why_say(r->why, "%zu more are set in vain", h->left - h->nlost);
}

static void
ask_begin(struct req *r, const char *path, const char *query)
{
	r->ask.path = path;
	r->ask.query = query + (*query == '?');
	r->ask.host = host_of(r);
	r->ask.scheme =
	    *r->scheme != '\0' ? r->scheme : r->w->conf->site_scheme;
	r->ask.country = r->country;
	r->ask.header = shown;
	r->ask.arg = r;
	r->ask.regexes = r->w->regexes;
	regexes_begin(r->w->regexes);
}

/* 0, or what there is instead. */
static int
admit(struct req *r, const struct match_headers *h)
{
	int wait;

	r->guarded |= h->auth != NULL;
	if (h->auth == NULL)
		return 0;
	if (*r->authorization == '\0')
		return 401;
	if ((wait = r->by->tries(r, 0)) > 0) {
		log_info("%s: too many tries at %s", r->ask.path,
		    r->route->project);
		reply_line(&r->reply, "Retry-After: %d", wait);
		return 429;
	}
	if (match_authorized(h, r->authorization))
		return 0;
	(void)r->by->tries(r, 1);
	return 401;
}

int
rules_begin(struct req *r, const char *path, const char *query)
{
	struct match_headers *h;
	int status;

	ask_begin(r, path, query);
	if (r->site->rules == NULL)
		return 0;
	if (!regexes_may(r->w->regexes, r->route->team)) {
		log_warnx("%s: the regular expressions of %s take more than "
			  "their share of the processor",
		    r->ask.path, r->route->project);
		return 503;
	}
	r->asset = find_is_asset(path) && hashed_name(path, 1);
	h = arena_alloc(r->w->arena, sizeof(*h));
	status =
	    fault(r, match_headers(r->site->rules, &r->ask, r->w->arena, h));
	if (status != 0)
		return status;
	if (h->n > 0 || h->auth != NULL)
		r->headers = h;
	explain_headers(r, h);
	return admit(r, h);
}

int
rules_admitted(struct req *r, const struct site *before, const char *path)
{
	struct match_request ask = r->ask;
	struct match_headers *h;

	if (before->rules == NULL)
		return 1;
	ask.path = path;
	ask.parts = NULL;
	h = arena_alloc(r->w->arena, sizeof(*h));
	if (fault(r, match_headers(before->rules, &ask, r->w->arena, h)) != 0)
		return 0;
	r->ask.looked |= ask.looked;
	return admit(r, h) == 0;
}

/* The file that a rule leads to; 0 if there is none. */
static int
target(struct req *r, const struct match *m, int status)
{
	const char *query;
	struct found found;
	int canonical;
	char *path;
	enum rc rc;

	rc =
	    path_decode(r->w->arena, m->to, r->host, &path, &query, &canonical);
	if (rc == RC_OK)
		rc = find_target(r->site, r->w->arena, path, &found);
	if (rc == RC_OK && m->catches && r->asset &&
	    strncmp(found.file.type, "text/html", 9) == 0) {
		why_say(r->why,
		    "it looks like an asset: a page would be no answer");
		answer_plain_404(r);
		return 1;
	}
	if (rc == RC_OK) {
		why_file(r->why, found.path);
		answer_file(r, &found.file, status);
		return 1;
	}
	why_say(r->why, "there is no file at %s", m->to);
	if (m->check && rc == RC_NOT_FOUND)
		match_retarget(&r->ask, path, query + (*query == '?'));
	else if (rc == RC_FAIL) {
		answer_page(r, 500);
		return 1;
	}
	return 0;
}

/* The nearest page for what is not there, as for any other path. */
static void
nothing(struct req *r)
{
	struct found found;

	if (find_page(r->site, r->route, r->w->arena, "/404", &found) ==
		RC_OK &&
	    found.path != NULL && found.status == 404) {
		why_file(r->why, found.path);
		answer_file(r, &found.file, 404);
	} else
		answer_page(r, 404);
}

static void
page(struct req *r, const struct match *m)
{
	if (*m->to != '\0' && target(r, m, m->status))
		return;
	if (*m->to == '\0' && find_is_asset(r->ask.path))
		answer_plain_404(r);
	else
		answer_page(r, m->status);
}

static void
explain_rule(struct req *r, const struct match *m)
{
	static const char *const does[] = {
		[MATCH_REDIRECT] = "redirects",
		[MATCH_REWRITE] = "rewrites",
		[MATCH_PROXY] = "passes on",
		[MATCH_PAGE] = "answers",
	};

	const char *where = spot_name(r->w->arena, &m->at);

	if ((size_t)m->action >= NITEMS(does)) {
		why_say(r->why, "%s leaves %s to files", where, r->ask.path);
		return;
	}
	why_say(r->why, "%s %s %s%s%s, %d", where, does[m->action], r->ask.path,
	    *m->to == '\0'              ? "" :
		m->action == MATCH_PAGE ? " with the page " :
					  " to ",
	    m->to, m->status);
	why_rule(r->why, &m->at);
}

/* Is it answered?  If not, the rules below m are asked. */
static int
obey(struct req *r, const struct match *m)
{
	if (r->why != NULL)
		explain_rule(r, m);
	switch (m->action) {
	case MATCH_REDIRECT:
		/* There, redirects come before headers. */
		if (r->site->settings.vercel == 1)
			r->headers = NULL;
		answer_redirect(r, m->status, m->to, "");
		return 1;
	case MATCH_REWRITE:
		if (target(r, m, 200))
			return 1;
		if (m->check)
			return 0;
		nothing(r);
		return 1;
	case MATCH_PROXY:
		answer_proxy(r, m->to);
		return 1;
	case MATCH_PAGE:
		page(r, m);
		return 1;
	default:
		r->stay = 1;
		return 0;
	}
}

int
rules_before(struct req *r)
{
	struct match m;
	int status;
	enum rc rc;

	if (r->site->rules == NULL)
		return 0;
	rc = match_before(r->site->rules, &r->ask, r->w->arena, &m);
	if ((status = fault(r, rc)) != 0) {
		answer_page(r, status);
		return 1;
	}
	return rc == RC_OK && obey(r, &m);
}

int
rules_after(struct req *r)
{
	struct match m = { .next = 0 };
	int status;
	enum rc rc;

	if (r->site->rules == NULL || r->stay)
		return 0;
	for (;;) {
		rc = match_first(r->site->rules, RULE_AFTER, m.next, &r->ask,
		    r->w->arena, &m);
		if ((status = fault(r, rc)) != 0) {
			answer_page(r, status);
			return 1;
		}
		if (rc != RC_OK || r->stay)
			return 0;
		if (obey(r, &m))
			return 1;
	}
}
