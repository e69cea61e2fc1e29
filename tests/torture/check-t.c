/*
 * check-t -- a history that keeps every promise, and one change to it for each
 * way to break one.
 */
#include <sys/mman.h>
#include <sys/wait.h>

#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "tap.h"

#define NITEMS(a) (sizeof(a) / sizeof((a)[0]))

/* A lost builder, a rollback, a cancelled one, and a newer one that ends first.
 */
/* clang-format off */
static const char *const good[] = {
	"1 phase begun 60 1",
	"2 asked a p1",
	"3 asked b p1",
	"4 asked c p2",
	"5 asked d p2",
	"6 asked e p2",
	"10 work a 1 70",
	"11 work b 2 71",
	"12 work b 2 71",
	"13 fault builderd.kill builderd-1",
	"14 cancel c canceled",
	"20 work b 3 72",
	"21 promoted a p1",
	"22 work d 4 73",
	"23 work e 5 74",
	"24 cancel d canceling",
	"30 phase restarted",
	"31 pulse 21 2 0",
	"32 phase drained",
	"33 phase done",
	"0 team t 2",
	"0 project p1 t 1",
	"0 project p2 t 2",
	"0 row 1 deployment a p1 t 1 production queued 0 0 - slipway_api",
	"0 row 2 deployment b p1 t 2 production queued 0 0 - slipway_api",
	"0 row 3 deployment c p2 t 1 preview queued 0 0 - slipway_api",
	"0 row 4 deployment d p2 t 2 production queued 0 0 - slipway_api",
	"0 row 5 deployment e p2 t 3 production queued 0 0 - slipway_api",
	"0 row 6 deployment a p1 t 1 production building 1 1 - slipway_build",
	"0 row 7 deployment a p1 t 1 production ready 1 1 m1 slipway_build",
	"0 row 8 live p1 a 1 slipway_build",
	"0 row 9 deployment c p2 t 1 preview canceled 0 0 - slipway_api",
	"0 row 10 deployment b p1 t 2 production building 2 1 - slipway_build",
	"0 row 11 deployment b p1 t 2 production queued 2 1 - slipway_build",
	"0 row 12 deployment b p1 t 2 production building 3 2 - slipway_build",
	"0 row 13 deployment b p1 t 2 production ready 3 2 m2 slipway_build",
	"0 row 14 live p1 b 2 slipway_build",
	"0 row 15 live p1 a 1 slipway_api",
	"0 row 16 deployment d p2 t 2 production building 4 1 - slipway_build",
	"0 row 17 deployment e p2 t 3 production building 5 1 - slipway_build",
	"0 row 18 deployment d p2 t 2 production canceling 4 1 - slipway_api",
	"0 row 19 deployment e p2 t 3 production ready 5 1 m3 slipway_build",
	"0 row 20 live p2 e 3 slipway_build",
	"0 row 21 deployment d p2 t 2 production ready 4 1 m4 slipway_build",
	"0 line a 1 1 build work 1 of 8",
	"0 line a 1 2 build work 2 of 8",
	"0 line a 1 3 build work 3 of 8",
	"0 line a 1 4 build work 4 of 8",
	"0 line a 1 5 build work 5 of 8",
	"0 line a 1 6 build work 6 of 8",
	"0 line a 1 7 build work 7 of 8",
	"0 line a 1 8 build work 8 of 8",
	"0 line a 1 9 publish publish: done in 0.001 s",
	"0 line b 3 1 build work 1 of 8\n0 line b 3 2 build work 2 of 8\n"
	"0 line b 3 3 build work 3 of 8\n0 line b 3 4 build work 4 of 8\n"
	"0 line b 3 5 build work 5 of 8\n0 line b 3 6 build work 6 of 8\n"
	"0 line b 3 7 build work 7 of 8\n0 line b 3 8 build work 8 of 8\n"
	"0 line b 3 9 publish publish: done in 0.001 s",
	"0 line d 4 1 build work 1 of 8\n0 line d 4 2 build work 2 of 8\n"
	"0 line d 4 3 build work 3 of 8\n0 line d 4 4 build work 4 of 8\n"
	"0 line d 4 5 build work 5 of 8\n0 line d 4 6 build work 6 of 8\n"
	"0 line d 4 7 build work 7 of 8\n0 line d 4 8 build work 8 of 8\n"
	"0 line d 4 9 publish publish: done in 0.001 s",
	"0 line e 5 1 build work 1 of 8\n0 line e 5 2 build work 2 of 8\n"
	"0 line e 5 3 build work 3 of 8\n0 line e 5 4 build work 4 of 8\n"
	"0 line e 5 5 build work 5 of 8\n0 line e 5 6 build work 6 of 8\n"
	"0 line e 5 7 build work 7 of 8\n0 line e 5 8 build work 8 of 8\n"
	"0 line e 5 9 publish publish: done in 0.001 s",
	"0 final a ready 1 m1",
	"0 stored a m1 2 good",
	"0 final b ready 3 m2",
	"0 stored b m2 2 good",
	"0 final c canceled 0 -",
	"0 final d ready 4 m4",
	"0 stored d m4 2 good",
	"0 final e ready 5 m3",
	"0 stored e m3 2 good",
};

#define B(i) (1U << (i))

