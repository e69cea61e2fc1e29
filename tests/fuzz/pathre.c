/*
 * A path of vercel.json: whatever is taken is a pattern that PCRE2 compiles,
 * and every match begins with its prefix.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rules/pathre.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena *a = arena_new();
	char *source = arena_strndup(a, (const char *)data, n), *subject;
	struct regex_group g;
	struct pathre p;
	struct regex *r;
	const char *why = NULL;
	size_t i;

	if (pathre_read(&p, a, source, &why) != RC_OK) {
		if (why == NULL)
			abort();
		goto out;
	}
	if (p.exact) {
		if (strcmp(p.text, p.prefix) != 0)
			abort();
		goto out;
	}
	if (regex_new(&r, p.text, strlen(p.text), 0, a, &why) != RC_OK)
		abort();
	if ((size_t)regex_groups(r) != p.n)
		abort();
	/* The source itself is a path as good as others. */
	subject = arena_strndup(a, source, strlen(source));
	for (i = strlen(subject); i > 0; i--) {
		if (i % 16 != 0 && i != strlen(source))
			continue;
		if (regex_match(r, subject, i, &g, 1) == RC_OK &&
		    (strncmp(subject, p.prefix, strlen(p.prefix)) != 0 ||
			g.n != i))
			abort();
	}
	regex_free(r);
out:
	arena_free(a);
	return 0;
}
