/*
 * toml-value -- strings, numbers, truths and times.
 */
#include <errno.h>
#include <json-c/json_object.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "toml-scan.h"

#define NUMBER_MAX 128 /* characters of a number or time */

static int
digit(int c)
{
	return c >= '0' && c <= '9';
}

static int
digit_of(int c, int base)
{
	int v = digit(c)         ? c - '0' :
	    c >= 'a' && c <= 'f' ? c - 'a' + 10 :
	    c >= 'A' && c <= 'F' ? c - 'A' + 10 :
				   99;

	return v < base ? v : -1;
}

static size_t
utf8(unsigned long c, char *to)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* After the backslash. */
static enum rc
escape(struct scan *s, char *to, size_t *n)
{
	static const char from[] = "btnfr\"\\", into[] = "\b\t\n\f\r\"\\";
	int c = toml_peek(s, 0), digits, v, i;
	unsigned long code = 0;
	const char *p;

	if (c > 0 && (p = strchr(from, c)) != NULL) {
		to[(*n)++] = into[p - from];
		s->p++;
		return RC_OK;
	}
	if (c != 'u' && c != 'U')
		return toml_fault(s, "there is no such escape");
	digits = c == 'u' ? 4 : 8;
	for (i = 1, s->p++; i <= digits; i++, s->p++) {
		if ((v = digit_of(toml_peek(s, 0), 16)) == -1)
			return toml_fault(s, "there is no such escape");
		code = code << 4 | (unsigned long)v;
	}
	if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return toml_fault(s, "an escape for what is no character");
	*n += utf8(code, to + *n);
	return RC_OK;
}

/* A backslash at the end of a line takes all white space with it. */
static int
folded(struct scan *s)
{
	const char *p = s->p;

	while (p < s->end && (*p == ' ' || *p == '\t'))
		p++;
	if (p < s->end && *p == '\r' && p + 1 < s->end && p[1] == '\n')
		p++;
	if (p == s->end || *p != '\n')
		return 0;
	for (; p < s->end; p++)
		if (*p == '\n')
			s->line++;
		else if (*p == '\r' ? p + 1 == s->end || p[1] != '\n' :
				      *p != ' ' && *p != '\t')
			break;
	s->p = p;
	return 1;
}

/*
 * Three quotes end a string of lines, and one or two before those belong to
 * it, as do fewer than three anywhere.
 */
static int
ended(struct scan *s, char quote, int lines, size_t *n)
{
	int k = 0;

	if (toml_peek(s, 0) != quote)
		return 0;
	if (!lines) {
		s->p++;
		return 1;
	}
	while (k < 5 && toml_peek(s, (size_t)k) == quote)
		k++;
	s->p += k;
	for (; k != 0 && k != 3; k--)
		s->room[(*n)++] = quote;
	return k == 3;
}

static enum rc
text(struct scan *s, char quote, int lines, size_t *len)
{
	size_t n = 0;
	enum rc rc;
	int c;

	if (lines) { /* the first end of a line is not part of it */
		if (toml_peek(s, 0) == '\r' && toml_peek(s, 1) == '\n')
			s->p++;
		if (toml_take(s, '\n'))
			s->line++;
	}
	while (!ended(s, quote, lines, &n)) {
		if ((c = toml_peek(s, 0)) == -1 || (c == '\n' && !lines))
			return toml_fault(s, "a string that does not end");
		if (quote == '"' && c == '\\') {
			s->p++;
			if (lines && folded(s))
				continue;
			if ((rc = escape(s, s->room, &n)) != RC_OK)
				return rc;
			continue;
		}
		if (lines && c == '\r' && toml_peek(s, 1) == '\n')
			c = *++s->p; /* one end of a line is like another */
		if (c == '\n')
			s->line++;
		else if ((c < ' ' && c != '\t') || c == 0x7f)
			return toml_fault(s, "a control character");
		s->room[n++] = (char)c;
		s->p++;
	}
	s->room[n] = '\0';
	*len = n;
	return RC_OK;
}

enum rc
toml_string(struct scan *s, size_t *len)
{
	char quote = *s->p++;

	return text(s, quote, 0, len);
}

static enum rc
string(struct scan *s, struct json_object **v)
{
	char quote = *s->p;
	size_t n;
	enum rc rc;

	if (toml_peek(s, 1) == quote && toml_peek(s, 2) == quote) {
		s->p += 3;
		rc = text(s, quote, 1, &n);
	} else
		rc = toml_string(s, &n);
	if (rc == RC_OK)
		*v = json_object_new_string_len(s->room, (int)n);
	return rc;
}

/* Two digits from lo to hi. */
static int
two(const char *p, int lo, int hi)
{
	int v;

	if (!digit(p[0]) || !digit(p[1]))
		return 0;
	v = (p[0] - '0') * 10 + p[1] - '0';
	return v >= lo && v <= hi;
}

/* HH:MM:SS[.fraction]; where it ends, or NULL. */
static const char *
clock_part(const char *p)
{
	if (!two(p, 0, 23) || p[2] != ':' || !two(p + 3, 0, 59) ||
	    p[5] != ':' || !two(p + 6, 0, 59))
		return NULL;
	p += 8;
	if (*p != '.')
		return p;
	if (!digit(*++p))
		return NULL;
	while (digit(*p))
		p++;
	return p;
}

