#include <sys/mman.h>
#include <sys/stat.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "pairs.h"

#define MAGIC "slipway\2"
#define SALT  16u /* where it is, */
#define HEAD  (SALT + crypto_shorthash_KEYBYTES)
#define FIRST 256u /* places, while it is made */

struct pairs_writer {
	unsigned char *p; /* the pairs */
	size_t n, room;
	uint32_t *table; /* where they are, plus one */
	uint32_t places, count;
	unsigned char salt[crypto_shorthash_KEYBYTES];
};

unsigned char *
pairs_number(unsigned char *p, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*p++ = (unsigned char)(v | 0x80);
	*p++ = (unsigned char)v;
	return p;
}

const unsigned char *
pairs_read(const unsigned char *p, const unsigned char *end, uint64_t *v)
{
	unsigned int shift;

	*v = 0;
	for (shift = 0; p < end && shift < 64; shift += 7) {
		*v |= (uint64_t)(*p & 0x7f) << shift;
		if ((*p++ & 0x80) == 0)
			return p;
	}
	return NULL;
}

static void
put32(unsigned char *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++, v >>= 8)
		p[i] = (unsigned char)v;
}

static uint32_t
get32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

static uint32_t
hash(const unsigned char *salt, const void *p, size_t n)
{
	unsigned char h[crypto_shorthash_BYTES];

	crypto_shorthash(h, p, n, salt);
	return get32(h);
}

/* Behind it; NULL if it is not whole. */
static const unsigned char *
parse(const unsigned char *p, const unsigned char *end, struct pair *out)
{
	uint64_t klen, vlen;

	if ((p = pairs_read(p, end, &klen)) == NULL ||
	    (p = pairs_read(p, end, &vlen)) == NULL ||
	    klen > (size_t)(end - p) || vlen > (size_t)(end - p) - klen)
		return NULL;
	out->key = p;
	out->klen = (size_t)klen;
	out->value = p + klen;
	out->vlen = (size_t)vlen;
	return out->value + vlen;
}

static int
has_key(const struct pair *q, const void *key, size_t klen)
{
	return q->klen == klen && memcmp(q->key, key, klen) == 0;
}

struct pairs_writer *
pairs_new(void)
{
	struct pairs_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL ||
	    (w->table = calloc(FIRST, sizeof(*w->table))) == NULL)
		fatalx("out of memory");
	w->places = FIRST;
	randombytes_buf(w->salt, sizeof(w->salt));
	return w;
}

void
pairs_drop(struct pairs_writer *w)
{
	if (w == NULL)
		return;
	free(w->p);
	free(w->table);
	free(w);
}

/* Its place in the writer's table, or a free one. */
static uint32_t
place(const struct pairs_writer *w, const void *key, size_t klen)
{
	uint32_t i = hash(w->salt, key, klen) % w->places;
	struct pair q;

	while (w->table[i] != 0) {
		parse(w->p + w->table[i] - 1, w->p + w->n, &q);
		if (has_key(&q, key, klen))
			break;
		i = (i + 1) % w->places;
	}
	return i;
}

/* All that there are, into a table of so many places. */
static void
spread(struct pairs_writer *w, uint32_t places)
{
	const unsigned char *p = w->p, *end = w->p + w->n, *next;
	struct pair q;

	free(w->table);
	if ((w->table = calloc(places, sizeof(*w->table))) == NULL)
		fatalx("out of memory");
	w->places = places;
	for (; p < end; p = next) {
		next = parse(p, end, &q);
		w->table[place(w, q.key, q.klen)] = (uint32_t)(p - w->p) + 1;
	}
}

static void
grow(struct pairs_writer *w, size_t more)
{
	while (w->room - w->n < more) {
		w->room = w->room > 0 ? w->room * 2 : 8192;
		if ((w->p = realloc(w->p, w->room)) == NULL)
			fatalx("out of memory");
	}
}

