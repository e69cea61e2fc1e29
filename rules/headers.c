#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "headers.h"
#include "line.h"

#define HIDDEN "Basic-Auth: (not shown)"

struct headers {
	struct rules *rules;
	struct headers_block **list;
	size_t n, room;
	int full;
};

struct headers *
headers_new(struct rules *rules)
{
	struct headers *h = arena_alloc(rules->arena, sizeof(*h));

	h->rules = rules;
	return h;
}

struct rules *
headers_rules(struct headers *h)
{
	return h->rules;
}

/* ---- what both files have in common -----------------------------------------
 */

const char *
headers_tidy(struct arena *a, const char *value)
{
	char *out = arena_alloc(a, strlen(value) * 2 + 1);
	size_t n = 0, i, len = strlen(value);

	for (i = 0; i < len;) {
		if (value[i] != ',') {
			out[n++] = value[i++];
			continue;
		}
		while (n > 0 && line_space(out + n - 1, 1) == 1)
			n--;
		out[n++] = ',';
		out[n++] = ' ';
		for (i++; i < len && line_space(value + i, 1) == 1; i++)
			;
	}
	out[n] = '\0';
	return out;
}

/* Two cookies are two headers, which no comma can join. */
static int
is_cookie(const char *name)
{
	return strcasecmp(name, "Set-Cookie") == 0;
}

/* Of a block's headers but for one, as lines. */
static size_t
lines_but(const struct headers_block *b, size_t but)
{
	size_t n = 0, i;

	for (i = 0; i < b->n; i++)
		if (i != but && b->values[i] != NULL)
			n += strlen(b->names[i]) + strlen(b->values[i]) + 4;
	return n;
}

const char *
headers_set(struct headers *h, struct headers_block *b, const char *name,
    const char *value)
{
	struct arena *a = h->rules->arena;
	const char *why;
	size_t i;

	if (strcasecmp(name, "Basic-Auth") == 0) {
		if (value == NULL)
			return "a password cannot be taken away again; the "
			       "last path that fits says whose it is";
		b->auth = b->auth == NULL ?
		    value :
		    arena_printf(a, "%s %s", b->auth, value);
		return NULL;
	}
	if (headers_secret(name))
		return "it is called \"Basic-Auth\"; until that is mended "
		       "nobody sees the path";
	for (i = 0; i < b->n; i++)
		if (strcasecmp(b->names[i], name) == 0 && !is_cookie(name))
			break;
	if (i == HEADERS_EACH_MAX)
		return "it is the 65th header of its path";
	if (i < b->n && value != NULL && b->values[i] != NULL)
		value = arena_printf(a, "%s, %s", b->values[i], value);
	if ((why = header_fault(a, name, value)) != NULL)
		return why;
	if (value != NULL &&
	    lines_but(b, i) + strlen(name) + strlen(value) + 4 >
		HEADERS_LINES_MAX)
		return "with it the headers of its path have more than 8192 "
		       "bytes";
	b->names[i] = name;
	b->values[i] = value;
	b->n += i == b->n;
	return NULL;
}

/* No list of users, so add_rule() lets nobody in, and says so. */
#define NOBODY "?"

void
headers_lost(struct headers *h, struct headers_block *b, int path_lost)
{
	if (b != NULL)
		b->auth = NOBODY;
	else
		h->rules->shut |= path_lost;
}

void
headers_add(struct headers *h, const struct headers_block *b)
{
	struct arena *a = h->rules->arena;
	struct headers_block **old = h->list;

	if (b->n == 0 && b->auth == NULL)
		return;
	if (h->n == HEADERS_MAX) {
		if (!h->full)
			rules_refuse(h->rules, &b->at, b->path,
			    "headers are set for more than 2048 paths; this "
			    "one and those after it are left out");
		h->full = 1;
		h->rules->shut |= b->auth != NULL;
		return;
	}
	if (h->n == h->room) {
		h->room = h->room == 0 ? 16 : h->room * 2;
		h->list = arena_alloc(a, h->room * sizeof(*h->list));
		if (h->n > 0)
			memcpy(h->list, old, h->n * sizeof(*old));
	}
	h->list[h->n] = arena_alloc(a, sizeof(*b));
	*h->list[h->n] = *b;
	h->list[h->n]->number = h->n;
	h->n++;
}

/* ---- _headers
 * ---------------------------------------------------------------- */

struct reading {
	struct headers *h;
	struct headers_block block;
	enum {
		NOWHERE,
		OPEN,
		SHUT
	} at; /* before a path, below one, or a bad one */
};

static void
finish_block(struct reading *r)
{
	if (r->at == OPEN)
		headers_add(r->h, &r->block);
	r->block = (struct headers_block){ .at = r->block.at };
}

