/* lib/addr: what may be dialled (SEC-21), and how exceptions are written. */
#include <arpa/inet.h>

#include <ifaddrs.h>
#include <stdio.h>

#include "addr.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *addr;
	const char *reason; /* NULL: it may */
} table[] = {
	{ "0.0.0.0",		"this host" },
	{ "0.255.255.255",	"this host" },
	{ "1.0.0.0",		NULL },
	{ "1.1.1.1",		NULL },
	{ "8.8.8.8",		NULL },
	{ "9.255.255.255",	NULL },
	{ "10.0.0.0",		"private address" },
	{ "10.0.0.1",		"private address" },
	{ "10.255.255.255",	"private address" },
	{ "11.0.0.0",		NULL },
	{ "100.63.255.255",	NULL },
	{ "100.64.0.0",		"shared address" },
	{ "100.100.100.200",	"shared address" },
	{ "100.127.255.255",	"shared address" },
	{ "100.128.0.0",	NULL },
	{ "126.255.255.255",	NULL },
	{ "127.0.0.1",		"loopback address" },
	{ "127.0.0.53",		"loopback address" },
	{ "127.255.255.255",	"loopback address" },
	{ "128.0.0.0",		NULL },
	{ "168.63.129.15",	NULL },
	{ "168.63.129.16",	"metadata address" },
	{ "169.253.255.255",	NULL },
	{ "169.254.0.0",	"link-local address" },
	{ "169.254.169.254",	"metadata address" },
	{ "169.254.170.2",	"link-local address" },
	{ "169.254.255.255",	"link-local address" },
	{ "169.255.0.0",	NULL },
	{ "172.15.255.255",	NULL },
	{ "172.16.0.0",		"private address" },
	{ "172.31.255.255",	"private address" },
	{ "172.32.0.0",		NULL },
	{ "191.255.255.255",	NULL },
	{ "192.0.0.0",		"reserved address" },
	{ "192.0.0.192",	"reserved address" },
	{ "192.0.1.0",		NULL },
	{ "192.0.2.1",		"documentation address" },
	{ "192.0.3.0",		NULL },
	{ "192.88.99.1",	"6to4 relay" },
	{ "192.167.255.255",	NULL },
	{ "192.168.0.1",	"private address" },
	{ "192.168.255.255",	"private address" },
	{ "192.169.0.0",	NULL },
	{ "198.17.255.255",	NULL },
	{ "198.18.0.0",		"benchmark address" },
	{ "198.19.255.255",	"benchmark address" },
	{ "198.20.0.0",		NULL },
	{ "198.51.100.7",	"documentation address" },
	{ "198.51.101.0",	NULL },
	{ "203.0.113.7",	"documentation address" },
	{ "203.0.114.0",	NULL },
	{ "223.255.255.255",	NULL },
	{ "224.0.0.1",		"multicast address" },
	{ "239.255.255.255",	"multicast address" },
	{ "240.0.0.0",		"reserved address" },
	{ "255.255.255.254",	"reserved address" },
	{ "255.255.255.255",	"broadcast address" },

	{ "::",			"this host" },
	{ "::1",		"loopback address" },
	{ "::2",		"IPv4-compatible address" },
	{ "::127.0.0.1",	"IPv4-compatible address" },
	{ "::8.8.8.8",		"IPv4-compatible address" },
	{ "::ffff:127.0.0.1",	"IPv4-mapped address" },
	{ "::ffff:10.0.0.1",	"IPv4-mapped address" },
	{ "::ffff:8.8.8.8",	"IPv4-mapped address" },
	{ "::ffff:0:127.0.0.1",	"IPv4-translated address" },
	{ "64:ff9b::7f00:1",	"NAT64 address" },
	{ "64:ff9b::8.8.8.8",	"NAT64 address" },
	{ "64:ff9b:1::1",	"NAT64 address" },
	{ "64:ff9b:1:ffff::1",	"NAT64 address" },
	{ "100::1",		"reserved address" },
	{ "1fff:ffff::1",	"reserved address" },
	{ "2000::1",		NULL },
	{ "2001::1",		"Teredo address" },
	{ "2001:0:7f00:1::",	"Teredo address" },
	{ "2001:2::1",		"reserved address" },
	{ "2001:10::1",		"reserved address" },
	{ "2001:1ff:ffff::1",	"reserved address" },
	{ "2001:200::1",	NULL },
	{ "2001:4860:4860::8888", NULL },
	{ "2001:db7:ffff::1",	NULL },
	{ "2001:db8::1",	"documentation address" },
	{ "2001:db8:ffff::1",	"documentation address" },
	{ "2001:db9::1",	NULL },
	{ "2002:7f00:1::1",	"6to4 address" },
	{ "2002:ffff:ffff::1",	"6to4 address" },
	{ "2003::1",		NULL },
	{ "2606:4700:4700::1111", NULL },
	{ "3ffe::1",		NULL },
	{ "3fff::1",		"documentation address" },
	{ "3fff:fff:ffff::1",	"documentation address" },
	{ "3fff:1000::1",	NULL },
	{ "4000::1",		"reserved address" },
	{ "5f00::1",		"reserved address" },
	{ "8000::1",		"reserved address" },
	{ "fc00::1",		"private address" },
	{ "fd00:ec2::254",	"private address" },
	{ "fdff:ffff::1",	"private address" },
	{ "fe00::1",		"reserved address" },
	{ "fe80::1",		"link-local address" },
	{ "febf:ffff::1",	"link-local address" },
	{ "fec0::1",		"private address" },
	{ "ff02::1",		"multicast address" },
	{ "ffff::1",		"multicast address" },
};

