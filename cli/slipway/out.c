/*
 * out -- data, on standard output.
 *
 * Tables have heads and padding on a terminal; elsewhere they are lines of
 * tab-separated cells, for cut and awk.
 */
#include <string.h>

#include "slipway.h"

#define NARROW \
	12 /* characters that a column keeps, whatever there is room for */
#define READABLE 28 /* and that it has, before others make room for it */

struct row {
	struct row *next;
	const char *cell[COLUMNS_MAX];
};

struct table {
	struct cli *cli;
	const char *const *heads;
	struct row *first, **last;
	size_t n;
	bool fit;     /* into the terminal */
	bool wrap;    /* the last column, which is cut else */
	size_t spare; /* columns at the end that it may go without */
};

struct table *
table_new(struct cli *c, const char *const *heads, size_t n)
{
	struct table *t = arena_alloc(c->arena, sizeof(*t));

	t->cli = c;
	t->heads = heads;
	t->n = n;
	t->last = &t->first;
	return t;
}

void
table_row(struct table *t, const char *const *cells)
{
	struct row *r = arena_alloc(t->cli->arena, sizeof(*r));
	size_t i;

	for (i = 0; i < t->n; i++)
		r->cell[i] = clean(t->cli, cells[i] != NULL ? cells[i] : "");
	*t->last = r;
	t->last = &r->next;
}

