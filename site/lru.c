#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "log.h"
#include "lru.h"

#define BUCKETS 64 /* at first; twice as many whenever items are more */

struct lru {
	size_t budget, weight;
	size_t items, buckets;
	struct lru_item **bucket;
	struct lru_item *newest, *oldest;
	struct lru_item *gone; /* to be dropped */
	void (*drop)(struct lru_item *);
};

struct lru *
lru_new(size_t budget, void (*drop)(struct lru_item *))
{
	struct lru *l;

	if ((l = calloc(1, sizeof(*l))) == NULL ||
	    (l->bucket = calloc(BUCKETS, sizeof(*l->bucket))) == NULL)
		fatalx("out of memory");
	l->buckets = BUCKETS;
	l->budget = budget;
	l->drop = drop;
	return l;
}

/* Where the pointer to it is, or would be. */
static struct lru_item **
at(const struct lru *l, const char *name)
{
	struct lru_item **p = &l->bucket[hash_of(name) & (l->buckets - 1)];

	while (*p != NULL && strcmp((*p)->name, name) != 0)
		p = &(*p)->next;
	return p;
}

static void
grow(struct lru *l)
{
	struct lru_item *i, **p;

	free(l->bucket);
	l->buckets *= 2;
	if ((l->bucket = calloc(l->buckets, sizeof(*l->bucket))) == NULL)
		fatalx("out of memory");
	for (i = l->newest; i != NULL; i = i->older) {
		p = &l->bucket[hash_of(i->name) & (l->buckets - 1)];
		i->next = *p;
		*p = i;
	}
}

/* Out of the order of use. */
static void
leave(struct lru *l, struct lru_item *i)
{
	*(i->newer != NULL ? &i->newer->older : &l->newest) = i->older;
	*(i->older != NULL ? &i->older->newer : &l->oldest) = i->newer;
}

static void
lead(struct lru *l, struct lru_item *i)
{
	i->newer = NULL;
	i->older = l->newest;
	*(l->newest != NULL ? &l->newest->newer : &l->oldest) = i;
	l->newest = i;
}

static void
forget(struct lru *l, struct lru_item **p)
{
	struct lru_item *i = *p;

	*p = i->next;
	leave(l, i);
	l->weight -= i->weight;
	l->items--;
	i->next = l->gone;
	l->gone = i;
}

void *
lru_find(struct lru *l, const char *name)
{
	struct lru_item *i = *at(l, name);

	if (i != NULL && i != l->newest) {
		leave(l, i);
		lead(l, i);
	}
	return i;
}

void
lru_add(struct lru *l, struct lru_item *i, const char *name, size_t weight)
{
	struct lru_item **p;

	lru_forget(l, name);
	i->name = name;
	i->weight = weight;
	p = &l->bucket[hash_of(name) & (l->buckets - 1)];
	i->next = *p;
	*p = i;
	lead(l, i);
	l->weight += weight;
	if (++l->items > l->buckets)
		grow(l);
}

void
lru_forget(struct lru *l, const char *name)
{
	struct lru_item **p = at(l, name);

	if (*p != NULL)
		forget(l, p);
}

void
lru_trim(struct lru *l)
{
	struct lru_item *i;

	while (l->weight > l->budget && l->oldest != NULL)
		forget(l, at(l, l->oldest->name));
	while ((i = l->gone) != NULL) {
		l->gone = i->next;
		l->drop(i);
	}
}

void
lru_free(struct lru *l)
{
	if (l == NULL)
		return;
	l->budget = 0;
	while (l->oldest != NULL)
		forget(l, at(l, l->oldest->name));
	lru_trim(l);
	free(l->bucket);
	free(l);
}
