#include <stdio.h>
#include <string.h>

#include "cond.h"

#define SPACE " \t"

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

	for (;; s = end) {
		s += strspn(s, SPACE ",");
		if (*s == '\0')
			return 0;
		if (*s == '*' && s[1 + strspn(s + 1, SPACE)] == '\0')
			return 1;
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

int
cond_range(const struct conditions *c, const char *etag, time_t modified,
    uint64_t size, uint64_t *first, uint64_t *last)
{
	const char *s = c->range;
	uint64_t from, to = UINT64_MAX;

	if (strncmp(s, "bytes=", 6) != 0 || !same(c->if_range, etag, modified))
		return 200;
	s += 6 + strspn(s + 6, SPACE);
	if (*s == '-') { /* the last so many */
		if ((s = number(s + 1, &to)) == NULL)
			return 200;
		from = to < size ? size - to : 0;
		if (to == 0)
			from = size;
		to = UINT64_MAX;
	} else {
		if ((s = number(s, &from)) == NULL || *s++ != '-')
			return 200;
		if (*s >= '0' && *s <= '9' && (s = number(s, &to)) == NULL)
			return 200;
		if (to < from) /* as the front servers see it, too */
			from = UINT64_MAX;
	}
	if (s[strspn(s, SPACE)] != '\0') /* several, or nonsense */
		return 200;
	if (from >= size)
		return 416;
	*first = from;
	*last = to < size ? to : size - 1;
	return 206;
}
