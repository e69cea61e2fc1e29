#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "cond.h"

#define SPACE      " \t"
#define DIGITS     "0123456789"
#define DIGITS_MAX 18 /* which no number overflows */

void
date_format(time_t t, char buf[40])
{
	struct tm tm;

	gmtime_r(&t, &tm);
	strftime(buf, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

time_t
date_parse(const char *s)
{
	static const char *const forms[] = { "%a, %d %b %Y %H:%M:%S GMT",
		"%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y" };
	const char *end;
	struct tm tm;
	size_t i;

	for (i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(s, forms[i], &tm);
		if (end != NULL && *end == '\0')
			return timegm(&tm);
	}
	return -1;
}

/*
 * Is etag one of the list?  Weak comparison takes W/"x" for "x"; the strong
 * one takes only what was said to be strong.
 */
static int
listed(const char *s, const char *etag, int weak)
{
	size_t n = strlen(etag), k;
	const char *end;
	int w;

	s += strspn(s, SPACE);
	if (*s == '*')
		return s[1 + strspn(s + 1, SPACE)] == '\0';
	for (;; s = end) {
		s += strspn(s, SPACE ",");
		if (*s == '\0')
			return 0;
		w = strncmp(s, "W/", 2) == 0;
		s += w ? 2 : 0;
		if (*s != '"' || (end = strchr(s + 1, '"')) == NULL)
			return 0;
		k = (size_t)(++end - s);
		if (k == n && memcmp(s, etag, n) == 0 && (weak || !w))
			return 1;
	}
}

int
cond_any(const struct conditions *c)
{
	return *c->if_match != '\0' || *c->if_none_match != '\0' ||
	    *c->if_modified_since != '\0' || *c->if_unmodified_since != '\0' ||
	    *c->range != '\0';
}

int
cond_check(const struct conditions *c, const char *etag, time_t modified)
{
	time_t t;

	if (*c->if_match != '\0') {
		if (!listed(c->if_match, etag, 0))
			return 412;
	} else if (modified != 0 &&
	    (t = date_parse(c->if_unmodified_since)) != -1 && modified > t)
		return 412;

	if (*c->if_none_match != '\0')
		return listed(c->if_none_match, etag, 1) ? 304 : 0;
	if (modified != 0 && (t = date_parse(c->if_modified_since)) != -1 &&
	    modified <= t)
		return 304;
	return 0;
}

/* Digits, at most as many as fit; the rest counts as very much. */
static const char *
number(const char *s, uint64_t *n)
{
	const char *p;

	for (*n = 0, p = s; *p >= '0' && *p <= '9'; p++)
		*n = *n > UINT64_MAX / 10 - 1 ? UINT64_MAX - 9 :
						*n * 10 + (uint64_t)(*p - '0');
	return p == s ? NULL : p;
}

/* Does If-Range, if it is there, name just this version? */
static int
same(const char *h, const char *etag, time_t modified)
{
	if (*h == '\0')
		return 1;
	if (*h == '"')
		return strcmp(h, etag) == 0;
	return modified != 0 && date_parse(h) == modified;
}

/*
 * One of a list, which must end where it ends; NULL: nonsense, as is a range
 * that ends before it begins.  What is not there at all is 1 to 0.
 */
static const char *
range(const char *s, uint64_t size, struct range *r)
{
	uint64_t from, to = UINT64_MAX;

	if (*s == '-') { /* the last so many */
		if ((s = number(s + 1, &to)) == NULL)
			return NULL;
		from = to == 0 ? size : to < size ? size - to : 0;
		to = UINT64_MAX;
	} else {
		if ((s = number(s, &from)) == NULL || *s++ != '-')
			return NULL;
		if (*s >= '0' && *s <= '9' && (s = number(s, &to)) == NULL)
			return NULL;
		if (to < from)
			return NULL;
	}
	s += strspn(s, SPACE);
	if (*s != ',' && *s != '\0')
		return NULL;
	r->first = from < size ? from : 1;
	r->last = from >= size ? 0 : to < size ? to : size - 1;
	return s;
}

static int
is_plain(const char *s)
{
	size_t from = strspn(s, DIGITS), to;

	if (s[from] != '-')
		return 0;
	to = strspn(s + from + 1, DIGITS);
	return from <= DIGITS_MAX && to <= DIGITS_MAX &&
	    s[from + 1 + to] == '\0';
}

static int
overlaps(const struct ranges *rs, const struct range *r)
{
	size_t i;

	for (i = 0; i < rs->n; i++)
		if (r->first <= rs->at[i].last && rs->at[i].first <= r->last)
			return 1;
	return 0;
}

int
cond_range(const struct conditions *c, const char *etag, time_t modified,
    uint64_t size, struct ranges *out)
{
	const char *s = c->range;
	size_t asked = 0;
	struct range r;

	out->n = 0;
	if (strncasecmp(s, "bytes=", 6) != 0 ||
	    !same(c->if_range, etag, modified))
		return 200;
	out->plain = is_plain(s + 6);
	for (s += 6; *(s += strspn(s, SPACE ",")) != '\0';) {
		if ((s = range(s, size, &r)) == NULL || asked++ == RANGES_MAX)
			return 200;
		if (r.first > r.last)
			continue;
		if (overlaps(out, &r))
			return 200;
		out->at[out->n++] = r;
	}
	if (asked == 0)
		return 200;
	return out->n > 0 ? 206 : 416;
}
