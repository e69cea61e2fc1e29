/*
 * rm, pin, unpin -- what becomes of a deployment that nobody needs any more.
 */
#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag rm_flags[] = {
	{ "yes", 'y', NULL, "do not ask", NULL },
	{ "undo", 0, NULL, "bring it back, within a day", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

/* What the server answers is the deployment; said in one line, or as JSON. */
static enum rc
said(struct cli *c, struct json_object *d, const char *fmt)
{
	if (want_json(c))
		print_json(d);
	else
		tell(fmt, clean(c, str_or(d, "id", "")));
	return RC_OK;
}

static enum rc
act(struct cli *c, const char *verb, const char *fmt)
{
	struct json_object *d;
	enum rc rc;

	rc = deployment_act(c, verb, deployment_id(c, c->argv[0]), NULL, &d);
	return rc == RC_OK ? said(c, d, fmt) : rc;
}

static bool
sure(struct cli *c, struct json_object *d)
{
	const char *s;

	s = ask(c,
	    arena_printf(c->arena, "Delete %s (%s of %s, %s)? y/n",
		clean(c, str_or(d, "id", "")),
		clean(c, str_or(d, "target", "")),
		clean(c, str_or(d, "project.slug", "")),
		when(c, str_or(d, "created_at", NULL))),
	    NULL);
	return s != NULL && strchr("yY", s[0]) != NULL && s[0] != '\0';
}

static enum rc
rm(struct cli *c)
{
	const char *id = deployment_id(c, c->argv[0]);
	struct json_object *d;
	enum rc rc;

	if (flag_on(c, "undo"))
		return act(c, "/restore", "%s is back.");
	if (!flag_on(c, "yes")) {
		if (!term_is(stdin))
			return usage(c, "wants --yes");
		if ((rc = deployment_act(c, "", id, NULL, &d)) != RC_OK)
			return rc;
		if (!sure(c, d))
			return complain(RC_INVALID, "nothing was deleted");
	}
	rc = api(c, 0, "DELETE",
	    arena_printf(c->arena, "/api/deployments/%s", esc(c, id)), NULL,
	    &d);
	return rc == RC_OK ?
	    said(c, d,
		"Deleted %s; for a day, \"slipway rm --undo\" of it brings it back.") :
	    rc;
}

static enum rc
pin(struct cli *c)
{
	return act(c, "/pin", "%s is kept until it is unpinned.");
}

static enum rc
unpin(struct cli *c)
{
	return act(c, "/unpin", "%s is pinned no longer.");
}

const struct command cmd_remove = {
	.name = "rm",
	.example = "slipway rm dpl_abcdefghijkl",
	.operands = "deployment",
	.min = 1,
	.max = 1,
	.how = CMD_JSON,
	.brief = "delete a deployment",
	.about = "Deletes a deployment that is neither live, aliased nor "
		 "pinned. Its hosts answer 410; it stays in the list. For a "
		 "day, --undo brings it back; then its files are collected.",
	.flags = rm_flags,
	.run = rm,
};

const struct command cmd_pin = {
	.name = "pin",
	.example = "slipway pin dpl_abcdefghijkl",
	.operands = "deployment",
	.min = 1,
	.max = 1,
	.how = CMD_JSON,
	.brief = "keep a deployment",
	.about = "Keeps a ready deployment: neither its project's retention "
		 "nor anybody else deletes it until it is unpinned.",
	.run = pin,
};

const struct command cmd_unpin = {
	.name = "unpin",
	.example = "slipway unpin dpl_abcdefghijkl",
	.operands = "deployment",
	.min = 1,
	.max = 1,
	.how = CMD_JSON,
	.brief = "let a deployment be deleted again",
	.about = "Takes the pin of a deployment away.",
	.run = unpin,
};
