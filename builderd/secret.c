#include <string.h>

#include "rc.h"
#include "redact.h"
#include "secret.h"

#define KEY_LINES 400 /* a key that has no end ends here */
#define URL_MAX   512 /* bytes of a name and password in a URL */

/* How they begin, and what follows: so many at least. */
/* clang-format off */
static const struct kind {
	const char *prefix;
	size_t least;
	int upper; /* nothing but capitals and digits */
} kinds[] = {
	{ "ghp_",	  20, 0 },
	{ "gho_",	  20, 0 },
	{ "ghu_",	  20, 0 },
	{ "ghs_",	  20, 0 },
	{ "ghr_",	  20, 0 },
	{ "github_pat_",  20, 0 },
	{ "glpat-",	  20, 0 },
	{ "gldt-",	  20, 0 },
	{ "npm_",	  36, 0 },
	{ "xoxb-",	  20, 0 },
	{ "xoxp-",	  20, 0 },
	{ "xoxa-",	  20, 0 },
	{ "xoxs-",	  20, 0 },
	{ "sk_live_",	  16, 0 },
	{ "rk_live_",	  16, 0 },
	{ "sk-ant-",	  20, 0 },
	{ "AKIA",	  16, 1 },
	{ "ASIA",	  16, 1 },
	{ "AIza",	  35, 0 },
};
/* clang-format on */

/*
 * Of each two bytes, whether one of these, a JWT or a URL's "://" may begin
 * with them (FIRST) or a byte before them (SECOND): so that only every second
 * place is looked at.
 */
#define FIRST  1
#define SECOND 2
static unsigned char begins[1 << 16];
static int prepared;

static unsigned int
pair(const char *s)
{
	return (unsigned int)(unsigned char)s[0] << 8 | (unsigned char)s[1];
}

static void
mark(const char *s)
{
	begins[pair(s)] |= FIRST;
	begins[pair(s + 1)] |= SECOND;
}

static void
prepare(void)
{
	size_t i;

	for (i = 0; i < NITEMS(kinds); i++)
		mark(kinds[i].prefix);
	mark("eyJ");
	mark("://");
	prepared = 1;
}

static int
is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static size_t
words(const char *s, size_t n)
{
	size_t i = 0;

	while (i < n && is_word((unsigned char)s[i]))
		i++;
	return i;
}

static size_t
of_kind(const struct kind *k, const char *s, size_t n)
{
	size_t len = strlen(k->prefix), i, more;

	if (n < len + k->least || memcmp(s, k->prefix, len) != 0)
		return 0;
	more = words(s + len, n - len);
	for (i = 0; k->upper && i < more; i++)
		if (s[len + i] >= 'a' || strchr("-_", s[len + i]) != NULL)
			return 0;
	if (more < k->least || (k->upper && more != k->least))
		return 0;
	return len + more;
}

/* Three parts, the first two of which are JSON in base64. */
static size_t
jwt(const char *s, size_t n)
{
	size_t a, b, c;

	if (n < 20 || memcmp(s, "eyJ", 3) != 0)
		return 0;
	a = words(s, n);
	if (a < 8 || a + 4 > n || memcmp(s + a, ".eyJ", 4) != 0)
		return 0;
	b = words(s + a + 1, n - a - 1);
	if (a + 1 + b >= n || s[a + 1 + b] != '.')
		return 0;
	c = words(s + a + b + 2, n - a - b - 2);
	return a + 1 + b + 1 + c;
}

/* "name:password@", after "://"; how long it is, without the '@'. */
static size_t
userinfo(const char *s, size_t n)
{
	size_t i, colon = 0;

	for (i = 0; i < n && i < URL_MAX; i++) {
		if (s[i] == '@')
			return colon > 0 && i > colon + 1 ? i : 0;
		if (s[i] == ':' && colon == 0)
			colon = i;
		if (s[i] <= ' ' || strchr("/?#\"'<>\\", s[i]) != NULL)
			return 0;
	}
	return 0;
}

static size_t
is_secret(const char *text, size_t n, size_t i, size_t *start)
{
	const char *s = text + i;
	size_t k, len;

	/* Whatever it is, it has a few bytes more. */
	if (n - i < REDACT_MIN)
		return 0;

	*start = i;
	n -= i;
	if (*s == ':') {
		if (n < 3 || s[2] != '/' ||
		    (len = userinfo(s + 3, n - 3)) < REDACT_MIN)
			return 0;
		*start = i + 3;
		return i + 3 + len;
	}
	if (i > 0 && is_word((unsigned char)s[-1]))
		return 0; /* the end of a longer word */
	len = jwt(s, n);
	for (k = 0; k < NITEMS(kinds) && len == 0; k++)
		len = of_kind(&kinds[k], s, n);
	return len > 0 ? i + len : 0;
}

void
secret_next(const char *text, size_t n, size_t i, size_t *start, size_t *end)
{
	size_t from = i;
	unsigned int b;

	if (!prepared)
		prepare();
	for (; i + 2 <= n; i += 2) {
		if ((b = begins[pair(text + i)]) == 0)
			continue;
		if ((b & SECOND) && i > from &&
		    (*end = is_secret(text, n, i - 1, start)) != 0)
			return;
		if ((b & FIRST) && (*end = is_secret(text, n, i, start)) != 0)
			return;
	}
	*start = *end = n;
}

/* Nothing but base64, whatever stands before it; or "Name: value". */
static int
of_key(const char *s, size_t n)
{
	const char *p;
	size_t i;

	for (; n > 0 && (*s == ' ' || *s == '\t'); n--)
		s++;
	if ((p = memchr(s, ':', n)) != NULL && words(s, n) == (size_t)(p - s))
		return 1;
	for (i = 0; i < n; i++)
		if (!is_word((unsigned char)s[i]) && s[i] != '+' &&
		    s[i] != '/' && s[i] != '=')
			return 0;
	return 1;
}

int
secret_key(int *state, const char *s, size_t n)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ",
			  private[] = "PRIVATE KEY";
	const char *p;

	if (*state == 0) {
		if ((p = memmem(s, n, begin, sizeof(begin) - 1)) == NULL ||
		    memmem(p, n - (size_t)(p - s), private,
			sizeof(private) - 1) == NULL)
			return 0;
		*state = KEY_LINES;
	} else if (memmem(s, n, end, sizeof(end) - 1) == NULL &&
	    !of_key(s, n)) { /* somebody only spoke of one */
		*state = 0;
		return 0;
	}
	--*state;
	if (memmem(s, n, end, sizeof(end) - 1) != NULL)
		*state = 0;
	return 1;
}
