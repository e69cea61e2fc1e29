/*
 * Deployments: each build of a project and what came of it.
 */
#include <string.h>

#include "api.h"

/* clang-format off */
const struct js_field deployment_fields[] = {
	{ "branch",   JS_STRING, 0, 0, 0, NULL, valid_ref, "Build the newest commit of this branch" },
	{ "tag",      JS_STRING, 0, 0, 0, NULL, valid_ref, "Build this tag" },
	{ "commit",   JS_STRING, 0, 0, 0, NULL, valid_commit, "Build this commit" },
	{ "target",   JS_STRING, 0, 0, 0, "production|preview|development", NULL, "Production is promoted when ready; development is a preview with variables of its own" },
	{ "upload",   JS_STRING, 0, 5, 40, NULL, NULL, "Build this upload instead of the repository" },
	{ "prebuilt", JS_BOOL,   0, 0, 0, NULL, NULL, "Publish the upload as it is" },
	{ 0 }
};
const struct js_field redeploy_fields[] = {
	{ "target",   JS_STRING, 0, 0, 0, "production|preview|development", NULL, "As the first one if not given" },
	{ 0 }
};
const struct js_field deployment_query[] = {
	{ "limit",  JS_INT, 0, 1, PAGE_MAX, NULL, NULL, "How many; 20 if not given" },
	{ "cursor", JS_STRING, 0, 1, 500, NULL, NULL, "Where to go on: next of the page before" },
	{ "state",  JS_STRING, 0, 0, 0, "queued|building|ready|failed|superseded|canceling|canceled|deleted", NULL, "Only in this state" },
	{ "target", JS_STRING, 0, 0, 0, "production|preview|development", NULL, "Only for this target" },
	{ "branch", JS_STRING, 0, 1, 250, NULL, NULL, "Only of this branch" },
	{ 0 }
};
/* clang-format on */

static enum rc
show(struct req *r, const char *id)
{
	return req_json(r, Q_DEPLOYMENT_SHOW,
	    (const char *[]){ r->w->url_prefix, r->w->url_suffix, id });
}

/* 200 with a page of deployments, newest first; 404. */
enum rc
deployment_list(struct req *r)
{
	const char *before, *id;
	enum rc rc;

	if ((rc = cursor_read(r, "deployments", &before)) != RC_OK ||
	    (rc = db_json(r->w->db, r->arena, Q_PROJECT_SEEN,
		 (const char *[]){ r->arg[0] }, &id)) != RC_OK)
		return rc;
	return req_list(r, Q_DEPLOYMENT_LIST,
	    (const char *[]){ r->w->url_prefix, r->w->url_suffix, id,
		req_query(r, "state"), req_query(r, "target"),
		req_query(r, "branch"), before, page_size(r) },
	    "deployments");
}

/* What to build: one of branch, tag and commit, and what kind it is. */
static enum rc
ref_of(struct req *r, const char **ref, const char **kind)
{
	static const char *const kinds[] = { "branch", "tag", "commit" };
	static const struct fault two = { "conflict", "1",
		"give one of branch, tag and commit" };
	const char *s;
	size_t i;
	int n = 0;

	*ref = "";
	*kind = "branch";
	for (i = 0; i < NITEMS(kinds); i++)
		if ((s = req_string(r, kinds[i])) != NULL) {
			*ref = s;
			*kind = kinds[i];
			n++;
		}
	return n > 1 ? req_fault(r, *kind, &two) : RC_OK;
}

/* The row is there: ring, and show it. */
static enum rc
queued(struct req *r, const char *id)
{
	bell_ring(r->w->bell);
	return show(r, id);
}

/*
 * 202 with the deployment, queued; 409 without a repository, or while files of
 * the upload are missing; 422, 429.
 */