/* What is trimmed of a name or value, in the arena. */
static const char *
trimmed(struct arena *a, const char *s, size_t n)
{
	struct str t = { s, n };

	line_trim(&t);
	return arena_strndup(a, t.s, t.n);
}

static const char *
misplaced(const struct reading *r)
{
	static const char *const why[] = {
		[NOWHERE] = "there is no path before it",
		[SHUT] =
		    "the path before it is refused, so this is set for none",
	};

	return why[r->at];
}

/* "Name: value", or "! Name". */
static const char *
read_header(struct reading *r, struct str line)
{
	struct arena *a = r->h->rules->arena;
	const char *colon = memchr(line.s, ':', line.n), *name, *value;
	size_t n;

	if (*line.s == '!' && line.n > 1 &&
	    line_space(line.s + 1, line.n - 1) > 0) {
		if (r->at != OPEN)
			return misplaced(r);
		return headers_set(r->h, &r->block,
		    trimmed(a, line.s + 1, line.n - 1), NULL);
	}
	if (colon == NULL)
		return "it is neither a path nor \"Name: value\"";
	n = (size_t)(colon - line.s);
	name = trimmed(a, line.s, n);
	value = headers_tidy(a, trimmed(a, colon + 1, line.n - n - 1));
	if (*name == '\0')
		return "it has no name before the colon";
	if (*value == '\0')
		return "it has no value after the colon";
	if (r->at != OPEN)
		return misplaced(r);
	return headers_set(r->h, &r->block, name, value);
}

static int
begins(struct str line, const char *with)
{
	size_t n = strlen(with);

	return line.n >= n && strncasecmp(line.s, with, n) == 0;
}

/* A line that says it, or is meant to. */
static int
is_secret(struct str line)
{
	static const char name[] = "basicauth";
	size_t k = 0;

	for (; line.n > 0 && name[k] != '\0'; line.s++, line.n--)
		if ((*line.s | 0x20) == name[k])
			k++;
		else if (strchr("-_ \t", *line.s) == NULL || k == 0)
			break;
	return name[k] == '\0';
}

int
headers_secret(const char *name)
{
	return is_secret((struct str){ name, strlen(name) });
}

/*
 * Is it meant for a path, good or bad?  If not indented, "admin/:x" is, and so
 * is whatever is no header.
 */
static int
is_path(struct str line, int indented)
{
	const char *colon = memchr(line.s, ':', line.n);

	if (*line.s == '/' || begins(line, "https://") ||
	    begins(line, "http://"))
		return 1;
	if (indented || *line.s == '!' || is_secret(line))
		return 0;
	return colon == NULL ||
	    memchr(line.s, '/', (size_t)(colon - line.s)) != NULL;
}

/* What follows a bad one must not be taken for the path before it. */
static const char *
read_path(struct reading *r, struct str line, const char *why)
{
	finish_block(r);
	r->at = SHUT;
	if (begins(line, "https://") || begins(line, "http://"))
		return "headers are set for paths, not for hosts; those below "
		       "it are left out";
	if (why != NULL)
		return why;
	if (*line.s != '/')
		return "it is neither a path nor \"Name: value\"; a path "
		       "begins with \"/\", and headers below this line are "
		       "left out";
	r->at = OPEN;
	return NULL;
}

static void
read_line(struct reading *r, struct str line, int indented, unsigned int number)
{
	struct rules *rules = r->h->rules;
	const char *why = line_fault(line), *text;

	text = is_secret(line) ?
	    HIDDEN :
	    arena_strndup(rules->arena, line.s,
		line.n < LINE_MAX_BYTES ? line.n : LINE_MAX_BYTES);
	if (is_path(line, indented)) {
		why = read_path(r, line, why);
		r->block.at.line = number;
		r->block.path = text;
	} else if (why == NULL)
		why = read_header(r, line);
	if (why == NULL)
		return;
	rules_refuse(rules, &(struct spot){ r->block.at.file, number, NULL },
	    text, "%s", why);
	if (is_secret(line))
		headers_lost(r->h, r->at == OPEN ? &r->block : NULL,
		    r->at == SHUT);
}

void
headers_file(struct headers *h, const char *file, const char *text, size_t n)
{
	struct lines lines = { .at = text, .end = text + n };
	struct reading *r;
	struct str line;

	r = arena_alloc(h->rules->arena, sizeof(*r));
	r->h = h;
	r->block.at.file = file;
	while (line_next(&lines, &line))
		read_line(r, line, lines.indented, lines.number);
	finish_block(r);
}

/* ---- the rules
 * ---------------------------------------------------------------- */

