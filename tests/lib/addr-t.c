/* lib/addr: what may be dialled, and what may not, in every spelling. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "addr.h"
#include "log.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char	*addr;
	const char	*why;	/* NULL: may be dialled */
} cases[] = {
	{ "1.1.1.1",			NULL },
	{ "8.8.8.8",			NULL },
	{ "9.255.255.255",		NULL },
	{ "11.0.0.0",			NULL },
	{ "100.63.255.255",		NULL },
	{ "100.128.0.0",		NULL },
	{ "126.255.255.255",		NULL },
	{ "128.0.0.0",			NULL },
	{ "169.253.255.255",		NULL },
	{ "169.255.0.0",		NULL },
	{ "172.15.255.255",		NULL },
	{ "172.32.0.0",			NULL },
	{ "192.0.1.1",			NULL },
	{ "192.167.255.255",		NULL },
	{ "192.169.0.0",		NULL },
	{ "198.17.255.255",		NULL },
	{ "198.20.0.0",			NULL },
	{ "203.0.112.255",		NULL },
	{ "223.255.255.255",		NULL },
	{ "2606:4700::1111",		NULL },
	{ "2001:4860:4860::8888",	NULL },
	{ "2a00::1",			NULL },

	{ "0.0.0.0",			"this network" },
	{ "0.1.2.3",			"this network" },
	{ "10.0.0.0",			"private address" },
	{ "10.255.255.255",		"private address" },
	{ "100.64.0.0",			"shared address" },
	{ "100.127.255.255",		"shared address" },
	{ "127.0.0.2",			"loopback address" },
	{ "127.255.255.255",		"loopback address" },
	{ "169.254.169.254",		"link-local address" },
	{ "168.63.129.16",		"metadata address" },
	{ "172.16.0.0",			"private address" },
	{ "172.31.255.255",		"private address" },
	{ "192.0.0.192",		"reserved address" },
	{ "192.0.2.1",			"documentation address" },
	{ "192.88.99.1",		"6to4 relay" },
	{ "192.168.255.255",		"private address" },
	{ "198.18.0.1",			"benchmark address" },
	{ "198.19.255.255",		"benchmark address" },
	{ "198.51.100.255",		"documentation address" },
	{ "203.0.113.7",		"documentation address" },
	{ "224.0.0.1",			"multicast address" },
	{ "239.255.255.255",		"multicast address" },
	{ "240.0.0.1",			"reserved address" },
	{ "255.255.255.255",		"reserved address" },
	{ "::",				"unspecified address" },
	{ "::2",			"reserved address" },
	{ "::127.0.0.1",		"reserved address" },
	{ "::ffff:8.8.8.8",		"IPv4 inside IPv6" },
	{ "::ffff:127.0.0.1",		"IPv4 inside IPv6" },
	{ "::ffff:0:127.0.0.1",		"reserved address" },
	{ "64:ff9b::7f00:1",		"IPv4 inside IPv6" },
	{ "64:ff9b:1::a00:1",		"IPv4 inside IPv6" },
	{ "2002:7f00:1::",		"IPv4 inside IPv6" },
	{ "2001::1",			"IPv4 inside IPv6" },
	{ "2001:10::1",			"reserved address" },
	{ "2001:db8::1",		"documentation address" },
	{ "3fff::1",			"documentation address" },
	{ "100::1",			"reserved address" },
	{ "4000::1",			"reserved address" },
	{ "fc00::1",			"private address" },
	{ "fd00:ec2::254",		"private address" },
	{ "fe80::1",			"link-local address" },
	{ "fec0::1",			"private address" },
	{ "ff02::1",			"multicast address" },
};

static const struct {
	const char	*allow, *addr;
	int		 port, yes;
} allows[] = {
	{ "10.1.0.0/16",		"10.1.2.3",	443,	1 },
	{ "10.1.0.0/16",		"10.2.2.3",	443,	0 },
	{ "10.1.2.3/32:443",		"10.1.2.3",	443,	1 },
	{ "10.1.2.3/32:443",		"10.1.2.3",	80,	0 },
	{ "10.1.2.3",			"10.1.2.3",	80,	1 },
	{ "10.1.2.3",			"10.1.2.2",	80,	0 },
	{ "fd00::/8:80 10.0.0.0/8",	"fd12::1",	80,	1 },
	{ " fd00::/8:80\t10.0.0.0/9 ",	"10.127.1.1",	80,	1 },
	{ " fd00::/8:80\t10.0.0.0/9 ",	"10.128.1.1",	80,	0 },
	{ "0.0.0.0/0",			"127.0.0.1",	80,	1 },
	{ "0.0.0.0/0",			"fd00::1",	80,	0 },
	{ "",				"127.0.0.1",	80,	0 },
};

static const char *const wrong[] = {
	"x", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8:",
	"10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/-1", "10.0.0.0/8x",
	"::/129", "fe80::1%lo/64", "10.0.0.0/8,11.0.0.0/8", "localhost/32",
};
/* clang-format on */

static struct sockaddr_storage ss;

static struct sockaddr *
sock(const char *text, int port)
{
	struct sockaddr_in *in = (void *)&ss;
	struct sockaddr_in6 *in6 = (void *)&ss;

	memset(&ss, 0, sizeof(ss));
	if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
		in->sin_family = AF_INET;
		in->sin_port = htons((unsigned short)port);
	} else if (inet_pton(AF_INET6, text, &in6->sin6_addr) == 1) {
		in6->sin6_family = AF_INET6;
		in6->sin6_port = htons((unsigned short)port);
	}
	return (struct sockaddr *)&ss;
}

int
main(void)
{
	struct arena *a = arena_new();
	char text[ADDR_TEXT];
	struct addr_policy p;
	const char *why;
	size_t i;

	log_open("addr-t", 0);
	ok(addr_policy(&p, a, "") == RC_OK, "no exceptions");
	for (i = 0; i < NITEMS(cases); i++) {
		why = addr_denied(&p, sock(cases[i].addr, 443));
		is(why == NULL ? "" : why,
		    cases[i].why == NULL ? "" : cases[i].why, "%s",
		    cases[i].addr);
	}
	ok(addr_denied(&p, sock("127.0.0.1", 1)) != NULL, "127.0.0.1");
	ok(addr_denied(&p, sock("::1", 1)) != NULL, "::1");
	ss.ss_family = AF_UNIX;
	ok(addr_denied(&p, (struct sockaddr *)&ss) != NULL, "another family");

	for (i = 0; i < NITEMS(allows); i++) {
		if (addr_policy(&p, a, allows[i].allow) != RC_OK)
			return 1;
		ok((addr_denied(&p, sock(allows[i].addr, allows[i].port)) ==
		       NULL) == allows[i].yes,
		    "%s:%d with \"%s\"", allows[i].addr, allows[i].port,
		    allows[i].allow);
	}
	for (i = 0; i < NITEMS(wrong); i++)
		ok(addr_policy(&p, a, wrong[i]) == RC_INVALID,
		    "\"%s\" is wrong", wrong[i]);

	addr_text(sock("192.0.2.1", 443), text);
	is(text, "192.0.2.1:443", "text");
	addr_text(sock("2001:db8::1", 80), text);
	is(text, "[2001:db8::1]:80", "text of IPv6");
	arena_free(a);
	return done();
}
