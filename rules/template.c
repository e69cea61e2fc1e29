#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "template.h"

enum where { HOST, PATH, QUERY, HASH, VALUE };

struct writing {
	struct arena *arena;
	const struct template_names *names;
	const char **why;
	struct piece *piece;
	size_t n, room;
	char *text; /* that is no piece yet */
	size_t ntext;
	int used; /* a capture stands in it, but not in its query */
};

static void
add(struct writing *w, struct piece p)
{
	struct piece *more;

	if (w->n == w->room) {
		w->room = w->room == 0 ? 4 : w->room * 2;
		more = arena_alloc(w->arena, w->room * sizeof(*more));
		if (w->n > 0)
			memcpy(more, w->piece, w->n * sizeof(*more));
		w->piece = more;
	}
	w->piece[w->n++] = p;
}

static void
flush(struct writing *w)
{
	if (w->ntext > 0)
		add(w,
		    (struct piece){
			.text = arena_strndup(w->arena, w->text, w->ntext) });
	w->ntext = 0;
}

static void
capture(struct writing *w, const char *name)
{
	flush(w);
	add(w, (struct piece){ .capture = name });
}

/* What cannot stand in a URL is escaped. */
static void
put(struct writing *w, char c, enum where where)
{
	static const char digits[] = "0123456789ABCDEF";
	unsigned char b = (unsigned char)c;

	if (where == VALUE ||
	    (b > ' ' && b < 0x7f && strchr("\"<>^`{|}", c) == NULL)) {
		w->text[w->ntext++] = c;
		return;
	}
	w->text[w->ntext++] = '%';
	w->text[w->ntext++] = digits[b >> 4];
	w->text[w->ntext++] = digits[b & 15];
}

static const char *
of_conditions(const struct writing *w, const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < w->names->n; i++)
		if (strncmp(w->names->conditions[i], s, n) == 0 &&
		    w->names->conditions[i][n] == '\0')
			return w->names->conditions[i];
	return NULL;
}

/* What ":name" is called in pieces; of two groups of a name it is the last. */
static const char *
named(struct writing *w, const char *s, size_t n)
{
	const struct pathre *p = w->names->path;
	const char *found = of_conditions(w, s, n);
	size_t i;

	for (i = p->n; i > 0 && found == NULL; i--)
		if (p->names[i - 1] != NULL &&
		    strncmp(p->names[i - 1], s, n) == 0 &&
		    p->names[i - 1][n] == '\0')
			found = arena_printf(w->arena, "%zu", i);
	return found;
}

static size_t
name_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '_')
		n++;
	return n;
}

/* "$1" or "$name"; 0 if it is text. */
static size_t
dollar(struct writing *w, const char *s)
{
	size_t digits = strspn(s + 1, "0123456789"), n = name_length(s + 1);
	const char *name = NULL;

	if (digits > 0 && digits < 4 && s[1] != '0' &&
	    strtoul(s + 1, NULL, 10) <= w->names->path->n) {
		name = arena_strndup(w->arena, s + 1, digits);
		n = digits;
	} else if (digits == 0 && n > 0)
		name = of_conditions(w, s + 1, n);
	if (name == NULL)
		return 0;
	capture(w, name);
	return n + 1;
}

/* A modifier, or a pattern, behind a name says nothing in a destination. */
static size_t
extras(const char *s, enum where where)
{
	size_t n = 0, depth = 0;

	if (*s == '(' && where != VALUE) {
		do {
			depth += s[n] == '(';
			depth -= s[n] == ')';
			n++;
		} while (depth > 0 && s[n] != '\0');
		if (depth > 0)
			return 0;
	}
	if (s[n] == '*' || s[n] == '+' || (s[n] == '?' && where == VALUE))
		n++;
	return n;
}

/* ":name"; *n is 0 if it is text. */
static enum rc
colon(struct writing *w, const char *s, enum where where, size_t *n)
{
	size_t len = name_length(s + 1);
	const char *name;

	*n = 0;
	if (len == 0)
		return RC_OK;
	if ((name = named(w, s + 1, len)) != NULL) {
		capture(w, name);
		w->used |= where != QUERY;
		*n = 1 + len + extras(s + 1 + len, where);
		return RC_OK;
	}
	if (where == HASH || where == VALUE)
		return RC_OK;
	*w->why = arena_printf(w->arena,
	    "it names \":%.*s\", which neither the source nor \"has\" does",
	    (int)len, s + 1);
	return RC_INVALID;
}

static enum rc
section(struct writing *w, const char *s, size_t n, enum where where)
{
	const char *end = s + n;
	size_t len;
	enum rc rc;

	while (s < end) {
		len = 0;
		if (*s == ':' && (rc = colon(w, s, where, &len)) != RC_OK)
			return rc;
		if (*s == '$')
			len = dollar(w, s);
		if (len == 0)
			put(w, *s++, where);
		else
			s += len;
	}
	return RC_OK;
}

/* With a port, which is no name. */
static enum rc
host(struct writing *w, const char *s, size_t n, int fixed)
{
	size_t port = n;
	enum rc rc;

	while (port > 0 && isdigit((unsigned char)s[port - 1]))
		port--;
	if (port == 0 || s[port - 1] != ':' || port == n)
		port = n + 1;
	port--;
	if (n == 0 || port == 0 || memchr(s, '@', n) != NULL) {
		*w->why = "it has no host, or more than that";
		return RC_INVALID;
	}
	if ((rc = section(w, s, port, HOST)) != RC_OK)
		return rc;
	if (fixed && w->n > 0) {
		*w->why = "its host is not fixed; a rewrite to another host "
			  "names it";
		return RC_INVALID;
	}
	for (; port < n; port++)
		put(w, s[port], HOST);
	return RC_OK;
}

