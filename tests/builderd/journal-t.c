/* builderd/journal, text, colour: lines, escapes, colours, cuts, secrets. */
#include <signal.h>
#include <stdlib.h>

#include "builderd/builderd.h"
#include "builderd/colour.h"
#include "builderd/journal-lines.h"
#include "clock.h"
#include "signals.h"
#include "tap.h"

#define BAD "\357\277\275"

static struct arena *a;

/* The lines, each followed by '|', of text fed in pieces of that size. */
static const char *
lines(const char *text, size_t n, size_t piece, struct redactor *r)
{
	struct journal *j = journal_new(a, NULL, NULL, r);
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

/* However much there is: whoever waits for a server does not wait busily. */
static void
away(struct redactor *r)
{
	const struct claim c = { .id = "dpl_a", .fence = "1", .secret = "x" };
	struct db *db = db_open("host=/nonexistent", "nobody", queries, Q__MAX);
	struct journal *j = journal_new(a, db, &c, r);
	int i;

	for (i = 0; i < 2000; i++)
		journal_feed(j, STREAM_OUT, "x\n", 2, NULL, NULL);
	ok(journal_due(j) == 0, "so many lines are sent at once");
	ok(journal_send(j) == RC_BUSY, "there is no server");
	ok(journal_due(j) > 0, "it is not tried again at once");
	db_close(db);
}

/* When the next lines are sent, after some at a tick. */
static void
ticks(struct redactor *r)
{
	struct journal *j = journal_new(a, NULL, NULL, r);
	int alone;

	ok(journal_due(j) == -1, "there is nothing");
	j->untold = 1;
	ok(!journal_followed(j) && journal_due(j) == -1, "nor anybody");
	raise(SIGUSR1);
	ok(journal_followed(j) && journal_due(j) == 0,
	    "who begins to read is told what nobody was");
	j->untold = 0;
	ok(journal_due(j) == -1, "once");
	j->followed = 0;
	j->last_send = clock_tick(clock_ms(), 2000);
	journal_feed(j, STREAM_OUT, "x\n", 2, NULL, NULL);
	alone = journal_due(j);
	journal_follow(j);
	ok(alone >= journal_due(j) + 1800, "who reads along waits less");
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

/* The colours of the first lines, each followed by '|', fed in such pieces. */
static const char *
colours(const char *text, size_t n, size_t piece, struct redactor *r)
{
	struct journal *j = journal_new(a, NULL, NULL, r);
	const char *s = "", *c;
	size_t i;

	for (i = 0; i < n; i += piece)
		journal_feed(j, STREAM_OUT, text + i,
		    n - i < piece ? n - i : piece, NULL, NULL);
	journal_end(j, STREAM_OUT, NULL, NULL);
	for (i = 0; journal_kept(j, i) != NULL; i++) {
		c = journal_colours(j, i);
		s = arena_printf(a, "%s%s|", s, c != NULL ? c : "");
	}
	return s;
}

/* clang-format off */
static const struct {
	const char *in, *out, *what;
} hues[] = {
	{ "plain\n",			"|", "no colours" },
	{ "a\033[31mb\033[0mc\n",	"[[1,\"31\"],[2,\"0\"]]|", "a colour" },
	{ "a\033[1;31mb\033[m\tc\n",	"[[1,\"1;31\"],[2,\"0\"]]|", "the short reset" },
	{ "\033[1m\033[4mb\n",		"[[0,\"1\"],[0,\"4\"]]|", "two at one place" },
	{ "\033[31mred\033[0m\n",	"[[0,\"31\"]]|", "none for the end of a line" },
	{ "\033[31m\n\033[0m\nx\n",	"|||", "or for an empty one" },
	{ "\033[31ma\nb\n",		"[[0,\"31\"]]||", "a colour ends with its line" },
	{ "\303\244\342\202\254\360\237\230\200\033[31mx\n", "[[3,\"31\"]]|", "characters are counted" },
	{ "\303\033[31mx\n",		"[[1,\"31\"]]|", "half a character is one" },
	{ "\001\377\033[31mx\n",	"[[2,\"31\"]]|", "so is what is shown instead" },
	{ "\033[38:2::1:2:3mx\n",	"[[0,\"38:2::1:2:3\"]]|", "with colons" },
	{ "a\033[31mb\rc\033[32md\n",	"[[1,\"31\"]]|[[1,\"32\"]]|", "a progress bar" },
	{ "\033[2Ja\033[5;5Hb\033[?25lc\033[Kd\n", "|", "what is no colour" },
	{ "\033[>4;1ma\033[?1mb\033[1 mc\033[1$md\033[<1me\n", "|", "and only ends like one" },
	{ "\033[3\0331mx\n",		"|", "an escape within one" },
	{ "\033[3\n1mx\n",		"||", "an end of line within one" },
	{ "\033]0;\033[31m\007x\033]8;;\033[31m\033\\y\n", "|", "one within a title or link" },
	{ "\033(31mx\033P31mx\033\\\033^31m\033\\\n", "|", "other sequences" },
	{ "\233" "31mx\302\233" "31m\n", "|", "C1" },
	{ "\033[11111111112222222222333333333344mx\n", "[[0,\"11111111112222222222333333333344\"]]|", "a long one" },
	{ "\033[111111111122222222223333333333444mx\033[1my\n", "[[1,\"1\"]]|", "one too long" },
	{ "a\033[31mb hunter2-hunter2\033[0m c\033[32md\n", "|", "a line with a secret has none" },
	{ "hunter2-\033[1mhunter2 \033[1mx\n", "|", "nor if they are in it" },
	{ "\033[31ma eight-8s\033[32mb\n", "|", "nor if it is as long as what hides it" },
	{ "\033[31ma \033[0mghp_0123456789abcdefghijABCDEFGHIJ012345\n", "|", "nor a line with a token" },
	{ "-----BEGIN PRIVATE \033[31mKEY-----\nx\033[32my\n-----END PRIVATE KEY-----\n\033[31mz\n", "|||[[0,\"31\"]]|", "or with a key" },
	{ "\033[1m1\033[24681357m2\n",	"|", "a secret for a colour" },
	{ "hunter2-hunter2\n\033[31mx\n", "|[[0,\"31\"]]|", "the next line has its own" },
};
/* clang-format on */

/* One of 64 colours and more, and lines that are divided. */
static void
many(struct redactor *r)
{
	static char text[4 * JOURNAL_LINE];
	const char *s;
	size_t i, n = 0;

	for (i = 0; i < 70; i++)
		n += (size_t)sprintf(text + n, "x\033[%zum", i);
	s = colours(text, n, 7, r);
	ok(strstr(s, "[64,\"63\"]]|") != NULL, "as many as a line has");

	memset(text, 'x', sizeof(text));
	memcpy(text + 10, "\033[31m", 5);
	memcpy(text + 10010, "\033[32m", 5);
	memcpy(text + 12000, "\033[0m", 4);
	for (i = 1; i < 6000; i = i * 3 + 1) {
		s = colours(text, 12100, i, r);
		is(s, "[[10,\"31\"]]|[[1822,\"32\"],[3807,\"0\"]]|",
		    "a divided line, in pieces of %zu", i);
	}
	memcpy(text + 9000, "hunter2-hunter2", 15);
	s = colours(text, 12100, 99, r);
	ok(strstr(s, "31") == NULL, "where it is divided and has a secret");

	/* The most that a line may have is what its column takes. */
	for (n = 0; n < JOURNAL_LINE - 100; n++)
		text[n] = 'x';
	for (i = 0; i < COLOURS; i++) {
		memset(text + n, '1', TEXT_CODES + 4);
		memcpy(text + n, "\033[", 2);
		text[n + TEXT_CODES + 2] = 'm';
		n += TEXT_CODES + 4;
	}
	s = colours(text, n, n, r);
	ok(strlen(s) > COLOURS * TEXT_CODES && strlen(s) < 4096,
	    "the largest has %zu bytes", strlen(s));
}

int
main(void)
{
	struct redactor *r;
	struct journal *j;
	char *big, *p;
	const char *s;
	size_t i, piece;

	signals_init();
	a = arena_new();
	r = redact_new(a);
	redact_add(r, "V", "hunter2-hunter2");
	for (i = 0; i < NITEMS(cases); i++)
		is(lines(cases[i].in, strlen(cases[i].in), 4096, r),
		    cases[i].out, "%s", cases[i].what);
	for (i = 0; i < NITEMS(cases); i++)
		is(lines(cases[i].in, strlen(cases[i].in), 1, r), cases[i].out,
		    "%s, byte by byte", cases[i].what);
	redact_add(r, "E", "eight-8s");
	redact_add(r, "N", "24681357");
	for (i = 0; i < NITEMS(hues); i++)
		for (piece = 1; piece < 100; piece = piece * 3 + 1)
			is(colours(hues[i].in, strlen(hues[i].in), piece, r),
			    hues[i].out, "%s, in pieces of %zu", hues[i].what,
			    piece);
	many(r);
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

	j = journal_new(a, NULL, NULL, r);
	journal_limit(j, 2);
	journal_feed(j, STREAM_OUT, "1\n2\n3\n4\n5\n6\n7\n", 14, NULL, NULL);
	journal_say(j, "ours");
	is(journal_kept(j, 1), "2", "as many lines as are kept");
	ok(strstr(journal_kept(j, 2), "build-log-max") != NULL, "and a word");
	is(journal_kept(j, 3), "ours", "our own are always kept");
	ok(journal_kept(j, 4) == NULL, "and nothing else");
	is(journal_tail(j, a), "\n3\n4\n5\n6\n7", "the last are known still");

	j = journal_new(a, NULL, NULL, r);
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
	j = journal_new(a, NULL, NULL, r);
	journal_limit(j, 2);
	journal_rate(j, 10);
	for (i = 0; i < 1000; i++)
		journal_feed(j, STREAM_OUT, "x\n", 2, NULL, NULL);
	ok(journal_wait(j) == 0, "what is not kept needs no wait");
	away(r);
	ticks(r);
	arena_free(a);
	return done();
}
