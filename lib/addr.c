#include <arpa/inet.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "addr.h"
#include "log.h"

/* The first that fits decides; an IPv6 address must fit the last but one. */
/* clang-format off */
static const struct {
	const char *net;
	int bits;
	const char *why; /* NULL: public */
} nets[] = {
	{ "::ffff:0.0.0.0",		96 +  8, "this network" },
	{ "::ffff:10.0.0.0",		96 +  8, "private address" },
	{ "::ffff:100.64.0.0",		96 + 10, "shared address" },
	{ "::ffff:127.0.0.0",		96 +  8, "loopback address" },
	{ "::ffff:169.254.0.0",		96 + 16, "link-local address" },
	{ "::ffff:172.16.0.0",		96 + 12, "private address" },
	{ "::ffff:192.0.0.0",		96 + 24, "reserved address" },
	{ "::ffff:192.0.2.0",		96 + 24, "documentation address" },
	{ "::ffff:192.88.99.0",		96 + 24, "6to4 relay" },
	{ "::ffff:192.168.0.0",		96 + 16, "private address" },
	{ "::ffff:198.18.0.0",		96 + 15, "benchmark address" },
	{ "::ffff:198.51.100.0",	96 + 24, "documentation address" },
	{ "::ffff:203.0.113.0",		96 + 24, "documentation address" },
	{ "::ffff:224.0.0.0",		96 +  4, "multicast address" },
	{ "::ffff:240.0.0.0",		96 +  4, "reserved address" },
	{ "::ffff:168.63.129.16",	128,	 "metadata address" },
	{ "::ffff:0.0.0.0",		96,	 NULL },
	{ "::1",			128,	 "loopback address" },
	{ "::",				128,	 "unspecified address" },
	{ "64:ff9b::",			96,	 "IPv4 inside IPv6" },
	{ "64:ff9b:1::",		48,	 "IPv4 inside IPv6" },
	{ "2002::",			16,	 "IPv4 inside IPv6" },
	{ "2001::",			32,	 "IPv4 inside IPv6" },
	{ "2001::",			23,	 "reserved address" },
	{ "2001:db8::",			32,	 "documentation address" },
	{ "3fff::",			20,	 "documentation address" },
	{ "fc00::",			7,	 "private address" },
	{ "fe80::",			10,	 "link-local address" },
	{ "fec0::",			10,	 "private address" },
	{ "ff00::",			8,	 "multicast address" },
	{ "2000::",			3,	 NULL },
	{ "::",				0,	 "reserved address" },
};
/* clang-format on */

static int
within(const unsigned char addr[16], const unsigned char net[16], int bits)
{
	int bytes = bits / 8, rest = bits % 8;

	if (memcmp(addr, net, (size_t)bytes) != 0)
		return 0;
	return rest == 0 || (addr[bytes] ^ net[bytes]) >> (8 - rest) == 0;
}

static void
map(unsigned char addr[16], const struct in_addr *in)
{
	memset(addr, 0, 10);
	addr[10] = addr[11] = 0xff;
	memcpy(addr + 12, in, 4);
}

/* As IPv6; 0 if it is of neither family. */
static int
bytes_of(const struct sockaddr *sa, unsigned char addr[16], int *port)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	if (sa->sa_family == AF_INET) {
		map(addr, &in->sin_addr);
		*port = ntohs(in->sin_port);
		return 1;
	}
	if (sa->sa_family != AF_INET6)
		return 0;
	memcpy(addr, &in6->sin6_addr, 16);
	*port = ntohs(in6->sin6_port);
	return 1;
}

static int
fits(const struct addr_rule *r, size_t n, const unsigned char addr[16],
    int port)
{
	for (; n > 0; n--, r++)
		if ((r->port == 0 || r->port == port) &&
		    within(addr, r->addr, r->bits))
			return 1;
	return 0;
}

