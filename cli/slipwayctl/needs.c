#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "needs.h"

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct need *)0)->hash));
}

/* Of two that say different things of an encoding, what either has counts. */
static void
merge(struct need *to, const struct need *from)
{
	size_t e;

	for (e = 0; e < MANIFEST__ENCODINGS; e++)
		if (to->encoded[e] == 0)
			to->encoded[e] = from->encoded[e];
}

void
needs_sort(struct needs *s)
{
	size_t i, n = 0;

	if (s->n > 0)
		qsort(s->list, s->n, sizeof(*s->list), compare);
	for (i = 0; i < s->n; i++)
		if (n > 0 && compare(&s->list[n - 1], &s->list[i]) == 0)
			merge(&s->list[n - 1], &s->list[i]);
		else
			s->list[n++] = s->list[i];
	s->n = n;
}

/* Deployments have most of their files in common: first those are left out. */
static void
grow(struct needs *s)
{
	needs_sort(s);
	if (s->n <= s->room / 2 && s->room > 0)
		return;
	s->room = s->room > 0 ? s->room * 2 : 4096;
	s->list = reallocarray(s->list, s->room, sizeof(*s->list));
	if (s->list == NULL)
		fatalx("out of memory");
}

void
needs_add(struct needs *s, const struct manifest_file *f, size_t of)
{
	struct need *n;

	if (s->n == s->room)
		grow(s);
	n = &s->list[s->n++];
	memcpy(n->hash, f->hash, sizeof(n->hash));
	memcpy(n->encoded, f->encoded, sizeof(n->encoded));
	n->size = f->size;
	n->of = of;
}

void
needs_free(struct needs *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}
