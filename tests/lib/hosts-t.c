/* lib/hosts: which names a list stands for. */
#include <string.h>

#include "hosts.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *list, *name;
	int has;
} table[] = {
	{ "",				"a.example",	0 },
	{ "a.example",			"a.example",	1 },
	{ "a.example",			"b.a.example",	0 },
	{ "a.example",			"ba.example",	0 },
	{ "a.example b.example",	"b.example",	1 },
	{ " \ta.example\t b.example ",	"b.example",	1 },
	{ "*.a.example",		"a.example",	0 },
	{ "*.a.example",		"b.a.example",	1 },
	{ "*.a.example",		"c.b.a.example", 1 },
	{ "*.a.example",		"ba.example",	0 },
	{ ".a.example",			"a.example",	1 },
	{ ".a.example",			"b.a.example",	1 },
	{ ".a.example",			"ba.example",	0 },
	{ ".a.example",			"example",	0 },
	{ "*",				"anything",	1 },
	{ "a.exampl",			"a.example",	0 },
	{ "a.example.com",		"a.example",	0 },
};
static const struct {
	const char *list, *bad;
} lists[] = {
	{ "",				NULL },
	{ "a *.b .c.d *",		NULL },
	{ "a.example  B.example",	"B.example" },
	{ "a.example.",			"a.example." },
	{ "a..b",			"a..b" },
	{ "*a.example",			"*a.example" },
	{ "*.*.example",		"*.*.example" },
	{ "10.0.0.1",			"10.0.0.1" },
	{ "https://a.example",		"https://a.example" },
	{ "a.example:443",		"a.example:443" },
	{ ".",				"." },
	{ "*.",				"*." },
};
static const struct {
	const char *from, *name; /* NULL: refused */
} names[] = {
	{ "A.Example",		"a.example" },
	{ "a.example.",		"a.example" },
	{ "x_y-z.example",	"x_y-z.example" },
	{ "localhost",		"localhost" },
	{ "",			NULL },
	{ ".",			NULL },
	{ "a..b",		NULL },
	{ ".a",			NULL },
	{ "1.2.3.4",		NULL },
	{ "0x7f.1",		NULL },
	{ "a b",		NULL },
	{ "a/b",		NULL },
	{ "[::1]",		NULL },
	{ "\303\244.example",	NULL },
};
/* clang-format on */

int
main(void)
{
	char name[HOSTS_NAME], bad[HOSTS_NAME], longest[300];
	const char *why;
	size_t i;

	for (i = 0; i < NITEMS(table); i++)
		ok(hosts_has(table[i].list, table[i].name) == table[i].has,
		    "\"%s\" and %s", table[i].list, table[i].name);
	for (i = 0; i < NITEMS(lists); i++) {
		why = hosts_check(lists[i].list, bad);
		if (lists[i].bad == NULL)
			ok(why == NULL, "\"%s\" is a list", lists[i].list);
		else
			ok(why != NULL && strcmp(bad, lists[i].bad) == 0,
			    "\"%s\" %s", lists[i].bad, why);
	}
	for (i = 0; i < NITEMS(names); i++)
		if (names[i].name == NULL)
			ok(hosts_name(name, names[i].from,
			       strlen(names[i].from)) != RC_OK,
			    "\"%s\" is no name", names[i].from);
		else
			ok(hosts_name(name, names[i].from,
			       strlen(names[i].from)) == RC_OK &&
				strcmp(name, names[i].name) == 0,
			    "%s", names[i].name);
	ok(hosts_name(name, "a\0b", 3) != RC_OK, "nor with a NUL");
	memset(longest, 'a', sizeof(longest));
	ok(hosts_name(name, longest, 253) == RC_OK, "253 bytes");
	ok(hosts_name(name, longest, 254) != RC_OK, "but not 254");
	longest[299] = '\0';
	ok(hosts_check(longest, bad) != NULL && strlen(bad) == 253,
	    "and a list tells as much of it as fits");
	return done();
}