/* Characters, not bytes. */
static size_t
width(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* The bytes of the first n characters. */
static size_t
bytes_of(const char *s, size_t n)
{
	size_t i = 0;

	for (; s[i] != '\0'; i++)
		if ((s[i] & 0xc0) != 0x80 && n-- == 0)
			break;
	return i;
}

static void
pad(size_t n)
{
	for (; n > 0; n--)
		putchar(' ');
}

/* As many words as there is room for; what is left. */
static const char *
some_words(const char *s, size_t room)
{
	size_t n = bytes_of(s, room), k = n;

	if (s[n] != '\0')
		while (k > 0 && s[k] != ' ')
			k--;
	if (k == 0) /* one that is too long stays in one piece */
		k = strcspn(s, " ");
	printf("%.*s", (int)k, s);
	return s + k + strspn(s + k, " ");
}

/* The last cell, at a column; wide 0: as long as it is. */
static void
last_cell(const char *s, size_t at, size_t wide)
{
	if (wide == 0) {
		printf("%s", s);
		return;
	}
	for (s = some_words(s, wide); *s != '\0'; s = some_words(s, wide)) {
		putchar('\n');
		pad(at);
	}
}

/*
 * In so many characters: what tells one from another is at either end of a
 * path, a host, and a branch with its commit.
 */
static size_t
put_cut(const char *s, size_t wide)
{
	size_t n = width(s), tail = (wide - 3) / 2;

	if (n <= wide) {
		printf("%s", s);
		return n;
	}
	printf("%.*s...%s", (int)bytes_of(s, wide - 3 - tail), s,
	    s + bytes_of(s, n - tail));
	return wide;
}

static void
cell(const struct table *t, const char *s, size_t wide)
{
	size_t n = put_cut(s, t->fit ? wide : width(s));

	pad(wide + 2 - (n < wide ? n : wide));
}

static void
line(const struct table *t, const char *const *cells, const size_t *wide)
{
	size_t i, at = 0;

	for (i = 0; i + 1 < t->n; i++) {
		if (wide == NULL) {
			printf("%s\t", cells[i]);
			continue;
		}
		cell(t, cells[i], wide[i]);
		at += wide[i] + 2;
	}
	if (wide == NULL || !t->fit || t->wrap)
		last_cell(cells[i], at, wide != NULL && t->fit ? wide[i] : 0);
	else
		put_cut(cells[i], wide[i]);
	putchar('\n');
}

void
table_fit(struct table *t)
{
	t->fit = t->wrap = true;
}

/* How wide it is, if the first soft columns have at most so many characters. */
static size_t
total(const struct table *t, const size_t *wide, size_t soft, size_t most)
{
	size_t sum = 2 * (t->n - 1), i;

	for (i = 0; i < t->n; i++)
		sum += i < soft && wide[i] > most ? most : wide[i];
	return sum;
}

/*
 * Goes without what is to spare, which is of no use if it is cut, once that
 * would make others unreadable; then takes from the widest of the others, as
 * long as it is worth reading.
 */
static void
narrow(struct table *t, size_t *wide, size_t room)
{
	size_t sum, i, widest, soft = t->n - t->spare;

	while (t->n > soft && total(t, wide, soft, READABLE) > room)
		t->n--;
	for (sum = total(t, wide, 0, 0); sum > room; sum--) {
		for (i = widest = 0; i < soft; i++)
			if (wide[i] > wide[widest])
				widest = i;
		if (wide[widest] <= NARROW)
			break;
		wide[widest]--;
	}
}

void
table_print(struct table *t)
{
	size_t wide[COLUMNS_MAX] = { 0 }, i;
	const struct row *r;

	progress_end();
	if (!term_is(stdout)) {
		for (r = t->first; r != NULL; r = r->next)
			line(t, r->cell, NULL);
		return;
	}
	for (i = 0; i < t->n; i++) {
		wide[i] = width(t->heads[i]);
		for (r = t->first; r != NULL; r = r->next)
			if (width(r->cell[i]) > wide[i])
				wide[i] = width(r->cell[i]);
	}
	if (t->fit && term_width() > 0)
		narrow(t, wide, term_width());
	fputs(tint(stdout, TINT_DIM), stdout);
	line(t, t->heads, wide);
	fputs(tint(stdout, TINT_NONE), stdout);
	for (r = t->first; r != NULL; r = r->next)
		line(t, r->cell, wide);
}

bool
want_json(const struct cli *c)
{
	return flag_on(c, "json");
}

/* With --json as the API gave it. */
void
list_print(struct cli *c, const struct list *l, struct json_object *answer)
{
	struct json_object *all = field(answer, l->name);
	const char *cells[COLUMNS_MAX];
	struct table *t;
	size_t n = 0, i;

	if (want_json(c)) {
		print_json(answer);
		return;
	}
	while (l->heads[n] != NULL)
		n++;
	t = table_new(c, l->heads, n);
	t->fit = l->spare > 0;
	t->spare = l->spare;
	for (i = 0; i < json_object_array_length(all); i++) {
		l->row(c, json_object_array_get_idx(all, i), cells);
		table_row(t, cells);
	}
	table_print(t);
}

/* As JSON escapes it; what is beyond 16 bits as two halves. */
static void
put_escaped(unsigned u)
{
	if (u >= 0x10000) {
		printf("\\u%04x", 0xd800 + ((u - 0x10000) >> 10));
		u = 0xdc00 + ((u - 0x10000) & 0x3ff);
	}
	printf("\\u%04x", u);
}

/*
 * json-c escapes C0, and nothing else that clean() takes out.  Inside JSON
 * that can only stand in strings, so an escape is the same value; a newline is
 * json-c's own.  What is not UTF-8 becomes the character that stands for it.
 */
void
print_json(struct json_object *o)
{
	const char *s = json_object_to_json_string_ext(o,
	    JSON_C_TO_STRING_NOSLASHESCAPE |
		(term_is(stdout) ?
			JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
			JSON_C_TO_STRING_PLAIN));
	size_t n = strlen(s), len;
	unsigned u = 0;

	progress_end();
	for (; n > 0; s += len, n -= len)
		if ((len = clean_decode(s, n, &u)) == 0) {
			put_escaped(0xfffd);
			len = 1;
		} else if (u != '\n' && clean_hostile(u))
			put_escaped(u);
		else
			fwrite(s, 1, len, stdout);
	putchar('\n');
}

/* "3m ago" on a terminal, as it is elsewhere. */
const char *
when(struct cli *c, const char *rfc3339)
{
	/* clang-format off */
	static const struct { long upto, unit; const char *name; } scale[] = {
		{ 60, 1, "s" }, { 3600, 60, "m" }, { 86400, 3600, "h" },
		{ 0x7fffffff, 86400, "d" },
	};
	/* clang-format on */
	struct tm tm = { 0 };
	size_t i;
	long ago;

	if (rfc3339 == NULL)
		return "";
	if (!term_is(stdout) ||
	    strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return rfc3339;
	if ((ago = (long)(time(NULL) - timegm(&tm))) < 0)
		return arena_printf(c->arena, "%.10s", rfc3339);
	for (i = 0; ago >= scale[i].upto && i + 1 < NITEMS(scale); i++)
		;
	return arena_printf(c->arena, "%ld%s ago", ago / scale[i].unit,
	    scale[i].name);
}
