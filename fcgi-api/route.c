/*
 * Which handler answers which request.
 *
 * The table is the whole of the API: what is not here does not exist, and
 * fcgi-api(8) lists the same lines.
 */
#include <string.h>

#include "api.h"

#define PUBLIC     ROUTE_PUBLIC
#define MAYBE      (ROUTE_PUBLIC | ROUTE_MAYBE)
#define BODY       ROUTE_BODY
#define MAYBE_BODY (ROUTE_BODY | ROUTE_OPTIONAL)

/* clang-format off */
const struct route routes[] = {
	{ "POST",   "/api/auth/signup",  auth_signup,  201, PUBLIC | BODY, signup_fields, NULL, "Make an account and sign in" },
	{ "POST",   "/api/auth/login",   auth_login,   200, PUBLIC | BODY, login_fields, NULL, "Sign in" },
	{ "POST",   "/api/auth/refresh", auth_refresh, 200, PUBLIC | BODY, refresh_fields, NULL, "Get the next pair of tokens" },
	{ "POST",   "/api/auth/logout",  auth_logout,  204, MAYBE | MAYBE_BODY, logout_fields, NULL, "Sign out" },
	{ "GET",    "/api/auth/me",      auth_me,      200, 0, NULL, NULL, "Who you are" },

	{ "GET",    "/api/projects",          project_list,   200, 0, NULL, project_query, "List projects by name" },
	{ "POST",   "/api/projects",          project_create, 201, BODY, project_fields, NULL, "Make a project" },
	{ "GET",    "/api/projects/:project", project_show,   200, 0, NULL, NULL, "Show a project" },
	{ "PATCH",  "/api/projects/:project", project_update, 200, BODY, project_change_fields, NULL, "Change a project" },
	{ "DELETE", "/api/projects/:project", project_delete, 204, 0, NULL, NULL, "Delete a project and its deployments" },

	{ "GET",    "/api/projects/:project/deployments", deployment_list,   200, 0, NULL, deployment_query, "List deployments, newest first" },
	{ "POST",   "/api/projects/:project/deployments", deployment_create, 202, MAYBE_BODY, deployment_fields, NULL, "Build and publish" },
	{ "GET",    "/api/deployments/:deployment",          deployment_show,     200, 0, NULL, NULL, "Show a deployment" },
	{ "POST",   "/api/deployments/:deployment/cancel",   deployment_cancel,   202, 0, NULL, NULL, "Stop a deployment" },
	{ "POST",   "/api/deployments/:deployment/promote",  deployment_promote,  200, 0, NULL, NULL, "Show it on the production host, newer or older" },
	{ "POST",   "/api/deployments/:deployment/redeploy", deployment_redeploy, 202, MAYBE_BODY, redeploy_fields, NULL, "Build the same again" },
	{ "DELETE", "/api/deployments/:deployment",          deployment_delete,   200, 0, NULL, NULL, "Delete a deployment that nothing shows" },
	{ "POST",   "/api/deployments/:deployment/restore",  deployment_restore,  200, 0, NULL, NULL, "Bring back a deployment deleted less than a day ago" },
	{ "POST",   "/api/deployments/:deployment/pin",      deployment_pin,      200, 0, NULL, NULL, "Keep a deployment until it is unpinned" },
	{ "POST",   "/api/deployments/:deployment/unpin",    deployment_unpin,    200, 0, NULL, NULL, "Let it be deleted again" },
	{ "GET",    "/api/deployments/:deployment/logs",     log_show,            200, 0, NULL, log_query, "Read the build's log, and wait for more; colours of a line are beside its text, as [character, numbers of SGR]" },
	{ "GET",    "/api/deployments/:deployment/logs.txt", log_text,            200, ROUTE_TEXT, NULL, NULL, "Download the build's log as text" },
	{ "GET",    "/api/deployments/:deployment/files",       file_list,    200, 0, NULL, file_query, "List its files, in the order of the archive" },
	{ "GET",    "/api/deployments/:deployment/diff",        diff_show,    200, 0, NULL, diff_query, "Compare its files with those of another" },
	{ "GET",    "/api/deployments/:deployment/archive.tar", archive_send, 200, ROUTE_TAR, NULL, NULL, "Download its files as a tar archive" },
	{ "GET",    "/api/deployments/:deployment/rules",       rules_show,   200, 0, NULL, NULL, "What became of each line of its rule files" },
	{ "POST",   "/api/explain",                             explain_show, 200, BODY, explain_fields, NULL, "What a URL is answered with, and why" },
	{ "GET",    "/api/projects/:project/logs",           log_search,          200, 0, NULL, search_query, "Search the logs of a project, newest deployment first" },

	{ "GET",    "/api/projects/:project/env",            env_list,     200, 0, NULL, NULL, "List environment variables, without values" },
	{ "PUT",    "/api/projects/:project/env/:name",      env_set,      200, BODY, env_fields, NULL, "Set an environment variable" },
	{ "DELETE", "/api/projects/:project/env/:name",      env_delete,   204, 0, NULL, env_query, "Remove an environment variable" },
	{ "GET",    "/api/projects/:project/deploy-key", deploy_key_show,   200, 0, NULL, NULL, "Show the public half of the deploy key" },
	{ "POST",   "/api/projects/:project/deploy-key", deploy_key_make,   201, 0, NULL, NULL, "Make a deploy key, in place of the one there is" },
	{ "DELETE", "/api/projects/:project/deploy-key", deploy_key_delete, 204, 0, NULL, NULL, "Remove the deploy key" },
	{ "GET",    "/api/projects/:project/git-token",  git_token_show,    200, 0, NULL, NULL, "Show which host the repository's token is for" },
	{ "PUT",    "/api/projects/:project/git-token",  git_token_set,     200, BODY, git_token_fields, NULL, "Set a token for the repository's host" },
	{ "DELETE", "/api/projects/:project/git-token",  git_token_delete,  204, 0, NULL, NULL, "Remove the token" },
	{ "GET",    "/api/known-hosts",                  known_host_list,   200, 0, NULL, known_host_query, "List the SSH hosts that builds know" },
	{ "DELETE", "/api/known-hosts/:host",            known_host_delete, 204, 0, NULL, known_host_delete_query, "Forget the key of an SSH host" },
	{ "GET",    "/api/projects/:project/aliases",        alias_list,   200, 0, NULL, NULL, "List aliases" },
	{ "PUT",    "/api/projects/:project/aliases/:alias", alias_set,    200, BODY, alias_fields, NULL, "Point an alias at a deployment" },
	{ "DELETE", "/api/projects/:project/aliases/:alias", alias_delete, 204, 0, NULL, NULL, "Remove an alias" },

	{ "GET",    "/api/projects/:project/protection",     protect_show,   200, 0, NULL, NULL, "Say which hosts ask for a password" },
	{ "PUT",    "/api/projects/:project/protection",     protect_set,    200, BODY, protect_fields, NULL, "Have hosts ask for a password" },
	{ "DELETE", "/api/projects/:project/protection",     protect_delete, 204, 0, NULL, NULL, "Let everybody look" },
	{ "POST",   "/api/projects/:project/protection/tokens",        protect_token_create, 201, BODY, protect_token_fields, NULL, "Make a token that passes the protection, shown this once" },
	{ "DELETE", "/api/projects/:project/protection/tokens/:token", protect_token_delete, 204, 0, NULL, NULL, "Revoke such a token" },

	{ "GET",    "/api/projects/:project/hooks",          hook_list,    200, 0, NULL, NULL, "List hooks, without their secrets" },
	{ "POST",   "/api/projects/:project/hooks",          hook_create,  201, BODY, hook_fields, NULL, "Be told what becomes of deployments" },
	{ "DELETE", "/api/projects/:project/hooks/:hook",    hook_delete,  204, 0, NULL, NULL, "Remove a hook" },

	{ "POST",   "/api/projects/:project/uploads",        upload_create, 201, BODY | ROUTE_BIG, upload_fields, NULL, "Say which files a folder has" },
	{ "GET",    "/api/uploads/:upload",                  upload_show,   200, 0, NULL, NULL, "Which files are missing" },
	{ "PUT",    "/api/uploads/:upload/blobs/:sha256",    upload_blob,   204, ROUTE_RAW, NULL, NULL, "Send a file" },
	{ "POST",   "/api/projects/:project/archives",       upload_archive, 201, ROUTE_RAW, NULL, NULL, "Send a tar or zip archive" },

	{ "GET",    "/api/usage",         usage_show,      200, 0, NULL, NULL, "What your teams and projects keep, of how much" },

	{ "GET",    "/api/tokens",        apitoken_list,   200, 0, NULL, NULL, "List API tokens" },
	{ "POST",   "/api/tokens",        apitoken_create, 201, BODY, apitoken_fields, NULL, "Make an API token, shown this once" },
	{ "DELETE", "/api/tokens/:token", apitoken_revoke, 204, 0, NULL, NULL, "Revoke an API token" },

	{ "GET",    "/api/health",       health,       200, PUBLIC, NULL, NULL, "Is it alive" },
	{ "GET",    "/api/ready",        ready_show,   200, PUBLIC, NULL, NULL, "Is what it needs there" },
	{ "GET",    "/api/metrics",      metrics_show, 200, MAYBE, NULL, NULL, "Counters, as Prometheus text" },
	{ "GET",    "/api/openapi.json", openapi_show, 200, PUBLIC, NULL, NULL, "This list, as OpenAPI 3.1" },
};
/* clang-format on */
const size_t nroutes = NITEMS(routes);

