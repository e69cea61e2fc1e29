#include <string.h>

#include "api.h"

void
text_add(struct text *t, const char *s)
{
	size_t n = strlen(s);
	char *p;

	if (t->n + n >= t->size) {
		t->size = (t->n + n) * 2 + 4096;
		p = arena_alloc(t->a, t->size);
		if (t->n > 0)
			memcpy(p, t->p, t->n);
		t->p = p;
	}
	memcpy(t->p + t->n, s, n + 1);
	t->n += n;
}
