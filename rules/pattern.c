/*
 * Does a pattern fit a path?
 *
 * A pattern is chunks with stars between them.  The first chunk stands at the
 * beginning, the last at the end, and a chunk in the middle wherever it fits:
 * the first such place from one side is as good as any other for the rest.  So
 * there is no way back, and the steps are at most places times pieces.
 */
#include <string.h>
#include <strings.h>

#include "ask.h"

struct piece_op {
	uint32_t op, slot;
	struct str text;
};

struct pattern_ops {
	struct ask *a;
	struct piece_op op[TABLE_OPS];
	size_t n;
	int caseless;
};

static int
same(const struct pattern_ops *o, const char *a, const char *b, size_t n)
{
	return o->caseless ? strncasecmp(a, b, n) == 0 : memcmp(a, b, n) == 0;
}

static void
take(struct ask *a, uint32_t slot, const char *s, size_t n)
{
	if (slot != 0)
		a->slots[slot] = (struct str){ .s = s, .n = n };
}

/* The end of the chunk that begins at op i. */
static size_t
chunk_end(const struct pattern_ops *o, size_t i)
{
	while (i < o->n && o->op[i].op != OP_STAR)
		i++;
	return i;
}

/* ---- by parts --------------------------------------------------------------
 */

/* Do the ops from i to end fit the parts from p on? */
static int
parts_fit(struct pattern_ops *o, size_t i, size_t end, size_t p)
{
	const struct match_parts *parts = o->a->req->parts;
	const struct piece_op *op;

	for (; i < end; i++, p++) {
		op = &o->op[i];
		if (!ask_step(o->a, 1))
			return 0;
		if (op->op == OP_PARAM) {
			take(o->a, op->slot, parts->part[p].s,
			    parts->part[p].n);
			continue;
		}
		if (op->op == OP_PREFIX ? parts->part[p].n < op->text.n :
					  parts->part[p].n != op->text.n)
			return 0;
		if (!same(o, parts->part[p].s, op->text.s, op->text.n))
			return 0;
	}
	return 1;
}

/*
 * What the first star stands for: after part p-1, of which a prefix may have
 * left a rest, up to part next; or to the end of the path if that is all.
 */
static void
take_star(struct pattern_ops *o, size_t star, size_t p, size_t next, int last)
{
	const struct match_parts *parts = o->a->req->parts;
	const char *from, *to;
	const struct piece_op *before = star > 0 ? &o->op[star - 1] : NULL;

	if (o->op[star].slot == 0)
		return;
	from = p < parts->n ? parts->part[p].s : o->a->req->path + parts->len;
	if (before != NULL && before->op == OP_PREFIX &&
	    parts->part[p - 1].n > before->text.n)
		from = parts->part[p - 1].s + before->text.n;
	to = o->a->req->path + parts->len;
	if (!last)
		to = next > 0 ?
		    parts->part[next - 1].s + parts->part[next - 1].n :
		    from;
	take(o->a, o->op[star].slot, from, to > from ? (size_t)(to - from) : 0);
}

/*
 * The leftmost chunk after the first star: at once after it if it fits there,
 * as Netlify has it, or else so that the star has as much as it can.
 */
static int
place_next(struct pattern_ops *o, size_t star, size_t end, size_t lo,
    size_t *hi)
{
	size_t n = end - star - 1, p;

	if (*hi < lo + n)
		return 0;
	if (star > 0 && o->op[star - 1].op != OP_PREFIX &&
	    parts_fit(o, star + 1, end, lo)) {
		*hi = lo;
		return 1;
	}
	for (p = *hi - n; !parts_fit(o, star + 1, end, p); p--)
		if (p == lo || !ask_step(o->a, 1))
			return 0;
	*hi = p;
	return 1;
}

/* Chunks between the first star and hi, from the right; hi is where they begin.
 */
static int
place_middle(struct pattern_ops *o, size_t star, size_t tail, size_t lo,
    size_t *hi)
{
	size_t end = tail, begin, n, p;

	while (end > star + 1) {
		end--; /* a star */
		for (begin = end; o->op[begin - 1].op != OP_STAR; begin--)
			;
		if (begin == star + 1)
			return place_next(o, star, end, lo, hi);
		n = end - begin;
		if (*hi < lo + n)
			return 0;
		for (p = *hi - n; !parts_fit(o, begin, end, p); p--)
			if (p == lo || !ask_step(o->a, 1))
				return 0;
		*hi = p;
		end = begin;
	}
	return 1;
}