/* In the place of the line that begins with from is to; "" takes it away. */
static const struct {
	const char *name;
	const char *from, *to;
	unsigned int broken;
} cases[] = {
	{ "as it is", "", NULL, 0 },
	{ "an acknowledged one that is not there",
	    "6 asked", "6 asked x p2", B(I1) },
	{ "one that is never built",
	    "1 phase", "0 row 0 deployment x p1 t 9 preview queued 0 0 - slipway_api\n"
	    "0 final x queued 0 -", B(I1) | B(I9) },
	{ "one that ends twice",
	    "0 row 9 ", "0 row 9 deployment c p2 t 1 preview superseded 0 0 - slipway_api\n"
	    "0 row 9 deployment c p2 t 1 preview canceled 0 0 - slipway_api", B(I1) },
	{ "one that was cancelled, and is superseded",
	    "14 cancel", "14 cancel c canceled\n14 cancel a canceled", B(I1) },
	{ "a row that is another in the end",
	    "0 final c", "0 final c failed 0 -", B(I1) },
	{ "one that is published by the one before",
	    "0 row 13 ", "0 row 13 deployment b p1 t 2 production ready 2 2 m2 slipway_build",
	    B(I2) },
	{ "one that is published twice",
	    "0 row 14 ", "0 row 14 live p1 b 2 slipway_build\n"
	    "0 row 14 deployment b p1 t 2 production building 4 3 - slipway_build\n"
	    "0 row 14 deployment b p1 t 2 production ready 4 3 m2 slipway_build",
	    B(I1) | B(I2) },
	{ "one whose manifest changes",
	    "0 final e", "0 final e ready 5 m9", B(I2) },
	{ "a fence that comes again",
	    "0 row 12 ", "0 row 12 deployment b p1 t 2 production building 2 2 - slipway_build\n"
	    "0 row 12 deployment b p1 t 2 production queued 2 2 - slipway_build\n"
	    "0 row 12 deployment b p1 t 2 production building 3 2 - slipway_build", B(I2) },
	{ "two of a project at once",
	    "0 project p2", "0 project p2 t 1", B(I3) },
	{ "an attempt that works on after the next began",
	    "20 work b", "20 work b 3 72\n21 work b 2 71", B(I4) },
	{ "an older one that takes the place of a newer",
	    "0 row 21 ", "0 row 21 deployment d p2 t 2 production ready 4 1 m4 slipway_build\n"
	    "0 row 22 live p2 d 2 slipway_build", B(I5) },
	{ "a build that takes back what was promoted",
	    "0 row 14 ", "0 row 14 live p1 b 2 slipway_build\n0 row 14 live p1 a 1 slipway_build",
	    B(I5) },
	{ "the newest that is not shown",
	    "0 row 20 ", "", B(I5) },
	{ "production that shows what is not ready",
	    "0 row 15 ", "0 row 15 live p1 c 1 slipway_api", B(I5) },
	{ "a file that is not stored",
	    "0 stored e", "0 stored e m3 2 /index.html", B(I6) },
	{ "a manifest that nobody looked for",
	    "0 stored e", "", B(I6) },
	{ "two of a team at once",
	    "0 team", "0 team t 1", B(I7) },
	{ "a team that waits beside free slots",
	    "31 pulse", "PULSES", B(I8) },
	{ "a team that waits while there is no slot",
	    "31 pulse", "NO SLOTS", 0 },
	{ "a queue that is stuck",
	    "32 phase", "32 phase stuck", B(I9) },
	{ "a run that ended before its end",
	    "32 phase", "", B(I9) },
	{ "a line that is missing",
	    "0 line a 1 4", "", B(I10) },
	{ "lines in another order",
	    "0 line a 1 4", "0 line a 1 4 build work 5 of 8", B(I10) },
	{ "a line of another attempt",
	    "0 line a 1 9", "0 line a 2 9 publish publish: done in 0.001 s", B(I10) },
	{ "a log that is cut off",
	    "0 line a 1 9", "", B(I10) },
};
/* clang-format on */

static void
pulses(FILE *f, int slots)
{
	int i;

	for (i = 0; i < 30; i++)
		fprintf(f, "31 pulse 5 %d 5\n", slots);
}

/* The history with that change, judged in a process of its own. */
static unsigned int
broken(size_t n, unsigned int *seen)
{
	struct verdict v[I__MAX];
	unsigned int bad = 0;
	FILE *f = tmpfile();
	size_t i;

	if (f == NULL)
		err(1, "tmpfile");
	for (i = 0; i < NITEMS(good); i++)
		if (cases[n].to == NULL ||
		    strncmp(good[i], cases[n].from, strlen(cases[n].from)) != 0)
			fprintf(f, "%s\n", good[i]);
		else if (strcmp(cases[n].to, "PULSES") == 0)
			pulses(f, 2);
		else if (strcmp(cases[n].to, "NO SLOTS") == 0)
			pulses(f, 0);
		else if (*cases[n].to != '\0')
			fprintf(f, "%s\n", cases[n].to);
	rewind(f);
	check(f, v);
	for (i = 0; i < I__MAX; i++) {
		*seen |= v[i].seen > 0 ? B(i) : 0;
		if (v[i].bad == 0)
			continue;
		printf("# %s\n", v[i].why);
		bad |= B(i);
	}
	fflush(stdout);
	return bad;
}

int
main(void)
{
	unsigned int *bad, every = 0, tried = 0;
	size_t i;

	bad = mmap(NULL, 2 * sizeof(*bad), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (bad == MAP_FAILED)
		err(1, "mmap");
	for (i = 0; i < NITEMS(cases); i++) {
		bad[0] = ~0U;
		fflush(stdout);
		switch (fork()) {
		case -1:
			err(1, "fork");
		case 0:
			bad[1] = 0;
			bad[0] = broken(i, &bad[1]);
			_exit(0);
		default:
			wait(NULL);
		}
		ok(bad[0] == cases[i].broken, "%s: %#x", cases[i].name, bad[0]);
		every |= bad[0];
		if (i == 0)
			tried = bad[1];
	}
	ok(every == B(I__MAX) - 1, "each promise has been broken");
	ok((tried | B(I8)) == B(I__MAX) - 1, "and put to the test");
	return done();
}
