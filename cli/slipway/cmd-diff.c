#include <string.h>

#include "slipway.h"

#define PAGE 1000

/* clang-format off */
static const struct flag flags[] = {
	{ "stat", 0, NULL, "print the totals only", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static const char *
size(struct cli *c, struct json_object *change, const char *name)
{
	return field(change, name) == NULL ?
	    "-" :
	    arena_printf(c->arena, "%lld", num(field(change, name), "size"));
}

static void
row(struct cli *c, struct json_object *change, const char **cells)
{
	cells[0] = str_or(change, "change", "");
	cells[1] = size(c, change, "before");
	cells[2] = size(c, change, "after");
	cells[3] = str_or(change, "path", "");
}

/* All pages, as one. */
static enum rc
compare(struct cli *c, const char *to, const char *from,
    struct json_object **out)
{
	struct json_object *all = NULL, *page, *rows;
	const char *next = NULL;
	size_t i;
	enum rc rc;

	do {
		rc = api(c, 0, "GET",
		    arena_printf(c->arena,
			"/api/deployments/%s/diff?limit=%d%s%s%s%s", esc(c, to),
			PAGE, from != NULL ? "&against=" : "",
			from != NULL ? esc(c, from) : "",
			next != NULL ? "&cursor=" : "",
			next != NULL ? esc(c, next) : ""),
		    NULL, &page);
		if (rc != RC_OK)
			return rc;
		rows = field(page, "changes");
		if (!json_object_is_type(rows, json_type_array))
			return complain(RC_FAIL,
			    "%s did not answer with a diff", c->url);
		for (i = 0; all != NULL && i < json_object_array_length(rows);
		     i++)
			json_object_array_add(field(all, "changes"),
			    json_object_get(
				json_object_array_get_idx(rows, i)));
		if (all == NULL)
			all = page;
		next = str_or(page, "next", NULL);
		i = json_object_array_length(field(all, "changes"));
		progress("%zu file%s", i, i == 1 ? " differs" : "s differ");
	} while (next != NULL);
	json_object_object_add(all, "next", NULL);
	*out = all;
	return RC_OK;
}

static void
totals(struct cli *c, struct json_object *d)
{
	static const char *const kinds[] = { "added", "changed", "removed",
		"unchanged" };
	static const char *const heads[] = { "", "FILES", "BEFORE", "AFTER" };
	struct table *t = table_new(c, heads, NITEMS(heads));
	struct json_object *k;
	size_t i;

	for (i = 0; i < NITEMS(kinds); i++) {
		k = field(field(d, "totals"), kinds[i]);
		table_row(t,
		    (const char *[]){ kinds[i],
			arena_printf(c->arena, "%lld", num(k, "files")),
			arena_printf(c->arena, "%lld", num(k, "before")),
			arena_printf(c->arena, "%lld", num(k, "after")) });
	}
	table_print(t);
}

static enum rc
run(struct cli *c)
{
	static const struct list list = { "changes",
		{ "CHANGE", "BEFORE", "AFTER", "PATH" }, row };
	const char *to, *from = NULL;
	struct json_object *d = NULL, *t;
	enum rc rc;

	if (c->argc == 2) {
		from = deployment_id(c, c->argv[0]);
		to = deployment_id(c, c->argv[1]);
	} else if ((rc = deployment_ready(c, &to)) != RC_OK)
		return rc;
	if ((rc = compare(c, to, from, &d)) != RC_OK)
		return rc;
	c->differs = json_object_array_length(field(d, "changes")) > 0;
	progress_stop();
	if (want_json(c) || !flag_on(c, "stat"))
		list_print(c, &list, d);
	else
		totals(c, d);
	t = field(d, "totals");
	if (!want_json(c))
		tell("%s against %s: %lld added, %lld changed, %lld removed, "
		     "%lld unchanged; %s, before %s.",
		    clean(c, str_or(d, "to", "")),
		    clean(c, str_or(d, "from", "nothing")),
		    num(t, "added.files"), num(t, "changed.files"),
		    num(t, "removed.files"), num(t, "unchanged.files"),
		    amount(c, num(t, "after")), amount(c, num(t, "before")));
	return RC_OK;
}

const struct command cmd_diff = {
	.name = "diff",
	.operands = "[[from] deployment]",
	.max = 2,
	.how = CMD_JSON | CMD_PROJECT | CMD_DIFFERS,
	.brief = "compare the files of two deployments",
	.about = "Lists which files a deployment, the newest that is ready if "
		 "none is named, adds to, changes in and removes from another: "
		 "the one that is named first, or else the one that is live, "
		 "or, of that one, the one before. Sizes are in bytes. Exits "
		 "0 if nothing differs, 1 if something does, and 2 or more if "
		 "that could not be found out, as diff does.",
	.flags = flags,
	.run = run,
};
