#include "slipway.h"

static enum rc
run(struct cli *c)
{
	struct json_object *project;
	struct remote r = { 0 };
	enum rc rc;

	rc = api(c, 0, "GET",
	    arena_printf(c->arena, "/api/projects/%s", esc(c, c->argv[0])),
	    NULL, &project);
	if (rc != RC_OK)
		return rc;
	if (remote_find(c, ".", &r) != RC_OK)
		r.root = ".";
	if ((rc = folder_link(c, r.root, project)) == RC_OK)
		tell("Linked to %s at %s.",
		    clean(c, str_or(project, "slug", "")), c->url);
	return rc;
}

const struct command cmd_link = {
	.name = "link",
	.example = "slipway link shop",
	.operands = "project",
	.min = 1,
	.max = 1,
	.brief = "link this folder to a project that exists",
	.about = "Writes .slipway/project.json, so that the other commands "
		 "know which project the folder is. In a Git work tree, that "
		 "is its top folder, and .git/info/exclude lists .slipway/.",
	.run = run,
};