/* Does path fit pattern?  If so, keep what its ":parts" stand for. */
static int
match(struct req *r, const char *pattern, const char *path)
{
	size_t n, m;
	int argc = 0;

	for (;; pattern += n, path += m) {
		n = strcspn(pattern + 1, "/") + 1;
		m = strcspn(path + 1, "/") + 1;
		if (pattern[1] == ':' && m > 1)
			r->arg[argc++] =
			    arena_strndup(r->arena, path + 1, m - 1);
		else if (n != m || memcmp(pattern, path, n) != 0)
			return 0;
		if (pattern[n] == '\0' || path[m] == '\0')
			return pattern[n] == path[m];
	}
}

/* RC_NOT_FOUND for no such path; RC_METHOD, and which it has, otherwise. */
enum rc
route_find(struct req *r)
{
	const char *allow = NULL;
	size_t i;

	if (r->path[0] != '/')
		return RC_NOT_FOUND;
	for (i = 0; i < nroutes; i++) {
		const char *method = routes[i].method;

		if (!match(r, routes[i].path, r->path))
			continue;
		if (strcmp(method, r->method) == 0) {
			r->route = &routes[i];
			return RC_OK;
		}
		allow = arena_printf(r->arena, "%s%s%s%s",
		    allow != NULL ? allow : "OPTIONS, ",
		    allow != NULL ? ", " : "", method,
		    strcmp(method, "GET") == 0 ? ", HEAD" : "");
	}
	r->allow = allow;
	return allow != NULL ? RC_METHOD : RC_NOT_FOUND;
}
