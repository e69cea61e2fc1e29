/* Cookies of protected hosts, forms, and how often and how many try at once. */
#include <sys/wait.h>

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgi-serve/cookie.h"
#include "fcgi-serve/form.h"
#include "fcgi-serve/logins.h"
#include "tap.h"

#define KEY  "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY2 "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1e"
#define NOW  1700000000

static void
cookies(void)
{
	char v[COOKIE_SIZE], w[COOKIE_SIZE];
	size_t i, bad = 0;

	ok(cookie_make(KEY, "a.example", NOW + 100, v) == RC_OK, "made");
	ok(strlen(v) == 10 + 1 + 43, "of a fixed length");
	ok(cookie_ok(KEY, "a.example", NOW, v), "good");
	ok(cookie_ok(KEY, "a.example", NOW + 99, v), "until its end");
	ok(!cookie_ok(KEY, "a.example", NOW + 100, v), "and not longer");
	ok(!cookie_ok(KEY, "b.example", NOW, v), "for no other host");
	ok(!cookie_ok(KEY2, "a.example", NOW, v), "with no other key");
	for (i = 0; v[i] != '\0'; i++) {
		strcpy(w, v);
		w[i] = w[i] == 'A' ? 'B' : 'A';
		bad += cookie_ok(KEY, "a.example", NOW, w);
		w[i] = '\0';
		bad += cookie_ok(KEY, "a.example", NOW, w);
	}
	ok(bad == 0, "nor changed or cut anywhere");
	ok(!cookie_ok(KEY, "a.example", NOW, ""), "nor empty");
	ok(cookie_make(KEY, "a.example", NOW + COOKIE_SECONDS, v) == RC_OK &&
		cookie_ok(KEY, "a.example", NOW, v),
	    "the longest that is given");
	ok(cookie_make(KEY, "a.example", NOW + COOKIE_SECONDS + 1, v) ==
		    RC_OK &&
		!cookie_ok(KEY, "a.example", NOW, v),
	    "a longer one was not given");
	ok(cookie_make("", "a.example", NOW, v) == RC_FAIL, "no key");
	ok(cookie_make("0g", "a.example", NOW, v) == RC_FAIL, "a bad key");
	ok(!cookie_ok("", "a.example", NOW, w), "is good for nothing");
	/* "1" before "0a" is not "10" before "a". */
	ok(cookie_make(KEY, "0a.example", 1, v) == RC_OK &&
		cookie_make(KEY, "a.example", 10, w) == RC_OK &&
		strcmp(v + 11, w + 11) != 0,
	    "time and host do not run together");
}

/* clang-format off */
static const struct {
	const char *header, *want;
} headers[] = {
	{ "slipway=x",			"x" },
	{ "a=b; slipway=x; c=d",	"x" },
	{ "a=b;slipway=x",		"x" },
	{ "slipway=",			"-" },
	{ "slipway=x; slipway=x",	"-" },
	{ "slipway=x; slipway=y",	"-" },
	{ "xslipway=y",			"-" },
	{ "slipwayx=y",			"-" },
	{ "Slipway=y",			"-" },
	{ "",				"-" },
	{ ";;; ;",			"-" },
	{ "slipway",			"-" },
}, forms[] = {
	{ "slipway=a+b%20c%2B",		"a b c+" },
	{ "x=1&slipway=x&y=2",		"x" },
	{ "slipway=x&slipway=x",	"-" },
	{ "slipway=%",			"-" },
	{ "slipway=%4",			"-" },
	{ "slipway=%zz",		"-" },
	{ "slipway=%00",		"-" },
	{ "slipway=%C3%a9",		"\xc3\xa9" },
	{ "slipway=%`1",		"-" },
	{ "&&&",			"-" },
	{ "",				"-" },
};
/* clang-format on */

static const char *
or_dash(const char *s)
{
	return s != NULL && *s != '\0' ? s : "-";
}

static void
fields(void)
{
	struct arena *a = arena_new();
	size_t i;

	for (i = 0; i < NITEMS(headers); i++)
		is(or_dash(cookie_find(a, headers[i].header, "slipway")),
		    headers[i].want, "cookie: %s", headers[i].header);
	for (i = 0; i < NITEMS(forms); i++)
		is(or_dash(form_field(a, forms[i].header, "slipway")),
		    forms[i].want, "form: %s", forms[i].header);
	arena_free(a);
}

