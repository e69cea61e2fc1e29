/* rules/table, match: a table that was changed is refused or asked, in bounds.
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
	return *name == 'c' ? "a=1; b=2" : "de,en;q=0.5";
}

static void
ask(const struct table *t, struct arena *a, struct regexes *re,
    const char *path)
{
	struct match_request req = { .path = path,
		.query = "id=7&q=%41",
		.host = "h.example",
		.scheme = "https",
		.country = "at",
		.header = header,
		.regexes = re };
	struct match_headers *h = arena_alloc(a, sizeof(*h));
	struct rules_settings s;
	struct match m;

	table_settings(t, &s);
	regexes_begin(re);
	if (match_before(t, &req, a, &m) == RC_OK &&
	    (m.to == NULL || m.at.file == NULL))
		abort();
	if (match_first(t, RULE_AFTER, 0, &req, a, &m) == RC_OK &&
	    strlen(m.to) == 0 && m.status < 400)
		abort();
	if (match_headers(t, &req, a, h) == RC_OK)
		(void)match_authorized(h, "Basic YTpi");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct regexes *re;
	struct arena *a = arena_new();
	struct table *t;
	uint8_t *p = malloc(n + 1);

	if (re == NULL)
		re = regexes_new(1 << 20);
	memcpy(p, data, n);
	/* Whoever changes one changes its size, too. */
	if (n >= HEAD_SIZE) {
		p[AT_SIZE] = (uint8_t)n;
		p[AT_SIZE + 1] = (uint8_t)(n >> 8);
		p[AT_SIZE + 2] = (uint8_t)(n >> 16);
		p[AT_SIZE + 3] = 0;
	}
	if (table_open(&t, p, n) == RC_OK) {
		ask(t, a, re, "/a/b/c");
		ask(t, a, re, "/");
		ask(t, a, re, "/old");
		table_close(t);
	}
	free(p);
	arena_free(a);
	return 0;
}
