/*
 * Environment variables of builds.  Values go in sealed and never come out:
 * what opens them is not on this side.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "seal.h"

#define NAMES_MAX 100 /* of one project */

/* clang-format off */
const struct js_field env_fields[] = {
	{ "value",  JS_STRING, JS_REQUIRED | JS_SECRET, 0, JS_STRING_MAX, NULL, NULL, "What the build finds; it cannot be read back" },
	{ "target", JS_STRING, 0, 0, 0, "production|preview|development|all", NULL, "Which builds get it; all if not given" },
	{ 0 }
};
const struct js_field env_query[] = {
	{ "target", JS_STRING, 0, 0, 0, "production|preview|development|all", NULL, "From which builds to take it; all if not given" },
	{ 0 }
};
/* clang-format on */

/* Sealed for that target, as a parameter; NULL if it is not asked for. */
static enum rc
close_for(struct req *r, const char *project, const char *target,
    const char **out)
{
	const char *wanted = req_string(r, "target");
	const struct seal_place at = { project, target, r->arg[1] };
	unsigned char *box;
	size_t n;
	enum rc rc;

	*out = NULL;
	if (wanted != NULL && strcmp(wanted, "all") != 0 &&
	    strcmp(wanted, target) != 0)
		return RC_OK;
	if ((rc = seal_close(r->arena, &r->w->seal_keys, &at,
		 req_string(r, "value"), &box, &n)) == RC_OK)
		*out = bytes_param(r->arena, box, n);
	return rc;
}

/* 200 with names and targets; 404. */
enum rc
env_list(struct req *r)
{
	return req_json(r, Q_ENV_LIST, (const char *[]){ r->arg[0] });
}

/* 200 with the list as it is now; 409 beyond a hundred names. */
enum rc
env_set(struct req *r)
{
	const char *project, *sealed[3], *ignored;
	PGresult *res;
	enum rc rc;

	if ((rc = req_fault(r, "name", valid_env_name(r->arg[1]))) != RC_OK)
		return rc;
	if ((rc = req_project(r, r->arg[1], &res)) != RC_OK)
		return rc;
	if (atol(PQgetvalue(res, 0, 2)) >= NAMES_MAX)
		return req_say(r, RC_CONFLICT,
		    "A project has at most 100 variables; remove one first.");
	project = PQgetvalue(res, 0, 0);
	if ((rc = close_for(r, project, "production", &sealed[0])) != RC_OK ||
	    (rc = close_for(r, project, "preview", &sealed[1])) != RC_OK ||
	    (rc = close_for(r, project, "development", &sealed[2])) != RC_OK ||
	    (rc = db_json(r->w->db, r->arena, Q_ENV_SET,
		 (const char *[]){ project, r->arg[1], sealed[0], sealed[1],
		     sealed[2] },
		 &ignored)) != RC_OK)
		return rc;
	return env_list(r);
}

/* 204; 404 if there is none of that name and target. */
enum rc
env_delete(struct req *r)
{
	const char *target = req_query(r, "target"), *ignored;
	enum rc rc;

	if (target != NULL && strcmp(target, "all") == 0)
		target = NULL;
	rc = db_json(r->w->db, r->arena, Q_ENV_DELETE,
	    (const char *[]){ r->arg[0], r->arg[1], target }, &ignored);
	return rc == RC_NOT_FOUND ? req_gone(r) : rc;
}
