/*
 * Where a request finds the rules that may fit.  See table.h for shapes.
 */
#include <stdlib.h>
#include <string.h>

#include "compile.h"

#define PLAIN_SHAPES 64 /* beyond, only what a pattern begins with counts */

struct entry {
	uint32_t shape, hash, rule;
};

struct phase {
	uint32_t shapes[TABLE_SHAPES], nshapes;
	struct entry *entries;
	size_t n, room;
};

struct index {
	struct arena *arena;
	struct phase phases[RULE__PHASES];
};

struct index *
index_new(struct arena *a)
{
	struct index *x = arena_alloc(a, sizeof(*x));

	x->arena = a;
	return x;
}

/* What of a pattern's parts is text, as a shape, and their hash. */
struct key {
	uint32_t shape, hash;
	uint32_t parts[TABLE_KEY_PARTS]; /* a hash each */
};

static void
combine(struct key *k)
{
	uint32_t i;

	k->hash = TABLE_HASH;
	for (i = 0; i < TABLE_KEY_PARTS; i++)
		if ((k->shape >> i & 1) != 0)
			k->hash = table_hash_add(k->hash, k->parts[i], i);
}

/*
 * Does the part end what is known?  A star of _headers may stand for the slash
 * before it, so that even the part before that is not known to its end.
 */
static int
stops(struct key *k, const struct pattern *p, const char *s, size_t n,
    uint32_t i)
{
	if (p->kind == PATTERN_REGEX) /* the last part may go on */
		return s[n] != '/';
	if (p->kind == PATTERN_EXACT || memchr(s, '*', n) == NULL)
		return 0;
	if (p->kind == PATTERN_PARTS)
		return s[n - 1] == '*';
	if (n == 1 && i > 0)
		k->shape &= ~(1u << (i - 1));
	return 1;
}

static void
key_of(struct key *k, const struct pattern *p)
{
	const char *s = p->kind == PATTERN_REGEX ? p->prefix : p->text;
	uint32_t i, hash = TABLE_HASH, part;
	int exact = p->kind != PATTERN_REGEX;
	size_t n;

	k->shape = 0;
	if (p->kind == PATTERN_REGEX && (*s != '/' || p->caseless))
		s = "";
	for (i = 0; s += *s == '/', *s != '\0'; s += n, i++) {
		n = strcspn(s, "/");
		if (stops(k, p, s, n, i)) {
			exact = 0;
			break;
		}
		part = table_hash_part(s, n);
		hash = table_hash_add(hash, part, i);
		if (p->kind != PATTERN_EXACT && *s == ':' &&
		    (n > 1 || p->kind == PATTERN_GLOB)) {
			exact = 0;
		} else if (i < TABLE_KEY_PARTS) {
			k->shape |= 1u << i;
			k->parts[i] = part;
		}
	}
	if (exact) {
		k->shape = TABLE_EXACT;
		k->hash = hash;
	} else
		combine(k);
}

/* How many of the first bits are set. */
static uint32_t
leading(uint32_t mask)
{
	uint32_t n = 0;

	while (n < TABLE_KEY_PARTS && (mask >> n & 1) != 0)
		n++;
	return n;
}

/*
 * The number of a shape.  A table has few; should it have many, the later ones
 * are cut to the parts they begin with.
 */
static uint32_t
shape(struct phase *p, struct key *k)
{
	uint32_t i;

	for (;;) {
		for (i = 0; i < p->nshapes; i++)
			if (p->shapes[i] == k->shape)
				return i;
		if (i < PLAIN_SHAPES || k->shape == TABLE_EXACT ||
		    k->shape == (1u << leading(k->shape)) - 1)
			break;
		k->shape = (1u << leading(k->shape)) - 1;
		combine(k);
	}
	p->shapes[p->nshapes] = k->shape;
	return p->nshapes++;
}

void
index_add(struct index *x, enum rule_phase phase, uint32_t number,
    const struct pattern *pattern)
{
	struct phase *p = &x->phases[phase];
	struct entry *e = p->entries;
	struct key k;

	if (p->n == p->room) {
		p->room = p->room == 0 ? 64 : p->room * 2;
		p->entries = arena_alloc(x->arena, p->room * sizeof(*e));
		if (p->n > 0)
			memcpy(p->entries, e, p->n * sizeof(*e));
	}
	key_of(&k, pattern);
	e = &p->entries[p->n++];
	e->shape = shape(p, &k);
	e->hash = k.hash;
	e->rule = number;
}

static int
order(const void *x, const void *y)
{
	const struct entry *a = x, *b = y;

	if (a->shape != b->shape)
		return a->shape < b->shape ? -1 : 1;
	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return a->rule < b->rule ? -1 : a->rule > b->rule;
}

/* The entries of one key, of which the numbers stand at list. */
static void
fill(struct writer *w, size_t buckets, uint32_t nbuckets, const struct entry *e,
    uint32_t list, uint32_t n)
{
	uint32_t i = table_bucket(e->shape, e->hash, nbuckets);
	unsigned char used[4], none[4] = { 0 };
	size_t at;

	for (;; i = (i + 1) % nbuckets) {
		at = buckets + (size_t)i * BUCKET_SIZE;
		memcpy(used, w->p + at + 12, 4);
		if (memcmp(used, none, 4) == 0)
			break;
	}
	write_at(w, at, e->shape);
	write_at(w, at + 4, e->hash);
	write_at(w, at + 8, list);
	write_at(w, at + 12, n);
}

static void
write_phase(struct phase *p, struct writer *w, size_t head)
{
	uint32_t nbuckets = (uint32_t)p->n * 2 + 1, i, n, list;
	size_t buckets;

	if (p->n > 0)
		qsort(p->entries, p->n, sizeof(*p->entries), order);
	write_at(w, head + INDEX_NSHAPES, p->nshapes);
	write_at(w, head + INDEX_SHAPES, (uint32_t)w->n);
	for (i = 0; i < p->nshapes; i++)
		write_u32(w, p->shapes[i]);
	write_at(w, head + INDEX_NBUCKETS, nbuckets);
	write_at(w, head + INDEX_BUCKETS, (uint32_t)w->n);
	buckets = w->n;
	for (i = 0; i < nbuckets * (BUCKET_SIZE / 4); i++)
		write_u32(w, 0);
	for (i = 0; i < p->n; i += n) {
		list = (uint32_t)w->n;
		for (n = 0; i + n < p->n &&
		     p->entries[i + n].shape == p->entries[i].shape &&
		     p->entries[i + n].hash == p->entries[i].hash;
		     n++)
			write_u32(w, p->entries[i + n].rule);
		fill(w, buckets, nbuckets, &p->entries[i], list, n);
	}
}

void
index_write(struct index *x, struct writer *w)
{
	int i;

	for (i = 0; i < RULE__PHASES; i++)
		write_phase(&x->phases[i], w, AT_INDEX(i));
}
