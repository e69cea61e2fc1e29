/*
 * session -- which Slipway we talk to, and as whom.
 *
 * The URL is --url, SLIPWAY_URL, the linked folder's, or the one used last.
 * SLIPWAY_TOKEN never goes where only a folder's link points: the link lies
 * in a repository that somebody else may have written.  Tokens in the
 * credentials file are kept by URL, so those cannot go astray.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slipway.h"

#define EARLY 30 /* renew so many seconds before the end */

static const char *
env(const char *name)
{
	const char *s = getenv(name);

	return s != NULL && s[0] != '\0' ? s : NULL;
}

enum rc
session_url(struct cli *c)
{
	const char *url = flag_value(c, "url");
	struct folder f;
	enum rc rc;

	if (c->url != NULL)
		return RC_OK;
	if (url == NULL)
		url = env("SLIPWAY_URL");
	if (url == NULL && env("SLIPWAY_TOKEN") == NULL) {
		if ((rc = folder_find(c, ".", &f)) == RC_OK)
			url = f.url;
		else if (rc != RC_NOT_FOUND)
			return rc;
	}
	if (url == NULL)
		url = creds_default(c);
	if (url == NULL)
		return complain(RC_UNAUTHORIZED,
		    "which Slipway?  Run \"slipway login --url https://...\", "
		    "or set SLIPWAY_URL");
	return http_url_check(c, url, &c->url);
}

/* The URL, and the credentials for it. */
enum rc
session_open(struct cli *c)
{
	struct session *s;
	enum rc rc;

	if (c->session != NULL)
		return RC_OK;
	if ((rc = session_url(c)) != RC_OK)
		return rc;
	s = arena_alloc(c->arena, sizeof(*s));
	if ((s->token = env("SLIPWAY_TOKEN")) != NULL)
		rc = RC_OK;
	else
		rc = creds_load(c, c->url, s);
	if (rc == RC_NOT_FOUND ||
	    (rc == RC_OK && s->token == NULL && s->access == NULL))
		return complain(RC_UNAUTHORIZED,
		    "not signed in at %s; run \"slipway login --url %s\"",
		    c->url, c->url);
	if (rc != RC_OK)
		return rc;
	s->lent = env("SLIPWAY_TOKEN") != NULL;
	c->session = s;
	if (s->token == NULL && s->expires - EARLY <= time(NULL))
		return session_renew(c, s->access);
	return RC_OK;
}

const char *
session_bearer(const struct cli *c)
{
	return c->session->token != NULL ? c->session->token :
					   c->session->access;
}

/* What login and refresh answer; the caller holds the lock. */
enum rc
session_keep(struct cli *c, struct json_object *answer)
{
	struct session *s = arena_alloc(c->arena, sizeof(*s));

	s->email = str_or(answer, "user.email",
	    c->session != NULL ? c->session->email : NULL);
	s->access = str_or(answer, "access_token", NULL);
	s->refresh = str_or(answer, "refresh_token", NULL);
	s->expires = time(NULL) + (time_t)num(answer, "expires_in");
	if (s->access == NULL || s->refresh == NULL)
		return complain(RC_FAIL, "%s answered without tokens", c->url);
	c->session = s;
	return creds_save(c, c->url, s);
}

static enum rc
refresh(struct cli *c)
{
	struct json_object *body = object(c), *answer;
	enum rc rc;

	put(body, "refresh_token", c->session->refresh);
	rc = api(c, API_PUBLIC | API_QUIET, "POST", "/api/auth/refresh", body,
	    &answer);
	if (rc == RC_OK)
		return session_keep(c, answer);
	if (rc == RC_BUSY || rc == RC_LIMITED)
		return complain(rc,
		    "cannot renew your session at %s now; try again in a "
		    "moment",
		    c->url);
	return complain(RC_UNAUTHORIZED,
	    "your session at %s has ended; run \"slipway login --url %s\"",
	    c->url, c->url);
}

/* Another slipway may have renewed it since; then its tokens are ours. */
enum rc
session_renew(struct cli *c, const char *spent)
{
	struct session *s = arena_alloc(c->arena, sizeof(*s));
	int lock = creds_lock(c);
	enum rc rc;

	if (lock < 0)
		return RC_FAIL;
	rc = creds_load(c, c->url, s);
	if (rc == RC_OK) {
		c->session = s;
		if (s->access == NULL || s->refresh == NULL)
			rc = RC_NOT_FOUND;
		else if (strcmp(s->access, spent) == 0)
			rc = refresh(c);
	}
	if (rc == RC_NOT_FOUND)
		complain(rc = RC_UNAUTHORIZED,
		    "not signed in at %s any more; run \"slipway login --url "
		    "%s\"",
		    c->url, c->url);
	close(lock);
	return rc;
}
