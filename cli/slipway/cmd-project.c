/*
 * project -- show, set, rm.
 */
#include <string.h>

#include "slipway.h"

/* clang-format off */
/* What "set" takes; tests/style compares them with slipway(1). */
static const struct setting {
	const char *name;
	enum { TEXT, NUMBER, SWITCH } type;
	int unset; /* empty is null */
} settings[] = {
	{ "slug",		TEXT,	0 },
	{ "repo",		TEXT,	1 },
	{ "branch",		TEXT,	0 },
	{ "root_dir",		TEXT,	0 },
	{ "framework",		TEXT,	0 },
	{ "install_command",	TEXT,	0 },
	{ "build_command",	TEXT,	0 },
	{ "output_dir",		TEXT,	0 },
	{ "node_version",	TEXT,	0 },
	{ "spa",		TEXT,	0 },
	{ "skew_deployments",	NUMBER,	0 },
	{ "skew_days",		NUMBER,	0 },
	{ "primary_host",	TEXT,	0 },
	{ "ignore_command",	TEXT,	0 },
	{ "network",		TEXT,	0 },
	{ "submodules",		SWITCH,	0 },
	{ "lfs",		SWITCH,	0 },
	{ "cancel_running",	TEXT,	0 },
	{ "build_memory",	NUMBER,	1 },
	{ "build_cpus",		NUMBER,	1 },
	{ "build_disk",		NUMBER,	1 },
	{ "build_timeout",	NUMBER,	1 },
	{ "build_pids",		NUMBER,	1 },
	{ "build_inodes",	NUMBER,	1 },
	{ "build_silence",	NUMBER,	1 },
	{ "build_output",	NUMBER,	1 },
	{ "keep_deployments",	NUMBER,	1 },
	{ "keep_days",		NUMBER,	1 },
};

static const struct flag rm_flags[] = {
	{ "yes", 'y', NULL, "do not ask", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
show(struct cli *c)
{
	struct json_object *p, *v;
	enum rc rc;
	size_t i;

	if ((rc = project_api(c, "GET", "", NULL, &p)) != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(p);
		return RC_OK;
	}
	printf("id\t%s\n", clean(c, str_or(p, "id", "")));
	for (i = 0; i < NITEMS(settings); i++) {
		v = field(p, settings[i].name);
		printf("%s\t%s\n", settings[i].name,
		    v != NULL ? clean(c, json_object_get_string(v)) : "");
	}
	printf("url\t%s\n", clean(c, str_or(p, "url", "")));
	printf("live\t%s\n", clean(c, str_or(p, "live.id", "")));
	return RC_OK;
}

/* The value as the API wants it; empty where that is allowed: null. */
static enum rc
convert(struct cli *c, const struct setting *s, const char *value,
    struct json_object **v)
{
	char *end;
	long n;

	*v = NULL;
	if (*value == '\0' && s->unset)
		return RC_OK;
	switch (s->type) {
	case TEXT:
		*v = json_object_new_string(value);
		return RC_OK;
	case NUMBER:
		n = strtol(value, &end, 10);
		if (end == value || *end != '\0')
			return usage(c, "%s is a number or empty, not \"%s\"",
			    s->name, value);
		*v = json_object_new_int64(n);
		return RC_OK;
	case SWITCH:
		if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
			return usage(c, "%s is true or false, not \"%s\"",
			    s->name, value);
		*v = json_object_new_boolean(*value == 't');
	}
	return RC_OK;
}

static enum rc
set(struct cli *c)
{
	struct json_object *body = object(c), *p;
	struct json_object *v;
	const char *eq;
	char *key, *dash;
	enum rc rc;
	size_t k;
	int i;

	for (i = 0; i < c->argc; i++) {
		if ((eq = strchr(c->argv[i], '=')) == NULL)
			return usage(c, "\"%s\" is not setting=value",
			    c->argv[i]);
		key = arena_strndup(c->arena, c->argv[i],
		    (size_t)(eq - c->argv[i]));
		while ((dash = strchr(key, '-')) != NULL)
			*dash = '_';
		for (k = 0;
		     k < NITEMS(settings) && strcmp(settings[k].name, key) != 0;
		     k++)
			;
		if (k == NITEMS(settings))
			return usage(c, "no setting \"%s\"", key);
		if ((rc = convert(c, &settings[k], eq + 1, &v)) != RC_OK)
			return rc;
		json_object_object_add(body, key, v);
	}
	if ((rc = project_api(c, "PATCH", "", body, &p)) != RC_OK)
		return rc;
	if (want_json(c))
		print_json(p);
	else
		tell("Set; %s has it from now on, and its builds from the "
		     "next on.",
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
	.example = "slipway project show --json",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "show its settings",
	.about = "Prints the settings of the project, one a line.",
	.run = show,
}, cmd_set = {
	.name = "set",
	.example = "slipway project set build_command='npm run build' output_dir=dist",
	.operands = "setting=value ...",
	.min = 1,
	.max = 32,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "change settings",
	.about = "Changes settings: slug, repo, branch, root_dir, framework, "
		 "install_command, build_command, output_dir, node_version, "
		 "spa, skew_deployments and skew_days (whose assets stay "
		 "reachable after a switch), primary_host (own, or a verified "
		 "domain, which the others redirect to), ignore_command, network (full, registries or none), "
		 "submodules and lfs (true or false), cancel_running (auto, "
		 "always or never), build_memory, build_disk and build_output "
		 "(MiB), build_cpus (hundredths), build_pids, build_inodes, "
		 "build_timeout and build_silence (seconds), which "
		 "only lower what the server allows. So do keep_deployments "
		 "(how many of the newest deployments are kept, of each "
		 "target) and keep_days (for how long any is); what is live, "
		 "aliased or pinned is kept anyhow. An empty value means: "
		 "find out by yourself.",
	.run = set,
}, cmd_rm = {
	.name = "rm",
	.example = "slipway project rm shop",
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
