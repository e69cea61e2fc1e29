/* builderd/leak: which values must not be published, and where they hide. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "builderd/builderd.h"
#include "tap.h"

#define MIB (1 << 20)

/* clang-format off */
static const struct {
	const char *var;
	int secret;
} table[] = {
	{ "TOKEN=7Lq2vXw9Tz",			1 },
	{ "TOKEN=short1",			0 },
	{ "DATABASE_URL=postgres://a:b@c/d",	1 },
	{ "HOOK=https://hooks.example/T0/B0/x",	1 },
	{ "SITE=https://www.example.org",	0 },
	{ "SITE=https://www.example.org/",	0 },
	{ "SITE=https://ann:pw@example.org",	1 },
	{ "MODE=production",			0 },
	{ "WORDS=for production",		0 },
	{ "WORDS=correct horse battery staple",	1 },
	{ "VITE_KEY=7Lq2vXw9Tz",		0 },
	{ "NEXT_PUBLIC_KEY=7Lq2vXw9Tz",		0 },
	{ "OWN_KEY=7Lq2vXw9Tz",			0 }, /* of the framework */
	{ "ALSO_KEY=7Lq2vXw9Tz",		0 },
	{ "OWN=7Lq2vXw9Tz",			1 },
	{ "MEANT=7Lq2vXw9Tz",			0 }, /* named below */
	{ "MEANT_TOO=7Lq2vXw9Tz",		0 },
	{ "NOT_MEANT=7Lq2vXw9Tz",		1 },
};
/* clang-format on */

static const char *
scan(struct build *b, const char *text, size_t at, size_t size)
{
	char path[] = "/tmp/slipway-leak-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	const char *name = NULL;

	unlink(path);
	if (fd == -1 || ftruncate(fd, (off_t)size) == -1 ||
	    pwrite(fd, text, strlen(text), (off_t)at) == -1 ||
	    leak_scan(b, fd, &name) != RC_OK)
		return "cannot read";
	close(fd);
	return name != NULL ? name : "";
}

int
main(void)
{
	static const struct framework own = { .prefix = "OWN_|ALSO_" };
	struct build b = { .framework = &own };
	const char *vars[4];
	size_t i, bad = 0;

	b.arena = arena_new();
	b.vars = vars;
	vars[1] = "SECRETS_SCAN_OMIT_KEYS=MEANT, MEANT_TOO";
	vars[2] = NULL;
	for (i = 0; i < NITEMS(table); i++) {
		vars[0] = table[i].var;
		leak_learn(&b);
		ok((redact_longest(b.secrets) > 0) == table[i].secret, "%s",
		    table[i].var);
	}
	vars[0] = "TOKEN=7Lq2vXw9Tz";
	leak_learn(&b);
	is(scan(&b, "7Lq2vXw9Tz", 0, 10), "TOKEN", "a whole file");
	is(scan(&b, "N0xxMnZYdzlUeg==", 5000, 3 * MIB), "TOKEN", "in base64");
	is(scan(&b, "7Lq2vXw9T", 0, 3 * MIB), "", "not half of it");
	for (i = MIB - 12; i < MIB + 2; i++)
		bad += strcmp(scan(&b, "7Lq2vXw9Tz", i, 2 * MIB), "TOKEN") != 0;
	ok(bad == 0, "wherever it is read in two");
	vars[1] = "SECRETS_SCAN_ENABLED=false";
	leak_learn(&b);
	is(scan(&b, "7Lq2vXw9Tz", 0, 10), "", "unless nobody asks");
	arena_free(b.arena);
	return done();
}