enum rc
deployment_create(struct req *r)
{
	static const struct fault lonely = { "required", "upload",
		"only an upload can be prebuilt" },
				  both = { "conflict", "upload",
					  "an upload has no tag or commit" };
	const char *upload = req_string(r, "upload");
	int prebuilt = req_bool(r, "prebuilt", 0);
	const char *ref, *kind, *id;
	PGresult *res;
	enum rc rc;

	if ((rc = ref_of(r, &ref, &kind)) != RC_OK)
		return rc;
	if (prebuilt && upload == NULL)
		return req_fault(r, "prebuilt", &lonely);
	if (upload != NULL && strcmp(kind, "branch") != 0)
		return req_fault(r, kind, &both);
	/* Who may only look does not use up what others may build. */
	if ((rc = req_target(r, &res)) != RC_OK ||
	    (rc = limit_count(r, LIMIT_DEPLOY, PQgetvalue(res, 0, 0))) != RC_OK)
		return rc;
	id = PQgetvalue(res, 0, 0);
	rc = db_json(r->w->db, r->arena, Q_DEPLOYMENT_CREATE,
	    (const char *[]){ id, req_string(r, "target"),
		upload == NULL ? "git" :
		    prebuilt   ? "prebuilt" :
				 "upload",
		ref, kind, upload },
	    &id);
	if (rc == RC_NOT_FOUND && *db_reason(r->w->db) != '\0')
		return req_say(r, rc, "There is no such upload here.");
	if (rc == RC_NOT_FOUND) /* seen, but not to be built */
		return RC_DENIED;
	return rc == RC_OK ? queued(r, id) : rc;
}

/* 200 with the deployment, or 404. */
enum rc
deployment_show(struct req *r)
{
	return show(r, r->arg[0]);
}

/* Something done to the deployment of the path, which is then shown. */
static enum rc
done_to(struct req *r, enum query q)
{
	const char *ignored, *const params[] = { r->arg[0] };
	enum rc rc;

	rc = db_json(r->w->db, r->arena, (int)q, params, &ignored);
	if (rc == RC_NOT_FOUND)
		return req_refused(r, Q_DEPLOYMENT_SEEN, params);
	return rc == RC_OK ? show(r, r->arg[0]) : rc;
}

/* 202 with the deployment, canceled or on its way there; 409 if finished. */
enum rc
deployment_cancel(struct req *r)
{
	return done_to(r, Q_DEPLOYMENT_CANCEL);
}

/* 200 with the deployment, live now; 409 unless it is ready. */
enum rc
deployment_promote(struct req *r)
{
	return done_to(r, Q_DEPLOYMENT_PROMOTE);
}

/*
 * 200 with the deployment, deleted; 409 while it is live, aliased or pinned.
 * Its files stay for a day, in which it can be restored.
 */
enum rc
deployment_delete(struct req *r)
{
	return done_to(r, Q_DEPLOYMENT_DELETE);
}

/* 200 with the deployment, ready again; 409 once its files are gone. */
enum rc
deployment_restore(struct req *r)
{
	return done_to(r, Q_DEPLOYMENT_RESTORE);
}

/* 200 with the deployment, which nothing deletes now; 409 unless ready. */
enum rc
deployment_pin(struct req *r)
{
	return done_to(r, Q_DEPLOYMENT_PIN);
}

enum rc
deployment_unpin(struct req *r)
{
	return done_to(r, Q_DEPLOYMENT_UNPIN);
}

/* 202 with a new deployment of the same commit or upload. */
enum rc
deployment_redeploy(struct req *r)
{
	const char *id,
	    *const params[] = { r->arg[0], req_string(r, "target") };
	PGresult *res;
	enum rc rc;

	rc = db_run(r->w->db, r->arena, Q_DEPLOYMENT_FIND, params, &res);
	if (rc == RC_NOT_FOUND)
		return req_refused(r, Q_DEPLOYMENT_SEEN, params);
	if (rc != RC_OK ||
	    (rc = limit_count(r, LIMIT_DEPLOY, PQgetvalue(res, 0, 0))) != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_DEPLOYMENT_REDEPLOY, params, &id);
	if (rc == RC_NOT_FOUND)
		return RC_DENIED;
	return rc == RC_OK ? queued(r, id) : rc;
}
