#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "upstream.h"

/* What a URL may consist of, so that a header may carry it. */
static int
is_clean(const char *s)
{
	size_t n = strspn(s,
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-._~:/?#[]@!$&'()*+,;=%");

	return s[n] == '\0' && n <= UPSTREAM_MAX;
}

static enum rc
take_host(struct upstream *u, const char **s)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t n, i;

	u->bracketed = **s == '[';
	if (u->bracketed) {
		++*s;
		n = strspn(*s, "0123456789abcdefABCDEF:.");
		if ((*s)[n] != ']')
			return RC_MALFORMED;
	} else
		n = strspn(*s, name);
	if (n == 0 || n > HOST_MAX)
		return RC_MALFORMED;
	for (i = 0; i < n; i++)
		u->host[i] = (char)tolower((unsigned char)(*s)[i]);
	u->host[n] = '\0';
	*s += n + (size_t)u->bracketed;
	/* The dot of the root: the same host, which no certificate names. */
	while (n > 1 && u->host[n - 1] == '.')
		u->host[--n] = '\0';
	return RC_OK;
}

static enum rc
take_port(struct upstream *u, const char **s)
{
	unsigned long port;
	size_t n;

	u->port = u->tls ? 443 : 80;
	u->default_port = 1;
	if (**s != ':')
		return RC_OK;
	n = strspn(++*s, "0123456789");
	port = strtoul(*s, NULL, 10);
	if (n == 0 || n > 5 || port == 0 || port > 65535)
		return RC_MALFORMED;
	*s += n;
	u->default_port = port == u->port;
	u->port = (uint16_t)port;
	return RC_OK;
}

static int
is_below(const char *host, const char *base)
{
	size_t n = strlen(host), b = strlen(base);

	return n >= b && strcasecmp(host + n - b, base) == 0 &&
	    (n == b || host[n - b - 1] == '.');
}

/* A character of a path, and what is behind it; an escape is what it says. */
static char
character(const char **s)
{
	static const struct {
		const char *escape;
		char c;
	} said[] = { { "%2e", '.' }, { "%2f", '/' }, { "%5c", '\\' },
		{ "%3b", ';' } };
	size_t i;

	for (i = 0; i < NITEMS(said); i++)
		if (strncasecmp(*s, said[i].escape, 3) == 0) {
			*s += 3;
			return said[i].c;
		}
	return *(*s)++;
}

/*
 * Has the path a part that is "." or "..", in whatever spelling?  What a
 * visitor brings into it must not lead out of where the rule leads.  Some
 * servers take what stands behind a semicolon for no part of a name.
 */
static int
has_dots(const char *s)
{
	size_t n = 0, dots = 0;
	int named = 1;
	char c;

	for (;;) {
		c = *s == '?' || *s == '\0' ? '\0' : character(&s);
		if (c == '/' || c == '\\' || c == '\0') {
			if (n == dots && (n == 1 || n == 2))
				return 1;
			n = dots = 0;
			named = 1;
		} else if (c == ';')
			named = 0;
		else if (named) {
			n++;
			dots += c == '.';
		}
		if (c == '\0')
			return 0;
	}
}

enum rc
upstream_parse(struct upstream *u, const char *url, const char *base)
{
	const char *s = url;

	if (!is_clean(s))
		return RC_MALFORMED;
	u->tls = strncasecmp(s, "https://", 8) == 0;
	if (!u->tls && strncasecmp(s, "http://", 7) != 0)
		return RC_MALFORMED;
	s += u->tls ? 8 : 7;
	if (take_host(u, &s) != RC_OK || take_port(u, &s) != RC_OK)
		return RC_MALFORMED;
	if (*s != '\0' && *s != '/' && *s != '?')
		return RC_MALFORMED;
	if (strchr(s, '#') != NULL || has_dots(s))
		return RC_MALFORMED;
	u->rest = s;
	return is_below(u->host, base) ? RC_DENIED : RC_OK;
}
