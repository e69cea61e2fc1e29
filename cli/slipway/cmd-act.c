/*
 * act -- promote, rollback, redeploy, cancel: what is done to a deployment.
 */
#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag redeploy_flags[] = {
	{ "prod", 'P', NULL, "make it the production deployment", NULL },
	{ "preview", 0, NULL, "leave production as it is", NULL },
	{ "dev", 0, NULL, "a preview with the variables for development", NULL },
	{ "no-wait", 0, NULL, "print the id, and do not follow the build", NULL },
	{ "quiet", 'q', NULL, "show the log only if the build fails", NULL },
	{ "cancel-on-interrupt", 0, NULL, "Ctrl-C cancels the build", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
promoted(struct cli *c, const char *id)
{
	struct json_object *d;
	enum rc rc = deployment_act(c, "/promote", id, NULL, &d);

	if (rc != RC_OK)
		return rc;
	if (want_json(c)) {
		print_json(d);
		return RC_OK;
	}
	tell("%s is live.", clean(c, str_or(d, "id", id)));
	printf("%s\n", clean(c, str_or(d, "production_url", "")));
	return RC_OK;
}

static enum rc
promote(struct cli *c)
{
	const char *id;
	enum rc rc = deployment_pick(c, &id);

	return rc != RC_OK ? rc : promoted(c, id);
}

/* The newest that was ready for production before the one that is live. */
static enum rc
rollback(struct cli *c)
{
	struct json_object *page, *rows, *d, *p;
	const char *path;
	long long live = -1;
	enum rc rc;
	size_t i;

	if (c->argc > 0)
		return promoted(c, deployment_id(c, c->argv[0]));
	if ((path = project_path(c, "", &rc)) == NULL ||
	    (rc = api(c, 0, "GET", path, NULL, &p)) != RC_OK)
		return rc;
	if (field(p, "live.seq") == NULL)
		return complain(RC_CONFLICT,
		    "nothing is live; \"slipway promote\" makes it so");
	live = num(p, "live.seq");
	path = arena_printf(c->arena,
	    "%s/deployments?state=ready&target=production", path);
	if ((rc = api_list(c, path, "deployments", 1000, &page)) != RC_OK)
		return rc;
	rows = field(page, "deployments");
	for (i = 0; i < json_object_array_length(rows); i++) {
		d = json_object_array_get_idx(rows, i);
		if (num(d, "seq") < live)
			return promoted(c, str_or(d, "id", ""));
	}
	return complain(RC_NOT_FOUND,
	    "there is no production deployment before %s",
	    clean(c, str_or(p, "live.id", "the one that is live")));
}

static enum rc
redeploy(struct cli *c)
{
	struct json_object *body = object(c), *d;
	const char *id;
	enum rc rc;

	if (flag_on(c, "prod") + flag_on(c, "preview") + flag_on(c, "dev") > 1)
		return usage(c,
		    "--prod, --preview and --dev exclude each other");
	if ((rc = deployment_pick(c, &id)) != RC_OK)
		return rc;
	if (flag_on(c, "prod"))
		put(body, "target", "production");
	if (flag_on(c, "preview"))
		put(body, "target", "preview");
	if (flag_on(c, "dev"))
		put(body, "target", "development");
	rc = deployment_act(c, "/redeploy", id, body, &d);
	return rc != RC_OK ? rc : deployment_wait(c, d);
}

static enum rc
cancel(struct cli *c)
{
	struct json_object *d;
	const char *id;
	enum rc rc;

	if ((rc = deployment_pick(c, &id)) != RC_OK ||
	    (rc = deployment_act(c, "/cancel", id, NULL, &d)) != RC_OK)
		return rc;
	if (want_json(c))
		print_json(d);
	else
		tell("%s is %s.", clean(c, str_or(d, "id", id)),
		    clean(c, str_or(d, "state", "")));
	return RC_OK;
}

const struct command cmd_promote = {
	.name = "promote",
	.example = "slipway promote dpl_abcdefghijkl",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "make a deployment the production one",
	.about = "Shows a ready deployment, the newest if none is named, on "
		 "the production hosts; nothing is built.",
	.run = promote,
};

const struct command cmd_rollback = {
	.name = "rollback",
	.example = "slipway rollback",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "go back to an earlier deployment",
	.about = "Shows an earlier deployment on the production hosts; if none "
		 "is named, the production deployment that was ready before "
		 "the one that is live.",
	.run = rollback,
};

const struct command cmd_redeploy = {
	.name = "redeploy",
	.example = "slipway redeploy",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "build the same commit or folder again",
	.about = "Builds what a deployment, the newest if none is named, was "
		 "built from once more, with the settings and environment of "
		 "today, and follows it as deploy does.",
	.flags = redeploy_flags,
	.run = redeploy,
};

const struct command cmd_cancel = {
	.name = "cancel",
	.example = "slipway cancel",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "stop a build",
	.about = "Stops the build of a deployment, the newest if none is "
		 "named, or takes it out of the queue.",
	.run = cancel,
};
