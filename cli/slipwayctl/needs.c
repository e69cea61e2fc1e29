#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "needs.h"

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct need *)0)->hash));
}

static void
add_length(uint32_t lengths[NEED_LENGTHS], uint32_t n)
{
	size_t i;

	for (i = 0; i < NEED_LENGTHS && lengths[i] != n; i++)
		if (lengths[i] == 0) {
			lengths[i] = n;
			return;
		}
}

/* Of two that say different things of an encoding, what either has counts. */
static void
merge(struct need *to, const struct need *from)
{
	size_t e, i;

	for (e = 0; e < MANIFEST__ENCODINGS; e++)
		for (i = 0; i < NEED_LENGTHS && from->packed[e][i] != 0; i++)
			add_length(to->packed[e], from->packed[e][i]);
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
	size_t e;

	if (s->n == s->room)
		grow(s);
	n = &s->list[s->n++];
	*n = (struct need){ .size = f->size, .of = of };
	memcpy(n->hash, f->hash, sizeof(n->hash));
	for (e = 0; e < MANIFEST__ENCODINGS; e++)
		n->packed[e][0] = f->encoded[e] < UINT32_MAX ?
		    (uint32_t)f->encoded[e] :
		    UINT32_MAX; /* no text is that long */
}

void
needs_free(struct needs *s)
{
	free(s->list);
	memset(s, 0, sizeof(*s));
}
