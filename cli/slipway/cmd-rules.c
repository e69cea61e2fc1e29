#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "refused", 0, NULL, "only the lines that are not obeyed", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static void
rows(struct cli *c, struct table *t, struct json_object *all, const char *kind)
{
	struct json_object *list = field(all, kind), *o;
	size_t i, n;

	n = json_object_is_type(list, json_type_array) ?
	    json_object_array_length(list) :
	    0;
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		table_row(t,
		    (const char *[]){ kind,
			arena_printf(c->arena, "%s:%lld", str_or(o, "file", ""),
			    num(o, "line")),
			str_or(o, "text", ""), str_or(o, "why", "") });
	}
}

static enum rc
run(struct cli *c)
{
	static const char *const heads[] = { "STATE", "WHERE", "TEXT", "WHY" };
	struct json_object *all;
	struct table *t;
	const char *id;
	enum rc rc;

	if ((rc = deployment_ready(c, &id)) != RC_OK)
		return rc;
	rc = api(c, 0, "GET",
	    arena_printf(c->arena, "/api/deployments/%s/rules", esc(c, id)),
	    NULL, &all);
	if (rc != RC_OK)
		return rc;
	if (flag_on(c, "refused"))
		json_object_object_del(all, "accepted");
	if (want_json(c)) {
		print_json(all);
		return RC_OK;
	}
	t = table_new(c, heads, NITEMS(heads));
	rows(c, t, all, "accepted");
	rows(c, t, all, "refused");
	table_print(t);
	return RC_OK;
}

const struct command cmd_rules = {
	.name = "rules",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "show what became of the site's rule files",
	.about = "Lists each line of the rule files of a deployment, the "
		 "newest that is ready if none is named: whether it is obeyed, "
		 "where it stands, and why not.",
	.flags = flags,
	.run = run,
};
