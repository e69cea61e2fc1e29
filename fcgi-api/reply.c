/*
 * What goes back: JSON, or a problem as RFC 9457 has it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

/* What to do about it, where the handler has nothing better to say. */
/* clang-format off */
static const char *const cures[RC__MAX] = {
	[RC_MALFORMED]	  = "Check how the request is written.",
	[RC_UNAUTHORIZED] = "Sign in at /api/auth/login and send the access token as Authorization: Bearer.",
	[RC_DENIED]	  = "Your role in this team, or the scope of your token, does not allow it; ask an owner of the team.",
	[RC_NOT_FOUND]	  = "Check the address; what others own looks the same as what is not there.",
	[RC_METHOD]	  = "Use one of the methods in the Allow header.",
	[RC_CONFLICT]	  = "Look at its present state and try something that fits.",
	[RC_TOO_LARGE]	  = "Send less at once.",
	[RC_TYPE]	  = "Send the content type that this path takes.",
	[RC_INVALID]	  = "Mend the fields listed in errors.",
	[RC_LIMITED]	  = "Wait as long as Retry-After says.",
	[RC_BUSY]	  = "Try again after what Retry-After says; if it lasts, tell the operator.",
	[RC_FAIL]	  = "Tell the operator the request_id.",
};
/* clang-format on */

static const char *
error_list(struct req *r)
{
	struct arena *a = r->arena;
	const char *all = "";
	int i;

	if (r->errors.n == 0)
		return "";
	for (i = 0; i < r->errors.n; i++) {
		const struct fault *f = &r->errors.e[i].fault;

		all = arena_printf(a,
		    "%s%s{\"field\":%s,\"code\":%s,\"limit\":%s,"
		    "\"message\":%s}",
		    all, i > 0 ? "," : "", js_quote(a, r->errors.e[i].field),
		    js_quote(a, f->code), js_quote(a, f->limit),
		    js_quote(a, f->message));
	}
	return arena_printf(a, ",\"errors\":[%s]", all);
}

static void
problem(struct req *r, enum rc rc)
{
	const char *reason = db_reason(r->w->db);

	if (r->detail == NULL && *reason != '\0' &&
	    (rc == RC_CONFLICT || rc == RC_INVALID))
		r->detail =
		    arena_printf(r->arena, "This cannot be done: %s.", reason);
	r->status = rc_http(rc);
	r->type = "application/problem+json";
	if ((rc == RC_BUSY || rc == RC_LIMITED) && r->retry_after == 0)
		r->retry_after = 1;
	r->reply = arena_printf(r->arena,
	    "{\"type\":\"/api/errors/%s\",\"title\":\"%s\",\"status\":%d,"
	    "\"detail\":%s,\"instance\":%s,\"request_id\":\"%s\"%s}",
	    rc_name(rc), rc_title(rc), r->status,
	    js_quote(r->arena, r->detail != NULL ? r->detail : cures[rc]),
	    js_quote(r->arena, r->path), r->id, error_list(r));
}

static void
head(struct req *r, const char *more)
{
	FCGX_PutS(arena_printf(r->arena,
		      "Status: %d\r\n"
		      "%s"
		      "X-Request-Id: %s\r\n"
		      "Cache-Control: no-store\r\n"
		      "Content-Security-Policy: default-src 'none'; "
		      "frame-ancestors 'none'\r\n"
		      "Referrer-Policy: no-referrer\r\n"
		      "X-Content-Type-Options: nosniff\r\n"
		      "Cross-Origin-Resource-Policy: same-origin\r\n"
		      "\r\n",
		      r->status, more, r->id),
	    r->fcgx->out);
}

void
reply_begin(struct req *r, const char *type, const char *more)
{
	head(r, arena_printf(r->arena, "Content-Type: %s\r\n%s", type, more));
	r->sent = 1;
}

void
reply_part(struct req *r, const char *s, size_t n)
{
	if (n > 0 && !r->head)
		FCGX_PutStr(s, (int)n, r->fcgx->out);
}

