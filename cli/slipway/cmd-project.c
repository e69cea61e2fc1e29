/*
 * project -- show, set, rm.
 */
#include <string.h>

#include "slipway.h"

/* clang-format off */
/* What "set" takes; tests/style compares them with slipway(1). */
static const char *const settings[] = {
	"slug", "repo", "branch", "root_dir", "framework", "install_command",
	"build_command", "output_dir", "node_version", "spa", NULL
};

static const struct flag rm_flags[] = {
	{ "yes", 'y', NULL, "do not ask", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
show(struct cli *c)
{
	struct json_object *p;
	const char *path;
	enum rc rc;
	size_t i;

	if ((path = project_path(c, "", &rc)) == NULL ||
	    (rc = api(c, 0, "GET", path, NULL, &p)) != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(p);
		return RC_OK;
	}
	printf("id\t%s\n", clean(c, str_or(p, "id", "")));
	for (i = 0; settings[i] != NULL; i++)
		printf("%s\t%s\n", settings[i],
		    clean(c, str_or(p, settings[i], "")));
	printf("url\t%s\n", clean(c, str_or(p, "url", "")));
	printf("live\t%s\n", clean(c, str_or(p, "live.id", "")));
	return RC_OK;
}

static enum rc
set(struct cli *c)
{
	struct json_object *body = object(c), *p;
	const char *path, *eq, *const *s;
	char *key, *dash;
	enum rc rc;
	int i;

	for (i = 0; i < c->argc; i++) {
		if ((eq = strchr(c->argv[i], '=')) == NULL)
			return usage(c, "\"%s\" is not setting=value",
			    c->argv[i]);
		key = arena_strndup(c->arena, c->argv[i],
		    (size_t)(eq - c->argv[i]));
		while ((dash = strchr(key, '-')) != NULL)
			*dash = '_';
		for (s = settings; *s != NULL && strcmp(*s, key) != 0; s++)
			;
		if (*s == NULL)
			return usage(c, "no setting \"%s\"", key);
		if (strcmp(key, "repo") == 0 && eq[1] == '\0')
			json_object_object_add(body, key, NULL);
		else
			put(body, key, eq + 1);
	}
	if ((path = project_path(c, "", &rc)) == NULL ||
	    (rc = api(c, 0, "PATCH", path, body, &p)) != RC_OK)
		return rc;
	if (want_json(c))
		print_json(p);
	else
		tell("Set; the next deployment of %s uses it.",
		    clean(c, str_or(p, "slug", "")));
	return RC_OK;
}

static enum rc
rm(struct cli *c)
{
	const char *name = c->argv[0], *path, *again;
	enum rc rc;

	if (!flag_on(c, "yes")) {
		if (!term_is(stdin))
			return usage(c, "wants --yes");
		again = ask(c,
		    "All of its deployments go too. "
		    "Its name once more",
		    NULL);
		if (again == NULL || strcmp(again, name) != 0)
			return complain(RC_INVALID, "nothing was removed");
	}
	path = arena_printf(c->arena, "/api/projects/%s", esc(c, name));
	if ((rc = api(c, 0, "DELETE", path, NULL, NULL)) == RC_OK)
		tell("Removed %s.", clean(c, name));
	return rc;
}

static const struct command cmd_show = {
	.name = "show",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "show its settings",
	.about = "Prints the settings of the project, one a line.",
	.run = show,
}, cmd_set = {
	.name = "set",
	.operands = "setting=value ...",
	.min = 1,
	.max = 32,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "change settings",
	.about = "Changes settings: slug, repo, branch, root_dir, framework, "
		 "install_command, build_command, output_dir, node_version, "
		 "spa. An empty value means: find out by yourself.",
	.run = set,
}, cmd_rm = {
	.name = "rm",
	.operands = "project",
	.min = 1,
	.max = 1,
	.brief = "remove it",
	.about = "Removes a project with all of its deployments. It has to be "
		 "named, and named twice unless --yes is given.",
	.flags = rm_flags,
	.run = rm,
};

const struct command cmd_project = {
	.name = "project",
	.operands = "",
	.brief = "show, change or remove a project",
	.about = "Shows, changes or removes a project.",
	.subs = (const struct command *const[]){ &cmd_show, &cmd_set, &cmd_rm,
	    NULL },
};
