/*
 * What the patterns of Netlify's files are made of.
 */
#include <string.h>

#include "compile.h"

/* The next part of a path at *s, which moves behind it; 0 at the end. */
static int
next_part(const char **s, struct str *part)
{
	const char *p = *s;

	p += *p == '/';
	if (*p == '\0')
		return 0;
	part->s = p;
	part->n = strcspn(p, "/");
	*s = p + part->n;
	return 1;
}

static int
add(struct ops *o, enum op op, uint32_t slot, const char *text, size_t n)
{
	if (o->n == TABLE_OPS)
		return 0;
	o->op[o->n++] =
	    (struct op_text){ .op = op, .slot = slot, .text = text, .n = n };
	return 1;
}

/* A slot of that name, if it is the first; else what it holds is lost. */
static uint32_t
slot(struct ops *o, const char *name, size_t n)
{
	uint32_t i;

	for (i = 1; i <= o->nslots; i++)
		if (o->names[i].n == n && memcmp(o->names[i].s, name, n) == 0)
			return 0;
	if (o->nslots + 1 == TABLE_SLOTS)
		return 0;
	o->names[++o->nslots] = (struct str){ .s = name, .n = n };
	return o->nslots;
}

static int
part(struct ops *o, struct str p)
{
	if (p.n > 1 && p.s[0] == ':')
		return add(o, OP_PARAM, slot(o, p.s + 1, p.n - 1), NULL, 0);
	if (p.n == 0 || p.s[p.n - 1] != '*')
		return add(o, OP_TEXT, 0, p.s, p.n);
	if (p.n > 1 && !add(o, OP_PREFIX, 0, p.s, p.n - 1))
		return 0;
	if (o->n > 0 && o->op[o->n - 1].op == OP_STAR)
		return 1; /* two of them are as one */
	return add(o, OP_STAR, slot(o, "splat", 5), NULL, 0);
}

/* Bytes after those that are there, in one piece where it can be. */
static int
bytes(struct ops *o, struct arena *a, const char *s, size_t n)
{
	struct op_text *last = o->n > 0 ? &o->op[o->n - 1] : NULL;
	char *both;

	if (n == 0)
		return 1;
	if (last == NULL || last->op != OP_TEXT)
		return add(o, OP_TEXT, 0, s, n);
	both = arena_alloc(a, last->n + n + 1);
	memcpy(both, last->text, last->n);
	memcpy(both + last->n, s, n);
	last->text = both;
	last->n += n;
	return 1;
}

/* A part with stars: what stands between them is itself. */
static int
starred(struct ops *o, struct arena *a, struct str p)
{
	const char *star;
	size_t n;

	while ((star = memchr(p.s, '*', p.n)) != NULL) {
		n = (size_t)(star - p.s);
		if (!bytes(o, a, p.s, n) || !add(o, OP_STAR, 0, NULL, 0))
			return 0;
		p.s += n + 1;
		p.n -= n + 1;
	}
	return bytes(o, a, p.s, p.n);
}

/* A star alone also stands for the slash before it. */
static int
glob(struct ops *o, struct arena *a, struct str p)
{
	if (p.n == 1 && *p.s == '*')
		return add(o, OP_STAR, 0, NULL, 0);
	if (!bytes(o, a, "/", 1))
		return 0;
	if (*p.s == ':')
		return add(o, OP_PARAM, 0, NULL, 0);
	return starred(o, a, p);
}

const char *
pattern_parse(struct ops *o, struct arena *a, const struct pattern *pattern)
{
	const char *s = pattern->text;
	struct str p;
	int fits = 1;

	o->n = o->nslots = 0;
	if (pattern->kind == PATTERN_EXACT)
		fits = add(o, OP_TEXT, 0, s, strlen(s));
	else
		while (fits && next_part(&s, &p))
			fits = pattern->kind == PATTERN_PARTS ? part(o, p) :
								glob(o, a, p);
	return fits ? NULL : "its pattern has more than 256 parts";
}
