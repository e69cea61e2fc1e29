#include <ctype.h>
#include <string.h>

#include "jsre.h"

struct scan {
	struct arena *arena;
	const char *p, *end;
	int repeated; /* what stands before is a quantifier */
};

static int
at(const struct scan *s, size_t i)
{
	return (size_t)(s->end - s->p) > i ? (unsigned char)s->p[i] : -1;
}

/* Letters after a backslash that have one meaning. */
static const char *
escape(struct scan *s)
{
	int c = at(s, 1);

	if (c == -1)
		return "it ends in a backslash";
	if (isalpha(c) && strchr("bBdDsSwWcfnrtukx", c) == NULL)
		return arena_printf(s->arena, "\\%c is not the same there", c);
	s->p += 2;
	return NULL;
}

static const char *class(struct scan *s)
{
	const char *why;

	s->p++;
	s->p += at(s, 0) == '^';
	while (at(s, 0) != ']') {
		if (at(s, 0) == -1)
			return "a [ has no ]";
		if (at(s, 0) == '\\') {
			if ((why = escape(s)) != NULL)
				return why;
		} else if (at(s, 0) == '[' && at(s, 1) != -1 &&
		    strchr(":.=", at(s, 1)) != NULL)
			return arena_printf(s->arena,
			    "[%c in a class is not the same there", at(s, 1));
		else
			s->p++;
	}
	s->p++;
	return NULL;
}

static const char *
group(struct scan *s)
{
	int c = at(s, 2), d = at(s, 3);

	if (at(s, 1) == '*')
		return "(* is not known there";
	if (at(s, 1) != '?') {
		s->p++;
		return NULL;
	}
	if (c == ':' || c == '=' || c == '!' ||
	    (c == '<' && (d == '=' || d == '!' || d == '_' || isalpha(d)))) {
		s->p += 3;
		return NULL;
	}
	return c == -1 ? "it ends in (?" :
			 arena_printf(s->arena, "(?%c is not known there", c);
}

/* Bytes of "{2}", "{2,}" or "{2,3}"; 0 if the brace is only a brace. */
static size_t
braces(const struct scan *s)
{
	size_t i = 1, digits;

	for (digits = 0; isdigit(at(s, i)); i++)
		digits++;
	if (digits == 0)
		return 0;
	if (at(s, i) == ',')
		for (i++; isdigit(at(s, i)); i++)
			;
	return at(s, i) == '}' ? i + 1 : 0;
}

static const char *
quantifier(struct scan *s, size_t n)
{
	if (s->repeated)
		return "a quantifier stands on a quantifier";
	s->p += n;
	s->p += at(s, 0) == '?';
	s->repeated = 1;
	return NULL;
}

const char *
jsre_fault(struct arena *a, const char *text, size_t n)
{
	struct scan s = { .arena = a, .p = text, .end = text + n };
	const char *why = NULL;
	size_t len;

	while (why == NULL && s.p < s.end) {
		if (strchr("*+?", *s.p) != NULL && *s.p != '\0') {
			why = quantifier(&s, 1);
			continue;
		}
		if (*s.p == '{' && (len = braces(&s)) > 0) {
			why = quantifier(&s, len);
			continue;
		}
		s.repeated = 0;
		switch (*s.p) {
		case '\\':
			why = escape(&s);
			break;
		case '[':
			why = class(&s);
			break;
		case '(':
			why = group(&s);
			break;
		case '{':
			if (at(&s, 1) == ',')
				why = "{, is not the same everywhere";
			s.p++;
			break;
		default:
			s.p++;
		}
	}
	return why;
}
