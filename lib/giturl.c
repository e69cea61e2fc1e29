#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "giturl.h"
#include "rc.h"

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

/* clang-format off */
static const struct fault
    scheme  = { "scheme", "https, ssh", "give an address that starts with https:// or ssh://, or user@host:path" },
    length  = { "length", "2048", "give an address of at most 2048 bytes" },
    userinfo = { "userinfo", "", "leave out the user and password" },
    user_bad = { "user", "32", "give the user of the host, as in ssh://git@host/path: letters, digits and -_." },
    host_bad = { "host", "", "give the full name of the host, such as git.example.com" },
    address = { "address", "net-allow", "use the host's name; addresses are only taken where the operator allows them" },
    port_bad = { "port", "443, 22", "use port 443 (https), 22 (ssh), or one from 1024 up" },
    path_bad = { "path", "", "give the path of the repository: letters, digits and -_.~/+@:,=%" };

/* What else a port below 1024 may be: some offer ssh at the port of https. */
static const struct {
	const char *name;
	uint16_t port, also;
} schemes[] = {
	[GITURL_HTTP]	= { "http",  80,  80 },
	[GITURL_HTTPS]	= { "https", 443, 443 },
	[GITURL_SSH]	= { "ssh",   22,  443 },
};
/* clang-format on */

static int
allowed(const struct giturl *u, const char *text)
{
	int family = u->bracketed ? AF_INET6 : AF_INET;
	char bad[ADDR_TEXT];
	struct addr_list list;
	union addr a;

	return addr_parse(&a, u->host, u->port) == RC_OK &&
	    a.sa.sa_family == family && addr_port(&a.sa) == u->port &&
	    (text == NULL ||
		(addr_list_parse(&list, text, bad) == NULL &&
		    addr_list_has(&list, &a.sa)));
}

/* Would some resolver take it for an address?  The last part decides. */
static int
numeric(const char *host)
{
	const char *last = strrchr(host, '.');

	last = last != NULL ? last + 1 : host;
	return strspn(last, "0123456789") == strlen(last) ||
	    (strncasecmp(last, "0x", 2) == 0 &&
		strspn(last + 2, "0123456789abcdefABCDEF") == strlen(last + 2));
}

static int
name_ok(const char *host)
{
	size_t at, n = strlen(host), part;

	for (at = 0; at <= n; at += part + 1) {
		part = strspn(host + at, ALNUM "-");
		if (part < 1 || part > 63 || host[at] == '-' ||
		    host[at + part - 1] == '-' ||
		    (host[at + part] != '.' && host[at + part] != '\0'))
			return 0;
	}
	n = n >= 9 ? n - 9 : 0;
	return strcasecmp(host, "localhost") != 0 &&
	    strcasecmp(host + n, "localhost") != 0;
}

/* What a shell or ssh would take as it is, and no option. */
static int
user_ok(const char *s, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (s[i] == '\0' || strchr(ALNUM "-_.", s[i]) == NULL)
			return 0;
	return n > 0 && n < GITURL_USER && *s != '-' && *s != '.';
}

static const struct fault *
user(struct giturl *u, const char **s, size_t *n)
{
	const char *at = memchr(*s, '@', *n);
	size_t len = at != NULL ? (size_t)(at - *s) : 0;

	if (u->scheme != GITURL_SSH)
		return at != NULL ? &userinfo : NULL;
	if (!user_ok(*s, len))
		return &user_bad;
	memcpy(u->user, *s, len);
	*s += len + 1;
	*n -= len + 1;
	return NULL;
}

/* "[user@]host[:port]" or "[user@][v6][:port]". */
static const struct fault *
authority(struct giturl *u, const char *s, size_t n)
{
	const struct fault *fault;
	const char *end, *from, *stop;
	size_t len, i;
	long port;

	if ((fault = user(u, &s, &n)) != NULL)
		return fault;
	end = s + n;
	from = s;
	u->bracketed = n > 0 && *s == '[';
	if (u->bracketed) {
		from++;
		if ((stop = memchr(s, ']', n)) == NULL)
			return &host_bad;
		s = stop + 1;
	} else {
		if ((stop = memchr(s, ':', n)) == NULL)
			stop = end;
		s = stop;
	}
	len = (size_t)(stop - from);
	if (len == 0 || len >= sizeof(u->host))
		return &host_bad;
	for (i = 0; i < len; i++)
		u->host[i] = (char)tolower((unsigned char)from[i]);
	u->host[len] = '\0';
	if (s == end)
		return NULL;
	if (*s++ != ':' || end - s < 1 || end - s > 5 || *s == '0' ||
	    strspn(s, "0123456789") < (size_t)(end - s))
		return &port_bad;
	port = atol(s);
	u->port = (uint16_t)port;
	return port > 65535 ? &port_bad : NULL;
}

