/* lib/conf: presets, what is refused and how, and that -p reads back. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf.h"
#include "log.h"
#include "tap.h"

static char path[] = "/tmp/slipway-conf-XXXXXX";

static enum rc
load(struct conf *c, struct arena *a, const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
	return conf_load(c, a, path);
}

/* clang-format off */
static const struct {
	const char	*text;
	enum rc		 rc;
	const char	*what;
} cases[] = {
	{ "",				RC_OK,		"nothing at all" },
	{ "# only\n\n  \t\n",		RC_OK,		"comments and blanks" },
	{ "api-workers 1",		RC_OK,		"the least, no newline" },
	{ "api-workers 256\n",		RC_OK,		"the most" },
	{ "api-workers 0\n",		RC_INVALID,	"below the least" },
	{ "api-workers 257\n",		RC_INVALID,	"above the most" },
	{ "api-workers 4x\n",		RC_INVALID,	"not a number" },
	{ "api-workers\n",		RC_INVALID,	"a number missing" },
	{ "api-workers 4\napi-workers 4\n", RC_INVALID,	"twice" },
	{ "api-worker 4\n",		RC_INVALID,	"unknown" },
	{ "signup open\n",		RC_OK,		"a choice" },
	{ "signup ope\n",		RC_INVALID,	"half a choice" },
	{ "signup open|closed\n",	RC_INVALID,	"all choices" },
	{ "net-allow\n",		RC_OK,		"an empty string" },
	{ "net-allow 10.0.0.1/32 ::1/127\n", RC_INVALID, "not a net" },
	{ "resolver\n",		RC_OK,		"no resolver" },
	{ "resolver 10.0.0.53\n",	RC_OK,		"an address" },
	{ "resolver [::1]:5353\n",	RC_OK,		"an address with a port" },
	{ "resolver localhost\n",	RC_INVALID,	"a name" },
	{ "net-allow 10.0.0.1/32 ::1/128:80  \n", RC_OK, "a value with spaces" },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	struct conf c;
	size_t i;

	log_open("conf-t", 0);
	close(mkstemp(path));
	ok(freopen("/dev/null", "w", stderr) != NULL, "quiet");
	for (i = 0; i < NITEMS(cases); i++)
		ok(load(&c, a, cases[i].text) == cases[i].rc, "%s",
		    cases[i].what);
	is(c.net_allow, "10.0.0.1/32 ::1/128:80", "value, ends trimmed");
	ok(c.api_workers == 4, "preset");
	ok(conf_load(&c, a, "/nonexistent") == RC_NOT_FOUND, "no file");
	unlink(path);
	arena_free(a);
	return done();
}
