/*
 * Projects: what is built, and how.
 */
#include <json-c/json_object.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "giturl.h"

/* clang-format off */
#define SETTINGS \
	{ "repo", JS_STRING, 0, 0, GITURL_MAX, NULL, NULL, \
	    "The Git URL, https or ssh; null: folders are uploaded" }, \
	{ "branch", JS_STRING, 0, 0, 250, NULL, valid_branch, \
	    "What production is built from; empty: the default branch" }, \
	{ "root_dir", JS_STRING, 0, 0, 1024, NULL, valid_dir, \
	    "The folder that is the project; empty: all of it" }, \
	{ "framework", JS_STRING, 0, 0, 40, NULL, valid_word, \
	    "Which framework it is; empty: detect it" }, \
	{ "install_command", JS_STRING, 0, 0, 4096, NULL, valid_command, \
	    "Installs dependencies; empty: by lock file" }, \
	{ "build_command", JS_STRING, 0, 0, 4096, NULL, valid_command, \
	    "Builds it; empty: by framework" }, \
	{ "output_dir", JS_STRING, 0, 0, 1024, NULL, valid_dir, \
	    "Where the build leaves the site; empty: by framework" }, \
	{ "node_version", JS_STRING, 0, 0, 20, NULL, valid_version, \
	    "Version of Node; empty: as package.json says" }, \
	{ "spa", JS_STRING, 0, 0, 0, "auto|on|off", NULL, \
	    "Whether unknown paths get /index.html" }, \
	{ "skew_deployments", JS_INT, 0, 0, 20, NULL, NULL, \
	    "Assets of so many deployments before the live one stay reachable" }, \
	{ "skew_days", JS_INT, 0, 0, 90, NULL, NULL, \
	    "And for so many days after they were last shown" }, \
	{ "primary_host", JS_STRING, 0, 0, 253, NULL, valid_host, \
	    "Where its other production hosts redirect to: own, for the one under the base domain, or a verified domain; empty: nowhere" }, \
	{ "ignore_command", JS_STRING, 0, 0, 4096, NULL, valid_command, \
	    "Run before the install; an exit with 0 skips the build" }, \
	{ "network", JS_STRING, 0, 0, 0, "full|registries|none", NULL, \
	    "What its commands reach" }, \
	{ "submodules", JS_BOOL, 0, 0, 0, NULL, NULL, \
	    "Whether submodules are fetched" }, \
	{ "lfs", JS_BOOL, 0, 0, 0, NULL, NULL, \
	    "Whether files of Git LFS are fetched" }, \
	{ "cancel_running", JS_STRING, 0, 0, 0, "auto|always|never", NULL, \
	    "Whether a newer push ends the build of an older; auto: of previews" }, \
	{ "build_memory", JS_INT, 0, 64, 1048576, NULL, NULL, \
	    "MiB of memory of a build; null: what the server allows" }, \
	{ "build_cpus", JS_INT, 0, 10, 25600, NULL, NULL, \
	    "Hundredths of a CPU; null: what the server allows" }, \
	{ "build_disk", JS_INT, 0, 64, 1048576, NULL, NULL, \
	    "MiB of disk; null: what the server allows" }, \
	{ "build_timeout", JS_INT, 0, 1, 86400, NULL, NULL, \
	    "Seconds for one step; null: what the server allows" }, \
	{ "build_pids", JS_INT, 0, 32, 32768, NULL, NULL, \
	    "Processes and threads; null: what the server allows" }, \
	{ "build_inodes", JS_INT, 0, 1000, 100000000, NULL, NULL, \
	    "How many files; null: what the server allows" }, \
	{ "build_silence", JS_INT, 0, 1, 86400, NULL, NULL, \
	    "Seconds without output; null: what the server allows" }, \
	{ "build_output", JS_INT, 0, 1, 1048576, NULL, NULL, \
	    "MiB that it may print; null: what the server allows" }, \
	{ "keep_deployments", JS_INT, 0, 1, 1000000, NULL, NULL, \
	    "How many of the newest of each target are kept; null: as many as the server keeps" }, \
	{ "keep_days", JS_INT, 0, 0, 36500, NULL, NULL, \
	    "For how many days any deployment is kept; null: as the server does" }

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

/* project: its id or slug, or NULL for one that is to be. */
static enum rc
check(struct req *r, const char *project)
{
	static const struct fault foreign = { "unknown", "",
		"give own, or a verified domain of this project" };
	const char *repo = req_string(r, "repo");
	const char *host = req_string(r, "primary_host");
	PGresult *res;
	enum rc rc;

	if (repo != NULL &&
	    (rc = req_fault(r, "repo",
		 giturl_check(repo, r->w->conf->net_allow))) != RC_OK)
		return rc;
	if (host == NULL || *host == '\0' || strcmp(host, "own") == 0)
		return RC_OK;
	rc = project == NULL ? RC_NOT_FOUND :
			       db_run(r->w->db, r->arena, Q_DOMAIN_VERIFIED,
				   (const char *[]){ project, host }, &res);
	return rc == RC_NOT_FOUND ? req_fault(r, "primary_host", &foreign) : rc;
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
	const char *slug = req_string(r, "slug");

	if (rc != RC_CONFLICT || slug == NULL)
		return rc;
	return req_say(r, rc,
	    arena_printf(r->arena,
		"The slug \"%s\" is taken, by a project of yours or of another "
		"team; choose another%s.",
		slug,
		strlen(slug) + 2 > VALID_SLUG_MAX ?
		    "" :
		    arena_printf(r->arena, ", such as \"%s-2\"", slug)));
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

	if ((rc = check(r, NULL)) != RC_OK || (rc = room(r)) != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_PROJECT_CREATE,
	    (const char *[]){ req_string(r, "team"),
		json_object_to_json_string_ext(r->body,
		    JSON_C_TO_STRING_PLAIN) },
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

	if ((rc = check(r, r->arg[0])) != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_PROJECT_UPDATE,
	    (const char *[]){ r->arg[0],
		json_object_to_json_string_ext(r->body,
		    JSON_C_TO_STRING_PLAIN) },
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