void
reply_outcome(struct req *r, enum rc rc)
{
	const char *more = "";
	size_t n;

	if (r->sent)
		return;
	if (rc != RC_OK)
		problem(r, rc);
	if (r->retry_after > 0)
		more = arena_printf(r->arena, "Retry-After: %d\r\n",
		    r->retry_after);
	if (r->allow != NULL)
		more =
		    arena_printf(r->arena, "%sAllow: %s\r\n", more, r->allow);
	if (rc == RC_UNAUTHORIZED)
		more = arena_printf(r->arena,
		    "%sWWW-Authenticate: Bearer realm=\"slipway\"\r\n", more);
	n = r->reply != NULL ? strlen(r->reply) : 0;
	if (n > 0)
		more = arena_printf(r->arena,
		    "%sContent-Type: %s\r\nContent-Length: %zu\r\n", more,
		    r->type != NULL ? r->type : "application/json", n);
	head(r, more);
	if (n > 0)
		reply_part(r, r->reply, n);
}

enum rc
req_say(struct req *r, enum rc rc, const char *detail)
{
	r->detail = detail;
	return rc;
}

/* NULL is no fault; so checks can be chained and then looked at together. */
enum rc
req_fault(struct req *r, const char *field, const struct fault *f)
{
	if (f == NULL)
		return RC_OK;
	js_error(&r->errors, field, f);
	return RC_INVALID;
}

enum rc
req_json(struct req *r, int query, const char *const params[])
{
	return db_json(r->w->db, r->arena, query, params, &r->reply);
}

/* A page: rows as JSON, and where the next one starts. */
enum rc
req_list(struct req *r, int query, const char *const params[],
    const char *plural)
{
	const char *next = "null";
	PGresult *res;
	enum rc rc;

	if ((rc = db_run(r->w->db, r->arena, query, params, &res)) != RC_OK)
		return rc;
	if (!PQgetisnull(res, 0, 1))
		next = js_quote(r->arena,
		    cursor_make(r, plural, PQgetvalue(res, 0, 1)));
	r->reply = arena_printf(r->arena, "{\"%s\":%s,\"next\":%s}", plural,
	    PQgetvalue(res, 0, 0), next);
	return RC_OK;
}

/* The same for the team in the body, or one's own: 422 if it is not seen. */
enum rc
req_team(struct req *r)
{
	static const struct fault none = { "unknown", "",
		"give the id or slug of a team you belong to" };
	const char *team = req_string(r, "team"), *ignored;
	enum rc rc;

	if (team == NULL)
		return RC_DENIED;
	rc = db_json(r->w->db, r->arena, Q_TEAM_SEEN, (const char *[]){ team },
	    &ignored);
	if (rc == RC_NOT_FOUND)
		return req_fault(r, "team", &none);
	return rc == RC_OK ? RC_DENIED : rc;
}

enum rc
req_refused(struct req *r, int query, const char *const params[])
{
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, query, params, &ignored);
	return rc == RC_OK ? RC_DENIED : rc;
}

static enum rc
find(struct req *r, int query, const char *const params[], PGresult **res)
{
	enum rc rc;

	rc = db_run(r->w->db, r->arena, query, params, res);
	return rc == RC_NOT_FOUND ? req_refused(r, Q_PROJECT_SEEN, params) : rc;
}

enum rc
req_project(struct req *r, const char *set, PGresult **res)
{
	return find(r, Q_PROJECT_FIND, (const char *[]){ r->arg[0], set }, res);
}

enum rc
req_target(struct req *r, PGresult **res)
{
	return find(r, Q_PROJECT_TARGET, (const char *[]){ r->arg[0] }, res);
}

enum rc
req_gone(struct req *r)
{
	PGresult *ignored;
	enum rc rc;

	rc = req_project(r, "", &ignored);
	return rc == RC_OK ? RC_NOT_FOUND : rc;
}
