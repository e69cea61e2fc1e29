/* fcgi-api/route: which handler answers which path. */
#include <stdlib.h>

#include "fcgi-api/api.h"
#include "tap.h"

#define HANDLER_STUB(name)          \
	enum rc name(struct req *r) \
	{                           \
		(void)r;            \
		return RC_OK;       \
	}
#define FIELDS_STUB(name) const struct js_field name[] = { { 0 } };

HANDLER_STUB(auth_signup)
HANDLER_STUB(auth_login)
HANDLER_STUB(auth_refresh)
HANDLER_STUB(auth_logout)
HANDLER_STUB(auth_me)
HANDLER_STUB(project_list)
HANDLER_STUB(project_create)
HANDLER_STUB(project_show)
HANDLER_STUB(project_update)
HANDLER_STUB(project_delete)
HANDLER_STUB(usage_show)
HANDLER_STUB(protect_show)
HANDLER_STUB(protect_set)
HANDLER_STUB(protect_delete)
HANDLER_STUB(protect_token_create)
HANDLER_STUB(protect_token_delete)
HANDLER_STUB(deployment_list)
HANDLER_STUB(deployment_create)
HANDLER_STUB(deployment_show)
HANDLER_STUB(deployment_cancel)
HANDLER_STUB(deployment_promote)
HANDLER_STUB(deployment_redeploy)
HANDLER_STUB(deployment_delete)
HANDLER_STUB(deployment_restore)
HANDLER_STUB(deployment_pin)
HANDLER_STUB(deployment_unpin)
HANDLER_STUB(log_show)
HANDLER_STUB(deploy_key_show)
HANDLER_STUB(deploy_key_make)
HANDLER_STUB(deploy_key_delete)
HANDLER_STUB(git_token_show)
HANDLER_STUB(git_token_set)
HANDLER_STUB(git_token_delete)
HANDLER_STUB(known_host_list)
HANDLER_STUB(known_host_delete)
HANDLER_STUB(file_list)
HANDLER_STUB(diff_show)
HANDLER_STUB(archive_send)
HANDLER_STUB(rules_show)
HANDLER_STUB(explain_show)
HANDLER_STUB(log_text)
HANDLER_STUB(log_search)
HANDLER_STUB(env_list)
HANDLER_STUB(env_set)
HANDLER_STUB(env_delete)
HANDLER_STUB(hook_list)
HANDLER_STUB(hook_create)
HANDLER_STUB(hook_delete)
HANDLER_STUB(alias_list)
HANDLER_STUB(alias_set)
HANDLER_STUB(alias_delete)
HANDLER_STUB(upload_archive)
HANDLER_STUB(upload_create)
HANDLER_STUB(upload_show)
HANDLER_STUB(upload_blob)
HANDLER_STUB(apitoken_list)
HANDLER_STUB(apitoken_create)
HANDLER_STUB(apitoken_revoke)
HANDLER_STUB(health)
HANDLER_STUB(ready_show)
HANDLER_STUB(metrics_show)
HANDLER_STUB(openapi_show)
FIELDS_STUB(protect_fields)
FIELDS_STUB(protect_token_fields)
FIELDS_STUB(signup_fields)
FIELDS_STUB(login_fields)
FIELDS_STUB(refresh_fields)
FIELDS_STUB(logout_fields)
FIELDS_STUB(project_fields)
FIELDS_STUB(project_change_fields)
FIELDS_STUB(project_query)
FIELDS_STUB(deployment_fields)
FIELDS_STUB(redeploy_fields)
FIELDS_STUB(deployment_query)
FIELDS_STUB(file_query)
FIELDS_STUB(diff_query)
FIELDS_STUB(explain_fields)
FIELDS_STUB(log_query)
FIELDS_STUB(search_query)
FIELDS_STUB(env_fields)
FIELDS_STUB(git_token_fields)
FIELDS_STUB(known_host_query)
FIELDS_STUB(known_host_delete_query)
FIELDS_STUB(env_query)
FIELDS_STUB(hook_fields)
FIELDS_STUB(alias_fields)
FIELDS_STUB(upload_fields)
FIELDS_STUB(apitoken_fields)

/* clang-format off */
static const struct {
	const char	*method, *path;
	enum rc		 rc;
	enum rc		(*handler)(struct req *);
	const char	*arg;
} cases[] = {
	{ "GET",    "/api/health",		RC_OK,	      health,	    NULL },
	{ "GET",    "/api/projects",		RC_OK,	      project_list, NULL },
	{ "POST",   "/api/projects",		RC_OK,	      project_create, NULL },
	{ "GET",    "/api/projects/shop",	RC_OK,	      project_show, "shop" },
	{ "PATCH",  "/api/projects/shop",	RC_OK,	      project_update, "shop" },
	{ "GET",    "/api/projects/a%2Fb",	RC_OK,	      project_show, "a%2Fb" },
	{ "PUT",    "/api/projects/shop/env/A",	RC_OK,	      env_set,	    "shop" },
	{ "GET",    "/api/deployments/d/logs",	RC_OK,	      log_show,	    "d" },
	{ "GET",    "/api/deployments/d/logs.txt", RC_OK,   log_text,	    "d" },
	{ "GET",    "/api/projects/p/logs",	RC_OK,	      log_search,   "p" },
	{ "GET",    "",				RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/",			RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "//",			RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "api/health",		RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api",			RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/",			RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/health/",		RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/healthy",		RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/API/health",		RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api//health",		RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/projects/",		RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/projects//env",	RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/projects/a/b",	RC_NOT_FOUND, NULL, NULL },
	{ "GET",    "/api/projects/a/env/b/c",	RC_NOT_FOUND, NULL, NULL },
	{ "DELETE", "/api/projects",		RC_METHOD,    NULL, NULL },
	{ "get",    "/api/health",		RC_METHOD,    NULL, NULL },
	{ "",	    "/api/health",		RC_METHOD,    NULL, NULL },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	size_t i, k;

	for (i = 0; i < NITEMS(cases); i++) {
		struct req r = { .arena = a,
			.method = cases[i].method,
			.path = cases[i].path };

		ok(route_find(&r) == cases[i].rc, "%s %s", r.method, r.path);
		if (cases[i].rc == RC_OK)
			ok(r.route->handler == cases[i].handler, "its handler");
		if (cases[i].arg != NULL)
			is(r.arg[0], cases[i].arg, "its argument");
		if (cases[i].rc == RC_METHOD)
			ok(r.allow != NULL, "which there are: %s", r.allow);
	}
	for (i = 0; i < nroutes; i++) {
		for (k = 0; k < i; k++)
			if (strcmp(routes[i].path, routes[k].path) == 0 &&
			    strcmp(routes[i].method, routes[k].method) == 0)
				break;
		ok(k == i, "%s %s is there once", routes[i].method,
		    routes[i].path);
		ok(((routes[i].flags & ROUTE_BODY) != 0) ==
			(routes[i].fields != NULL),
		    "and its fields with its body");
	}
	arena_free(a);
	return done();
}
