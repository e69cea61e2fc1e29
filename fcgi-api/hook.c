/*
 * Hooks: who is told what becomes of a project's deployments.
 *
 * The secret that signs goes in sealed and never comes out, as the values of
 * variables do.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "giturl.h"
#include "seal.h"

#define HOOKS_MAX 20 /* of one project */

/* clang-format off */
const struct js_field hook_fields[] = {
	{ "url",    JS_STRING, JS_REQUIRED, 9, 2048, NULL, NULL, "Where notices are posted; https, without a query" },
	{ "secret", JS_STRING, JS_REQUIRED | JS_SECRET, 16, 200, NULL, NULL, "What signs them; it cannot be read back" },
	{ "events", JS_STRING, 0, 0, 0, "all|ended|ready|failed", NULL, "Of which states; all if not given" },
	{ 0 }
};
/* clang-format on */

/* 200 with the project's hooks, without secrets, and the last delivery of each;
 * 404. */
enum rc
hook_list(struct req *r)
{
	return req_json(r, Q_HOOK_LIST, (const char *[]){ r->arg[0] });
}

/* As a URL to clone, but https alone. */
static enum rc
check(struct req *r)
{
	static const struct fault scheme = { "scheme", "https",
		"a hook is a URL of https" };
	const char *url = req_string(r, "url");
	struct giturl u;
	enum rc rc;

	rc = req_fault(r, "url", giturl_parse(&u, url, r->w->conf->net_allow));
	if (rc == RC_OK && u.scheme != GITURL_HTTPS)
		rc = req_fault(r, "url", &scheme);
	return rc;
}

/* 201 with the hook; 404; 409 beyond twenty; 422. */
enum rc
hook_create(struct req *r)
{
	const char *const params[] = { r->arg[0] };
	struct seal_place at = { NULL, "hook", NULL };
	unsigned char *box;
	PGresult *res;
	size_t n;
	enum rc rc;

	if ((rc = check(r)) != RC_OK)
		return rc;
	rc = db_run(r->w->db, r->arena, Q_HOOK_NEW, params, &res);
	if (rc == RC_NOT_FOUND)
		return req_refused(r, Q_PROJECT_SEEN, params);
	if (rc != RC_OK)
		return rc;
	if (atol(PQgetvalue(res, 0, 2)) >= HOOKS_MAX)
		return req_say(r, RC_CONFLICT,
		    "A project has at most 20 hooks; remove one first.");
	at.project = PQgetvalue(res, 0, 0);
	at.name = PQgetvalue(res, 0, 1);
	if ((rc = seal_close(r->arena, &r->w->seal_keys, &at,
		 req_string(r, "secret"), &box, &n)) != RC_OK)
		return rc;
	return req_json(r, Q_HOOK_CREATE,
	    (const char *[]){ at.project, at.name, req_string(r, "url"),
		req_string(r, "events"), bytes_param(r->arena, box, n) });
}

/* 204; 404. */
enum rc
hook_delete(struct req *r)
{
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_HOOK_DELETE,
	    (const char *[]){ r->arg[0], r->arg[1] }, &ignored);
	return rc == RC_NOT_FOUND ? req_gone(r) : rc;
}
