/*
 * From a path to an answer.
 */
#include <string.h>

#include "req.h"

/* How the file that was found answers to that path. */
static void
explain_file(struct req *r, const char *path, const struct found *f)
{
	size_t n = strlen(path);
	const char *how = "the page for every unknown path";

	if (strcmp(f->path, path) == 0)
		how = "the file of that name";
	else if (f->status == 404)
		how = "the nearest 404.html";
	else if (path[n - 1] == '/' && strncmp(f->path, path, n) == 0 &&
	    strcmp(f->path + n, "index.html") == 0)
		how = "its index.html";
	else if (strncmp(f->path, path, n) == 0 &&
	    strcmp(f->path + n, ".html") == 0)
		how = "the same with .html";
	why_say(r->why, "%s is answered by %s: %s", path, f->path, how);
	r->why->path = f->path;
}

static void
explain_skew(struct req *r, const char *path)
{
	if (r->why == NULL)
		return;
	why_say(r->why, "a deployment that the host showed before has it");
	r->why->path = path;
}

static void
explain_found(struct req *r, const char *path, const struct found *f)
{
	if (f->location != NULL)
		why_say(r->why, "%s is redirected to where its file is: %s",
		    path, f->location);
	else if (f->path != NULL)
		explain_file(r, path, f);
	else if (f->asset)
		why_say(r->why,
		    "%s is not there, and looks like an asset: a page would "
		    "be no answer",
		    path);
	else
		why_say(r->why,
		    "%s is not there, nor a page for unknown paths, nor a "
		    "404.html",
		    path);
}

/* A file, or what stands for one that is not there. */
static enum rc
choose(struct req *r, const char *path, const char *query)
{
	struct arena *a = r->w->arena;
	struct found found;
	enum rc rc;

	if (rules_before(r))
		return RC_OK;
	rc = find_file(r->site, a, path, &found);
	/* A rule for whatever is not there must not take an asset's place. */
	if (rc == RC_NOT_FOUND && skew_find(r, path, &found.file)) {
		explain_skew(r, path);
		answer_file(r, &found.file, 200);
		return RC_OK;
	}
	if (rc == RC_NOT_FOUND && rules_after(r))
		return RC_OK;
	if (rc == RC_NOT_FOUND && !r->other)
		rc = find_page(r->site, r->route, a, path, &found);
	if (r->other && (rc == RC_OK || rc == RC_NOT_FOUND)) {
		why_say(r->why, "files can be read with GET and HEAD alone");
		answer_page(r, 405);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (r->why != NULL)
		explain_found(r, path, &found);
	if (found.location != NULL)
		answer_redirect(r, 301, found.location, query);
	else if (found.path != NULL)
		answer_file(r, &found.file, found.status);
	else if (found.asset)
		answer_plain_404(r);
	else
		answer_page(r, found.status);
	return RC_OK;
}

/* Of a site that is there and may be seen. */
static void
answer_site(struct req *r, enum rc rc, const char *path, const char *query,
    int canonical)
{
	int status;

	if (rc == RC_OK && !canonical) {
		why_say(r->why, "the path has empty parts: to %s", path);
		answer_redirect(r, 301, path_encode(r->w->arena, path), query);
		return;
	}
	status = rc == RC_OK ? rules_begin(r, path, query) : 0;
	if (status == 401) {
		why_say(r->why, "a rule of _headers asks for a password");
		answer_password(r);
		return;
	}
	if (status != 0) {
		answer_page(r, status);
		return;
	}
	if (rc == RC_OK)
		rc = choose(r, path, query);
	if (rc != RC_OK)
		why_say(r->why, "the path is none that a file can have: %s",
		    rc_name(rc));
	if (rc != RC_OK)
		answer_page(r, rc == RC_TOO_LARGE ? 414 : rc_http(rc));
	decorate(r);
}

static int
is_reserved(const char *path)
{
	return strncmp(path, "/.slipway", 9) == 0 &&
	    (path[9] == '/' || path[9] == '\0');
}

void
answer(struct req *r, const struct answer_by *by)
{
	const char *query;
	int canonical, status;
	char *path;
	enum rc rc;

	r->by = by;
	if (r->route->gone) {
		why_say(r->why, "the deployment was deleted");
		answer_page(r, 410);
		return;
	}
	rc = path_decode(r->w->arena, r->target, r->host, &path, &query,
	    &canonical);
	if (rc == RC_OK && *r->route->primary != '\0') {
		why_say(r->why,
		    "the project has a primary host, and this is another");
		answer_lead(r, path, query);
	} else if (rc == RC_OK && is_reserved(path))
		by->reserved(r, path, query);
	else if (!by->admits(r, rc == RC_OK ? path : "/",
		     rc == RC_OK ? query : ""))
		return;
	else if (!params_method(r)) {
		why_say(r->why, "files can be read with GET and HEAD alone");
		answer_page(r, 405);
	} else if ((status = by->load(r)) != 0)
		answer_page(r, status);
	else
		answer_site(r, rc, path, query, canonical);
}
