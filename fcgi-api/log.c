/*
 * What a build said, and what it says next.
 */
#include <stdlib.h>
#include <string.h>

#include "api.h"

/* clang-format off */
const struct js_field log_query[] = {
	{ "after", JS_INT, 0, 0, 2000000000, NULL, NULL, "Only lines after this number" },
	{ "limit", JS_INT, 0, 1, 1000, NULL, NULL, "How many lines; 500 if not given" },
	{ "wait",  JS_INT, 0, 0, 10, NULL, NULL, "Seconds to wait if there are none yet" },
	{ 0 }
};
/* clang-format on */

static const char *
given(struct req *r, const char *name, const char *preset)
{
	const char *s = req_query(r, name);

	return s != NULL ? s : preset;
}

/* 200 with lines after that number, at once or when there are some; 404. */
enum rc
log_show(struct req *r)
{
	PGresult *res;
	enum rc rc;

	rc = db_run(r->w->db, r->arena, Q_LOG,
	    (const char *[]){ r->arg[0], given(r, "after", "0"),
		given(r, "limit", "500") },
	    &res);
	if (rc != RC_OK)
		return rc;
	r->reply = PQgetvalue(res, 0, 0);
	r->deadline = r->arrived + atol(given(r, "wait", "0")) * 1000;
	if (*PQgetvalue(res, 0, 1) == 'f' && r->may_wait &&
	    r->deadline > now_ms() && strlen(r->arg[0]) < 24)
		r->wait_for = r->arg[0];
	return RC_OK;
}