enum rc
pairs_add(struct pairs_writer *w, const void *key, size_t klen,
    const void *value, size_t vlen)
{
	unsigned char *p;
	uint32_t i;

	/* With its table it must not come near what an offset can say. */
	if (klen > UINT32_MAX / 4 || vlen > UINT32_MAX / 4 ||
	    w->n + klen + vlen > UINT32_MAX / 4)
		return RC_TOO_LARGE;
	i = place(w, key, klen);
	if (w->table[i] != 0)
		return RC_CONFLICT;
	grow(w, klen + vlen + (size_t)2 * PAIRS_NUMBER_MAX);
	w->table[i] = (uint32_t)w->n + 1;
	p = pairs_number(pairs_number(w->p + w->n, klen), vlen);
	memcpy(p, key, klen);
	if (vlen > 0)
		memcpy(p + klen, value, vlen);
	w->n = (size_t)(p - w->p) + klen + vlen;
	if (++w->count > w->places / 2)
		spread(w, w->places * 2);
	return RC_OK;
}

void
pairs_end(struct pairs_writer *w, struct arena *a, void **out, size_t *n)
{
	uint32_t i, start;
	unsigned char *p;

	/* One is always free, so that looking ends there. */
	spread(w, w->count + w->count / 2 + 1);
	start = HEAD + 4 * w->places;
	*n = start + w->n;
	*out = p = arena_alloc(a, *n);
	memcpy(p, MAGIC, 8);
	put32(p + 8, w->places);
	put32(p + 12, w->count);
	memcpy(p + SALT, w->salt, sizeof(w->salt));
	for (i = 0; i < w->places; i++)
		if (w->table[i] != 0)
			put32(p + HEAD + (size_t)4 * i,
			    start + w->table[i] - 1);
	if (w->n > 0)
		memcpy(p + start, w->p, w->n);
	pairs_drop(w);
}

enum rc
pairs_open(struct pairs *s, int fd)
{
	struct stat st;
	void *p;

	if (fstat(fd, &st) == -1) {
		log_warn("fstat");
		return RC_FAIL;
	}
	if (st.st_size < (off_t)HEAD || st.st_size > (off_t)UINT32_MAX)
		return RC_INVALID;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		log_warn("mmap");
		return RC_FAIL;
	}
	s->p = p;
	s->n = (size_t)st.st_size;
	s->places = get32(s->p + 8);
	s->count = get32(s->p + 12);
	if (memcmp(s->p, MAGIC, 8) != 0 || s->places == 0 ||
	    s->places > (s->n - HEAD) / 4) {
		pairs_close(s);
		return RC_INVALID;
	}
	return RC_OK;
}

void
pairs_close(struct pairs *s)
{
	munmap((void *)(uintptr_t)s->p, s->n);
	s->p = NULL;
}

static size_t
first(const struct pairs *s)
{
	return HEAD + (size_t)4 * s->places;
}

enum rc
pairs_find(const struct pairs *s, const void *key, size_t klen,
    struct pair *out)
{
	uint32_t i = hash(s->p + SALT, key, klen) % s->places, looked, at;

	for (looked = 0; looked < s->places; looked++) {
		if ((at = get32(s->p + HEAD + (size_t)4 * i)) == 0)
			return RC_NOT_FOUND;
		if (at < first(s) || at >= s->n ||
		    parse(s->p + at, s->p + s->n, out) == NULL)
			return RC_FAIL;
		if (has_key(out, key, klen))
			return RC_OK;
		i = (i + 1) % s->places;
	}
	return RC_FAIL;
}

enum rc
pairs_next(const struct pairs *s, size_t *at, struct pair *out)
{
	size_t from = *at > 0 ? *at : first(s);
	const unsigned char *next;

	if (from >= s->n)
		return RC_NOT_FOUND;
	next = parse(s->p + from, s->p + s->n, out);
	if (next == NULL)
		return RC_FAIL;
	*at = (size_t)(next - s->p);
	return RC_OK;
}
