#include "slipway.h"

static enum rc
run(struct cli *c)
{
	struct json_object *me, *teams, *t;
	enum rc rc;
	size_t i;

	if ((rc = api(c, 0, "GET", "/api/auth/me", NULL, &me)) != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(me);
		return RC_OK;
	}
	printf("%s\n", clean(c, str_or(me, "user.email", "?")));
	if (!term_is(stdout))
		return RC_OK;
	printf("at %s\n", c->url);
	if (field(me, "token.id") != NULL)
		printf("by the token \"%s\", which may %s\n",
		    clean(c, str_or(me, "token.name", "")),
		    clean(c, str_or(me, "token.scope", "?")));
	teams = field(me, "teams");
	for (i = 0; json_object_is_type(teams, json_type_array) &&
	     i < json_object_array_length(teams);
	     i++) {
		t = json_object_array_get_idx(teams, i);
		printf("%s of %s\n", clean(c, str_or(t, "role", "?")),
		    clean(c, str_or(t, "slug", "?")));
	}
	return RC_OK;
}

const struct command cmd_whoami = {
	.name = "whoami",
	.example = "slipway whoami",
	.operands = "",
	.how = CMD_JSON,
	.brief = "say who is signed in, and where",
	.about = "Prints the e-mail address of the account; on a terminal also "
		 "the URL and the teams.",
	.run = run,
};
