/*
 * The query string: "limit=20&branch=feature%2Fx".
 */
#include <string.h>

#include "api.h"
#include "hex.h"

/* Decoded, or NULL: a bad escape, a NUL, or what is not UTF-8. */
static const char *
decode(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1);
	size_t i, len = 0;
	int hi, lo;

	for (i = 0; i < n; i++)
		if (s[i] == '+')
			out[len++] = ' ';
		else if (s[i] != '%')
			out[len++] = s[i];
		else if (n - i < 3 || (hi = hex_digit(s[i + 1])) == -1 ||
		    (lo = hex_digit(s[i + 2])) == -1)
			return NULL;
		else {
			out[len] = (char)(hi << 4 | lo);
			if (out[len++] == '\0')
				return NULL;
			i += 2;
		}
	return valid_utf8(out, len) == len ? out : NULL;
}

enum rc
param_parse(struct req *r, const char *s)
{
	size_t n, eq;
	const char *name, *value;

	if (strlen(s) > REQ_QUERY_MAX)
		return req_say(r, RC_MALFORMED, "The query is too long.");
	for (; *s != '\0'; s += n + (s[n] == '&')) {
		n = strcspn(s, "&");
		eq = strcspn(s, "=&");
		if (n == 0)
			continue;
		name = decode(r->arena, s, eq);
		value = eq < n ? decode(r->arena, s + eq + 1, n - eq - 1) : "";
		if (name == NULL || value == NULL ||
		    r->nqueries == REQ_QUERIES || req_query(r, name) != NULL)
			return req_say(r, RC_MALFORMED,
			    "The query cannot be read: each name once, in "
			    "UTF-8, percent-encoded.");
		r->query[r->nqueries].name = name;
		r->query[r->nqueries++].value = value;
	}
	return RC_OK;
}

const char *
req_query(const struct req *r, const char *name)
{
	int i;

	for (i = 0; i < r->nqueries; i++)
		if (strcmp(r->query[i].name, name) == 0)
			return r->query[i].value;
	return NULL;
}