static int
by_parts(struct pattern_ops *o)
{
	size_t n = o->a->req->parts->n, star = chunk_end(o, 0), tail, hi;

	if (star == o->n)
		return n == o->n && parts_fit(o, 0, star, 0);
	for (tail = o->n; o->op[tail - 1].op != OP_STAR; tail--)
		;
	if (n < star + (o->n - tail))
		return 0;
	hi = n - (o->n - tail);
	if (!parts_fit(o, 0, star, 0) || !parts_fit(o, tail, o->n, hi) ||
	    !place_middle(o, star, tail, star, &hi))
		return 0;
	take_star(o, star, star, hi, star + 1 == o->n);
	return 1;
}

/* ---- by bytes --------------------------------------------------------------
 */

/* Where the ops from i to end leave off if they fit at s; NULL if not. */
static const char *
bytes_fit(struct pattern_ops *o, size_t i, size_t end, const char *s,
    const char *stop)
{
	const struct piece_op *op;
	size_t n;

	for (; i < end; i++, s += n) {
		op = &o->op[i];
		n = op->text.n;
		if (!ask_step(o->a, 1))
			return NULL;
		if (op->op == OP_PARAM) {
			for (n = 0; s + n < stop && s[n] != '/'; n++)
				;
			if (n == 0)
				return NULL;
		} else if ((size_t)(stop - s) < n || !same(o, s, op->text.s, n))
			return NULL;
	}
	return s;
}

/* At the end a slash more does not matter. */
static int
is_end(const char *s, const char *stop)
{
	return s != NULL && (s == stop || (s + 1 == stop && *s == '/'));
}

static int
by_bytes(struct pattern_ops *o)
{
	const char *s = o->a->req->path, *stop = s + strlen(s), *after;
	size_t begin = 0, end = chunk_end(o, 0);

	if (o->n == 0)
		return is_end(s + (*s == '/'), stop);
	s = bytes_fit(o, 0, end, s, stop);
	if (end == o->n)
		return is_end(s, stop);
	while (s != NULL) {
		begin = end + 1;
		end = chunk_end(o, begin);
		if (end == o->n)
			break;
		while ((after = bytes_fit(o, begin, end, s, stop)) == NULL)
			if (s++ == stop || !ask_step(o->a, 1))
				return 0;
		s = after;
	}
	if (s == NULL || begin == end)
		return s != NULL;
	for (; s <= stop; s++)
		if (!ask_step(o->a, 1) ||
		    is_end(bytes_fit(o, begin, end, s, stop), stop))
			return s <= stop && o->a->req->steps <= MATCH_STEPS_MAX;
	return 0;
}

/* ---- PCRE2 ------------------------------------------------------------------
 */

int
ask_regex(struct ask *a, struct reader *r, struct str text, unsigned int flags,
    struct str subject, struct regex_group *g)
{
	const struct regex *re;
	enum rc rc;

	if (r->bad)
		return 0;
	re = regexes_get(a->req->regexes, text.s, text.n, flags);
	if (re == NULL) { /* it was one when the table was made */
		r->bad = 1;
		return 0;
	}
	memset(g, 0, TABLE_SLOTS * sizeof(*g));
	rc = regexes_match(a->req->regexes, re, subject.s, subject.n, g,
	    TABLE_SLOTS);
	if (rc == RC_LIMITED) /* that was all that one request may cost */
		a->req->steps = MATCH_STEPS_MAX + 1;
	return rc == RC_OK && ask_step(a, REGEX_STEPS);
}

/* ---- all of them ------------------------------------------------------------
 */

static int
by_regex(struct ask *a, struct reader *r)
{
	struct regex_group g[TABLE_SLOTS];
	struct str text = read_str(r);
	struct str path = { a->req->path, strlen(a->req->path) };
	size_t i;

	if (!ask_regex(a, r, text,
		(a->flags & RULE_CASELESS) != 0 ? REGEX_CASELESS : 0, path, g))
		return 0;
	for (i = 0; i < a->nslots; i++)
		if (g[i].at != NULL)
			take(a, (uint32_t)i, g[i].at, g[i].n);
	return 1;
}

int
ask_pattern(struct ask *a, struct reader *r)
{
	const char *path = a->req->path;
	struct pattern_ops o;
	size_t i, n;

	if (a->kind == PATTERN_REGEX)
		return by_regex(a, r);
	o.a = a;
	o.caseless = (a->flags & RULE_CASELESS) != 0;
	n = read_below(r, TABLE_OPS + 1);
	for (i = 0; i < n; i++) {
		o.op[i].op = read_below(r, OP_PREFIX + 1);
		o.op[i].slot = read_below(r, a->nslots);
		o.op[i].text = read_str(r);
	}
	o.n = n;
	if (r->bad)
		return 0;
	switch (a->kind) {
	case PATTERN_PARTS:
		return by_parts(&o);
	case PATTERN_GLOB:
		return by_bytes(&o);
	default:
		return n == 1 && strlen(path) == o.op[0].text.n &&
		    memcmp(path, o.op[0].text.s, o.op[0].text.n) == 0;
	}
}
