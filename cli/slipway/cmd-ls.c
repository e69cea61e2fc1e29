#include <stdlib.h>
#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "projects", 0, NULL, "list projects, not deployments", NULL },
	{ "state", 's', "STATE", "only those in this state",
	    "queued building ready failed superseded canceling canceled deleted" },
	{ "target", 0, "TARGET", "only production, preview or development",
	    "production preview development" },
	{ "branch", 'b', "BRANCH", "only those of this branch", NULL },
	{ "limit", 'n', "N", "at most so many (20)", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
limit(const struct cli *c, long long *n)
{
	const char *s = flag_value(c, "limit");
	char *end;

	*n = 20;
	if (s == NULL)
		return RC_OK;
	*n = strtoll(s, &end, 10);
	if (*s == '\0' || *end != '\0' || *n < 1 || *n > 10000)
		return usage(c, "--limit is 1 to 10000");
	return RC_OK;
}

static void
project_row(struct cli *c, struct json_object *p, const char **cells)
{
	(void)c;
	cells[0] = str_or(p, "slug", "");
	cells[1] = str_or(p, "latest.state", "-");
	cells[2] = str_or(p, "url", "");
	cells[3] = str_or(p, "repo", "");
}

static enum rc
projects(struct cli *c, long long n)
{
	static const struct list list = { "projects",
		{ "PROJECT", "STATE", "URL", "REPOSITORY" }, project_row, 1 };
	struct json_object *page;
	enum rc rc;

	rc = api_list(c, "/api/projects", "projects", n, &page);
	if (rc == RC_OK)
		list_print(c, &list, page);
	return rc;
}

/* "main a1b2c3d", or where else it came from. */
static const char *
origin(struct cli *c, struct json_object *d)
{
	const char *sha = str_or(d, "commit", NULL);
	const char *ref = str_or(d, "ref", "");

	if (strcmp(str_or(d, "source", ""), "git") != 0)
		return str_or(d, "source", "");
	if (sha == NULL || strncmp(sha, ref, strlen(ref)) == 0)
		return sha != NULL ? arena_printf(c->arena, "%.7s", sha) : ref;
	return arena_printf(c->arena, "%s %.7s", ref, sha);
}

static void
deployment_row(struct cli *c, struct json_object *d, const char **cells)
{
	cells[0] = str_or(d, "id", "");
	cells[1] = truth(d, "live") ? "live" : str_or(d, "state", "");
	cells[2] = str_or(d, "target", "");
	cells[3] = origin(c, d);
	cells[4] = when(c, str_or(d, "created_at", NULL));
	cells[5] = str_or(d, "url", "");
	cells[6] = str_or(d, "branch_url", "");
}

static enum rc
deployments(struct cli *c, long long n)
{
	static const struct list list = { "deployments",
		{ "DEPLOYMENT", "STATE", "TARGET", "FROM", "CREATED", "URL",
		    "BRANCH URL" },
		deployment_row, 2 };
	static const char *const filters[] = { "state", "target", "branch" };
	struct json_object *page;
	const char *path;
	char sep = '?';
	enum rc rc;
	size_t i;

	if ((path = project_path(c, "/deployments", &rc)) == NULL)
		return rc;
	for (i = 0; i < NITEMS(filters); i++)
		if (flag_on(c, filters[i])) {
			path = arena_printf(c->arena, "%s%c%s=%s", path, sep,
			    filters[i], esc(c, flag_value(c, filters[i])));
			sep = '&';
		}
	if ((rc = api_list(c, path, "deployments", n, &page)) == RC_OK)
		list_print(c, &list, page);
	return rc;
}

static enum rc
run(struct cli *c)
{
	long long n;
	enum rc rc;

	if ((rc = limit(c, &n)) != RC_OK)
		return rc;
	return flag_on(c, "projects") ? projects(c, n) : deployments(c, n);
}

const struct command cmd_ls = {
	.name = "ls",
	.example = "slipway ls --branch main --limit 5",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "list deployments, or projects",
	.about = "Lists the deployments of the project, newest first, "
		 "each with its own URL and that of its branch, which shows "
		 "the newest that is ready; with "
		 "--projects, your projects. On a terminal it is a table, of "
		 "the columns that it has room for; elsewhere lines of "
		 "tab-separated cells, which are all there, as in JSON.",
	.see = "open, diff, download, rules, alias, promote",
	.flags = flags,
	.run = run,
};
