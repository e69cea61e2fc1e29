/*
 * hook -- who is told what becomes of a project's deployments.
 */
#include "slipway.h"

/* clang-format off */
static const struct flag add_flags[] = {
	{ "events", 0, "WHICH", "all, ended, ready or failed (all)",
	    "all ended ready failed" },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static void
row(struct cli *c, struct json_object *h, const char **cells)
{
	(void)c;
	cells[0] = str_or(h, "id", "");
	cells[1] = str_or(h, "events", "");
	cells[2] = str_or(h, "last.event", "-");
	cells[3] = str_or(h, "last.answer", "-");
	cells[4] = str_or(h, "url", "");
}

static enum rc
ls(struct cli *c)
{
	static const struct list list = { "hooks",
		{ "HOOK", "EVENTS", "LAST", "ANSWER", "URL" }, row, 0 };

	return project_list(c, "/hooks", &list);
}

static enum rc
add(struct cli *c)
{
	struct json_object *body = object(c), *h;
	const char *path;
	char *secret;
	enum rc rc;

	if ((path = project_path(c, "/hooks", &rc)) == NULL)
		return rc;
	rc = term_is(stdin) ?
	    ask_secret(c, "Secret that signs (at least 16 bytes)", &secret) :
	    read_secret(c, &secret);
	if (rc != RC_OK)
		return rc;
	put(body, "url", c->argv[0]);
	put(body, "secret", secret);
	put_flag(c, body, "events", "events");
	if ((rc = api(c, 0, "POST", path, body, &h)) != RC_OK)
		return rc;
	if (want_json(c))
		print_json(h);
	else
		printf("%s\n", clean(c, str_or(h, "id", "")));
	return RC_OK;
}

static enum rc
rm(struct cli *c)
{
	const char *path;
	enum rc rc;

	path = arena_printf(c->arena, "/hooks/%s", esc(c, c->argv[0]));
	if ((rc = project_api(c, "DELETE", path, NULL, NULL)) == RC_OK)
		tell("Removed %s.", clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_list = {
	.name = "ls",
	.example = "slipway hook ls",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "list them",
	.about = "Lists the hooks of the project, and what came of the last "
		 "notice to each.",
	.run = ls,
}, cmd_add = {
	.name = "add",
	.example = "slipway hook add https://ci.example.com/slipway",
	.operands = "URL",
	.min = 1,
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.flags = add_flags,
	.brief = "be told at a URL of https",
	.about = "Adds a hook, and prints its id.  The secret that signs "
		 "notices is read from\nstandard input, or asked for.",
	.run = add,
}, cmd_rm = {
	.name = "rm",
	.example = "slipway hook rm hok_abcdefghijkl",
	.operands = "hook",
	.min = 1,
	.max = 1,
	.how = CMD_PROJECT,
	.brief = "remove one",
	.about = "Removes a hook by its id.",
	.run = rm,
};

const struct command cmd_hook = {
	.name = "hook",
	.operands = "",
	.brief = "be told what becomes of deployments",
	.about = "Has a URL of your own told what becomes of deployments.",
	.subs = (const struct command *const[]){ &cmd_list, &cmd_add, &cmd_rm,
	    NULL },
};
