/* builderd/journal and text: lines, escapes, characters, cuts, secrets. */
#include <stdlib.h>

#include "builderd/journal.h"
#include "tap.h"

#define BAD "\357\277\275"

static struct arena *a;

/* The lines, each followed by '|', of text fed in pieces of that size. */
static const char *
lines(const char *text, size_t n, size_t piece, struct redactor *r)
{
	struct journal *j = journal_new(a, NULL, "dpl_x", "1", r);
	const char *s = "", *line;
	size_t i;

	for (i = 0; i < n; i += piece)
		journal_feed(j, STREAM_OUT, text + i,
		    n - i < piece ? n - i : piece, NULL, NULL);
	journal_end(j, STREAM_OUT, NULL, NULL);
	for (i = 0; (line = journal_kept(j, i)) != NULL; i++)
		s = arena_printf(a, "%s%s|", s, line);
	return s;
}

/* clang-format off */
static const struct {
	const char *in, *out, *what;
} cases[] = {
	{ "a\nb\n",		"a|b|",		"two lines" },
	{ "a\nb",		"a|b|",		"the last without an end" },
	{ "a\r\nb\r\n",		"a|b|",		"ends of Windows" },
	{ "1%\r2%\r3%\n",	"1%|2%|3%|",	"a progress bar" },
	{ "a\n\nb\n",		"a||b|",	"an empty line" },
	{ "\r\n",		"|",		"an empty line of Windows" },
	{ "\033[1;31mred\033[0m\n", "red|",	"colours" },
	{ "\033]0;title\007x\n", "x|",		"a window title" },
	{ "\033]8;;http://x\033\\link\033]8;;\033\\\n", "link|", "a link" },
	{ "\033]52;c;Zm9v\007y\n", "y|",	"the clipboard" },
	{ "\033(Bz\033=\n",	"z|",		"short sequences" },
	{ "tab\there\n",	"tab\there|",	"a tab stays" },
	{ "a\001b\010c\177\n",	"a" BAD "b" BAD "c" BAD "|", "controls" },
	{ "\303\244\342\202\254\360\237\230\200\n", "\303\244\342\202\254\360\237\230\200|", "UTF-8" },
	{ "\303\n",		BAD "|",	"half a character" },
	{ "\303x\n",		BAD "x|",	"half a character, then more" },
	{ "\377\376\n",		BAD BAD "|",	"no UTF-8" },
	{ "\300\257\n",		BAD BAD "|",	"overlong" },
	{ "\355\240\200\n",	BAD "|",	"a surrogate" },
	{ "\302\233x\n",	BAD "x|",	"a C1 control" },
	{ "\342\200\256x\n",	BAD "x|",	"right to left" },
	{ "a hunter2-hunter2 b\n", "a [secret] b|", "a secret" },
	{ "x\n-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\nbnNz\n-----END OPENSSH PRIVATE KEY-----\ny\n", "x|[secret]|[secret]|[secret]|[secret]|y|", "a private key" },
	{ "-----BEGIN PRIVATE KEY----- is missing\nin the file\n", "[secret]|in the file|", "and the talk of one" },
	{ "-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----|", "a certificate is none" },
	{ "hunter2-\033[1mhunter2\n", "[secret]|", "a secret with colours in it" },
};
/* clang-format on */

int
main(void)
{
	struct redactor *r;
	struct journal *j;
	char *big, *p;
	const char *s;
	size_t i, piece;

	a = arena_new();
	r = redact_new(a);
	redact_add(r, "V", "hunter2-hunter2");
	for (i = 0; i < NITEMS(cases); i++)
		is(lines(cases[i].in, strlen(cases[i].in), 4096, r),
		    cases[i].out, "%s", cases[i].what);
	for (i = 0; i < NITEMS(cases); i++)
		is(lines(cases[i].in, strlen(cases[i].in), 1, r), cases[i].out,
		    "%s, byte by byte", cases[i].what);
	is(lines("a\0b\n", 4, 4, r), "a" BAD "b|", "a NUL");

	big = malloc(40000);
	memset(big, 'x', 40000);
	s = lines(big, 40000, 1000, r);
	ok(strlen(s) == 40000 + 5, "a long line is five, and nothing is lost");
	for (i = 0; (p = strchr(s, '|')) != NULL; s = p + 1)
		if (p - s > JOURNAL_LINE)
			i++;
	ok(i == 0, "none longer than it may be");

	/* A secret wherever a long line may be cut. */
	for (i = JOURNAL_LINE - 20, piece = 0; i < JOURNAL_LINE + 5; i++) {
		memset(big, 'x', 20000);
		memcpy(big + i, "hunter2-hunter2", 15);
		s = lines(big, 20000, 777, r);
		if (strstr(s, "[secret]") == NULL ||
		    strstr(s, "hunter") != NULL)
			piece++;
	}
	ok(piece == 0, "a secret is seen across every cut");
	for (i = 0; i < 39999; i += 2)
		memcpy(big + i, "\303\244", 2);
	s = lines(big, 40000, 333, r);
	ok(strstr(s, BAD) == NULL && strlen(s) == 40000 + 5,
	    "no cut through a character");
	free(big);

	j = journal_new(a, NULL, "dpl_x", "1", r);
	journal_limit(j, 2);
	journal_feed(j, STREAM_OUT, "1\n2\n3\n4\n5\n6\n7\n", 14, NULL, NULL);
	journal_say(j, "ours");
	is(journal_kept(j, 1), "2", "as many lines as are kept");
	ok(strstr(journal_kept(j, 2), "build-log-max") != NULL, "and a word");
	is(journal_kept(j, 3), "ours", "our own are always kept");
	ok(journal_kept(j, 4) == NULL, "and nothing else");
	is(journal_tail(j, a), "\n3\n4\n5\n6\n7", "the last are known still");

	j = journal_new(a, NULL, "dpl_x", "1", r);
	ok(journal_wait(j) == 0, "no rate, no wait");
	journal_rate(j, 10);
	for (i = 0; i < 50; i++)
		journal_feed(j, STREAM_OUT, "x\n", 2, NULL, NULL);
	ok(journal_wait(j) == 0, "a burst");
	for (i = 0; i < 20; i++)
		journal_feed(j, STREAM_ERR, "x\n", 2, NULL, NULL);
	ok(journal_wait(j) > 1500 && journal_wait(j) <= 2001,
	    "then a wait: %d ms", (int)journal_wait(j));
	ok(journal_printed(j) == 140, "all is counted");
	j = journal_new(a, NULL, "dpl_x", "1", r);
	journal_limit(j, 2);
	journal_rate(j, 10);
	for (i = 0; i < 1000; i++)
		journal_feed(j, STREAM_OUT, "x\n", 2, NULL, NULL);
	ok(journal_wait(j) == 0, "what is not kept needs no wait");
	arena_free(a);
	return done();
}
