/* builderd/redact: values, what becomes of them, and where a line is cut. */
#include <stdint.h>
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
	{ "hunter2-hunter2-and-hunter2-hunter2", "[secret]-and-[secret]", "twice, not the longer" },
	{ "x over-lapping-secrets y",	"x [secret] y",		"two that overlap" },
	{ "ghp_0123456789abcdefghij",	"[secret]",		"a token by its beginning" },
	{ "a=ghp_0123456789abcdefghij;", "a=[secret];",		"among other things" },
	{ "xghp_0123456789abcdefghij",	"xghp_0123456789abcdefghij", "not within a word" },
	{ "ghp_short",			"ghp_short",		"nor a short one" },
	{ "AKIAIOSFODNN7EXAMPLE",	"[secret]",		"the key of a cloud" },
	{ "AKIAIOSFODNN7EXAMPLEXX",	"AKIAIOSFODNN7EXAMPLEXX", "of no other length" },
	{ "t eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl t", "t [secret] t", "a JWT" },
	{ "eyJhbGciOiJIUzI1NiJ9 alone",	"eyJhbGciOiJIUzI1NiJ9 alone", "not one part of it" },
	{ "git clone https://ann:s3cret@git.example/x", "git clone https://[secret]@git.example/x", "a password in a URL" },
	{ "https://git.example/@scope/x:y@1", "https://git.example/@scope/x:y@1", "not what looks like one" },
	{ "http://localhost:3000/",	"http://localhost:3000/", "nor a port" },
};
/* clang-format on */

#define TEXT 400

static unsigned int
dice(unsigned int sides)
{
	static uint64_t x = 88172645463325252U;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (unsigned int)(x >> 20) % sides;
}

/* The same as redact(), the slow way: every value at every place. */
static size_t
naive(char values[][24], size_t nvalues, char *text, size_t n)
{
	size_t i, k, start = 0, end = 0, len = 0;
	char out[TEXT * 2];

	for (i = 0; i <= n; i++) {
		for (k = 0; i < n && k < nvalues; k++) {
			size_t m = strlen(values[k]);

			if (m > n - i || memcmp(text + i, values[k], m) != 0)
				continue;
			if (i >= end) {
				if (end > start) {
					memcpy(out + len, REDACTED, 8);
					len += 8;
				}
				start = i;
				end = i;
			}
			if (i + m > end)
				end = i + m;
		}
		if (i >= end) {
			if (end > start) {
				memcpy(out + len, REDACTED, 8);
				len += 8;
				start = end;
			}
			if (i < n)
				out[len++] = text[i];
		}
	}
	memcpy(text, out, len);
	return len;
}

/*
 * Texts of few letters, full of values and of their halves.  In base64 and the
 * like they look the same only by what else is in the alphabet, so that here
 * the values are all that there is to find.
 */
static void
differential(void)
{
	char values[6][24], text[TEXT], slow[TEXT * 2], fast[TEXT * 2];
	size_t round, i, k, n, m, cut, at, bad = 0, cuts = 0;
	struct redactor *r;
	struct arena *a;

	for (round = 0; round < 3000; round++) {
		a = arena_new();
		r = redact_new(a);
		m = 1 + dice(6);
		for (k = 0; k < m; k++) {
			n = 8 + dice(10);
			for (i = 0; i < n; i++)
				values[k][i] = (char)('.' + dice(2) * 49);
			values[k][n] = '\0';
			redact_add(r, "V", values[k]);
		}
		for (n = 0; n < TEXT - 40;)
			if (dice(3) == 0) {
				k = dice((unsigned int)m);
				i = dice(24);
				if (i > strlen(values[k]))
					i = strlen(values[k]);
				memcpy(text + n, values[k], i);
				n += i;
			} else
				text[n++] = (char)('.' + dice(2) * 49);
		memcpy(slow, text, n);
		memcpy(fast, text, n);
		i = naive(values, m, slow, n);
		at = cut = dice((unsigned int)n + 1);
		k = redact(r, fast, n, &cut);
		bad += i != k || memcmp(slow, fast, i) != 0;
		/* Nothing is cut: before and behind it there is all. */
		cuts += cut > k ||
		    (at == n ? cut != k : cut < k && k - cut > n - at + 8);
		arena_free(a);
	}
	ok(bad == 0, "the same as the slow way, %zu of %zu not", bad, round);
	ok(cuts == 0, "cut where it was to be cut");
}

int
main(void)
{
	struct arena *a = arena_new();
	struct redactor *r = redact_new(a);
	char buf[256];
	size_t i, n, cut;

	ok(redact_longest(r) == 0, "nothing to hide at first");
	redact_add(r, "V", "short");
	ok(redact_longest(r) == 0, "a short value is not a secret");
	redact_add(r, "V", "hunter2-hunter2");
	redact_add(r, "V", "hunter2-hunter2-and-more");
	redact_add(r, "V", "p@ss/w\303\266rd");
	redact_add(r, "V", "quo\"te\\slash");
	redact_add(r, "V", "first line of key\nsecond line of key\n");
	redact_add(r, "W", "over-lapping");
	redact_add(r, "X", "lapping-secrets");
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
	is(redact_find(r, "a hunter2-hunter2 b", 19), "V", "whose it is");
	ok(redact_find(r, "a hunter2-hunter b", 18) == NULL, "or nobody's");
	arena_free(a);
	differential();
	return done();
}
