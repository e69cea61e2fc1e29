/*
 * protect -- who may look at a project's hosts.
 */
#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag set_flags[] = {
	{ "keep-password", 'k', NULL, "the password there is stays", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static void
row(struct cli *c, struct json_object *t, const char **cells)
{
	cells[0] = str_or(t, "id", "");
	cells[1] = when(c, str_or(t, "created_at", NULL));
	cells[2] = str_or(t, "name", "");
}

static enum rc
show(struct cli *c)
{
	static const struct list list = { "tokens", { "TOKEN", "MADE", "NAME" },
		row, 0 };
	struct json_object *answer;
	enum rc rc;

	rc = project_api(c, "GET", "/protection", NULL, &answer);
	if (rc != RC_OK)
		return rc;
	if (!want_json(c))
		printf("hosts\t%s\npassword set\t%s\n",
		    clean(c, str_or(answer, "hosts", "")),
		    when(c, str_or(answer, "password_at", NULL)));
	list_print(c, &list, answer);
	return RC_OK;
}

static enum rc
off(struct cli *c)
{
	enum rc rc = project_api(c, "DELETE", "/protection", NULL, NULL);

	if (rc == RC_OK)
		tell("Everybody may look.");
	return rc;
}

static enum rc
set(struct cli *c)
{
	struct json_object *body = object(c), *answer;
	const char *path;
	char *password;
	enum rc rc;

	if (strcmp(c->argv[0], "off") == 0)
		return off(c);
	if (strcmp(c->argv[0], "all") != 0 &&
	    strcmp(c->argv[0], "previews") != 0)
		return usage(c, "say all, previews or off, not \"%s\"",
		    clean(c, c->argv[0]));
	if ((path = project_path(c, "/protection", &rc)) == NULL)
		return rc;
	put(body, "hosts", c->argv[0]);
	if (!flag_on(c, "keep-password")) {
		rc = term_is(stdin) ?
		    ask_secret(c, "Password for visitors (at least 10 bytes)",
			&password) :
		    read_secret(c, &password);
		if (rc != RC_OK)
			return rc;
		put(body, "password", password);
	}
	if ((rc = api(c, 0, "PUT", path, body, &answer)) != RC_OK)
		return rc;
	if (want_json(c))
		print_json(answer);
	else
		tell("Protected: %s.", clean(c, str_or(answer, "hosts", "")));
	return RC_OK;
}

static enum rc
token(struct cli *c)
{
	struct json_object *body = object(c), *answer;
	enum rc rc;

	put(body, "name", c->argv[0]);
	rc = project_api(c, "POST", "/protection/tokens", body, &answer);
	if (rc != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(answer);
		return RC_OK;
	}
	tell("It is shown this once, and goes into the header "
	     "X-Slipway-Token; %s revokes it.",
	    clean(c,
		arena_printf(c->arena, "\"slipway protect rm %s\"",
		    str_or(answer, "id", ""))));
	printf("%s\n", clean(c, str_or(answer, "token", "")));
	return RC_OK;
}

/* What is named by its id, or by a name that no other token has. */
static enum rc
token_id(struct cli *c, const char *s, const char **id)
{
	struct json_object *answer, *list, *t;
	size_t i, found = 0;
	enum rc rc;

	*id = s;
	rc = project_api(c, "GET", "/protection", NULL, &answer);
	if (rc != RC_OK)
		return rc;
	list = field(answer, "tokens");
	if (!json_object_is_type(list, json_type_array))
		return RC_OK;
	for (i = 0; i < json_object_array_length(list); i++) {
		t = json_object_array_get_idx(list, i);
		if (strcmp(str_or(t, "id", ""), s) == 0) {
			*id = s;
			return RC_OK;
		}
		if (strcmp(str_or(t, "name", ""), s) == 0) {
			*id = str_or(t, "id", s);
			found++;
		}
	}
	return found < 2 ? RC_OK :
			   complain(RC_CONFLICT,
			       "%zu tokens are called %s; give the id of one, "
			       "which \"slipway protect show\" lists",
			       found, clean(c, s));
}

static enum rc
rm(struct cli *c)
{
	const char *path, *id;
	enum rc rc;

	if ((rc = token_id(c, c->argv[0], &id)) != RC_OK)
		return rc;
	path = arena_printf(c->arena, "/protection/tokens/%s", esc(c, id));
	if ((rc = project_api(c, "DELETE", path, NULL, NULL)) == RC_OK)
		tell("Revoked %s.", clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_show = {
	.name = "show",
	.example = "slipway protect show",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "say what is protected",
	.about = "Says which hosts ask for a password, since when, and lists "
		 "the tokens that do without.",
	.run = show,
}, cmd_set = {
	.name = "set",
	.example = "slipway protect set previews",
	.operands = "all|previews|off",
	.min = 1,
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.flags = set_flags,
	.brief = "have hosts ask for a password",
	.about = "Has all hosts of the project ask for a password, or all but "
		 "the production ones, or none. The password is read from "
		 "standard input, or asked for; a new one signs out whoever "
		 "knew the old.",
	.run = set,
}, cmd_make = {
	.name = "token",
	.example = "slipway protect token crawler",
	.operands = "name",
	.min = 1,
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "let a machine look",
	.about = "Makes a token that passes the protection, and prints it, "
		 "this once. Machines send it in the header X-Slipway-Token.",
	.run = token,
}, cmd_rm = {
	.name = "rm",
	.example = "slipway protect rm crawler",
	.operands = "token",
	.min = 1,
	.max = 1,
	.how = CMD_PROJECT,
	.brief = "revoke a token",
	.about = "Revokes a token that passes the protection, at once: by "
		 "its id, or by its name if no other has it.",
	.run = rm,
};

const struct command cmd_protect = {
	.name = "protect",
	.operands = "",
	.brief = "who may look",
	.about = "Has the hosts of a project ask for a password.",
	.subs = (const struct command *const[]){ &cmd_show, &cmd_set, &cmd_make,
	    &cmd_rm, NULL },
};