static int
hex(char c)
{
	return isxdigit((unsigned char)c);
}

/* Plain bytes; %XX only where it hides nothing; no part that is "." or "..". */
static int
path_good(const char *p)
{
	size_t i, part;

	if (p[0] != '/' || p[1] == '\0' ||
	    strspn(p, ALNUM "-_.~/+@:,=%") != strlen(p))
		return 0;
	for (i = 0; p[i] != '\0'; i++)
		if (p[i] == '%' &&
		    (!hex(p[i + 1]) || !hex(p[i + 2]) || p[i + 1] < '2' ||
			strncasecmp(p + i, "%2e", 3) == 0 ||
			strncasecmp(p + i, "%2f", 3) == 0 ||
			strncasecmp(p + i, "%5c", 3) == 0 ||
			strncasecmp(p + i, "%7f", 3) == 0))
			return 0;
	for (p++;; p += part + 1) {
		part = strcspn(p, "/");
		if ((part == 0 && p[0] != '\0') || (part == 1 && p[0] == '.') ||
		    (part == 2 && p[0] == '.' && p[1] == '.'))
			return 0;
		if (p[part] == '\0')
			return 1;
	}
}

/* Where the scheme's name ends; NULL for "user@host:path". */
static const char *
begin(struct giturl *u, const char *s)
{
	size_t i, n;

	for (i = 0; i < NITEMS(schemes); i++) {
		n = strlen(schemes[i].name);
		if (strncasecmp(s, schemes[i].name, n) == 0 &&
		    strncmp(s + n, "://", 3) == 0) {
			u->scheme = (enum giturl_scheme)i;
			u->port = schemes[i].port;
			return s + n + 3;
		}
	}
	u->scheme = GITURL_SSH;
	u->port = schemes[GITURL_SSH].port;
	return NULL;
}

/* A path that begins in a home; all else about it is like a URL's. */
static int
home_good(const char *p)
{
	char rooted[GITURL_MAX + 2];

	if (*p == '-' || *p == ':' || strchr(p, '%') != NULL)
		return 0;
	snprintf(rooted, sizeof(rooted), "%s%s", *p == '/' ? "" : "/", p);
	return path_good(rooted);
}

static const struct fault *
split(struct giturl *u, const char *s)
{
	const char *rest = begin(u, s);
	const struct fault *fault;
	size_t n;

	if (rest != NULL) {
		n = strcspn(rest, "/\\?#");
		if ((fault = authority(u, rest, n)) != NULL)
			return fault;
		u->path = rest + n;
		/* ssh takes % as it is, or not: nobody needs to know. */
		if (u->scheme == GITURL_SSH && strchr(u->path, '%') != NULL)
			return &path_bad;
		return path_good(u->path) ? NULL : &path_bad;
	}
	n = strcspn(s, ":/");
	if (s[n] != ':' || memchr(s, '@', n) == NULL || *s == '-')
		return &scheme;
	if ((fault = authority(u, s, n)) != NULL)
		return fault;
	u->path = s + n + 1;
	return home_good(u->path) ? NULL : &path_bad;
}

const struct fault *
giturl_parse(struct giturl *u, const char *s, const char *net_allow)
{
	const struct fault *fault;

	memset(u, 0, sizeof(*u));
	if (strlen(s) > GITURL_MAX)
		return &length;
	if ((fault = split(u, s)) != NULL)
		return fault;
	if (u->bracketed || numeric(u->host))
		return allowed(u, net_allow) ? NULL : &address;
	if (!name_ok(u->host))
		return &host_bad;
	if (u->scheme == GITURL_HTTP)
		return &scheme;
	if (u->port != schemes[u->scheme].port &&
	    u->port != schemes[u->scheme].also && u->port < 1024)
		return &port_bad;
	return NULL;
}

const struct fault *
giturl_check(const char *s, const char *net_allow)
{
	struct giturl u;

	return giturl_parse(&u, s, net_allow);
}

void
giturl_origin(const struct giturl *u, char out[GITURL_ORIGIN])
{
	snprintf(out, GITURL_ORIGIN, "%s://%s%s%s:%u", schemes[u->scheme].name,
	    u->bracketed ? "[" : "", u->host, u->bracketed ? "]" : "",
	    (unsigned int)u->port);
}

void
giturl_token_origin(const struct giturl *u, char out[GITURL_ORIGIN])
{
	struct giturl https = *u;

	if (https.scheme == GITURL_SSH) {
		https.scheme = GITURL_HTTPS;
		https.port = schemes[GITURL_HTTPS].port;
	}
	giturl_origin(&https, out);
}
