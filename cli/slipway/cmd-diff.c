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

/* A row for each element of o's list of that name. */
static void
rule_rows(struct cli *c, struct table *t, struct json_object *o,
    const char *list, const char *change)
{
	struct json_object *l = field(o, list), *e;
	size_t i, n;

	n = json_object_is_type(l, json_type_array) ?
	    json_object_array_length(l) :
	    0;
	for (i = 0; i < n; i++) {
		e = json_object_array_get_idx(l, i);
		table_row(t,
		    (const char *[]){ change, "-", "-",
			arena_printf(c->arena, "%s: %s", rule_place(c, e),
			    str_or(e, "text", "")) });
	}
}

/* The files that differ, then the rules and settings. */
static void
list_changes(struct cli *c, struct json_object *d)
{
	static const char *const heads[] = { "CHANGE", "BEFORE", "AFTER",
		"PATH" };
	struct table *t = table_new(c, heads, NITEMS(heads));
	struct json_object *rules = field(d, "rules"), *e;
	const char *cells[NITEMS(heads)];
	size_t i;

	for (i = 0; i < field_length(d, "changes"); i++) {
		row(c, json_object_array_get_idx(field(d, "changes"), i),
		    cells);
		table_row(t, cells);
	}
	rule_rows(c, t, rules, "added", "rule-added");
	rule_rows(c, t, rules, "removed", "rule-removed");
	if (truth(rules, "changed") &&
	    field_length(rules, "added") + field_length(rules, "removed") == 0)
		table_row(t,
		    (const char *[]){ "rules-changed", "-", "-",
			"their order, headers or comments" });
	for (i = 0; i < field_length(d, "settings"); i++) {
		e = json_object_array_get_idx(field(d, "settings"), i);
		table_row(t,
		    (const char *[]){ "setting", str_or(e, "before", "-"),
			str_or(e, "after", "-"), str_or(e, "name", "") });
	}
	table_print(t);
}

/* All pages, as one. */
static enum rc
compare(struct cli *c, const char *to, const char *from,
    struct json_object **out)
{
	struct json_object *all = NULL, *page, *rows;
	const char *next = NULL, *path;
	size_t i;
	enum rc rc;

	path = arena_printf(c->arena, "/api/deployments/%s/diff%s%s",
	    esc(c, to), from != NULL ? "?against=" : "",
	    from != NULL ? esc(c, from) : "");
	do {
		rc = api_page(c, path, PAGE, &next, &page);
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
	c->differs =
	    field_length(d, "changes") + field_length(d, "settings") > 0 ||
	    truth(field(d, "rules"), "changed");
	progress_stop();
	if (want_json(c))
		print_json(d);
	else if (flag_on(c, "stat"))
		totals(c, d);
	else
		list_changes(c, d);
	t = field(d, "totals");
	if (!want_json(c))
		tell("%s against %s: %lld added, %lld changed, %lld removed, "
		     "%lld unchanged; %s, before %s%s.",
		    clean(c, str_or(d, "to", "")),
		    clean(c, str_or(d, "from", "nothing")),
		    num(t, "added.files"), num(t, "changed.files"),
		    num(t, "removed.files"), num(t, "unchanged.files"),
		    amount(c, num(t, "after")), amount(c, num(t, "before")),
		    truth(field(d, "rules"), "changed") ? "; the rules differ" :
							  "");
	return RC_OK;
}

const struct command cmd_diff = {
	.name = "diff",
	.example = "slipway diff --stat",
	.operands = "[[from] deployment]",
	.max = 2,
	.how = CMD_JSON | CMD_PROJECT | CMD_DIFFERS,
	.brief = "compare the files of two deployments",
	.about = "Lists which files a deployment, the newest that is ready if "
		 "none is named, adds to, changes in and removes from another: "
		 "the one that is named first, or else the one that is live, "
		 "or, of that one, the one before. Sizes are in bytes. Lines "
		 "of rule files and settings that differ come last. Exits "
		 "0 if nothing differs, 1 if something does, and 2 or more if "
		 "that could not be found out, as diff does.",
	.see = "download, promote",
	.flags = flags,
	.run = run,
};
