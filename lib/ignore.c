#include <string.h>

#include "ignore.h"

struct pattern {
	struct pattern *before;
	const char *text;
	bool not, dir, anchored;
};

struct ignore {
	struct ignore *up;
	struct arena *arena;
	size_t base; /* length of "a/b/" */
	struct pattern *last;
};

/* Does the class at *p, after its "[", hold ch?  Moves *p behind it. */
static bool
class_has(const char **p, const char *end, char ch)
{
	const char *s = *p;
	bool not = s < end && (*s == '!' || *s == '^'), in = false, first;
	char from, to;

	s += not ;
	for (first = true; s < end && (*s != ']' || first); first = false) {
		if (*s == '\\' && s + 1 < end)
			s++;
		from = to = *s++;
		if (s + 1 < end && s[0] == '-' && s[1] != ']') {
			to = s[1];
			s += 2;
		}
		in |= (unsigned char)ch >= (unsigned char)from &&
		    (unsigned char)ch <= (unsigned char)to;
	}
	*p = s < end ? s + 1 : s;
	return in != not ;
}

/* One part of a path against one part of a pattern; neither has a "/". */
static bool
part_fits(const char *p, const char *pend, const char *s, const char *send)
{
	const char *star = NULL, *back = NULL, *q;
	bool fits;

	for (;;) {
		if (p < pend && *p == '*') {
			star = ++p;
			back = s;
			continue;
		}
		if (s == send && p == pend)
			return true;
		fits = false;
		q = p;
		if (s < send && p < pend) {
			q = p + 1;
			if (*p == '?')
				fits = true;
			else if (*p == '[' &&
			    memchr(p + 1, ']', (size_t)(pend - p - 1)))
				fits = class_has(&q, pend, *s);
			else {
				if (*p == '\\' && q < pend)
					p = q++;
				fits = *p == *s;
			}
		}
		if (fits) {
			p = q;
			s++;
		} else if (star != NULL && back < send) {
			p = star;
			s = ++back;
		} else
			return false;
	}
}

/*
 * Part by part; "**" is any number of parts.  Of several only the last is tried
 * at other places: the first place that fits those before leaves it the most.
 */
static bool
path_fits(const char *p, const char *s)
{
	const char *star = NULL, *back = NULL;
	size_t np, ns;

	for (;;) {
		np = strcspn(p, "/");
		ns = strcspn(s, "/");
		if (np == 2 && strncmp(p, "**", 2) == 0) {
			if (p[2] != '\0') {
				star = p += 3;
				back = s;
				continue;
			}
			if (*s != '\0')
				return true;
		} else if (part_fits(p, p + np, s, s + ns)) {
			p += np;
			s += ns;
			if (*p == '\0' && *s == '\0')
				return true;
			if (*p != '\0' && *s != '\0') {
				p++;
				s++;
				continue;
			}
		}
		if (star == NULL || (back = strchr(back, '/')) == NULL)
			return false;
		p = star;
		s = ++back;
	}
}

struct ignore *
ignore_new(struct arena *a, struct ignore *up, const char *base)
{
	struct ignore *ig = arena_alloc(a, sizeof(*ig));

	ig->up = up;
	ig->arena = a;
	ig->base = strlen(base);
	return ig;
}

static void
add_line(struct ignore *ig, char *s, size_t n)
{
	struct pattern *p;

	while (n > 0 &&
	    (s[n - 1] == '\r' ||
		(s[n - 1] == ' ' && (n < 2 || s[n - 2] != '\\'))))
		n--;
	if (n == 0 || *s == '#')
		return;
	p = arena_alloc(ig->arena, sizeof(*p));
	if (*s == '!') {
		p->not = true;
		s++;
		n--;
	}
	if (n > 0 && s[n - 1] == '/') {
		p->dir = true;
		n--;
	}
	if (n == 0)
		return;
	p->anchored = memchr(s, '/', n) != NULL;
	if (*s == '/') {
		s++;
		n--;
	}
	p->text = arena_strndup(ig->arena, s, n);
	p->before = ig->last;
	ig->last = p;
}

void
ignore_add(struct ignore *ig, const char *text, size_t n)
{
	char *copy = arena_strndup(ig->arena, text, n);
	size_t len;

	for (; *copy != '\0'; copy += len + (copy[len] == '\n')) {
		len = strcspn(copy, "\n");
		add_line(ig, copy, len);
	}
}

bool
ignored(const struct ignore *ig, const char *path, bool dir)
{
	const char *name = strrchr(path, '/'), *inside;
	const struct pattern *p;

	name = name != NULL ? name + 1 : path;
	for (; ig != NULL; ig = ig->up) {
		inside = path + ig->base;
		for (p = ig->last; p != NULL; p = p->before) {
			if (p->dir && !dir)
				continue;
			if (path_fits(p->text, p->anchored ? inside : name))
				return !p->not ;
		}
	}
	return false;
}

/*
 * What no rule brings back: secrets, history, and dependencies, which the
 * build installs for itself.  A finished site may well have a folder of
 * files called node_modules.
 */
bool
ignored_always(const char *name, bool prebuilt)
{
	return strcmp(name, ".git") == 0 || strcmp(name, ".slipway") == 0 ||
	    strncmp(name, ".env", 4) == 0 ||
	    (!prebuilt && strcmp(name, "node_modules") == 0);
}
