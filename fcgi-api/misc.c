/*
 * How it is, and what it can do.
 */
#include "api.h"

/* 200 for as long as a worker answers at all. */
enum rc
health(struct req *r)
{
	r->reply = "{\"status\":\"ok\"}";
	return RC_OK;
}

/* 200; 503 without PostgreSQL.  Without Redis all works, a little later. */
enum rc
ready_show(struct req *r)
{
	const char *one;
	int pg = db_json(r->w->db, r->arena, Q_PING, NULL, &one) == RC_OK;
	int redis = bell_ping(r->w->bell) == RC_OK;

	if (!pg) {
		r->status = 503;
		r->retry_after = 1;
	}
	r->reply = arena_printf(r->arena,
	    "{\"status\":\"%s\",\"postgresql\":\"%s\",\"redis\":\"%s\"}",
	    !pg       ? "down" :
		redis ? "ok" :
			"degraded",
	    pg ? "ok" : "down", redis ? "ok" : "down");
	return RC_OK;
}

/* 200 with what route.c says, as OpenAPI has it. */
enum rc
openapi_show(struct req *r)
{
	r->reply = openapi_make(r->arena, r->w->conf);
	return RC_OK;
}
