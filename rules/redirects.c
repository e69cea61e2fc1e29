#include <stdlib.h>
#include <string.h>

#include "line.h"
#include "redirects.h"

struct redirects {
	struct rules *rules;
	struct redirect *list;
	size_t n, room;
	int full;
};

struct redirects *
redirects_new(struct rules *rules)
{
	struct redirects *r = arena_alloc(rules->arena, sizeof(*r));

	r->rules = rules;
	return r;
}

struct rules *
redirects_rules(struct redirects *r)
{
	return r->rules;
}

void
redirects_add(struct redirects *r, const struct redirect *one)
{
	struct redirect *old = r->list;

	if (r->n == REDIRECTS_MAX) {
		if (!r->full)
			rules_refuse(r->rules, &one->at, one->text,
			    "there are more than 10000 redirects; this one and "
			    "those after it are left out: a \"*\" may stand "
			    "for many");
		r->full = 1;
		return;
	}
	if (r->n == r->room) {
		r->room = r->room == 0 ? 16 : r->room * 2;
		r->list =
		    arena_alloc(r->rules->arena, r->room * sizeof(*r->list));
		if (r->n > 0)
			memcpy(r->list, old, r->n * sizeof(*old));
	}
	r->list[r->n++] = *one;
}

const char *
redirects_pair(struct redirect_pair *p, size_t *n, const char *key,
    const char *value)
{
	size_t i;

	/* The last word on a name is the one that counts. */
	for (i = 0; i < *n && strcmp(p[i].key, key) != 0; i++)
		;
	if (i == REDIRECT_PAIRS_MAX)
		return "it has more than 16 query matchers or conditions";
	p[i] = (struct redirect_pair){ .key = key, .value = value };
	if (i == *n)
		++*n;
	return NULL;
}

/* ---- _redirects ------------------------------------------------------------
 */

static const char *
copy(struct arena *a, struct str s)
{
	return arena_strndup(a, s.s, s.n);
}

/* "key=value"; what stands after another "=" is dropped, as Netlify does. */
static const char *
pair(struct arena *a, struct redirect_pair *p, size_t *n, struct str word)
{
	const char *eq = memchr(word.s, '=', word.n), *value = NULL;
	size_t k = word.n, v;

	if (eq != NULL) {
		k = (size_t)(eq++ - word.s);
		v = word.n - k - 1;
		if (memchr(eq, '=', v) != NULL)
			v = (size_t)((const char *)memchr(eq, '=', v) - eq);
		value = arena_strndup(a, eq, v);
	}
	return redirects_pair(p, n, arena_strndup(a, word.s, k), value);
}

static int
is_place(struct str w)
{
	return (w.n > 0 && *w.s == '/') ||
	    (w.n > 7 && memcmp(w.s, "http://", 7) == 0) ||
	    (w.n > 8 && memcmp(w.s, "https://", 8) == 0);
}

static int
is_status(struct str w)
{
	size_t i;

	for (i = 0; i < w.n && w.s[i] >= '0' && w.s[i] <= '9'; i++)
		;
	return i > 0 && (i == w.n || (i + 1 == w.n && w.s[i] == '!'));
}

static void
set_status(struct redirect *r, struct str w)
{
	size_t i;

	for (i = 0; i < w.n && i < 4 && w.s[i] != '!'; i++)
		r->status = r->status * 10 + w.s[i] - '0';
	r->force = w.s[w.n - 1] == '!';
}

/* The next word, up to a comment. */
static int
word(struct str *left, struct str *w)
{
	return line_word(left, w) && *w->s != '#';
}

/* After "from": query matchers and "to", unless it leads where it is from. */
static const char *
read_to(struct arena *a, struct redirect *r, struct str *left, struct str *w)
{
	const char *why = NULL;

	if (!word(left, w))
		return "it does not say where it leads";
	if (is_status(*w))
		return NULL;
	for (; !is_place(*w) && why == NULL; why = word(left, w) ?
		 why :
		 "it leads to nothing that begins with \"/\", "
		 "\"http://\" or \"https://\"")
		if ((why = pair(a, r->query, &r->nquery, *w)) != NULL)
			return why;
	if (why == NULL)
		r->to = copy(a, *w);
	return why;
}

