/*
 * Do a rule's conditions hold?  What else than host, path and query is looked
 * at is noted, since then the answer is not for everybody.
 */
#include <string.h>
#include <strings.h>

#include "ask.h"
#include "compare.h"
#include "hex.h"

/* A value, or that there is none. */
struct value {
	const char *s; /* NULL: none */
	size_t n;
};

/* Of a query or form: '+' is a space.  What is no escape is itself. */
static struct value
decode(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	struct value v = { .s = out };
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '%' && n - i > 2 && hex_digit(s[i + 1]) >= 0 &&
		    hex_digit(s[i + 2]) >= 0) {
			out[v.n++] = (char)(hex_digit(s[i + 1]) << 4 |
			    hex_digit(s[i + 2]));
			i += 2;
		} else
			out[v.n++] = s[i] == '+' ? ' ' : s[i];
	}
	return v;
}

/* The last of that name; with nothing after it, it is empty. */
static struct value
of_query(struct ask *a, struct str key)
{
	const char *s = a->req->query, *eq;
	struct value v = { .s = NULL }, k;
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == '&')) {
		n = strcspn(s, "&");
		if (!ask_step(a, 1 + n / 16))
			break;
		if ((eq = memchr(s, '=', n)) == NULL)
			eq = s + n;
		k = decode(a->arena, s, (size_t)(eq - s));
		if (k.n != key.n || memcmp(k.s, key.s, k.n) != 0)
			continue;
		eq += eq < s + n;
		v = decode(a->arena, eq, (size_t)(s + n - eq));
	}
	return v;
}

/* The first of that name, without quotes around it. */
static struct value
of_cookie(struct ask *a, struct str key)
{
	const char *s = a->req->header(a->req->arg, "cookie");
	struct value v = { .s = NULL };
	size_t n;

	for (; *s != '\0'; s += n + (s[n] == ';')) {
		s += strspn(s, " \t");
		n = strcspn(s, ";");
		if (!ask_step(a, 1 + n / 16))
			break;
		if (n <= key.n || s[key.n] != '=' ||
		    memcmp(s, key.s, key.n) != 0)
			continue;
		v.s = s + key.n + 1;
		v.n = n - key.n - 1;
		while (v.n > 0 && (v.s[v.n - 1] == ' ' || v.s[v.n - 1] == '\t'))
			v.n--;
		if (v.n > 1 && v.s[0] == '"' && v.s[v.n - 1] == '"') {
			v.s++;
			v.n -= 2;
		}
		break;
	}
	return v;
}

/* Thousandths of a weight, as after ";q=". */
static int
weight(const char *s, size_t n)
{
	int q, digits = 1000;
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] == ';')
			break;
	while (i < n && strchr("; \tqQ=", s[i]) != NULL)
		i++;
	if (i == n || s[i] < '0' || s[i] > '9')
		return 1000;
	q = (s[i++] - '0') * 1000;
	if (i < n && s[i] == '.')
		for (i++; i < n && s[i] >= '0' && s[i] <= '9'; i++)
			q += (s[i] - '0') * (digits /= 10);
	return q > 1000 ? 1000 : q;
}

/* The language that is liked best; of equals the first. */
static struct value
of_language(struct ask *a)
{
	const char *s = a->req->header(a->req->arg, "accept-language");
	struct value v = { .s = NULL };
	int best = 0, q;
	size_t n, len;

	for (; *s != '\0'; s += n + (s[n] == ',')) {
		s += strspn(s, " \t");
		n = strcspn(s, ",");
		if (!ask_step(a, 1 + n / 16))
			break;
		len = strcspn(s, " \t;,");
		if ((q = weight(s, n)) > best && len > 0) {
			v = (struct value){ .s = s, .n = len };
			best = q;
		}
	}
	return v;
}

static struct value
of_text(const char *s)
{
	struct value v = { .s = NULL };

	if (*s != '\0')
		v = (struct value){ .s = s, .n = strlen(s) };
	return v;
}

