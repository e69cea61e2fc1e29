#include "slipway.h"

/* "3", or "3 of 10". */
static const char *
of(struct cli *c, const char *used, struct json_object *max, bool bytes)
{
	long long n = json_object_get_int64(max);

	if (max == NULL)
		return used;
	return arena_printf(c->arena, "%s of %s", used,
	    bytes ? amount(c, n) : arena_printf(c->arena, "%lld", n));
}

static const char *
count(struct cli *c, struct json_object *o, const char *name)
{
	return arena_printf(c->arena, "%lld", num(o, name));
}

static void
row(struct cli *c, struct json_object *o, const char **cells)
{
	const char *project = str_or(o, "project", NULL);
	const char *measured = str_or(o, "measured_at", NULL);

	cells[0] = str_or(o, "team", "");
	if (project != NULL)
		cells[0] = arena_printf(c->arena, "%s/%s", cells[0], project);
	cells[1] = of(c, count(c, o, "deployments"),
	    field(o, "max_deployments"), false);
	cells[2] = of(c, count(c, o, "files"), field(o, "max_files"), false);
	cells[3] =
	    of(c, amount(c, num(o, "bytes")), field(o, "max_bytes"), true);
	cells[4] = measured == NULL ? "-" : amount(c, num(o, "unique_bytes"));
	cells[5] = measured == NULL ? "-" : amount(c, num(o, "stored_bytes"));
	cells[6] = measured == NULL ? "-" : when(c, measured);
}

static enum rc
run(struct cli *c)
{
	static const struct list list = { "usage",
		{ "WHOSE", "DEPLOYMENTS", "FILES", "BYTES", "DEDUPLICATED",
		    "IN THE STORE", "MEASURED" },
		row, 0 };
	struct json_object *answer;
	enum rc rc;

	if ((rc = api(c, 0, "GET", "/api/usage", NULL, &answer)) == RC_OK)
		list_print(c, &list, answer);
	return rc;
}

const struct command cmd_usage = {
	.name = "usage",
	.example = "slipway usage",
	.operands = "",
	.how = CMD_JSON,
	.brief = "say what your teams and projects keep",
	.about = "Lists your teams, and below each its projects, largest "
		 "first: the deployments, files and bytes that they keep, of "
		 "how much if there is a quota, as if no two deployments "
		 "shared a file; then, as the last collection counted it, the "
		 "bytes with each file once, and what that is in the store, "
		 "where compressed copies are beside the files.",
	.run = run,
};
