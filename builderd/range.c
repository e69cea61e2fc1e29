#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "range.h"
#include "rc.h"

#define PART_BITS 20
#define PART_MAX  ((1 << PART_BITS) - 1)
#define MAJOR     ((uint64_t)1 << 2 * PART_BITS)
#define MINOR     ((uint64_t)1 << PART_BITS)
#define FOREVER   UINT64_MAX

/* Versions from low on and before high. */
struct span {
	uint64_t low, high;
};

/* "20", "20.1", "20.x", "v20.1.3-rc.1+x": how many parts it says. */
struct partial {
	uint64_t v;
	int parts;
};

static int
is_wild(char c)
{
	return c == 'x' || c == 'X' || c == '*';
}

/* The end of it, or NULL if there is none. */
static const char *
read_partial(const char *s, struct partial *p)
{
	unsigned long n;
	char *end;
	int i, wild = 0;

	*p = (struct partial){ 0 };
	s += *s == 'v' || *s == 'V';
	for (i = 0; i < 3; i++) {
		n = 0;
		if (is_wild(*s)) {
			wild = 1;
			s++;
		} else if (isdigit((unsigned char)*s)) {
			n = strtoul(s, &end, 10);
			s = end;
			if (n > PART_MAX)
				n = PART_MAX;
		} else
			return NULL;
		p->v = p->v << PART_BITS | (wild ? 0 : n);
		p->parts += !wild;
		if (*s != '.')
			break;
		if (i < 2)
			s++;
	}
	for (i++; i < 3; i++)
		p->v <<= PART_BITS;
	if (*s == '-' || *s == '+') /* nothing here depends on those */
		s += strcspn(s, " \t|,");
	return *s == '\0' || strchr(" \t|,", *s) != NULL ? s : NULL;
}

/* The first version after all that it may stand for. */
static uint64_t
after(const struct partial *p)
{
	switch (p->parts) {
	case 0:
		return FOREVER;
	case 1:
		return p->v + MAJOR;
	case 2:
		return p->v + MINOR;
	default:
		return p->v + 1;
	}
}

/* "^1.2" stays below 2, "^0.2.1" below 0.3, "^0.0.3" is that alone. */
static uint64_t
after_caret(const struct partial *p)
{
	if (p->v >= MAJOR || p->parts < 2)
		return p->parts == 0 ? FOREVER : (p->v / MAJOR + 1) * MAJOR;
	if (p->v >= MINOR || p->parts < 3)
		return (p->v / MINOR + 1) * MINOR;
	return p->v + 1;
}

static struct span
span_of(const char *op, size_t n, const struct partial *p)
{
	struct span s = { p->v, after(p) };

	switch (n > 0 ? *op : '=') {
	case '^':
		s.high = after_caret(p);
		break;
	case '~': /* and "~>" */
		if (p->parts > 1)
			s.high = (p->v / MINOR + 1) * MINOR;
		break;
	case '>':
		s.low = n > 1 ? p->v : after(p);
		s.high = FOREVER;
		break;
	case '<':
		s.low = 0;
		s.high = n > 1 ? after(p) : p->v;
		break;
	}
	return s;
}

static const char *
blank(const char *s)
{
	return s + strspn(s, " \t,");
}

/* All comparisons up to "||" or the end; NULL where one cannot be read. */
static const char *
read_span(const char *s, struct span *all)
{
	struct partial p, q;
	const char *op, *dash;
	struct span one;
	size_t n;

	*all = (struct span){ 0, FOREVER };
	for (s = blank(s); *s != '\0' && *s != '|'; s = blank(s)) {
		op = s;
		n = strspn(s, "<>=~^");
		if ((s = read_partial(blank(s + n), &p)) == NULL)
			return NULL;
		one = span_of(op, n, &p);
		dash = blank(s);
		if (n == 0 && *dash == '-') {
			if ((s = read_partial(blank(dash + 1), &q)) == NULL)
				return NULL;
			one = (struct span){ p.v, after(&q) };
		}
		if (one.low > all->low)
			all->low = one.low;
		if (one.high < all->high)
			all->high = one.high;
	}
	return s;
}

int
range_major(const char *range, const int majors[])
{
	const char *s;
	struct span span;
	uint64_t v;
	int best = 0, i;

	for (s = range; s != NULL; s += strspn(s, "|")) {
		if ((s = read_span(s, &span)) == NULL)
			return 0;
		for (i = 0; majors[i] != 0; i++) {
			v = (uint64_t)majors[i] * MAJOR;
			if (majors[i] > best && span.low < v + MAJOR &&
			    span.high > v && span.low < span.high)
				best = majors[i];
		}
		if (*s == '\0')
			break;
	}
	return best;
}

int
range_node(const char *want, const int majors[])
{
	static const struct {
		const char *name;
		int major;
	} lts[] = { { "lts/argon", 4 }, { "lts/boron", 6 }, { "lts/carbon", 8 },
		{ "lts/dubnium", 10 }, { "lts/erbium", 12 },
		{ "lts/fermium", 14 }, { "lts/gallium", 16 },
		{ "lts/hydrogen", 18 }, { "lts/iron", 20 }, { "lts/jod", 22 },
		{ "lts/krypton", 24 } };
	static const char *const newest[] = { "node", "latest", "current",
		"stable" };
	size_t i, j;

	for (i = 0; i < NITEMS(newest); i++)
		if (strcmp(want, newest[i]) == 0)
			return majors[0];
	if (strcmp(want, "lts/*") == 0 || strcmp(want, "lts") == 0)
		for (j = 0; majors[j] != 0; j++)
			if (majors[j] % 2 == 0)
				return majors[j];
	for (i = 0; i < NITEMS(lts); i++)
		for (j = 0; majors[j] != 0; j++)
			if (strcasecmp(want, lts[i].name) == 0 &&
			    majors[j] == lts[i].major)
				return majors[j];
	return range_major(want, majors);
}
