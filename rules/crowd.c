#include <string.h>

#include "crowd.h"
#include "headers.h"
#include "match.h"

#define NAMED 400 /* bytes of names in a note */

static const char *
no_header(void *unused, const char *name)
{
	(void)unused;
	(void)name;
	return "";
}

/* A path that the pattern may be for. */
static const char *
example(struct arena *a, const struct pattern *p)
{
	const char *s = p->kind == PATTERN_REGEX ? p->prefix : p->text;
	char *out = arena_alloc(a, strlen(s) + 3), *to = out;

	if (p->kind == PATTERN_GLOB) {
		while (*s != '\0')
			if (*s == ':' && to > out && to[-1] == '/') {
				*to++ = 'x';
				s += strcspn(s, "/");
			} else {
				*to++ = *s == '*' ? 'x' : *s;
				s++;
			}
		return out;
	}
	strcpy(out, *s != '\0' ? s : "/");
	if (p->kind == PATTERN_REGEX)
		strcat(out, "x");
	return out;
}

static size_t
bytes(const struct match_headers *h)
{
	size_t sum = 0, i;

	for (i = 0; i < h->n; i++)
		if (h->h[i].value != NULL)
			sum += strlen(h->h[i].name) + strlen(h->h[i].value) + 4;
	return sum;
}

/* What is left out, in words; NULL: nothing. */
static const char *
why(struct arena *a, const struct match_headers *h, const char *path)
{
	const char *names = "";
	size_t i;

	if (h->left == 0)
		return bytes(h) <= HEADERS_LINES_MAX ?
		    NULL :
		    arena_printf(a,
			"all headers of %.100s have %zu bytes, and an answer "
			"has room for %d: what is beyond is left out",
			path, bytes(h), HEADERS_LINES_MAX);
	for (i = 0; i < h->nlost && strlen(names) < NAMED; i++)
		names = arena_printf(a, "%s%s%s", names, i > 0 ? ", " : "",
		    h->lost[i].name);
	return arena_printf(a,
	    "an answer carries %d headers, and %.100s would have %zu: left out "
	    "are %s%s",
	    MATCH_HEADERS_MAX, path, h->n + h->left, names,
	    i < h->left ? ", ..." : "");
}

static const char *
ask(struct arena *a, const struct table *t, struct regexes *re,
    const char *path)
{
	struct match_headers *h = arena_alloc(a, sizeof(*h));
	struct match_request req = { .path = path,
		.query = "",
		.host = "",
		.scheme = "https",
		.country = "",
		.header = no_header,
		.regexes = re };

	regexes_begin(re);
	if (match_headers(t, &req, a, h) != RC_OK)
		return NULL;
	return why(a, h, path);
}

/* Could it be at all? */
static int
is_crowd(const struct rules *rules)
{
	size_t n = 0, sum = 0, i, k, j;

	for (i = 0; i < rules->n; i++) {
		n += rules->rules[i].nheaders;
		for (k = 0; k < rules->rules[i].nheaders; k++) {
			const struct rule_header *h =
			    &rules->rules[i].headers[k];

			sum += strlen(h->name) + 4;
			for (j = 0; j < h->value.n; j++)
				if (h->value.piece[j].text != NULL)
					sum += strlen(h->value.piece[j].text);
		}
	}
	return n > MATCH_HEADERS_MAX || sum > HEADERS_LINES_MAX;
}

void
crowd_note(struct rules *rules, const struct table *t)
{
	struct regexes *re;
	struct arena *a;
	const char *said;
	struct rule *r;
	size_t i;

	if (!is_crowd(rules))
		return;
	re = regexes_new(1 << 20);
	a = arena_new();
	for (i = 0; i < rules->n; i++, arena_reset(a)) {
		r = &rules->rules[i];
		if (r->phase != RULE_HEADERS ||
		    (said = ask(a, t, re, example(a, &r->pattern))) == NULL)
			continue;
		r->note = r->note == NULL ?
		    arena_printf(rules->arena, "%s", said) :
		    arena_printf(rules->arena, "%s; %s", r->note, said);
	}
	arena_free(a);
	regexes_free(re);
}
