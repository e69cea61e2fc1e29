/*
 * From a path to an answer.
 */
#include "req.h"

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
		answer_file(r, &found.file, 200);
		return RC_OK;
	}
	if (rc == RC_NOT_FOUND && rules_after(r))
		return RC_OK;
	if (rc == RC_NOT_FOUND && !r->other)
		rc = find_page(r->site, r->route, a, path, &found);
	if (r->other && (rc == RC_OK || rc == RC_NOT_FOUND)) {
		answer_page(r, 405);
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
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

void
answer(struct req *r)
{
	const char *query;
	int canonical, status;
	char *path;
	enum rc rc;

	rc = path_decode(r->w->arena, r->target, r->host, &path, &query,
	    &canonical);
	if (rc == RC_OK && !canonical) {
		answer_redirect(r, 301, path_encode(r->w->arena, path), query);
		return;
	}
	if (rc == RC_OK && (status = rules_begin(r, path, query)) == 401) {
		answer_password(r);
		return;
	} else if (rc == RC_OK && status != 0) {
		answer_page(r, status);
		return;
	}
	if (rc == RC_OK)
		rc = choose(r, path, query);
	if (rc != RC_OK)
		answer_page(r, rc == RC_TOO_LARGE ? 414 : rc_http(rc));
	decorate(r);
}
