#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "table.h"

struct table {
	const unsigned char *base;
	uint32_t size;
};

static uint32_t
get(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

uint32_t
table_head(const struct table *t, uint32_t at)
{
	return get(t->base + at);
}

enum rc
table_open(struct table **out, const void *base, size_t size)
{
	struct table *t;

	if (size < HEAD_SIZE || size > TABLE_MAX ||
	    get((const unsigned char *)base + AT_MAGIC) != TABLE_MAGIC ||
	    get((const unsigned char *)base + AT_SIZE) != size) {
		log_warnx("rules: not a table that we know");
		return RC_FAIL;
	}
	if ((t = calloc(1, sizeof(*t))) == NULL)
		fatalx("out of memory");
	t->base = base;
	t->size = (uint32_t)size;
	*out = t;
	return RC_OK;
}

void
table_close(struct table *t)
{
	free(t);
}

/* What says more than yes, no or nothing says nothing. */
static int
setting(const struct table *t, uint32_t at)
{
	uint32_t v = table_head(t, at);

	return v <= 2 ? (int)v - 1 : -1;
}

void
table_settings(const struct table *t, struct rules_settings *s)
{
	s->clean_urls = setting(t, AT_CLEAN_URLS);
	s->trailing_slash = setting(t, AT_SLASH);
	s->vercel = setting(t, AT_VERCEL);
}

struct reader
table_at(const struct table *t, uint32_t offset)
{
	struct reader r = { .at = t->base, .end = t->base + t->size };

	r.bad = offset > t->size;
	if (!r.bad)
		r.at += offset;
	return r;
}

struct reader
table_rule(const struct table *t, uint32_t number)
{
	struct reader r = table_at(t, table_head(t, AT_RULES));

	if (number >= table_head(t, AT_NRULES) ||
	    (size_t)(r.end - r.at) / 4 <= number)
		r.bad = 1;
	if (r.bad)
		return r;
	return table_at(t, get(r.at + 4 * (size_t)number));
}

uint32_t
read_u32(struct reader *r)
{
	uint32_t v;

	if (r->bad || r->end - r->at < 4) {
		r->bad = 1;
		return 0;
	}
	v = get(r->at);
	r->at += 4;
	return v;
}

uint32_t
read_below(struct reader *r, uint32_t max)
{
	uint32_t v = read_u32(r);

	if (v < max)
		return v;
	r->bad = 1;
	return 0;
}

struct str
read_str(struct reader *r)
{
	size_t n = read_u32(r);
	struct str s = { .s = "" };

	if (r->bad || (size_t)(r->end - r->at) < n) {
		r->bad = 1;
		return s;
	}
	s = (struct str){ .s = (const char *)r->at, .n = n };
	r->at += n;
	return s;
}

uint32_t
table_hash_part(const char *s, size_t n)
{
	uint32_t h = TABLE_HASH;
	unsigned char c;

	for (; n > 0; n--) {
		c = (unsigned char)*s++;
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		h = (h ^ c) * 16777619u;
	}
	return h;
}

uint32_t
table_hash_add(uint32_t h, uint32_t part, size_t position)
{
	h ^= part + 0x9e3779b9u * ((uint32_t)position + 1);
	h ^= h >> 15;
	return h * 0x2c1b3c6du;
}

uint32_t
table_bucket(uint32_t shape, uint32_t hash, uint32_t nbuckets)
{
	hash ^= shape * 0x85ebca6bu;
	hash ^= hash >> 13;
	return hash * 0xc2b2ae35u % nbuckets;
}