static const struct {
	const char *list;
	const char *why; /* NULL: well-formed */
	const char *bad;
} lists[] = {
	{ "",				NULL, "" },
	{ " \t ",			NULL, "" },
	{ "10.0.0.0/8",			NULL, "" },
	{ "10.0.0.1/32:3000  ::1/128:80\tfd00::/8", NULL, "" },
	{ "0.0.0.0/0 ::/0",		NULL, "" },
	{ "10.0.0.1",			"has no length, such as /32", "10.0.0.1" },
	{ "::1/128 10.0.0/8",		"is not an address", "10.0.0/8" },
	{ "010.0.0.0/8",		"is not an address", "010.0.0.0/8" },
	{ "[::1]/128",			"is not an address", "[::1]/128" },
	{ "fe80::1%lo/128",		"is not an address", "fe80::1%lo/128" },
	{ "localhost/32",		"is not an address", "localhost/32" },
	{ "/8",				"is not an address", "/8" },
	{ "10.0.0.0/",			"has a bad length", "10.0.0.0/" },
	{ "10.0.0.0/33",		"has a bad length", "10.0.0.0/33" },
	{ "10.0.0.0/08",		"has a bad length", "10.0.0.0/08" },
	{ "10.0.0.0/-1",		"has a bad length", "10.0.0.0/-1" },
	{ "::/129",			"has a bad length", "::/129" },
	{ "10.0.0.0/8:",		"has a bad port", "10.0.0.0/8:" },
	{ "10.0.0.0/8:0",		"has a bad port", "10.0.0.0/8:0" },
	{ "10.0.0.0/8:65536",		"has a bad port", "10.0.0.0/8:65536" },
	{ "10.0.0.0/8:80x",		"has a bad port", "10.0.0.0/8:80x" },
	{ "10.0.0.0/8,::1/128",		"has a bad port", "10.0.0.0/8,::1/128" },
	{ "10.0.0.1/8",			"is not the first address of that net", "10.0.0.1/8" },
	{ "::1/127",			"is not the first address of that net", "::1/127" },
	{ "00000000000000000000000000000000000000000000000000000000000/8",
	  "is too long", "0000000000000000000000000000000000000000000000000000000" },
};

static const struct {
	const char *addr;
	int has;
} members[] = {
	{ "10.1.2.3",		1 },
	{ "10.1.2.3:9",		1 },
	{ "10.2.0.0",		0 },
	{ "127.0.0.1:3000",	1 },
	{ "127.0.0.1:3001",	0 },
	{ "127.0.0.2:3000",	0 },
	{ "[::1]:80",		1 },
	{ "[::1]:81",		0 },
	{ "fd12:3456::1",	1 },
	{ "fd12:3457::1",	0 },
	{ "::ffff:10.1.2.3",	0 },
};

