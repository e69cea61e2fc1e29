/* fcgi-serve: what a Host header asks for (SEC-94). */
#include "site/host.h"
#include "tap.h"

#define L63 "a23456789012345678901234567890123456789012345678901234567890123"

/* clang-format off */
static const struct {
	const char	*header;
	enum rc		 rc;
	const char	*scope, *ask, *key;
} cases[] = {
	{ "shop.example.app",		RC_OK, "own", "shop", "shop" },
	{ "SHOP.Example.APP:8080",	RC_OK, "own", "shop", "shop" },
	{ "shop.example.app.",		RC_OK, "own", "shop", "shop" },
	{ "shop.example.app.:443",	RC_OK, "own", "shop", "shop" },
	{ "shop.example.app:",		RC_OK, "own", "shop", "shop" },
	{ "main--shop.example.app",	RC_OK, "own", "main--shop", "shop" },
	{ "a-b--c-d.example.app",	RC_OK, "own", "a-b--c-d", "c-d" },
	{ L63 ".example.app",		RC_OK, "own", L63, L63 },
	{ "www.example.org",		RC_OK, "domain", "www.example.org", "www.example.org" },
	{ "xn--bcher-kva.example",	RC_OK, "domain", "xn--bcher-kva.example", "xn--bcher-kva.example" },
	{ "evilexample.app",		RC_OK, "domain", "evilexample.app", "evilexample.app" },
	{ "localhost",			RC_OK, "domain", "localhost", "localhost" },
	{ "1.2.3.example",		RC_OK, "domain", "1.2.3.example", "1.2.3.example" },

	{ "example.app",		RC_NOT_FOUND, NULL, NULL, NULL },
	{ "example.app.",		RC_NOT_FOUND, NULL, NULL, NULL },
	{ "a.b.example.app",		RC_NOT_FOUND, NULL, NULL, NULL },
	{ "127.0.0.1",			RC_NOT_FOUND, NULL, NULL, NULL },
	{ "127.0.0.1:80",		RC_NOT_FOUND, NULL, NULL, NULL },
	{ "2130706433",			RC_NOT_FOUND, NULL, NULL, NULL },

	{ "",				RC_MALFORMED, NULL, NULL, NULL },
	{ ".",				RC_MALFORMED, NULL, NULL, NULL },
	{ ":80",			RC_MALFORMED, NULL, NULL, NULL },
	{ "a..",			RC_MALFORMED, NULL, NULL, NULL },
	{ ".example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ "a..b",			RC_MALFORMED, NULL, NULL, NULL },
	{ "-a.example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ "a-.example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ "a_b.example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ "*.example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ "a b.example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ "shop.example.app:80a",	RC_MALFORMED, NULL, NULL, NULL },
	{ "shop.example.app:123456",	RC_MALFORMED, NULL, NULL, NULL },
	{ "shop.example.app:80:80",	RC_MALFORMED, NULL, NULL, NULL },
	{ "shop.example.app, evil",	RC_MALFORMED, NULL, NULL, NULL },
	{ "user@shop.example.app",	RC_MALFORMED, NULL, NULL, NULL },
	{ "shop.example.app/x",		RC_MALFORMED, NULL, NULL, NULL },
	{ "sh\xc3\xb6p.example.app",	RC_MALFORMED, NULL, NULL, NULL },
	{ "[::1]",			RC_MALFORMED, NULL, NULL, NULL },
	{ "[::1]:80",			RC_MALFORMED, NULL, NULL, NULL },
	{ L63 "4.example.app",		RC_MALFORMED, NULL, NULL, NULL },
	{ L63 "." L63 "." L63 "." L63 ".com", RC_MALFORMED, NULL, NULL, NULL },
};
/* clang-format on */

int
main(void)
{
	struct host h;
	enum rc rc;
	size_t i;

	for (i = 0; i < NITEMS(cases); i++) {
		rc = host_parse(&h, cases[i].header, "example.app");
		ok(rc == cases[i].rc, "\"%s\": %s", cases[i].header,
		    rc_name(cases[i].rc));
		if (rc != RC_OK || cases[i].rc != RC_OK)
			continue;
		is(h.scope, cases[i].scope, "scope");
		is(h.ask, cases[i].ask, "what is asked");
		is(h.key, cases[i].key, "key");
	}
	return done();
}
