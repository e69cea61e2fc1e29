/* cli/slipway/remote: what a builder can fetch. */
#include "cli/slipway/slipway.h"
#include "tap.h"

/* clang-format off */
static const struct { const char *in, *out; } table[] = {
	{ "https://host/a/b.git",	"https://host/a/b.git" },
	{ "https://host/a@b",		"https://host/a@b" },
	{ "https://me:ghp_x@host/a",	"https://host/a" },
	{ "https://x@y@host:444/a",	"https://host:444/a" },
	{ "git@host:a/b.git",		"https://host/a/b.git" },
	{ "host:a/b",			"https://host/a/b" },
	{ "git@host:/a/b",		"https://host/a/b" },
	{ "ssh://git@host/a/b.git",	"https://host/a/b.git" },
	{ "ssh://host/a",		"https://host/a" },
	{ "ssh://git@host:2222/a",	"ssh://git@host:2222/a" },
	{ "/srv/git/a",			"/srv/git/a" },
	{ "./a:b",			"./a:b" },
	{ "file:///srv/a",		"file:///srv/a" },
	{ "http://host/a",		"http://host/a" },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < NITEMS(table); i++)
		is(remote_https(a, table[i].in), table[i].out, "%s",
		    table[i].in);
	arena_free(a);
	return done();
}
