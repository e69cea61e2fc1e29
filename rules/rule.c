#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rule.h"

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
rules_refuse(struct rules *r, const char *file, unsigned int line,
    const char *text, const char *fmt, ...)
{
	char why[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	r->refused = grow(r->arena, r->refused, r->nrefused, &r->refused_room,
	    sizeof(*r->refused));
	r->refused[r->nrefused++] = (struct refusal){ .file = file,
		.line = line,
		.text = text,
		.why = arena_strndup(r->arena, why, strlen(why)) };
}
