/*
 * token -- API tokens, for programs.
 */
#include <stdlib.h>

#include "slipway.h"

/* clang-format off */
static const struct flag create_flags[] = {
	{ "scope", 's', "SCOPE", "what it may do (deploy)", "read deploy admin" },
	{ "team", 0, "TEAM", "only for what this team owns", NULL },
	{ "days", 'd', "N", "how long it lives, 1 to 365 (90)", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
create(struct cli *c)
{
	struct json_object *body = object(c), *answer;
	const char *days = flag_value(c, "days");
	char *end;
	long n;
	enum rc rc;

	put(body, "name", c->argv[0]);
	put_flag(c, body, "scope", "scope");
	put_flag(c, body, "team", "team");
	if (days != NULL) {
		n = strtol(days, &end, 10);
		if (*days == '\0' || *end != '\0' || n < 1 || n > 365)
			return usage(c, "--days is 1 to 365");
		json_object_object_add(body, "days", json_object_new_int64(n));
	}
	rc = api(c, 0, "POST", "/api/tokens", body, &answer);
	if (rc != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(answer);
		return RC_OK;
	}
	tell("It is shown this once; %s revokes it.",
	    clean(c,
		arena_printf(c->arena, "\"slipway token rm %s\"",
		    str_or(answer, "id", ""))));
	printf("%s\n", clean(c, str_or(answer, "token", "")));
	return RC_OK;
}

static void
row(struct cli *c, struct json_object *k, const char **cells)
{
	cells[0] = str_or(k, "id", "");
	cells[1] = str_or(k, "name", "");
	cells[2] = str_or(k, "scope", "");
	cells[3] = when(c, str_or(k, "used_at", NULL));
	cells[4] = truth(k, "revoked") ?
	    "revoked" :
	    arena_printf(c->arena, "%.10s", str_or(k, "expires_at", "never"));
}

static enum rc
ls(struct cli *c)
{
	static const struct list list = { "tokens",
		{ "ID", "NAME", "SCOPE", "USED", "EXPIRES" }, row, 0 };
	struct json_object *answer;
	enum rc rc;

	rc = api(c, 0, "GET", "/api/tokens", NULL, &answer);
	if (rc == RC_OK)
		list_print(c, &list, answer);
	return rc;
}

static enum rc
rm(struct cli *c)
{
	enum rc rc = api(c, 0, "DELETE",
	    arena_printf(c->arena, "/api/tokens/%s", esc(c, c->argv[0])), NULL,
	    NULL);

	if (rc == RC_OK)
		tell("Revoked %s.", clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_create = {
	.name = "create",
	.example = "slipway token create --scope deploy --days 30 ci",
	.operands = "name",
	.min = 1,
	.max = 1,
	.how = CMD_JSON,
	.brief = "make one",
	.about = "Makes an API token and prints it, this once. Programs give "
		 "it in SLIPWAY_TOKEN.",
	.flags = create_flags,
	.run = create,
}, cmd_list = {
	.name = "ls",
	.example = "slipway token ls",
	.operands = "",
	.how = CMD_JSON,
	.brief = "list them",
	.about = "Lists your API tokens; not the tokens themselves, which "
		 "nobody can read again.",
	.run = ls,
}, cmd_rm = {
	.name = "rm",
	.example = "slipway token rm tok_abcdefghijkl",
	.operands = "token-id",
	.min = 1,
	.max = 1,
	.brief = "revoke one",
	.about = "Revokes an API token, at once.",
	.run = rm,
};

const struct command cmd_token = {
	.name = "token",
	.operands = "",
	.brief = "API tokens, for programs",
	.about = "Makes, lists and revokes API tokens.",
	.subs = (const struct command *const[]){ &cmd_create, &cmd_list,
	    &cmd_rm, NULL },
};
