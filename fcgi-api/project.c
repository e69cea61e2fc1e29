/*
 * Projects: what is built, and how.
 */
#include <stdlib.h>

#include "api.h"
#include "giturl.h"

#define SETTINGS                                                                  \
	{ "repo", JS_STRING, 0, 0, GITURL_MAX, NULL, NULL,                        \
		"The Git URL, https; null: folders are uploaded" },               \
	    { "branch", JS_STRING, 0, 0, 250, NULL, valid_branch,                 \
		    "What production is built from; empty: the default branch" }, \
	    { "root_dir", JS_STRING, 0, 0, 1024, NULL, valid_dir,                 \
		    "The folder that is the project; empty: all of it" },         \
	    { "framework", JS_STRING, 0, 0, 40, NULL, valid_word,                 \
		    "Which framework it is; empty: detect it" },                  \
	    { "install_command", JS_STRING, 0, 0, 4096, NULL, valid_command,      \
		    "Installs dependencies; empty: by lock file" },               \
	    { "build_command", JS_STRING, 0, 0, 4096, NULL, valid_command,        \
		    "Builds it; empty: by framework" },                           \
	    { "output_dir", JS_STRING, 0, 0, 1024, NULL, valid_dir,               \
		    "Where the build leaves the site; empty: by framework" },     \
	    { "node_version", JS_STRING, 0, 0, 20, NULL, valid_version,           \
		    "Version of Node; empty: as package.json says" },             \
	{                                                                         \
		"spa", JS_STRING, 0, 0, 0, "auto|on|off", NULL,                   \
		    "Whether unknown paths get /index.html"                       \
	}

/* clang-format off */
const struct js_field project_fields[] = {
	{ "slug", JS_STRING, JS_REQUIRED, 0, 0, NULL, valid_slug, "Its name, and the first label of its host" },
	{ "team", JS_STRING, 0, 1, 60, NULL, NULL, "Who owns it, by id or slug; your own team if not given" },
	SETTINGS,
	{ 0 }
};
const struct js_field project_change_fields[] = {
	{ "slug", JS_STRING, 0, 0, 0, NULL, valid_slug, "Its name, and the first label of its host" },
	SETTINGS,
	{ 0 }
};
const struct js_field project_query[] = {
	{ "limit",  JS_INT, 0, 1, PAGE_MAX, NULL, NULL, "How many; 20 if not given" },
	{ "cursor", JS_STRING, 0, 1, 500, NULL, NULL, "Where to go on: next of the page before" },
	{ "team",   JS_STRING, 0, 1, 60, NULL, NULL, "Only of this team, by id or slug" },
	{ 0 }
};
/* clang-format on */

static enum rc
check(struct req *r)
{
	const char *repo = req_string(r, "repo");

	return repo == NULL ?
	    RC_OK :
	    req_fault(r, "repo", giturl_check(repo, r->w->conf->net_allow));
}

static enum rc
show(struct req *r, const char *id)
{
	return req_json(r, Q_PROJECT_SHOW,
	    (const char *[]){ r->w->url_prefix, r->w->url_suffix, id });
}

static enum rc
taken(struct req *r, enum rc rc)
{
	return rc == RC_CONFLICT ?
	    req_say(r, rc, "That slug is taken; choose another.") :
	    rc;
}

/* 200 with a page of projects, by name. */
enum rc
project_list(struct req *r)
{
	const char *after;
	enum rc rc;

	if ((rc = cursor_read(r, "projects", &after)) != RC_OK)
		return rc;
	return req_list(r, Q_PROJECT_LIST,
	    (const char *[]){ r->w->url_prefix, r->w->url_suffix,
		req_query(r, "team"), after, page_size(r) },
	    "projects");
}

/*
 * Two that ask at once may get one more than the limit: it is there to bound
 * what a team can fill the database with, not to be met exactly.
 */
static enum rc
room(struct req *r)
{
	const int max = r->w->conf->team_projects;
	PGresult *res;
	enum rc rc;

	rc = db_run(r->w->db, r->arena, Q_PROJECT_COUNT,
	    (const char *[]){ req_string(r, "team") }, &res);
	if (rc == RC_NOT_FOUND)
		return req_team(r);
	if (rc != RC_OK || atol(PQgetvalue(res, 0, 0)) < max)
		return rc;
	return req_say(r, RC_CONFLICT,
	    arena_printf(r->arena,
		"A team has at most %d projects; remove one first.", max));
}

/*
 * 201 with the project; 409 if the name is taken or the team has too many; 403
 * as a viewer.
 */
enum rc
project_create(struct req *r)
{
	const char *id;
	enum rc rc;

	if ((rc = check(r)) != RC_OK || (rc = room(r)) != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_PROJECT_CREATE,
	    (const char *[]){ req_string(r, "slug"), req_string(r, "team"),
		req_string(r, "repo"), req_string(r, "branch"),
		req_string(r, "root_dir"), req_string(r, "framework"),
		req_string(r, "install_command"),
		req_string(r, "build_command"), req_string(r, "output_dir"),
		req_string(r, "node_version"), req_string(r, "spa") },
	    &id);
	if (rc == RC_NOT_FOUND)
		return req_team(r);
	return rc == RC_OK ? show(r, id) : taken(r, rc);
}

/* 200 with the project, or 404. */
enum rc
project_show(struct req *r)
{
	return show(r, r->arg[0]);
}

/* 200 with the project as it is now; what is not named stays. */
enum rc
project_update(struct req *r)
{
	const char *id;
	enum rc rc;

	if ((rc = check(r)) != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_PROJECT_UPDATE,
	    (const char *[]){ r->arg[0], req_string(r, "slug"),
		js_null(r->body, "repo") ? "" : req_string(r, "repo"),
		req_string(r, "branch"), req_string(r, "root_dir"),
		req_string(r, "framework"), req_string(r, "install_command"),
		req_string(r, "build_command"), req_string(r, "output_dir"),
		req_string(r, "node_version"), req_string(r, "spa") },
	    &id);
	if (rc == RC_NOT_FOUND)
		return req_refused(r, Q_PROJECT_SEEN,
		    (const char *[]){ r->arg[0] });
	return rc == RC_OK ? show(r, id) : taken(r, rc);
}

/* 204.  Its deployments go with it, and its hosts answer 404. */
enum rc
project_delete(struct req *r)
{
	const char *id, *const params[] = { r->arg[0] };
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_PROJECT_DELETE, params, &id);
	return rc == RC_NOT_FOUND ? req_refused(r, Q_PROJECT_SEEN, params) : rc;
}
