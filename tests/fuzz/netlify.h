/*
 * netlify -- reads Netlify's files as they come, and asks the table that they
 * become whatever it can be asked.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/compile.h"
#include "rules/match.h"
#include "rules/netlify.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *
header(void *unused, const char *name)
{
	(void)unused;
	(void)name;
	return "de";
}

/* Nothing ends a line, whatever a file or a request says. */
static void
check(const char *s)
{
	for (; s != NULL && *s != '\0'; s++)
		if (((unsigned char)*s < ' ' && *s != '\t') || *s == 0x7f)
			abort();
}

static void
ask(const struct netlify_file f[3])
{
	static struct regexes *re;
	struct arena *a = arena_new();
	struct match_headers *h = arena_alloc(a, sizeof(*h));
	struct match_request req = { .path = "/a/b/c",
		.query = "id=7&q=%0d%0aX",
		.host = "h.example",
		.scheme = "https",
		.country = "at",
		.header = header };
	struct rules all;
	struct table *t;
	struct match m;
	void *p;
	size_t i;

	if (re == NULL)
		re = regexes_new(1 << 20);
	req.regexes = re;
	rules_init(&all, a);
	netlify_read(&all, &f[0], &f[1], &f[2]);
	if (rules_compile(&all, &p, &i) != RC_OK ||
	    table_open(&t, p, i) != RC_OK)
		abort();
	if (match_first(t, RULE_AFTER, 0, &req, a, &m) == RC_OK)
		check(m.to);
	if (match_before(t, &req, a, &m) == RC_OK)
		check(m.to);
	if (match_headers(t, &req, a, h) != RC_OK &&
	    req.steps <= MATCH_STEPS_MAX)
		abort();
	for (i = 0; i < h->n; i++) {
		check(h->h[i].name);
		check(h->h[i].value);
	}
	table_close(t);
	arena_free(a);
}
