#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rule.h"
#include "valid.h"

void
rules_init(struct rules *r, struct arena *a)
{
	*r = (struct rules){ .arena = a,
		.settings = { .clean_urls = -1,
		    .trailing_slash = -1,
		    .vercel = -1 } };
}

/* One more of size bytes; the arena keeps the old ones until its end. */
static void *
grow(struct arena *a, void *old, size_t n, size_t *room, size_t size)
{
	void *p = old;

	if (n == *room) {
		*room = n == 0 ? 16 : n * 2;
		p = arena_alloc(a, *room * size);
		if (n > 0)
			memcpy(p, old, n * size);
	}
	return p;
}

void
rules_add(struct rules *r, const struct rule *rule)
{
	r->rules = grow(r->arena, r->rules, r->n, &r->room, sizeof(*rule));
	r->rules[r->n++] = *rule;
}

void
rules_refuse(struct rules *r, const struct spot *at, const char *text,
    const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	r->refused = grow(r->arena, r->refused, r->nrefused, &r->refused_room,
	    sizeof(*r->refused));
	r->refused[r->nrefused] = (struct refusal){ .at = *at,
		.text = text,
		.why = arena_strndup(r->arena, why, strlen(why)),
		.i = r->nrefused };
	r->nrefused++;
}

const char *
spot_name(struct arena *a, const struct spot *at)
{
	if (at->entry != NULL)
		return arena_printf(a, "%s %s", at->file, at->entry);
	if (at->line == 0)
		return at->file;
	return arena_printf(a, "%s:%u", at->file, at->line);
}

/* Files in the order in which they are obeyed, and others last. */
static int
rank(const char *file)
{
	int n = valid_rule_file(file);

	return n != 0 ? n : INT_MAX;
}

static int
by_place(const void *x, const void *y)
{
	const struct refusal *a = x, *b = y;
	int i = rank(a->at.file), j = rank(b->at.file);

	if (i != j)
		return i < j ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	return a->i < b->i ? -1 : 1;
}

void
rules_sort(struct rules *r)
{
	if (r->nrefused > 0)
		qsort(r->refused, r->nrefused, sizeof(*r->refused), by_place);
}
