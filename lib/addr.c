#include <arpa/inet.h>

#include <ifaddrs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"

/* What is not public.  The first to fit gives the reason. */
/* clang-format off */
static const struct {
	int		 family;
	unsigned char	 base[16];
	int		 bits;
	const char	*reason;
} denied[] = {
	{ AF_INET,  { 0 },			8,  "this host" },
	{ AF_INET,  { 10 },			8,  "private address" },
	{ AF_INET,  { 100, 64 },		10, "shared address" },
	{ AF_INET,  { 127 },			8,  "loopback address" },
	{ AF_INET,  { 168, 63, 129, 16 },	32, "metadata address" },
	{ AF_INET,  { 169, 254, 169, 254 },	32, "metadata address" },
	{ AF_INET,  { 169, 254 },		16, "link-local address" },
	{ AF_INET,  { 172, 16 },		12, "private address" },
	{ AF_INET,  { 192, 0, 0 },		24, "reserved address" },
	{ AF_INET,  { 192, 0, 2 },		24, "documentation address" },
	{ AF_INET,  { 192, 88, 99 },		24, "6to4 relay" },
	{ AF_INET,  { 192, 168 },		16, "private address" },
	{ AF_INET,  { 198, 18 },		15, "benchmark address" },
	{ AF_INET,  { 198, 51, 100 },		24, "documentation address" },
	{ AF_INET,  { 203, 0, 113 },		24, "documentation address" },
	{ AF_INET,  { 224 },			4,  "multicast address" },
	{ AF_INET,  { 255, 255, 255, 255 },	32, "broadcast address" },
	{ AF_INET,  { 240 },			4,  "reserved address" },

	{ AF_INET6, { 0 },			128, "this host" },
	{ AF_INET6, { [15] = 1 },		128, "loopback address" },
	{ AF_INET6, { 0 },			96, "IPv4-compatible address" },
	{ AF_INET6, { [10] = 0xff, 0xff },	96, "IPv4-mapped address" },
	{ AF_INET6, { [8] = 0xff, 0xff },	96, "IPv4-translated address" },
	{ AF_INET6, { 0, 0x64, 0xff, 0x9b },	96, "NAT64 address" },
	{ AF_INET6, { 0, 0x64, 0xff, 0x9b, 0, 1 }, 48, "NAT64 address" },
	{ AF_INET6, { 0x01 },			64, "reserved address" },
	{ AF_INET6, { 0x20, 0x01 },		32, "Teredo address" },
	{ AF_INET6, { 0x20, 0x01 },		23, "reserved address" },
	{ AF_INET6, { 0x20, 0x01, 0x0d, 0xb8 },	32, "documentation address" },
	{ AF_INET6, { 0x20, 0x02 },		16, "6to4 address" },
	{ AF_INET6, { 0x3f, 0xff },		20, "documentation address" },
	{ AF_INET6, { 0xfc },			7,  "private address" },
	{ AF_INET6, { 0xfe, 0x80 },		10, "link-local address" },
	{ AF_INET6, { 0xfe, 0xc0 },		10, "private address" },
	{ AF_INET6, { 0xff },			8,  "multicast address" },
};
/* clang-format on */

/* As many leading bits the same? */
static int
within(const unsigned char *a, const unsigned char *b, int bits)
{
	int whole = bits / 8;

	if (memcmp(a, b, (size_t)whole) != 0)
		return 0;
	return bits % 8 == 0 || ((a[whole] ^ b[whole]) >> (8 - bits % 8)) == 0;
}

static const unsigned char *
bytes(const struct sockaddr *sa)
{
	if (sa->sa_family == AF_INET)
		return (const void *)&((const struct sockaddr_in *)sa)
		    ->sin_addr;
	return (const void *)&((const struct sockaddr_in6 *)sa)->sin6_addr;
}

uint16_t
addr_port(const struct sockaddr *sa)
{
	/* The port is at the same place in both. */
	return ntohs(((const struct sockaddr_in *)sa)->sin_port);
}

socklen_t
addr_size(const struct sockaddr *sa)
{
	return sa->sa_family == AF_INET ? sizeof(struct sockaddr_in) :
					  sizeof(struct sockaddr_in6);
}

const char *
addr_text(const struct sockaddr *sa, char text[ADDR_TEXT])
{
	char host[INET6_ADDRSTRLEN];

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		snprintf(text, ADDR_TEXT, "?");
	else if (inet_ntop(sa->sa_family, bytes(sa), host, sizeof(host)) ==
	    NULL)
		snprintf(text, ADDR_TEXT, "?");
	else
		snprintf(text, ADDR_TEXT,
		    sa->sa_family == AF_INET ? "%s:%u" : "[%s]:%u", host,
		    addr_port(sa));
	return text;
}

/* 1 to max, in plain digits; 0 if it is anything else. */
static long
number(const char *s, long max)
{
	size_t n = strspn(s, "0123456789");
	long v;

	if (n < 1 || n > 5 || s[n] != '\0' || *s == '0')
		return 0;
	v = atol(s);
	return v > max ? 0 : v;
}

