/*
 * source -- what private repositories are read with, and the hosts that builds
 * know.
 */
#include <string.h>

#include "slipway.h"

#define TOKEN_MAX 2000

/* clang-format off */
static const struct flag token_flags[] = {
	{ "username", 'u', "NAME", "what stands before the token (x-access-token)", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};

static const struct flag team_flags[] = {
	{ "team", 0, "TEAM", "only of this team", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};

static const struct flag host_flags[] = {
	{ "port", 0, "PORT", "only at this port", NULL },
	{ "team", 0, "TEAM", "only of this team", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
key_print(struct cli *c, struct json_object *answer)
{
	if (want_json(c)) {
		print_json(answer);
		return RC_OK;
	}
	printf("%s\n", clean(c, str_or(answer, "public_key", "")));
	tell("%s", clean(c, str_or(answer, "fingerprint", "")));
	return RC_OK;
}

static enum rc
key_make(struct cli *c)
{
	struct json_object *answer;
	enum rc rc;

	rc = project_api(c, "POST", "/deploy-key", NULL, &answer);
	if (rc != RC_OK)
		return rc;
	rc = key_print(c, answer);
	if (!want_json(c))
		tell("Add this line to the repository at its host, as a deploy "
		     "key that may read.");
	return rc;
}

static enum rc
key_show(struct cli *c)
{
	struct json_object *answer;
	enum rc rc;

	rc = project_api(c, "GET", "/deploy-key", NULL, &answer);
	return rc == RC_OK ? key_print(c, answer) : rc;
}

static enum rc
key_rm(struct cli *c)
{
	enum rc rc = project_api(c, "DELETE", "/deploy-key", NULL, NULL);

	if (rc == RC_OK)
		tell("Removed; take it away at the repository's host, too.");
	return rc;
}

static const struct command cmd_key_make = {
	.name = "make",
	.example = "slipway key make",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "make one, and print its public half",
	.about = "Makes a pair of keys for the project and prints the public "
		 "half, which the repository's host is to be given. A key "
		 "that the project had before is replaced.",
	.run = key_make,
}, cmd_key_show = {
	.name = "show",
	.example = "slipway key show",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "print its public half",
	.about = "Prints the public half of the project's deploy key, and its "
		 "fingerprint. The private half cannot be read by anybody.",
	.run = key_show,
}, cmd_key_rm = {
	.name = "rm",
	.example = "slipway key rm",
	.operands = "",
	.how = CMD_PROJECT,
	.brief = "remove it",
	.about = "Removes the project's deploy key.",
	.run = key_rm,
};

const struct command cmd_key = {
	.name = "key",
	.operands = "",
	.brief = "the deploy key of a private repository",
	.about = "A deploy key lets builds read a private repository over "
		 "ssh. Slipway makes it; its public half goes to the "
		 "repository's host.",
	.subs = (const struct command *const[]){ &cmd_key_make, &cmd_key_show,
	    &cmd_key_rm, NULL },
};

static enum rc
token_print(struct cli *c, struct json_object *answer)
{
	if (want_json(c))
		print_json(answer);
	else
		tell("The token is for %s, as %s.",
		    clean(c, str_or(answer, "host", "")),
		    clean(c, str_or(answer, "username", "")));
	return RC_OK;
}

/* One line of standard input; a terminal asks. */
static enum rc
token_read(struct cli *c, const char **out)
{
	char *text;
	size_t n;
	enum rc rc;

	if (term_is(stdin)) {
		if ((rc = ask_secret(c, "Access token", &text)) == RC_OK)
			*out = text;
		return rc;
	}
	text = arena_alloc(c->arena, TOKEN_MAX + 2);
	n = fread(text, 1, TOKEN_MAX + 1, stdin);
	text[n] = '\0';
	text[strcspn(text, "\r\n")] = '\0';
	*out = text;
	return *text != '\0' ?
	    RC_OK :
	    complain(RC_INVALID, "there is no token on standard input");
}

static enum rc
token_set(struct cli *c)
{
	struct json_object *body = object(c), *answer;
	const char *token;
	enum rc rc;

	if ((rc = token_read(c, &token)) != RC_OK)
		return rc;
	put(body, "token", token);
	put_flag(c, body, "username", "username");
	rc = project_api(c, "PUT", "/git-token", body, &answer);
	return rc == RC_OK ? token_print(c, answer) : rc;
}

static enum rc
token_show(struct cli *c)
{
	struct json_object *answer;
	enum rc rc;

	rc = project_api(c, "GET", "/git-token", NULL, &answer);
	return rc == RC_OK ? token_print(c, answer) : rc;
}

static enum rc
token_rm(struct cli *c)
{
	enum rc rc = project_api(c, "DELETE", "/git-token", NULL, NULL);

	if (rc == RC_OK)
		tell("Removed; revoke it at the repository's host, too.");
	return rc;
}

static const struct command cmd_token_set = {
	.name = "set",
	.example = "slipway git-token set <token.txt",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "set it, from standard input",
	.about = "Sets the token that builds read the project's repository "
		 "with. It is asked for without echo, or read from standard "
		 "input, and is sent to the host that the repository is at "
		 "now and to no other. A repository that is read over ssh "
		 "takes one for its files in Git LFS, and its submodules at "
		 "the same host.",
	.flags = token_flags,
	.run = token_set,
}, cmd_token_show = {
	.name = "show",
	.example = "slipway git-token show",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "say which host it is for",
	.about = "Says which host the token is for. The token itself cannot "
		 "be read by anybody.",
	.run = token_show,
}, cmd_token_rm = {
	.name = "rm",
	.example = "slipway git-token rm",
	.operands = "",
	.how = CMD_PROJECT,
	.brief = "remove it",
	.about = "Removes the token.",
	.run = token_rm,
};

const struct command cmd_git_token = {
	.name = "git-token",
	.operands = "",
	.brief = "the access token of a private repository",
	.about = "An access token lets builds read a private repository over "
		 "https. The repository's host makes it.",
	.subs = (const struct command *const[]){ &cmd_token_set,
	    &cmd_token_show, &cmd_token_rm, NULL },
};

static enum rc
hosts_ls(struct cli *c)
{
	static const char *const heads[] = { "HOST", "PORT", "TYPE",
		"FINGERPRINT", "SINCE" };
	static const char *const lists[] = { "known_hosts", "pinned" };
	struct table *t = table_new(c, heads, NITEMS(heads));
	const char *team = flag_value(c, "team"), *path = "/api/known-hosts";
	struct json_object *answer, *rows, *k;
	size_t i, j;
	enum rc rc;

	if (team != NULL)
		path = arena_printf(c->arena, "%s?team=%s", path, esc(c, team));
	if ((rc = api(c, 0, "GET", path, NULL, &answer)) != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(answer);
		return RC_OK;
	}
	for (j = 0; j < NITEMS(lists); j++) {
		rows = field(answer, lists[j]);
		for (i = 0; i < json_object_array_length(rows); i++) {
			k = json_object_array_get_idx(rows, i);
			table_row(t,
			    (const char *[]){ str_or(k, "host", ""),
				arena_printf(c->arena, "%d",
				    json_object_get_int(field(k, "port"))),
				str_or(k, "key_type", ""),
				str_or(k, "fingerprint", ""),
				j == 0 ?
				    when(c, str_or(k, "first_seen", NULL)) :
				    "pinned" });
		}
	}
	table_print(t);
	return RC_OK;
}

static enum rc
hosts_rm(struct cli *c)
{
	const char *port = flag_value(c, "port"), *team = flag_value(c, "team");
	enum rc rc;

	rc = api(c, 0, "DELETE",
	    arena_printf(c->arena, "/api/known-hosts/%s?%s%s%s%s",
		esc(c, c->argv[0]), port != NULL ? "port=" : "",
		port != NULL ? esc(c, port) : "", team != NULL ? "&team=" : "",
		team != NULL ? esc(c, team) : ""),
	    NULL, NULL);
	if (rc == RC_OK)
		tell("Forgot %s; the next build takes the key it finds there.",
		    clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_hosts_ls = {
	.name = "ls",
	.example = "slipway known-hosts ls",
	.operands = "",
	.how = CMD_JSON,
	.brief = "list them",
	.about = "Lists the SSH hosts that builds have met and the keys they "
		 "had then, and those whose keys are known beforehand.",
	.flags = team_flags,
	.run = hosts_ls,
}, cmd_hosts_rm = {
	.name = "rm",
	.example = "slipway known-hosts rm git.example.com",
	.operands = "host",
	.min = 1,
	.max = 1,
	.brief = "forget one",
	.about = "Forgets the key of an SSH host. The next build takes the key "
		 "it finds there, so ask the host first whether its key has "
		 "changed.",
	.flags = host_flags,
	.run = hosts_rm,
};

const struct command cmd_known_hosts = {
	.name = "known-hosts",
	.operands = "",
	.brief = "SSH hosts that builds know",
	.about = "Builds trust the key that an SSH host shows the first time, "
		 "and no other from then on.",
	.subs = (const struct command *const[]){ &cmd_hosts_ls, &cmd_hosts_rm,
	    NULL },
};
