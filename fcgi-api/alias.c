/*
 * Aliases: more hosts of a project, each showing one deployment.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"

#define ALIASES_MAX 100 /* of one project */
#define HOST_LABEL  63  /* bytes, by the rules of DNS */

/* clang-format off */
const struct js_field alias_fields[] = {
	{ "deployment", JS_STRING, JS_REQUIRED, 5, 40, NULL, NULL, "What it shows; a ready deployment of the project" },
	{ 0 }
};
/* clang-format on */

/* 200 with the project's aliases; 404. */
enum rc
alias_list(struct req *r)
{
	return req_json(r, Q_ALIAS_LIST,
	    (const char *[]){ r->w->url_prefix, r->w->url_suffix, r->arg[0] });
}

/* 200 with the alias; 422 if there is no such ready deployment. */
enum rc
alias_set(struct req *r)
{
	static const struct fault wide = { "length", "63",
		"alias and project name together have at most 61 bytes" },
				  none = { "unknown", "",
					  "give the id of a ready deployment "
					  "of this project" };
	const char *id;
	PGresult *res;
	enum rc rc;

	if ((rc = req_fault(r, "alias", valid_label(r->arg[1]))) != RC_OK)
		return rc;
	if ((rc = req_project(r, r->arg[1], &res)) != RC_OK)
		return rc;
	if (strlen(r->arg[1]) + 2 + strlen(PQgetvalue(res, 0, 1)) > HOST_LABEL)
		return req_fault(r, "alias", &wide);
	if (atol(PQgetvalue(res, 0, 3)) >= ALIASES_MAX)
		return req_say(r, RC_CONFLICT,
		    "A project has at most 100 aliases; remove one first.");
	rc = db_json(r->w->db, r->arena, Q_ALIAS_SET,
	    (const char *[]){ PQgetvalue(res, 0, 0), r->arg[1],
		req_string(r, "deployment") },
	    &id);
	if (rc == RC_NOT_FOUND)
		return req_fault(r, "deployment", &none);
	if (rc != RC_OK)
		return rc;
	return req_json(r, Q_ALIAS_SHOW,
	    (const char *[]){ r->w->url_prefix, r->w->url_suffix, id });
}

/* 204; 404. */
enum rc
alias_delete(struct req *r)
{
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_ALIAS_DELETE,
	    (const char *[]){ r->arg[0], r->arg[1] }, &ignored);
	return rc == RC_NOT_FOUND ? req_gone(r) : rc;
}
