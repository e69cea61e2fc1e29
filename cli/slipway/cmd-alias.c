/*
 * alias -- more hosts of a project, each showing one deployment.
 */
#include "slipway.h"

static void
row(struct cli *c, struct json_object *a, const char **cells)
{
	cells[0] = str_or(a, "label", "");
	cells[1] = str_or(a, "deployment", str_or(a, "deployment.id", ""));
	cells[2] = when(c, str_or(a, "updated_at", NULL));
	cells[3] = str_or(a, "url", "");
}

static enum rc
ls(struct cli *c)
{
	static const struct list list = { "aliases",
		{ "ALIAS", "DEPLOYMENT", "SET", "URL" }, row, 0 };

	return project_list(c, "/aliases", &list);
}

static enum rc
set(struct cli *c)
{
	struct json_object *body = object(c), *a;
	const char *path;
	enum rc rc;

	path = arena_printf(c->arena, "/aliases/%s", esc(c, c->argv[0]));
	put(body, "deployment", deployment_id(c, c->argv[1]));
	if ((rc = project_api(c, "PUT", path, body, &a)) != RC_OK)
		return rc;
	if (want_json(c))
		print_json(a);
	else
		printf("%s\n", clean(c, str_or(a, "url", "")));
	return RC_OK;
}

static enum rc
rm(struct cli *c)
{
	const char *path;
	enum rc rc;

	path = arena_printf(c->arena, "/aliases/%s", esc(c, c->argv[0]));
	if ((rc = project_api(c, "DELETE", path, NULL, NULL)) == RC_OK)
		tell("Removed %s.", clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_list = {
	.name = "ls",
	.example = "slipway alias ls",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "list them",
	.about = "Lists the aliases of the project.",
	.run = ls,
}, cmd_set = {
	.name = "set",
	.example = "slipway alias set next dpl_abcdefghijkl",
	.operands = "alias deployment",
	.min = 2,
	.max = 2,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "point one at a deployment",
	.about = "Makes alias--project show a deployment, and prints its URL.",
	.run = set,
}, cmd_rm = {
	.name = "rm",
	.example = "slipway alias rm next",
	.operands = "alias",
	.min = 1,
	.max = 1,
	.how = CMD_PROJECT,
	.brief = "remove one",
	.about = "Removes an alias; the deployment stays.",
	.run = rm,
};

const struct command cmd_alias = {
	.name = "alias",
	.operands = "",
	.brief = "more hosts for a deployment",
	.about = "Gives deployments hosts of their own: alias--project.",
	.subs = (const struct command *const[]){ &cmd_list, &cmd_set, &cmd_rm,
	    NULL },
};
