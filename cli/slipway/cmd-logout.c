#include <unistd.h>

#include "slipway.h"

/* The session ends at the server too; if that is not there, here at least. */
static enum rc
run(struct cli *c)
{
	struct session *s = arena_alloc(c->arena, sizeof(*s));
	struct json_object *body = object(c);
	enum rc rc;
	int lock;

	if ((rc = session_url(c)) != RC_OK)
		return rc;
	if ((lock = creds_lock(c)) < 0)
		return RC_FAIL;
	rc = creds_load(c, c->url, s);
	if (rc == RC_OK && s->refresh != NULL) {
		put(body, "refresh_token", s->refresh);
		if (api(c, API_PUBLIC | API_QUIET, "POST", "/api/auth/logout",
			body, NULL) == RC_BUSY)
			tell("%s cannot be reached: the session is forgotten "
			     "here and ends there by itself.",
			    c->url);
	}
	if (rc == RC_OK)
		rc = creds_save(c, c->url, NULL);
	else if (rc == RC_NOT_FOUND)
		rc = complain(RC_UNAUTHORIZED, "not signed in at %s", c->url);
	close(lock);
	if (rc == RC_OK)
		tell("Signed out of %s.", c->url);
	return rc;
}

const struct command cmd_logout = {
	.name = "logout",
	.example = "slipway logout",
	.operands = "",
	.brief = "sign out",
	.about = "Ends the session and forgets it. An API token given to login "
		 "is forgotten, not revoked: that is \"slipway token rm\".",
	.run = run,
};
