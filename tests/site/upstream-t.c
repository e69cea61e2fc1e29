/*
 * site/upstream and site/names: where a rule may lead (SEC-20, SEC-21).  All is
 * asked of the system's resolver, and waited for: what is done beside us else
 * is replaced by functions of the same names.
 */
#include <netdb.h>
#include <stdio.h>
#include <string.h>

#include "site/names.h"
#include "site/upstream.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char	*url;
	enum rc		 rc;
	const char	*host;
	int		 port;
	const char	*rest;
} urls[] = {
	{ "https://api.example.com/v1/x?y=z", RC_OK, "api.example.com", 443, "/v1/x?y=z" },
	{ "http://api.example.com",	RC_OK, "api.example.com", 80, "" },
	{ "HTTPS://API.example.com:8443?q", RC_OK, "api.example.com", 8443, "?q" },
	{ "http://api.example.com.:80/", RC_OK, "api.example.com", 80, "/" },
	{ "http://[2001:DB8::1]:8080/x", RC_OK, "2001:db8::1", 8080, "/x" },
	{ "https://x/%20%0d%0a",	RC_OK, "x", 443, "/%20%0d%0a" },
	{ "ftp://example.com/",		RC_MALFORMED, NULL, 0, NULL },
	{ "file:///etc/passwd",		RC_MALFORMED, NULL, 0, NULL },
	{ "//example.com/",		RC_MALFORMED, NULL, 0, NULL },
	{ "/path",			RC_MALFORMED, NULL, 0, NULL },
	{ "https:///x",			RC_MALFORMED, NULL, 0, NULL },
	{ "https://:80/x",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://user@example.com/",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://user:pw@example.com/", RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com:0/",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com:65536/",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com:99999999999/", RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com:/",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com:80x/",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com\\@evil/", RC_MALFORMED, NULL, 0, NULL },
	{ "https://exa mple.com/",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com/a b",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com/\r\nX: y", RC_MALFORMED, NULL, 0, NULL },
	{ "https://example.com/#x",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://ex\303\244mple.com/", RC_MALFORMED, NULL, 0, NULL },
	{ "https://[::1/x",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://[::1%25eth0]/x",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://pages.test/x",	RC_DENIED, NULL, 0, NULL },
	{ "https://Shop.Pages.test:9/x", RC_DENIED, NULL, 0, NULL },
	{ "https://shop.pages.test./x",	RC_DENIED, NULL, 0, NULL },
	{ "https://shop.pages.test../x", RC_DENIED, NULL, 0, NULL },
	{ "https://x/a/../b",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/..?y",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/a/.%2E/b",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/a/..%2Fb",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/a%5c..",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/a/..;a=b/c",	RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/.",		RC_MALFORMED, NULL, 0, NULL },
	{ "https://x/a/...;/..b/c..;d/.e?../x", RC_OK, "x", 443, "/a/...;/..b/c..;d/.e?../x" },
	{ "https://otherpages.test/x",	RC_OK, "otherpages.test", 443, "/x" },
};

/* However an address is spelled, it is what it is. */
static const struct {
	const char	*host;
	int		 port;
	enum rc		 rc;
} hosts[] = {
	{ "93.184.216.34",	80,   RC_OK },
	{ "2606:2800:220:1::1",	443,  RC_OK },
	{ "127.0.0.1",		80,   RC_DENIED },
	{ "127.1",		80,   RC_DENIED },
	{ "2130706433",		80,   RC_DENIED },
	{ "0x7f000001",		80,   RC_DENIED },
	{ "017700000001",	80,   RC_DENIED },
	{ "0177.0.0.1",		80,   RC_DENIED },
	{ "0",			80,   RC_DENIED },
	{ "0.0.0.0",		80,   RC_DENIED },
	{ "10.0.0.1",		80,   RC_DENIED },
	{ "172.16.0.1",		80,   RC_DENIED },
	{ "192.168.1.1",	80,   RC_DENIED },
	{ "100.64.0.1",		80,   RC_DENIED },
	{ "169.254.169.254",	80,   RC_DENIED },
	{ "224.0.0.1",		80,   RC_DENIED },
	{ "255.255.255.255",	80,   RC_DENIED },
	{ "::",			80,   RC_DENIED },
	{ "::1",		80,   RC_DENIED },
	{ "::ffff:127.0.0.1",	80,   RC_DENIED },
	{ "::127.0.0.1",	80,   RC_DENIED },
	{ "64:ff9b::7f00:1",	80,   RC_DENIED },
	{ "2002:7f00:1::",	80,   RC_DENIED },
	{ "fe80::1",		80,   RC_DENIED },
	{ "fd00::1",		80,   RC_DENIED },
	{ "ff02::1",		80,   RC_DENIED },
	{ "localhost",		80,   RC_DENIED },
	{ "127.0.0.1",		7777, RC_OK },
	{ "localhost",		7777, RC_OK },
	{ "127.0.0.2",		7777, RC_DENIED },
	{ "no-such-host.invalid", 80, RC_NOT_FOUND },
};
/* clang-format on */

static int error; /* of the last question */

int
getaddrinfo_a(int mode, struct gaicb *list[], int n, struct sigevent *event)
{
	(void)mode;
	(void)n;
	(void)event;
	error = getaddrinfo(list[0]->ar_name, list[0]->ar_service,
	    list[0]->ar_request, &list[0]->ar_result);
	return 0;
}

int
gai_error(struct gaicb *cb)
{
	(void)cb;
	return error;
}

int
gai_cancel(struct gaicb *cb)
{
	(void)cb;
	return EAI_ALLDONE;
}

int
main(void)
{
	struct names *n = names_new("127.0.0.1/32:7777 ::1/128:7777");
	char long_url[UPSTREAM_MAX + 2] = "http://x/";
	struct upstream u;
	const char *why;
	union addr a;
	size_t i;
	enum rc rc;

	for (i = 0; i < NITEMS(urls); i++) {
		rc = upstream_parse(&u, urls[i].url, "pages.test");
		ok(rc == urls[i].rc, "%.40s: %s", urls[i].url, rc_name(rc));
		if (rc != RC_OK)
			continue;
		is(u.host, urls[i].host, "its host");
		ok(u.port == urls[i].port, "its port: %d", u.port);
		is(u.rest, urls[i].rest, "the rest");
	}
	memset(long_url + 9, 'a', UPSTREAM_MAX - 9);
	ok(upstream_parse(&u, long_url, "x.test") == RC_OK, "the longest");
	strcat(long_url, "a");
	ok(upstream_parse(&u, long_url, "x.test") == RC_MALFORMED, "one more");

	for (i = 0; i < NITEMS(hosts); i++) {
		rc = names_get(n, "prj", hosts[i].host, (uint16_t)hosts[i].port,
		    &a, &why);
		/* Without a route to it, IPv6 is not even resolved. */
		ok(rc == hosts[i].rc ||
			(hosts[i].rc != RC_NOT_FOUND && rc == RC_NOT_FOUND &&
			    strchr(hosts[i].host, ':') != NULL),
		    "%s:%d: %s", hosts[i].host, hosts[i].port, rc_name(rc));
		ok(rc ==
			names_get(n, "prj", hosts[i].host,
			    (uint16_t)hosts[i].port, &a, &why),
		    "and the second time");
		if (rc == RC_OK)
			ok(addr_port(&a.sa) == hosts[i].port, "its port");
	}
	names_free(n);
	return done();
}