static struct value
value_of(struct ask *a, uint32_t what, struct str key)
{
	char *name;

	if (what != CONDITION_QUERY && what != CONDITION_HOST)
		a->req->looked = 1;
	switch (what) {
	case CONDITION_QUERY:
		return of_query(a, key);
	case CONDITION_HOST:
		return of_text(a->req->host);
	case CONDITION_COOKIE:
		return of_cookie(a, key);
	case CONDITION_COUNTRY:
		return of_text(a->req->country);
	case CONDITION_LANGUAGE:
		return of_language(a);
	default:
		name = arena_strndup(a->arena, key.s, key.n);
		return of_text(a->req->header(a->req->arg, name));
	}
}

/* "en" is also for "en-GB". */
static int
speaks(struct value v, struct str want)
{
	return v.n >= want.n && strncasecmp(v.s, want.s, want.n) == 0 &&
	    (v.n == want.n || v.s[want.n] == '-' || v.s[want.n] == '_');
}

static int
equal(uint32_t what, struct value v, struct str want)
{
	if (what == CONDITION_LANGUAGE)
		return speaks(v, want);
	if (v.n != want.n)
		return 0;
	return what == CONDITION_HOST || what == CONDITION_COUNTRY ?
	    strncasecmp(v.s, want.s, v.n) == 0 :
	    memcmp(v.s, want.s, v.n) == 0;
}

/* One of the cookies of these names is there, and not empty. */
static int
any_cookie(struct ask *a, struct reader *r, uint32_t n)
{
	struct value v;
	int found = 0;

	a->req->looked = 1;
	for (; n > 0 && !r->bad && ask_step(a, 1); n--) {
		v = of_cookie(a, read_str(r));
		found |= v.s != NULL && v.n > 0;
	}
	return found;
}

static void
keep(struct ask *a, uint32_t slot, const char *s, size_t n)
{
	a->slots[slot] = (struct str){ .s = s, .n = n };
	a->foreign[slot] = 1;
}

static int
condition(struct ask *a, struct reader *r)
{
	uint32_t what = read_below(r, CONDITION_LANGUAGE + 1);
	uint32_t missing = read_u32(r), keyed = read_u32(r);
	struct str key = read_str(r);
	uint32_t n = read_u32(r), i, first, count;
	struct regex_group g[TABLE_SLOTS];
	struct value v = { .s = NULL };
	int holds, regex;
	struct str text;

	if (r->bad)
		return 0;
	if (what == CONDITION_COOKIE && !keyed) {
		holds = any_cookie(a, r, n);
		n = 0;
	} else {
		v = value_of(a, what, key);
		holds = v.s != NULL && n == 0;
	}
	for (; n > 0 && !r->bad && ask_step(a, 1); n--) {
		struct str want = read_str(r);

		holds |= v.s != NULL && equal(what, v, want);
	}
	if ((regex = read_u32(r) != 0)) {
		struct str value = { v.s, v.n };

		text = read_str(r);
		holds = holds && ask_regex(a, r, text, REGEX_SEARCH, value, g);
	}
	text = read_str(r);
	if (text.n > 0 && holds)
		holds = compare_fits(arena_strndup(a->arena, text.s, text.n),
		    v.s, v.n);
	first = read_below(r, a->nslots);
	count = read_below(r, a->nslots + 1 - first);
	if (r->bad)
		return 0;
	if (holds && !missing) {
		if (count > 0 && !regex)
			keep(a, first, v.s, v.n);
		for (i = 0; regex && i < count; i++)
			if (g[i].at != NULL)
				keep(a, first + i, g[i].at, g[i].n);
	}
	return holds != (missing != 0);
}

int
ask_conditions(struct ask *a, struct reader *r)
{
	uint32_t n = read_below(r, RULE_CONDITIONS_MAX + 1);

	for (; n > 0; n--)
		if (!condition(a, r))
			return 0;
	return !r->bad;
}
