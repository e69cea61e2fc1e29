/*
 * What is obeyed, and probably not what was meant.
 */
#include <ctype.h>
#include <string.h>

#include "redirects.h"

static const char *
and_so(struct arena *a, const char *before, const char *more)
{
	return before == NULL ? more : arena_printf(a, "%s; %s", before, more);
}

/* A star that others than the end of a part come after. */
static int
has_inner_star(const char *path)
{
	const char *p;

	for (p = path; (p = strchr(p, '*')) != NULL; p++)
		if (p[1] != '/' && p[1] != '\0')
			return 1;
	return 0;
}

/*
 * The next colon that nothing was found for, though it looks like a name: not
 * that of "Special:Search", unless it is what a star would be.
 */
static const char *
unnamed(const char *s, size_t *n)
{
	const char *p;

	for (p = s; (p = strchr(p, ':')) != NULL; p++) {
		if (!isalpha((unsigned char)p[1]) && p[1] != '_')
			continue;
		for (*n = 1; isalnum((unsigned char)p[*n]) || p[*n] == '_';)
			++*n;
		if (strncmp(p, ":splat", 6) == 0) {
			*n = 6;
			return p;
		}
		if (p == s || !isalnum((unsigned char)p[-1]))
			return p;
	}
	return NULL;
}

const char *
redirect_odd(struct arena *a, const struct rule *r)
{
	const char *why = NULL, *text, *name;
	size_t i, n;

	if (has_inner_star(r->pattern.text))
		why = "a \"*\" stands for others at the end of a part alone; "
		      "here it is a star, as it is at Netlify";
	for (i = 0; i < r->to.n; i++) {
		text = r->to.piece[i].text;
		if (text == NULL || (name = unnamed(text, &n)) == NULL)
			continue;
		why = and_so(a, why,
		    arena_printf(a,
			"nothing it is from is called \"%.*s\", so that "
			"stays as it is, as it does at Netlify",
			(int)n, name));
		break;
	}
	return why;
}