/* The parts of a path, each without white space at its end. */
static const char *
pattern_of(struct arena *a, const char *path)
{
	char *out = arena_alloc(a, strlen(path) + 2), *p = out;
	size_t n;

	for (; path += *path == '/', *path != '\0'; path += n) {
		struct str part = { path, n = strcspn(path, "/") };

		while (part.n > 0 && line_space(part.s + part.n - 1, 1) == 1)
			part.n--;
		if (part.n == 0)
			continue;
		*p++ = '/';
		memcpy(p, part.s, part.n);
		p += part.n;
	}
	if (p == out)
		*p++ = '/';
	*p = '\0';
	return out;
}

/* "ann:secret bob:other" */
static const char *
users(struct arena *a, const char *s, const char *const **out)
{
	const char **list =
	    arena_alloc(a, (HEADERS_USERS_MAX + 1) * sizeof(*list));
	struct str left = { s, strlen(s) }, w;
	size_t n = 0;

	while (line_word(&left, &w)) {
		if (n == HEADERS_USERS_MAX)
			return "it names more than 64 users";
		if (memchr(w.s, ':', w.n) == NULL || *w.s == ':' ||
		    w.n > LINE_MAX_BYTES / 16)
			return "it is not a list of \"user:password\"";
		list[n++] = arena_strndup(a, w.s, w.n);
	}
	*out = list;
	return n > 0 ? NULL : "it names nobody";
}

static void
add_rule(struct headers *h, const struct headers_block *b)
{
	struct arena *a = h->rules->arena;
	struct rule_header *list = arena_alloc(a, (b->n + 1) * sizeof(*list));
	struct rule rule = { .at = b->at,
		.text = b->path,
		.phase = RULE_HEADERS,
		.pattern = { .kind = PATTERN_GLOB,
		    .text = pattern_of(a, b->path),
		    .prefix = "",
		    .caseless = 1 },
		.headers = list,
		.nheaders = b->n };
	struct piece *piece;
	const char *why;
	int cookies = 0;
	size_t i;

	for (i = 0; i < b->n; i++) {
		list[i].name = b->names[i];
		list[i].remove = !is_cookie(b->names[i]) || !cookies++;
		if (b->values[i] == NULL)
			continue;
		piece = arena_alloc(a, sizeof(*piece));
		piece->text = b->values[i];
		list[i].value = (struct pieces){ .piece = piece, .n = 1 };
	}
	if (b->auth == NULL) {
		rules_add(h->rules, &rule);
		return;
	}
	/* A path that was to be protected is shut rather than open. */
	if ((why = users(a, b->auth, &rule.auth)) != NULL) {
		rules_refuse(h->rules, &b->at, HIDDEN,
		    "%s; until that is mended nobody sees %s", why, b->path);
		rule.auth = arena_alloc(a, 2 * sizeof(*rule.auth));
		((const char **)(uintptr_t)rule.auth)[0] = "";
	}
	rules_add(h->rules, &rule);
}

static int
same_block(const struct headers_block *a, const struct headers_block *b)
{
	size_t i;

	if (strcmp(a->path, b->path) != 0 || a->n != b->n || a->auth != NULL ||
	    b->auth != NULL)
		return 0;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->names[i], b->names[i]) != 0 ||
		    (a->values[i] == NULL) != (b->values[i] == NULL) ||
		    (a->values[i] != NULL &&
			strcmp(a->values[i], b->values[i]) != 0))
			return 0;
	return 1;
}

static int
by_place(const void *x, const void *y)
{
	const struct headers_block *const *a = x, *const *b = y;

	int c = strcmp((*a)->path, (*b)->path);

	return c != 0 ? c : (*a)->number < (*b)->number ? -1 : 1;
}

/* Of twins Netlify keeps the last. */
static void
drop_twins(struct headers *h)
{
	struct headers_block **sorted;
	size_t i, j;

	sorted = arena_alloc(h->rules->arena, (h->n + 1) * sizeof(*sorted));
	if (h->n > 0)
		memcpy(sorted, h->list, h->n * sizeof(*sorted));
	qsort(sorted, h->n, sizeof(*sorted), by_place);
	for (i = 0; i < h->n; i++)
		for (j = i + 1;
		     j < h->n && strcmp(sorted[i]->path, sorted[j]->path) == 0;
		     j++)
			if (same_block(sorted[i], sorted[j])) {
				sorted[i]->n = 0;
				break;
			}
}

void
headers_end(struct headers *h)
{
	size_t i;

	drop_twins(h);
	for (i = 0; i < h->n; i++)
		if (h->list[i]->n > 0 || h->list[i]->auth != NULL)
			add_rule(h, h->list[i]);
}
