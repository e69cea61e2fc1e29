#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "log.h"

/*
 * Under a sanitizer every allocation is a block of its own, or the sanitizer
 * would be blind inside blocks.
 */
#ifdef SANITIZE
#define BLOCK 0
#else
#define BLOCK (16 * 1024 - sizeof(struct block))
#endif

struct block {
	struct block *next;
	size_t used, size;
	_Alignas(max_align_t) char data[];
};

struct defer {
	struct defer *next;
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *block; /* newest first */
	struct defer *defer; /* newest first, lives in the blocks */
};

static struct block *
block_new(size_t size, struct block *next)
{
	struct block *b;

	if ((b = calloc(1, sizeof(*b) + size)) == NULL)
		fatalx("out of memory");
	b->next = next;
	b->size = size;
	return b;
}

struct arena *
arena_new(void)
{
	struct arena *a;

	if ((a = calloc(1, sizeof(*a))) == NULL)
		fatalx("out of memory");
	a->block = block_new(BLOCK, NULL);
	return a;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b = a->block;
	void *p;

	if (n > SIZE_MAX / 2)
		fatalx("allocation of %zu bytes", n);
	n = (n + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
	if (n > b->size - b->used || BLOCK == 0)
		b = a->block = block_new(n > BLOCK ? n : BLOCK, b);
	p = b->data + b->used;
	b->used += n;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = arena_alloc(a, n + 1);

	return memcpy(p, s, n);
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		fatalx("bad format: %s", fmt);

	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

void
arena_defer(struct arena *a, void (*fn)(void *), void *arg)
{
	struct defer *d = arena_alloc(a, sizeof(*d));

	*d = (struct defer){ .next = a->defer, .fn = fn, .arg = arg };
	a->defer = d;
}

void
arena_reset(struct arena *a)
{
	struct defer *d;
	struct block *b;

	for (d = a->defer; d != NULL; d = d->next)
		d->fn(d->arg);
	a->defer = NULL;

	while ((b = a->block)->next != NULL) {
		a->block = b->next;
		free(b);
	}
	memset(b->data, 0, b->used);
	b->used = 0;
}

void
arena_free(struct arena *a)
{
	if (a == NULL)
		return;
	arena_reset(a);
	free(a->block);
	free(a);
}