enum rc
addr_parse(union addr *a, const char *s, uint16_t port)
{
	char host[ADDR_TEXT], *p;
	size_t n = strlen(s);
	long given = port;

	memset(a, 0, sizeof(*a));
	if (n >= sizeof(host))
		return RC_INVALID;
	memcpy(host, s, n + 1);
	p = strchr(host, ':');
	if (host[0] == '[') {
		if ((p = strchr(host, ']')) == NULL ||
		    (p[1] != '\0' && p[1] != ':'))
			return RC_INVALID;
		*p++ = '\0';
		memmove(host, host + 1, strlen(host));
		a->sa.sa_family = AF_INET6;
	} else if (p != NULL && strchr(p + 1, ':') != NULL) {
		a->sa.sa_family = AF_INET6;
		p = NULL;
	} else
		a->sa.sa_family = AF_INET;
	if (p != NULL && *p == ':') {
		*p++ = '\0';
		if ((given = number(p, 65535)) == 0)
			return RC_INVALID;
	}
	a->in.sin_port = htons((uint16_t)given);
	if (inet_pton(a->sa.sa_family, host,
		a->sa.sa_family == AF_INET ? (void *)&a->in.sin_addr :
					     (void *)&a->in6.sin6_addr) != 1)
		return RC_INVALID;
	return RC_OK;
}

static const char *
net_parse(struct addr_net *net, char *text)
{
	char *slash, *colon;
	int i, max;

	memset(net, 0, sizeof(*net));
	if ((slash = strchr(text, '/')) == NULL)
		return "has no length, such as /32";
	*slash++ = '\0';
	if (inet_pton(AF_INET, text, net->base) == 1)
		net->family = AF_INET;
	else if (inet_pton(AF_INET6, text, net->base) == 1)
		net->family = AF_INET6;
	else
		return "is not an address";
	max = net->family == AF_INET ? 32 : 128;
	if ((colon = strchr(slash, ':')) != NULL) {
		*colon++ = '\0';
		if ((net->port = (uint16_t)number(colon, 65535)) == 0)
			return "has a bad port";
	}
	net->bits = (int)number(slash, max);
	if (net->bits == 0 && strcmp(slash, "0") != 0)
		return "has a bad length";
	for (i = net->bits; i < max; i++)
		if (net->base[i / 8] & 0x80 >> i % 8)
			return "is not the first address of that net";
	return NULL;
}

const char *
addr_list_parse(struct addr_list *list, const char *s, char bad[ADDR_TEXT])
{
	char text[ADDR_TEXT];
	const char *why;
	size_t n;

	list->n = 0;
	for (s += strspn(s, " \t"); *s != '\0'; s += n, s += strspn(s, " \t")) {
		n = strcspn(s, " \t");
		snprintf(bad, ADDR_TEXT, "%.*s", (int)n, s);
		if (n >= sizeof(text))
			return "is too long";
		if (list->n == ADDR_LIST_MAX)
			return "is one too many";
		memcpy(text, bad, sizeof(text));
		if ((why = net_parse(&list->net[list->n], text)) != NULL)
			return why;
		list->n++;
	}
	return NULL;
}

int
addr_list_has(const struct addr_list *list, const struct sockaddr *sa)
{
	const struct addr_net *net;
	size_t i;

	for (i = 0; i < list->n; i++) {
		net = &list->net[i];
		if (net->family == sa->sa_family &&
		    (net->port == 0 || net->port == addr_port(sa)) &&
		    within(net->base, bytes(sa), net->bits))
			return 1;
	}
	return 0;
}

/* Asked each time: a server gets and loses addresses while it runs. */
static const char *
own(const struct sockaddr *sa)
{
	struct ifaddrs *all, *p;
	const char *is = NULL;
	int bits = sa->sa_family == AF_INET ? 32 : 128;

	if (getifaddrs(&all) == -1)
		return "perhaps this server";
	for (p = all; p != NULL && is == NULL; p = p->ifa_next)
		if (p->ifa_addr != NULL &&
		    p->ifa_addr->sa_family == sa->sa_family &&
		    within(bytes(p->ifa_addr), bytes(sa), bits))
			is = "this server";
	freeifaddrs(all);
	return is;
}

const char *
addr_denied(const struct sockaddr *sa, const struct addr_list *allow)
{
	size_t i;

	if (sa->sa_family != AF_INET && sa->sa_family != AF_INET6)
		return "not an Internet address";
	if (addr_list_has(allow, sa))
		return NULL;
	for (i = 0; i < NITEMS(denied); i++)
		if (denied[i].family == sa->sa_family &&
		    within(denied[i].base, bytes(sa), denied[i].bits))
			return denied[i].reason;
	/* 2000::/3 is all that was ever given out. */
	if (sa->sa_family == AF_INET6 && (bytes(sa)[0] & 0xe0) != 0x20)
		return "reserved address";
	return own(sa);
}
