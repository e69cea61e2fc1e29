/*
 * alias -- more hosts of a project, each showing one deployment.
 */
#include "slipway.h"

static enum rc
ls(struct cli *c)
{
	static const char *const heads[] = { "ALIAS", "DEPLOYMENT", "SET",
		"URL" };
	struct table *t = table_new(c, heads, NITEMS(heads));
	struct json_object *answer, *rows, *a;
	const char *path;
	enum rc rc;
	size_t i;

	if ((path = project_path(c, "/aliases", &rc)) == NULL ||
	    (rc = api(c, 0, "GET", path, NULL, &answer)) != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(answer);
		return RC_OK;
	}
	rows = field(answer, "aliases");
	for (i = 0; i < json_object_array_length(rows); i++) {
		a = json_object_array_get_idx(rows, i);
		table_row(t,
		    (const char *[]){ str_or(a, "label", ""),
			str_or(a, "deployment", str_or(a, "deployment.id", "")),
			when(c, str_or(a, "updated_at", NULL)),
			str_or(a, "url", "") });
	}
	table_print(t);
	return RC_OK;
}

static enum rc
set(struct cli *c)
{
	struct json_object *body = object(c), *a;
	const char *path;
	enum rc rc;

	path = arena_printf(c->arena, "/aliases/%s", esc(c, c->argv[0]));
	if ((path = project_path(c, path, &rc)) == NULL)
		return rc;
	put(body, "deployment", deployment_id(c, c->argv[1]));
	if ((rc = api(c, 0, "PUT", path, body, &a)) != RC_OK)
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
	if ((path = project_path(c, path, &rc)) == NULL)
		return rc;
	if ((rc = api(c, 0, "DELETE", path, NULL, NULL)) == RC_OK)
		tell("Removed %s.", clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_list = {
	.name = "ls",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "list them",
	.about = "Lists the aliases of the project.",
	.run = ls,
}, cmd_set = {
	.name = "set",
	.operands = "alias deployment",
	.min = 2,
	.max = 2,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "point one at a deployment",
	.about = "Makes alias--project show a deployment, and prints its URL.",
	.run = set,
}, cmd_rm = {
	.name = "rm",
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