/* YYYY-MM-DD, a day that there was. */
static const char *
day_part(const char *p)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	int y, m, d;

	if (!two(p, 0, 99) || !two(p + 2, 0, 99) || p[4] != '-' ||
	    !two(p + 5, 1, 12) || p[7] != '-' || !two(p + 8, 1, 31))
		return NULL;
	y = atoi(p);
	m = atoi(p + 5);
	d = atoi(p + 8);
	if (y == 0 || d > days[m - 1] ||
	    (m == 2 && d == 29 &&
		!(y % 4 == 0 && (y % 100 != 0 || y % 400 == 0))))
		return NULL;
	return p + 10;
}

/* Is all of it a date, a time, or both? */
static int
moment(const char *p)
{
	if (p[2] == ':')
		return (p = clock_part(p)) != NULL && *p == '\0';
	if ((p = day_part(p)) == NULL)
		return 0;
	if (*p == '\0')
		return 1;
	if (strchr("Tt ", *p) == NULL || (p = clock_part(p + 1)) == NULL)
		return 0;
	if (*p == 'Z' || *p == 'z')
		p++;
	else if (*p == '+' || *p == '-') {
		if (!two(p + 1, 0, 23) || p[3] != ':' || !two(p + 4, 0, 59))
			return 0;
		p += 6;
	}
	return *p == '\0';
}

/* Digits of the base, divided by single underscores; where they end. */
static const char *
digits(const char *p, int base, char *to, size_t *n)
{
	if (digit_of(*p, base) == -1)
		return NULL;
	for (;; p++) {
		if (*p == '_') {
			if (digit_of(p[1], base) == -1)
				return NULL;
		} else if (digit_of(*p, base) == -1)
			return p;
		else
			to[(*n)++] = *p;
	}
}

/* Is it a decimal number?  Then without underscores, and is it a whole one? */
static int
decimal(const char *p, char *to, int *whole)
{
	const char *from;
	size_t n = 0;

	*whole = 1;
	if (*p == '+' || *p == '-')
		to[n++] = *p++;
	from = p;
	if ((p = digits(p, 10, to, &n)) == NULL ||
	    (*from == '0' && p - from > 1))
		return 0;
	if (*p == '.') {
		*whole = 0;
		to[n++] = *p++;
		if ((p = digits(p, 10, to, &n)) == NULL)
			return 0;
	}
	if (*p == 'e' || *p == 'E') {
		*whole = 0;
		to[n++] = *p++;
		if (*p == '+' || *p == '-')
			to[n++] = *p++;
		if ((p = digits(p, 10, to, &n)) == NULL)
			return 0;
	}
	to[n] = '\0';
	return *p == '\0';
}

static enum rc
whole_number(struct scan *s, const char *text, int base, struct json_object **v)
{
	long long n;

	errno = 0;
	n = strtoll(text, NULL, base);
	if (errno != 0)
		return toml_fault(s, "a number that is too large");
	*v = json_object_new_int64(n);
	return RC_OK;
}

static enum rc
number(struct scan *s, const char *word, struct json_object **v)
{
	const char *bare = word + (*word == '+' || *word == '-');
	static const struct {
		char letter;
		int base;
	} bases[] = { { 'x', 16 }, { 'o', 8 }, { 'b', 2 } };
	char plain[NUMBER_MAX + 1];
	const char *p;
	size_t i, n = 0;
	int whole;

	if (strcmp(bare, "inf") == 0 || strcmp(bare, "nan") == 0) {
		*v = json_object_new_double((*word == '-' ? -1.0 : 1.0) *
		    (*bare == 'i' ? HUGE_VAL : NAN));
		return RC_OK;
	}
	for (i = 0; i < NITEMS(bases); i++)
		if (word[0] == '0' && word[1] == bases[i].letter) {
			p = digits(word + 2, bases[i].base, plain, &n);
			if (p == NULL || *p != '\0')
				break;
			plain[n] = '\0';
			return whole_number(s, plain, bases[i].base, v);
		}
	if (!decimal(word, plain, &whole))
		return toml_fault(s, "this is no value");
	if (whole)
		return whole_number(s, plain, 10, v);
	*v = json_object_new_double(strtod(plain, NULL));
	return RC_OK;
}

/* What may stand in a number, a truth or a time. */
static int
wordy(int c)
{
	return c > ' ' && c < 0x7f && strchr(",]}#=\"'", c) == NULL;
}

enum rc
toml_scalar(struct scan *s, struct json_object **v)
{
	char word[NUMBER_MAX + 1];
	size_t n = 0;
	int c = toml_peek(s, 0);

	if (c == '"' || c == '\'')
		return string(s, v);
	while (n < NUMBER_MAX && wordy(toml_peek(s, n)))
		n++;
	/* A date may be followed by a time after one space. */
	if (n == 10 && s->p[4] == '-' && toml_peek(s, 10) == ' ' &&
	    digit(toml_peek(s, 11)))
		for (n++; n < NUMBER_MAX && wordy(toml_peek(s, n)); n++)
			;
	memcpy(word, s->p, n);
	word[n] = '\0';
	s->p += n;
	if (strcmp(word, "true") == 0 || strcmp(word, "false") == 0) {
		*v = json_object_new_boolean(*word == 't');
		return RC_OK;
	}
	if (n > 7 && (word[2] == ':' || word[4] == '-')) {
		if (moment(word)) {
			*v = json_object_new_string(word);
			return RC_OK;
		}
		if (digit(word[0]) && digit(word[1]))
			return toml_fault(s, "there is no such time");
	}
	return number(s, word, v);
}
