/*
 * From a path to an answer.
 */
#include "req.h"

void
answer(struct req *r)
{
	struct found found;
	const char *query;
	int canonical;
	char *path;
	enum rc rc;

	rc = path_decode(r->w->arena, r->target, r->host, &path, &query,
	    &canonical);
	if (rc == RC_OK && !canonical) {
		answer_redirect(r, path_encode(r->w->arena, path), query);
		return;
	}
	if (rc == RC_OK)
		rc = find(r->site, r->route, r->w->arena, path, &found);
	if (rc != RC_OK)
		answer_page(r, rc == RC_TOO_LARGE ? 414 : rc_http(rc));
	else if (found.location != NULL)
		answer_redirect(r, found.location, query);
	else if (found.path != NULL)
		answer_file(r, &found.file, found.status);
	else if (found.asset && skew_find(r, path, &found.file))
		answer_file(r, &found.file, 200);
	else if (found.asset)
		answer_plain_404(r);
	else
		answer_page(r, found.status);
}