/* Does the query say it already? */
static int
in_query(const char *q, size_t n, const char *name)
{
	size_t len = strlen(name), part;

	for (; n > 0; q += part, n -= part) {
		part = 0;
		while (part < n && q[part] != '&')
			part++;
		if (part >= len && strncmp(q, name, len) == 0 &&
		    (part == len || q[len] == '='))
			return 1;
		part += part < n;
	}
	return 0;
}

/* Is it named again later?  Then that one counts. */
static int
again(const char *const *list, size_t n, size_t i)
{
	size_t k;

	for (k = i + 1; k < n; k++)
		if (list[k] != NULL && strcmp(list[k], list[i]) == 0)
			return 1;
	return 0;
}

static char
spread_one(struct writing *w, const char *name, char glue)
{
	const char *s;

	flush(w);
	for (w->text[w->ntext++] = glue, s = name; *s != '\0'; s++)
		put(w, *s, QUERY);
	w->text[w->ntext++] = '=';
	capture(w, named(w, name, strlen(name)));
	return '&';
}

/* Captures that a rewrite does not use go into its query. */
static void
spread(struct writing *w, const char *q, size_t n)
{
	const struct template_names *t = w->names;
	char glue = n > 0 ? '&' : '?';
	const char *name;
	size_t i;

	for (i = 0; i < t->path->n; i++)
		if ((name = t->path->names[i]) != NULL &&
		    !again(t->path->names, t->path->n, i) &&
		    of_conditions(w, name, strlen(name)) == NULL &&
		    !in_query(q, n, name))
			glue = spread_one(w, name, glue);
	for (i = 0; i < t->n; i++)
		if (!again(t->conditions, t->n, i) &&
		    !in_query(q, n, t->conditions[i]))
			glue = spread_one(w, t->conditions[i], glue);
}

static enum rc
check(struct writing *w, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (strlen(s) > TEMPLATE_MAX) {
		*w->why = arena_printf(w->arena, "it is longer than %d bytes",
		    TEMPLATE_MAX);
		return RC_INVALID;
	}
	for (; *p != '\0'; p++)
		if (*p < ' ' || *p == 0x7f || *p == '\\') {
			*w->why = "it has a backslash or a control character, "
				  "which no URL has";
			return RC_INVALID;
		}
	return RC_OK;
}

/* "https://host", or nothing; *s moves behind it. */
static enum rc
origin(struct writing *w, const char **s, int fixed, int *is_url)
{
	size_t scheme = strncasecmp(*s, "https://", 8) == 0 ? 8 :
	    strncasecmp(*s, "http://", 7) == 0              ? 7 :
							      0;
	size_t n;
	enum rc rc;

	*is_url = scheme > 0;
	if (scheme == 0) {
		if (**s == '/' && (*s)[1] != '/')
			return RC_OK;
		*w->why = "it is neither a path that begins with \"/\" nor a "
			  "URL that begins with https:// or http://";
		return RC_INVALID;
	}
	n = strcspn(*s + scheme, "/?#");
	memcpy(w->text, scheme == 8 ? "https://" : "http://", scheme);
	w->ntext = scheme;
	*s += scheme;
	if ((rc = host(w, *s, n, fixed)) != RC_OK)
		return rc;
	*s += n;
	if (**s != '/')
		put(w, '/', PATH);
	return RC_OK;
}

static void
begin(struct writing *w, struct arena *a, const char *s,
    const struct template_names *names)
{
	size_t n = strlen(s), i;

	/* Escapes are longer, and so are names in a query. */
	n = 3 * n + 8;
	for (i = 0; i < names->n; i++)
		n += 3 * strlen(names->conditions[i]) + 2;
	for (i = 0; i < names->path->n; i++)
		if (names->path->names[i] != NULL)
			n += 3 * strlen(names->path->names[i]) + 2;
	*w = (struct writing){ .arena = a, .names = names };
	w->text = arena_alloc(a, n);
}

enum rc
template_url(struct pieces *out, struct arena *a, const char *s,
    const struct template_names *names, int rewrite, int *is_url,
    const char **why)
{
	struct writing w;
	const char *query;
	size_t n, pieces;
	enum rc rc;

	if (strlen(s) <= TEMPLATE_MAX)
		begin(&w, a, s, names);
	else
		w = (struct writing){ .arena = a };
	w.why = why;
	if ((rc = check(&w, s)) != RC_OK ||
	    (rc = origin(&w, &s, rewrite, is_url)) != RC_OK)
		return rc;
	n = strcspn(s, "?#");
	if ((rc = section(&w, s, n, PATH)) != RC_OK)
		return rc;
	query = s += n;
	n = strcspn(s, "#");
	if (n > 1 && (rc = section(&w, s, n, QUERY)) != RC_OK)
		return rc;
	s += n;
	if (n <= 1) /* a '?' alone is none */
		n = 0;
	else
		query++, n--;
	flush(&w);
	pieces = w.n;
	rc = section(&w, s, strlen(s), HASH);
	if (rewrite) { /* a fragment is for browsers; but it uses captures */
		w.n = pieces;
		w.ntext = 0;
		if (*is_url && !w.used)
			spread(&w, query, n);
	}
	flush(&w);
	*out = (struct pieces){ w.piece, w.n };
	return rc;
}

void
template_value(struct pieces *out, struct arena *a, const char *s,
    const struct template_names *names)
{
	struct writing w;

	begin(&w, a, s, names);
	(void)!section(&w, s, strlen(s), VALUE);
	flush(&w);
	*out = (struct pieces){ w.piece, w.n };
}
