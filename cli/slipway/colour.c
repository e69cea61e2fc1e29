/*
 * colour -- the colours of a log line, made anew.
 *
 * The server gives them beside the text: [offset, "31;1"], the offset in
 * characters.  Only numbers come back out of that, those of attributes and of
 * the palettes, so that a terminal gets colours whatever a server says.
 */
#include <string.h>

#include "slipway.h"

#define LAST_ATTRIBUTE 107 /* bright white, behind */
#define NUMBERS        64  /* of one */

struct numbers {
	size_t n;
	unsigned v[NUMBERS];
	bool sub[NUMBERS]; /* ':' is before it: it belongs to the one before */
};

static bool
parse(struct numbers *p, const char *s)
{
	size_t digits;

	for (p->n = 0; p->n < NUMBERS; s++) {
		p->v[p->n] = 0;
		p->sub[p->n] = p->n > 0 && s[-1] == ':';
		for (digits = 0; *s >= '0' && *s <= '9'; s++, digits++)
			p->v[p->n] = p->v[p->n] * 10 + (unsigned)(*s - '0');
		if (digits > 3)
			return false;
		p->n++;
		if (*s == '\0')
			return true;
		if (*s != ';' && *s != ':')
			return false;
	}
	return false;
}

/* Puts n numbers behind what is there. */
static void
add(char *out, const unsigned *v, size_t n)
{
	char *p = out + strlen(out);

	for (; n > 0; n--, v++)
		p += sprintf(p, "%s%u", p == out ? "" : ";", *v);
}

/* 38;5;n or 38;2;r;g;b: how many of n numbers it has; 0: it is none. */
static size_t
palette(const unsigned *v, size_t n)
{
	size_t want = n < 2 ? 0 : v[1] == 5 ? 3 : v[1] == 2 ? 5 : 0, i;

	if (want > n)
		return 0;
	for (i = 2; i < want; i++)
		if (v[i] > 255)
			return 0;
	return want;
}

/* What of a colour's numbers may be shown, in out: digits and ';' alone. */
void
colour_codes(const char *s, char out[COLOUR_CODES])
{
	struct numbers p;
	size_t i, n, plain;
	unsigned *v;
	bool takes;

	*out = '\0';
	if (!parse(&p, s))
		return;
	for (i = 0; i < p.n; i += n) {
		v = &p.v[i];
		takes = *v == 38 || *v == 48 || *v == 58;
		for (n = 1; i + n < p.n && p.sub[i + n];)
			n++;
		if (n > 1) { /* 38:5:n, 38:2:r:g:b, 38:2:space:r:g:b */
			if (n == 6 && v[1] == 2)
				memmove(v + 2, v + 3, 3 * sizeof(*v));
			plain = n == 6 && v[1] == 2 ? 5 : n;
			if (takes && palette(v, plain) == plain)
				add(out, v, plain);
		} else if (takes) {
			for (plain = 1; i + plain < p.n && !p.sub[i + plain];)
				plain++;
			if ((n = palette(v, plain)) == 0)
				return; /* what follows may belong to it */
			add(out, v, n);
		} else if (*v <= LAST_ATTRIBUTE)
			add(out, v, 1);
	}
}

/* The text in the colours of that list; at its end there are none. */
void
colour_line(struct arena *a, FILE *f, const char *text,
    struct json_object *list)
{
	size_t i, n = json_object_array_length(list);
	struct json_object *one, *at, *codes;
	char numbers[COLOUR_CODES];
	const char *p = text;
	int64_t chars = 0;
	bool coloured = false;

	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(list, i);
		if (!json_object_is_type(one, json_type_array) ||
		    json_object_array_length(one) != 2)
			continue;
		at = json_object_array_get_idx(one, 0);
		codes = json_object_array_get_idx(one, 1);
		if (!json_object_is_type(at, json_type_int) ||
		    !json_object_is_type(codes, json_type_string))
			continue;
		for (; *p != '\0' && chars < json_object_get_int64(at); chars++)
			do
				p++;
			while ((*p & 0xc0) == 0x80);
		colour_codes(json_object_get_string(codes), numbers);
		if (*numbers == '\0')
			continue;
		fprintf(f, "%s\033[%sm", clean_n(a, text, (size_t)(p - text)),
		    numbers);
		text = p;
		coloured = true;
	}
	fprintf(f, "%s%s", clean_n(a, text, strlen(text)),
	    coloured ? "\033[0m" : "");
}
