/*
 * Pieces and captures, put together.  Whatever a request brought is escaped for
 * where it lands, so that it cannot lead elsewhere or end a line.
 */
#include <string.h>

#include "ask.h"

struct text {
	char s[MATCH_TEXT_MAX + 1];
	size_t n;
	size_t first; /* slashes that it begins with by itself */
	int full;
};

static void
put(struct text *t, const char *s, size_t n)
{
	if (n > MATCH_TEXT_MAX - t->n) {
		t->full = 1;
		return;
	}
	memcpy(t->s + t->n, s, n);
	t->n += n;
}

/* Does the byte stand for itself there? */
static int
plain(unsigned char c, uint32_t at, int foreign)
{
	if (at == LANDS_HEADER)
		return c >= ' ' && c != 0x7f;
	if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || (c != '\0' && strchr("-._~", c) != NULL))
		return 1;
	if (at == LANDS_HOST || c == '\0')
		return 0;
	if (at == LANDS_QUERY)
		return strchr("!$'()*,;:@/", c) != NULL;
	return (c == '/' && !foreign) || strchr("!$&'()*+,;=:@", c) != NULL;
}

static void
put_capture(struct text *t, const struct ask *a, uint32_t slot, uint32_t at)
{
	static const char digits[] = "0123456789ABCDEF";
	struct str v = a->slots[slot];
	char escaped[3] = "%";

	for (; v.n > 0; v.n--, v.s++) {
		unsigned char c = (unsigned char)*v.s;

		if (plain(c, at, a->foreign[slot])) {
			put(t, v.s, 1);
			continue;
		}
		escaped[1] = digits[c >> 4];
		escaped[2] = digits[c & 15];
		put(t, escaped, 3);
	}
}

static int
gather(struct ask *a, struct reader *r, struct text *t)
{
	uint32_t n = read_u32(r), slot, at;
	struct str s;

	t->n = t->first = 0;
	t->full = 0;
	for (; n > 0 && !r->bad && !t->full; n--) {
		slot = read_below(r, a->nslots);
		at = read_below(r, LANDS_HEADER + 1);
		s = read_str(r);
		if (slot == 0 && t->n == 0)
			while (t->first < s.n && s.s[t->first] == '/')
				t->first++;
		if (slot == 0)
			put(t, s.s, s.n);
		else
			put_capture(t, a, slot, at);
	}
	t->s[t->n] = '\0';
	return !r->bad && !t->full && strlen(t->s) == t->n;
}

const char *
ask_text(struct ask *a, struct reader *r)
{
	struct text t;

	return gather(a, r, &t) ? arena_strndup(a->arena, t.s, t.n) : NULL;
}

/* What of a request's query may go into a header. */
static size_t
sendable(const char *query)
{
	size_t n;

	for (n = 0; query[n] > ' ' && query[n] <= '~'; n++)
		;
	return query[n] == '\0' ? n : 0;
}

/* Does a query say it already, by that name? */
static int
says(const char *query, size_t n, const char *name, size_t len)
{
	size_t part;

	for (; n > 0; query += part, n -= part) {
		for (part = 0; part < n && query[part] != '&';)
			part++;
		if (part >= len && memcmp(query, name, len) == 0 &&
		    (part == len || query[len] == '='))
			return 1;
		part += part < n;
	}
	return 0;
}

/* What of the request's query the destination's has no word for. */
static const char *
rest(struct ask *a, const char *own, size_t n)
{
	const char *q = a->req->query;
	size_t left = sendable(q), part, name;
	char *out, *p;

	if (left == 0 || n == 0)
		return arena_strndup(a->arena, q, left);
	p = out = arena_alloc(a->arena, left + 1);
	for (; left > 0; q += part, left -= part) {
		for (part = name = 0; part < left && q[part] != '&'; part++)
			name += name == part && q[part] != '=';
		if (ask_step(a, 1 + n / 16) && !says(own, n, q, name)) {
			if (p != out)
				*p++ = '&';
			p = mempcpy(p, q, part);
		}
		part += part < left;
	}
	return out;
}

const char *
ask_destination(struct ask *a, struct reader *r)
{
	const char *s, *own, *more;
	size_t n, mark;
	struct text t;

	if (!gather(a, r, &t))
		return NULL;
	s = t.s;
	/* What is a path must not become another host by an empty capture. */
	if ((a->flags & RULE_IS_URL) == 0 && t.first < 2)
		while (s[0] == '/' && s[1] == '/')
			s++;
	if ((a->flags & RULE_HAS_QUERY) == 0)
		return arena_strndup(a->arena, s, strlen(s));
	n = strcspn(s, "#");
	mark = strcspn(s, "?#");
	own = s + mark + (mark < n);
	more = rest(a, own, n - (size_t)(own - s));
	if (*more == '\0')
		return arena_strndup(a->arena, s, strlen(s));
	return arena_printf(a->arena, "%.*s%c%s%s", (int)n, s,
	    mark < n ? '&' : '?', more, s + n);
}