static const char *
read_line(struct arena *a, struct redirect *r, struct str left)
{
	const char *why;
	struct str w;

	if ((why = line_fault(left)) != NULL)
		return why;
	if (!word(&left, &w))
		return "it is empty";
	r->from = copy(a, w);
	if ((why = read_to(a, r, &left, &w)) != NULL)
		return why;
	if (r->to != NULL && !word(&left, &w))
		return NULL;
	if (!is_status(w))
		return arena_printf(a,
		    "\"%.*s\" stands where its status should, a number such "
		    "as 301",
		    (int)(w.n > 100 ? 100 : w.n), w.s);
	set_status(r, w);
	while (word(&left, &w))
		if ((why = pair(a, r->conditions, &r->nconditions, w)) != NULL)
			return why;
	return NULL;
}

void
redirects_file(struct redirects *list, const char *file, const char *text,
    size_t n)
{
	struct arena *a = list->rules->arena;
	struct lines lines = { .at = text, .end = text + n };
	struct redirect r;
	const char *why;
	struct str line;

	while (line_next(&lines, &line)) {
		r = (struct redirect){ .at = { file, lines.number, NULL } };
		r.text = arena_strndup(a, line.s,
		    line.n < LINE_MAX_BYTES ? line.n : LINE_MAX_BYTES);
		if ((why = read_line(a, &r, line)) != NULL)
			rules_refuse(list->rules, &r.at, r.text, "%s", why);
		else
			redirects_add(list, &r);
	}
}

/* ---- what is there twice ----------------------------------------------------
 */

struct twin {
	const char *key;
	size_t i;
};

static int
by_key(const void *x, const void *y)
{
	const struct redirect_pair *a = x, *b = y;

	return strcmp(a->key, b->key);
}

static const char *
pairs(struct arena *a, const char *before, const struct redirect_pair *p,
    size_t n)
{
	struct redirect_pair sorted[REDIRECT_PAIRS_MAX];
	size_t i;

	if (n > 0)
		memcpy(sorted, p, n * sizeof(*p));
	qsort(sorted, n, sizeof(*sorted), by_key);
	for (i = 0; i < n; i++)
		before = arena_printf(a, "%s\n%s=%s", before, sorted[i].key,
		    sorted[i].value != NULL ? sorted[i].value : "\n");
	return before;
}

/* All that it says; no word of a file has a line's end in it. */
static const char *
key_of(struct arena *a, const struct redirect *r)
{
	const char *key;

	key = arena_printf(a, "%s\n%s\n%d\n%d\n%d\n", r->from,
	    r->to != NULL ? r->to : "", r->status, r->force, r->sign);
	key = pairs(a, key, r->query, r->nquery);
	return pairs(a, arena_printf(a, "%s\n", key), r->conditions,
	    r->nconditions);
}

static int
by_twin(const void *x, const void *y)
{
	const struct twin *a = x, *b = y;
	int c = strcmp(a->key, b->key);

	return c != 0 ? c : a->i < b->i ? -1 : 1;
}

/*
 * Netlify keeps the last of them, so that one in netlify.toml which _redirects
 * repeats comes after the others there.
 */
static void
drop_twins(struct redirects *list)
{
	struct arena *a = list->rules->arena;
	struct twin *t = arena_alloc(a, (list->n + 1) * sizeof(*t));
	size_t i;

	for (i = 0; i < list->n; i++)
		t[i] = (struct twin){ key_of(a, &list->list[i]), i };
	qsort(t, list->n, sizeof(*t), by_twin);
	for (i = 0; i + 1 < list->n; i++)
		if (strcmp(t[i].key, t[i + 1].key) == 0)
			list->list[t[i].i].from = NULL;
}

void
redirects_end(struct redirects *list)
{
	struct rules *rules = list->rules;
	struct redirect *r;
	const char *why;
	struct rule rule;
	size_t i;

	drop_twins(list);
	for (i = 0; i < list->n; i++) {
		r = &list->list[i];
		if (r->from == NULL)
			continue;
		if ((why = redirect_rule(rules->arena, r, &rule)) != NULL)
			rules_refuse(rules, &r->at, r->text, "%s", why);
		else
			rules_add(rules, &rule);
	}
}