static void
counts(struct logins *l)
{
	char addr[64];
	int i, wait = 0, good = 0;

	for (i = 0; i < 8; i++)
		good +=
		    logins_count(l, "prj_a", "192.0.2.1", 4, &wait) == RC_OK;
	ok(good == 4 || good == 5, "four in a window"); /* or in two */
	ok(wait > 0 && wait <= 60, "and then when to come back");
	ok(logins_count(l, "prj_b", "192.0.2.1", 4, &wait) == RC_OK,
	    "another project counts for itself");
	ok(logins_count(l, "prj_a", "192.0.2.2", 4, &wait) == RC_OK,
	    "so does another address");
	for (good = i = 0; i < 100; i++)
		good += logins_look(l, "prj_d", "192.0.2.3", 1, &wait) == RC_OK;
	ok(good == 100, "looking counts for nothing");
	while (logins_count(l, "prj_d", "192.0.2.3", 4, &wait) == RC_OK)
		;
	ok(logins_look(l, "prj_d", "192.0.2.3", 4, &wait) == RC_LIMITED,
	    "but one sees that it is too often");
	for (good = 0, i = 0; i < 8; i++)
		good += logins_count(l, "prj_a",
			    i & 1 ? "2001:db8::1" : "2001:db8::ffff:2", 4,
			    &wait) == RC_OK;
	ok(good == 4 || good == 5, "a network of IPv6 is one");
	ok(logins_count(l, "", "", 1, &wait) == RC_OK, "nobody is somebody");
	/* Before the table is filled: it is to have a place of its own. */
	for (i = good = 0; i < 1000; i++) {
		snprintf(addr, sizeof(addr), "prj_%d", i);
		good += logins_count(l, addr, "203.0.113.7", 4, &wait) == RC_OK;
	}
	ok(good >= 16 && good <= 32, "one address, of a thousand projects: %d",
	    good);
	/* Whoever has a /48 does not fill the table with its 65,536 /64s. */
	for (i = good = 0; i < 65536; i++) {
		snprintf(addr, sizeof(addr), "2001:db8:1:%x::1", i);
		good += logins_count(l, "prj_a", addr, 4, &wait) == RC_OK;
	}
	ok(good <= 128, "a network of 48 bits may try %d times", good);
	for (i = good = 0; i < 1000; i++) {
		snprintf(addr, sizeof(addr), "198.51.%d.%d", i / 250, i % 250);
		good += logins_count(l, "prj_c", addr, 4, &wait) == RC_OK;
	}
	/* A few may fall on places that were filled above. */
	ok(good >= 990, "and %d of 1000 others may still try", good);
}

/*
 * A child that enters, though somebody else may wait before it, and tells by a
 * byte that it is in; it leaves by dying.
 */
static pid_t
enter(struct logins *l, const char *team, int in[2])
{
	pid_t pid = fork();
	char c = 'x';

	if (pid != 0)
		return pid;
	while (logins_enter(l, team) != RC_OK)
		sched_yield();
	(void)!write(in[1], &c, 1);
	pause();
	_exit(0);
}

static void
gate(struct logins *l)
{
	int in[2], status, busy = 0, i;
	pid_t holder, waiter, other;
	char c;

	if (pipe(in) == -1)
		exit(99);
	holder = enter(l, "team_a", in);
	ok(read(in[0], &c, 1) == 1, "one enters");
	waiter = enter(l, "team_a", in);
	close(in[1]); /* a waiter who is gone is an end, and not a silence */
	/* Until that one waits, one of these may be the one who does. */
	for (i = 0; i < 30 && busy == 0; i++) {
		other = fork();
		if (other == 0) {
			alarm(1);
			_exit(logins_enter(l, "team_b") == RC_BUSY ? 7 : 1);
		}
		waitpid(other, &status, 0);
		busy += WIFEXITED(status) && WEXITSTATUS(status) == 7;
	}
	ok(busy == 1, "a third is told to come back");
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	ok(read(in[0], &c, 1) == 1, "who waits is next, when that one dies");
	kill(waiter, SIGKILL);
	waitpid(waiter, NULL, 0);
	ok(logins_enter(l, "team_a") == RC_OK, "and then the next");
	logins_leave();
}

/* Of one team's site many passwords are tried, of another's one. */
static void
crowd(struct logins *l)
{
	int in[2], i, tried = 0, status;
	pid_t holder, other, waiter;
	char c;

	for (i = 0; i < 200; i++, logins_leave())
		tried += logins_enter(l, "team_crowd") == RC_OK;
	ok(tried == 200, "while nobody else wants it, all of 200 are checked");
	if (pipe(in) == -1)
		exit(99);
	holder = enter(l, "team_crowd", in);
	ok(read(in[0], &c, 1) == 1, "one more is");
	for (i = 0; i < 100; i++) {
		if ((other = fork()) == 0) {
			alarm(5);
			_exit(logins_enter(l, "team_crowd") == RC_BUSY ? 7 : 1);
		}
		waitpid(other, &status, 0);
		tried += WIFEXITED(status) && WEXITSTATUS(status) == 7;
	}
	ok(tried == 300, "but none of them waits");
	waiter = enter(l, "team_calm", in);
	close(in[1]);
	kill(holder, SIGKILL);
	waitpid(holder, NULL, 0);
	ok(read(in[0], &c, 1) == 1, "so that another may");
	kill(waiter, SIGKILL);
	waitpid(waiter, NULL, 0);
}

int
main(void)
{
	struct logins *l = logins_new();

	cookies();
	fields();
	counts(l);
	gate(l);
	crowd(l);
	return done();
}
