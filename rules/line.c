#include <string.h>

#include "line.h"
#include "valid.h"

/* Two and three bytes of UTF-8 that are white space. */
static const char *const wide[] = { "\302\240", "\341\232\200", "\342\200\200",
	"\342\200\201", "\342\200\202", "\342\200\203", "\342\200\204",
	"\342\200\205", "\342\200\206", "\342\200\207", "\342\200\210",
	"\342\200\211", "\342\200\212", "\342\200\250", "\342\200\251",
	"\342\200\257", "\342\201\237", "\343\200\200", "\357\273\277" };

size_t
line_space(const char *s, size_t n)
{
	size_t i, len;

	if (n == 0)
		return 0;
	if (*s == ' ' || (*s >= '\t' && *s <= '\r'))
		return 1;
	if ((unsigned char)*s < 0xc2)
		return 0;
	for (i = 0; i < NITEMS(wide); i++) {
		len = strlen(wide[i]);
		if (n >= len && memcmp(s, wide[i], len) == 0)
			return len;
	}
	return 0;
}

void
line_trim(struct str *s)
{
	size_t n, k;

	for (; (n = line_space(s->s, s->n)) > 0; s->s += n)
		s->n -= n;
	do
		for (n = 0, k = 1; k <= 3 && k <= s->n && n == 0; k++)
			if (line_space(s->s + s->n - k, k) == k)
				s->n -= n = k;
	while (n > 0);
}

int
line_next(struct lines *l, struct str *line)
{
	const char *nl, *start;

	while (l->at < l->end) {
		nl = memchr(l->at, '\n', (size_t)(l->end - l->at));
		if (nl == NULL)
			nl = l->end;
		*line = (struct str){ l->at, (size_t)(nl - l->at) };
		l->at = nl < l->end ? nl + 1 : nl;
		l->number++;
		start = line->s;
		line_trim(line);
		l->indented = line->s > start;
		if (line->n > 0 && *line->s != '#')
			return 1;
	}
	return 0;
}

int
line_word(struct str *left, struct str *word)
{
	size_t n = 0;

	line_trim(left);
	if (left->n == 0)
		return 0;
	while (n < left->n && line_space(left->s + n, left->n - n) == 0)
		n++;
	*word = (struct str){ left->s, n };
	left->s += n;
	left->n -= n;
	return 1;
}

const char *
line_fault(struct str s)
{
	size_t i;

	if (s.n > LINE_MAX_BYTES)
		return "it is longer than 4096 bytes";
	if (valid_utf8(s.s, s.n) != s.n)
		return "it is not UTF-8";
	for (i = 0; i < s.n; i++)
		if (((unsigned char)s.s[i] < ' ' &&
			line_space(s.s + i, s.n - i) == 0) ||
		    s.s[i] == 0x7f)
			return "it has a control character";
	return NULL;
}
