#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "refused", 0, NULL, "only what is not obeyed, or hardly as it is meant", NULL },
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
		    (const char *[]){ kind, rule_place(c, o),
			str_or(o, "text", ""), str_or(o, "why", "") });
	}
}

/* Of what is obeyed only that which has a remark. */
static void
keep_odd(struct json_object *all)
{
	struct json_object *odd = json_object_new_array(), *o;
	size_t i;

	for (i = 0; i < field_length(all, "accepted"); i++) {
		o = json_object_array_get_idx(field(all, "accepted"), i);
		if (*str_or(o, "why", "") != '\0')
			json_object_array_add(odd, json_object_get(o));
	}
	if (json_object_array_length(odd) > 0)
		json_object_object_add(all, "accepted", odd);
	else {
		json_object_object_del(all, "accepted");
		json_object_put(odd);
	}
}

static enum rc
run(struct cli *c)
{
	static const char *const heads[] = { "STATE", "WHERE", "TEXT", "WHY" };
	struct json_object *all;
	struct table *t;
	const char *id;
	bool any;
	enum rc rc;

	if ((rc = deployment_ready(c, &id)) != RC_OK)
		return rc;
	rc = api(c, 0, "GET",
	    arena_printf(c->arena, "/api/deployments/%s/rules", esc(c, id)),
	    NULL, &all);
	if (rc != RC_OK)
		return rc;
	any = field_length(all, "accepted") + field_length(all, "refused") > 0;
	if (flag_on(c, "refused"))
		keep_odd(all);
	if (want_json(c)) {
		print_json(all);
		return RC_OK;
	}
	if (field_length(all, "accepted") + field_length(all, "refused") == 0) {
		tell(any ? "all of its rules are obeyed" :
			   "%s has no rules: no _redirects, _headers, "
			   "netlify.toml or vercel.json says how it is served",
		    id);
		return RC_OK;
	}
	t = table_new(c, heads, NITEMS(heads));
	rows(c, t, all, "accepted");
	rows(c, t, all, "refused");
	table_fit(t);
	table_print(t);
	return RC_OK;
}

const struct command cmd_rules = {
	.name = "rules",
	.example = "slipway rules",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "show what became of the site's rule files",
	.about = "Lists each line of the rule files of a deployment, the "
		 "newest that is ready if none is named: whether it is obeyed, "
		 "where it stands, and why not, or what is odd about it.  "
		 "slipway-rules(7) says what a line can say.",
	.see = "explain",
	.flags = flags,
	.run = run,
};
