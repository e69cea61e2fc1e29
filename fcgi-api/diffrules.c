/*
 * What differs between two deployments beside their files: the lines of the
 * rule files that are obeyed, and the settings.
 *
 * A header's value is in no line of the report; that one changed is known by
 * the digest of the rule files.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "content.h"

static const char *const settings[] = { "framework", "spa" };

/* One line or entry, with the members that say where it is, as JSON. */
struct obeyed {
	const char *file, *text, *where;
	size_t i;
};

struct report {
	struct obeyed *rule;
	size_t n;
};

static void
put_json(void *o)
{
	json_object_put(o);
}

static const char *
string_of(struct json_object *o, const char *name)
{
	struct json_object *v;

	return json_object_object_get_ex(o, name, &v) ?
	    json_object_get_string(v) :
	    "";
}

static const char *
where_of(struct arena *a, struct json_object *o)
{
	struct json_object *v;

	if (json_object_object_get_ex(o, "entry", &v))
		return arena_printf(a, "\"entry\":%s,",
		    js_quote(a, json_object_get_string(v)));
	if (!json_object_object_get_ex(o, "line", &v))
		return "";
	return arena_printf(a, "\"line\":%lld,",
	    (long long)json_object_get_int64(v));
}

static const char *
setting(struct req *r, const struct manifest *m, const char *name)
{
	const char *s;
	size_t n;

	if (m == NULL || (s = manifest_get(m, name, &n)) == NULL)
		return NULL;
	return arena_strndup(r->arena, s, n);
}

/* What is obeyed, in its order. */
static void
read_report(struct req *r, const struct manifest *m, struct report *out)
{
	const char *s = setting(r, m, "report");
	struct json_object *all, *list, *o;
	size_t i;

	*out = (struct report){ 0 };
	if (s == NULL || (all = json_tokener_parse(s)) == NULL)
		return;
	arena_defer(r->arena, put_json, all);
	if (!json_object_object_get_ex(all, "accepted", &list) ||
	    !json_object_is_type(list, json_type_array))
		return;
	out->n = json_object_array_length(list);
	out->rule = arena_alloc(r->arena, (out->n + 1) * sizeof(*out->rule));
	for (i = 0; i < out->n; i++) {
		o = json_object_array_get_idx(list, i);
		out->rule[i] = (struct obeyed){ string_of(o, "file"),
			string_of(o, "text"), where_of(r->arena, o), i };
	}
}

static int
same(const struct obeyed *a, const struct obeyed *b)
{
	int c = strcmp(a->file, b->file);

	return c != 0 ? c : strcmp(a->text, b->text);
}

static int
by_text(const void *a, const void *b)
{
	const struct obeyed *x = a, *y = b;
	int c = same(x, y);

	return c != 0 ? c : (x->i > y->i) - (x->i < y->i);
}

static int
by_place(const void *a, const void *b)
{
	const struct obeyed *x = a, *y = b;

	return (x->i > y->i) - (x->i < y->i);
}

static int
same_order(const struct report *a, const struct report *b)
{
	size_t i;

	for (i = 0; i < a->n && i < b->n; i++)
		if (same(&a->rule[i], &b->rule[i]) != 0)
			return 0;
	return a->n == b->n;
}

/* Leaves in each what the other has not got. */
static void
subtract(struct report *a, struct report *b)
{
	size_t i = 0, j = 0, na = 0, nb = 0;
	int c;

	if (a->n > 0)
		qsort(a->rule, a->n, sizeof(*a->rule), by_text);
	if (b->n > 0)
		qsort(b->rule, b->n, sizeof(*b->rule), by_text);
	while (i < a->n || j < b->n) {
		c = i == a->n ? 1 :
		    j == b->n ? -1 :
				same(&a->rule[i], &b->rule[j]);
		if (c < 0)
			a->rule[na++] = a->rule[i];
		else if (c > 0)
			b->rule[nb++] = b->rule[j];
		i += c <= 0;
		j += c >= 0;
	}
	a->n = na;
	b->n = nb;
	if (na > 0)
		qsort(a->rule, na, sizeof(*a->rule), by_place);
	if (nb > 0)
		qsort(b->rule, nb, sizeof(*b->rule), by_place);
}

static void
put_rules(struct text *t, const char *name, const struct report *p)
{
	size_t i;

	text_add(t, arena_printf(t->a, ",\"%s\":[", name));
	for (i = 0; i < p->n; i++)
		text_add(t,
		    arena_printf(t->a, "%s{\"file\":%s,%s\"text\":%s}",
			i > 0 ? "," : "", js_quote(t->a, p->rule[i].file),
			p->rule[i].where, js_quote(t->a, p->rule[i].text)));
	text_add(t, "]");
}

static const char *
quoted(struct req *r, const char *s)
{
	return s != NULL ? js_quote(r->arena, s) : "null";
}

static void
put_settings(struct req *r, struct text *t, const struct manifest *from,
    const struct manifest *to)
{
	const char *before, *after, *sep = "";
	size_t i;

	text_add(t, ",\"settings\":[");
	for (i = 0; from != NULL && i < NITEMS(settings); i++) {
		before = quoted(r, setting(r, from, settings[i]));
		after = quoted(r, setting(r, to, settings[i]));
		if (strcmp(before, after) == 0)
			continue;
		text_add(t,
		    arena_printf(t->a,
			"%s{\"name\":\"%s\",\"before\":%s,\"after\":%s}", sep,
			settings[i], before, after));
		sep = ",";
	}
	text_add(t, "]");
}

void
diff_rules(struct req *r, struct text *t, const struct manifest *from,
    const struct manifest *to)
{
	const char *before = setting(r, from, "rule-files");
	const char *after = setting(r, to, "rule-files");
	struct report old, new;
	int changed;

	read_report(r, from, &old);
	read_report(r, to, &new);
	changed = !same_order(&old, &new) ||
	    (before != NULL && after != NULL && strcmp(before, after) != 0);
	subtract(&old, &new);
	text_add(t,
	    arena_printf(t->a, "\"rules\":{\"changed\":%s",
		changed ? "true" : "false"));
	put_rules(t, "added", &new);
	put_rules(t, "removed", &old);
	text_add(t, "}");
	put_settings(r, t, from, to);
}
