/* lib/key: which key files are good enough to start on. */
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "key.h"
#include "tap.h"

#define K1   "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define K2   "1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100"
#define ZERO "0000000000000000000000000000000000000000000000000000000000000000"

/* clang-format off */
static const struct {
	const char	*text;
	mode_t		 mode;
	int		 secret;
	enum rc		 rc;
	const char	*what;
} cases[] = {
	{ "a " K1 "\n",			0400, 1, RC_OK,	     "one key" },
	{ "b " K2 "\na " K1 "\n",	0400, 1, RC_OK,	     "two keys" },
	{ "a " K1 "\n",			0644, 0, RC_OK,	     "public" },
	{ "a " K1 "\n",			0440, 1, RC_INVALID, "group may read" },
	{ "a " K1 "\n",			0404, 1, RC_INVALID, "others may read" },
	{ "",				0400, 1, RC_INVALID, "empty" },
	{ "# nothing\n",		0400, 1, RC_INVALID, "only a comment" },
	{ "a " ZERO "\n",		0400, 1, RC_INVALID, "not random" },
	{ "a 0001\n",			0400, 1, RC_INVALID, "short" },
	{ "a " K1 "00\n",		0400, 1, RC_INVALID, "long" },
	{ "a " K1 " \n",		0400, 1, RC_INVALID, "something after" },
	{ K1 "\n",			0400, 1, RC_INVALID, "no id" },
	{ "ninechars " K1 "\n",		0400, 1, RC_INVALID, "id too long" },
	{ "a " K1 "\nb " K1 "\nc " K1 "\nd " K1 "\ne " K1 "\n",
					0400, 1, RC_INVALID, "five keys" },
};
/* clang-format on */

int
main(void)
{
	char path[] = "/tmp/slipway-key-XXXXXX";
	struct keys keys;
	size_t i;
	FILE *f;

	close(mkstemp(path));
	ok(freopen("/dev/null", "w", stderr) != NULL, "quiet");
	for (i = 0; i < NITEMS(cases); i++) {
		chmod(path, 0600);
		f = fopen(path, "w");
		fputs(cases[i].text, f);
		fclose(f);
		chmod(path, cases[i].mode);
		ok(keys_load(&keys, path, cases[i].secret) == cases[i].rc, "%s",
		    cases[i].what);
		if (i == 1) {
			is(keys.k[0].id, "b", "the first is the newest");
			ok(keys_find(&keys, "a")[31] == 0x1f, "found by id");
			ok(keys_find(&keys, "c") == NULL, "or not at all");
		}
	}
	ok(keys_load(&keys, "/nonexistent", 1) == RC_NOT_FOUND, "no file");
	unlink(path);
	return done();
}