static const struct {
	const char *text;
	const char *back; /* NULL: not an address */
} texts[] = {
	{ "192.0.2.1",		"192.0.2.1:53" },
	{ "192.0.2.1:5353",	"192.0.2.1:5353" },
	{ "2001:db8::1",	"[2001:db8::1]:53" },
	{ "[2001:db8::1]",	"[2001:db8::1]:53" },
	{ "[2001:db8::1]:54",	"[2001:db8::1]:54" },
	{ "",			NULL },
	{ ":53",		NULL },
	{ "1",			NULL },
	{ "0x7f.1",		NULL },
	{ "2130706433",		NULL },
	{ "127.1",		NULL },
	{ "0177.0.0.1",		NULL },
	{ "192.0.2.1:",		NULL },
	{ "192.0.2.1:0",	NULL },
	{ "192.0.2.1:65536",	NULL },
	{ "192.0.2.1:053",	NULL },
	{ "192.0.2.1 ",		NULL },
	{ "[192.0.2.1]:53",	NULL },
	{ "[2001:db8::1",	NULL },
	{ "[2001:db8::1]x",	NULL },
	{ "fe80::1%lo",		NULL },
	{ "localhost",		NULL },
};
/* clang-format on */

static const struct addr_list none;

static void
check_own(void)
{
	struct ifaddrs *all, *p;
	char text[ADDR_TEXT];

	if (getifaddrs(&all) == -1)
		return;
	for (p = all; p != NULL; p = p->ifa_next)
		if (p->ifa_addr != NULL &&
		    (p->ifa_addr->sa_family == AF_INET ||
			p->ifa_addr->sa_family == AF_INET6))
			ok(addr_denied(p->ifa_addr, &none) != NULL,
			    "%s is ours", addr_text(p->ifa_addr, text));
	freeifaddrs(all);
}

int
main(void)
{
	const struct sockaddr local = { .sa_family = AF_UNIX };
	char bad[ADDR_TEXT], text[ADDR_TEXT];
	const char *why,
	    *list = "10.1.0.0/16 127.0.0.1/32:3000 ::1/128:80 fd12:3456::/32";
	struct addr_list l;
	union addr a;
	size_t i;

	for (i = 0; i < NITEMS(table); i++) {
		ok(addr_parse(&a, table[i].addr, 443) == RC_OK, "%s",
		    table[i].addr);
		why = addr_denied(&a.sa, &none);
		is(why != NULL ? why : "may",
		    table[i].reason != NULL ? table[i].reason : "may", "%s",
		    table[i].addr);
	}
	is(addr_denied(&local, &none), "not an Internet address", "UNIX");
	check_own();

	for (i = 0; i < NITEMS(lists); i++) {
		bad[0] = '\0';
		why = addr_list_parse(&l, lists[i].list, bad);
		is(why != NULL ? why : "good",
		    lists[i].why != NULL ? lists[i].why : "good", "\"%s\"",
		    lists[i].list);
		if (why != NULL)
			is(bad, lists[i].bad, "is what is named");
	}
	ok(addr_list_parse(&l, list, bad) == NULL && l.n == 4, "four nets");
	for (i = 0; i < NITEMS(members); i++) {
		ok(addr_parse(&a, members[i].addr, 443) == RC_OK &&
			addr_list_has(&l, &a.sa) == members[i].has &&
			(addr_denied(&a.sa, &l) == NULL) == members[i].has,
		    "%s is %s", members[i].addr,
		    members[i].has ? "allowed" : "not");
	}
	for (i = 0; i < NITEMS(texts); i++)
		if (texts[i].back == NULL)
			ok(addr_parse(&a, texts[i].text, 53) == RC_INVALID,
			    "\"%s\" is no address", texts[i].text);
		else if (addr_parse(&a, texts[i].text, 53) == RC_OK)
			is(addr_text(&a.sa, text), texts[i].back, "%s",
			    texts[i].text);
		else
			ok(0, "%s", texts[i].text);
	return done();
}