const char *
addr_denied(const struct addr_policy *p, const struct sockaddr *sa)
{
	unsigned char addr[16], net[16];
	size_t i;
	int port;

	if (!bytes_of(sa, addr, &port))
		return "unknown family";
	if (fits(p->allow, p->nallow, addr, port))
		return NULL;
	/* One IPv4 address, however it is written, is the same. */
	if (sa->sa_family == AF_INET6 &&
	    IN6_IS_ADDR_V4MAPPED(
		&((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr))
		return "IPv4 inside IPv6";
	if (fits(p->own, p->nown, addr, port))
		return "this machine";
	for (i = 0; i < NITEMS(nets); i++)
		if (inet_pton(AF_INET6, nets[i].net, net) == 1 &&
		    within(addr, net, nets[i].bits))
			return nets[i].why;
	return "reserved address";
}

static int
number(const char *s, size_t n, int max)
{
	int v = 0;

	if (n == 0 || n > 5 || strspn(s, "0123456789") < n)
		return -1;
	while (n-- > 0)
		v = v * 10 + *s++ - '0';
	return v <= max ? v : -1;
}

/* "address[/bits[:port]]" */
static int
parse(struct addr_rule *r, const char *s, size_t n)
{
	const char *slash = memchr(s, '/', n), *end = s + n, *colon;
	char text[ADDR_TEXT];
	struct in_addr in;
	int most = 128, off = 0;

	if (slash == NULL)
		slash = end;
	if ((size_t)(slash - s) >= sizeof(text))
		return 0;
	memcpy(text, s, (size_t)(slash - s));
	text[slash - s] = '\0';
	memset(r, 0, sizeof(*r));
	if (inet_pton(AF_INET, text, &in) == 1) {
		map(r->addr, &in);
		most = 32;
		off = 96;
	} else if (inet_pton(AF_INET6, text, r->addr) != 1)
		return 0;
	r->bits = 128;
	if (slash++ == end)
		return 1;
	colon = memchr(slash, ':', (size_t)(end - slash));
	if (colon == NULL)
		colon = end;
	r->bits = number(slash, (size_t)(colon - slash), most);
	if (r->bits == -1)
		return 0;
	r->bits += off;
	if (colon++ == end)
		return 1;
	r->port = number(colon, (size_t)(end - colon), 65535);
	return r->port > 0;
}

static void
own(struct addr_policy *p, struct arena *a)
{
	struct ifaddrs *list, *i;
	size_t n = 0;
	int port;

	if (getifaddrs(&list) == -1)
		fatal("addresses of this machine");
	for (i = list; i != NULL; i = i->ifa_next)
		n++;
	p->own = arena_alloc(a, (n + 1) * sizeof(*p->own));
	for (i = list; i != NULL; i = i->ifa_next)
		if (i->ifa_addr != NULL &&
		    bytes_of(i->ifa_addr, p->own[p->nown].addr, &port))
			p->own[p->nown++].bits = 128;
	freeifaddrs(list);
}

enum rc
addr_policy(struct addr_policy *p, struct arena *a, const char *allow)
{
	size_t n;

	memset(p, 0, sizeof(*p));
	p->allow = arena_alloc(a, (strlen(allow) / 2 + 1) * sizeof(*p->allow));
	for (allow += strspn(allow, " \t"); *allow != '\0';
	     allow += strspn(allow, " \t")) {
		n = strcspn(allow, " \t");
		if (!parse(&p->allow[p->nallow++], allow, n)) {
			log_warnx("net-allow: %.*s is not address/bits[:port]",
			    (int)n, allow);
			return RC_INVALID;
		}
		allow += n;
	}
	own(p, a);
	return RC_OK;
}

void
addr_text(const struct sockaddr *sa, char text[ADDR_TEXT])
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;
	char host[INET6_ADDRSTRLEN] = "?";

	if (sa->sa_family == AF_INET) {
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host));
		snprintf(text, ADDR_TEXT, "%s:%d", host, ntohs(in->sin_port));
	} else {
		inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host));
		snprintf(text, ADDR_TEXT, "[%s]:%d", host,
		    ntohs(in6->sin6_port));
	}
}
