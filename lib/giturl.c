#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "addr.h"
#include "giturl.h"
#include "rc.h"

#define ALNUM    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define HOST_MAX 253

/* clang-format off */
static const struct fault
    scheme  = { "scheme", "https", "give an address that starts with https://" },
    length  = { "length", "2048", "give an address of at most 2048 bytes" },
    userinfo = { "userinfo", "", "leave out the user and password" },
    host_bad = { "host", "", "give the full name of the host, such as git.example.com" },
    address = { "address", "net-allow", "use the host's name; addresses are only taken where the operator allows them" },
    port_bad = { "port", "443", "use port 443, or one from 1024 up" },
    path_bad = { "path", "", "give the path of the repository: letters, digits and -_.~/+@:,=%" };
/* clang-format on */

struct url {
	char host[HOST_MAX + 1];
	int bracketed; /* [::1] */
	int secure;
	long port; /* 0: none given */
	const char *path;
};

static int
allowed(const struct url *u, const char *text)
{
	uint16_t port = (uint16_t)(u->port != 0 ? u->port :
		u->secure                       ? 443 :
						  80);
	int family = u->bracketed ? AF_INET6 : AF_INET;
	char bad[ADDR_TEXT];
	struct addr_list list;
	union addr a;

	return addr_parse(&a, u->host, port) == RC_OK &&
	    a.sa.sa_family == family && addr_port(&a.sa) == port &&
	    addr_list_parse(&list, text, bad) == NULL &&
	    addr_list_has(&list, &a.sa);
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

/* "host[:port]" or "[v6][:port]". */
static const struct fault *
authority(struct url *u, const char *s, size_t n)
{
	const char *end = s + n, *from = s, *stop;
	size_t len;

	if (memchr(s, '@', n) != NULL)
		return &userinfo;
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
	if (len == 0 || len > HOST_MAX)
		return &host_bad;
	memcpy(u->host, from, len);
	u->host[len] = '\0';
	if (s == end)
		return NULL;
	if (*s++ != ':' || end - s < 1 || end - s > 5 || *s == '0' ||
	    strspn(s, "0123456789") < (size_t)(end - s))
		return &port_bad;
	u->port = atol(s);
	return u->port > 65535 ? &port_bad : NULL;
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

const struct fault *
giturl_check(const char *s, const char *net_allow)
{
	const struct fault *fault;
	struct url u = { .secure = 1 };
	size_t n;

	if (strlen(s) > GITURL_MAX)
		return &length;
	if (strncasecmp(s, "https://", 8) == 0)
		s += 8;
	else if (strncasecmp(s, "http://", 7) == 0) {
		u.secure = 0;
		s += 7;
	} else
		return &scheme;
	n = strcspn(s, "/\\?#");
	if ((fault = authority(&u, s, n)) != NULL)
		return fault;
	if (!path_good(s + n))
		return &path_bad;
	if (u.bracketed || numeric(u.host))
		return allowed(&u, net_allow) ? NULL : &address;
	if (!name_ok(u.host))
		return &host_bad;
	if (!u.secure)
		return &scheme;
	if (u.port != 0 && u.port != 443 && u.port < 1024)
		return &port_bad;
	return NULL;
}
