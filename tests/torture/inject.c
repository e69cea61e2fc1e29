/*
 * inject -- what may go wrong at a place (lib/inject.h).
 *
 * The numbers that decide are of the run's seed, the builder and the build, so
 * that a seed gives the same faults as far as the scheduler does.
 */
#include <err.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "builderd/lease.h"
#include "control.h"
#include "inject.h"
#include "record.h"

static struct control *control;
static uint64_t state;

static int
begin(void)
{
	const char *life = getenv("TORTURE_LIFE");

	if (control != NULL)
		return 1;
	if ((control = control_open(getenv("TORTURE_CONTROL"), 0)) == NULL)
		return 0;
	state = atomic_load(&control->seed) +
	    strtoull(life != NULL ? life : "0", NULL, 10) * 7919;
	dice(&state);
	return 1;
}

void
inject_begin(const char *fence)
{
	if (begin())
		state ^= strtoull(fence, NULL, 10) * 0x9e3779b97f4a7c15;
}

static void
nap(unsigned int ms)
{
	const struct timespec t = { ms / 1000, (long)(ms % 1000) * 1000000 };

	nanosleep(&t, NULL);
}

static void
crash(void)
{
	kill(getpid(), SIGKILL);
}

/* Somebody else has to make us go on: one who has nothing of ours. */
static void
stop(void)
{
	unsigned int ms = LEASE_MS / 4 + dice_below(&state, LEASE_MS * 3 / 2);
	pid_t me = getpid();

	if (fork() == 0) {
		if (fork() != 0)
			_exit(0);
		close_range(0, ~0U, 0);
		setsid();
		nap(ms);
		kill(me, SIGCONT);
		_exit(0);
	}
	raise(SIGSTOP);
}

static void
delay(void)
{
	nap(20 + dice_below(&state, LEASE_MS / 4));
}

/* clang-format off */
static const struct {
	const char *name;
	void (*go)(void); /* NULL: the call fails */
	unsigned int weight;
} actions[] = {
	{ "crash",	crash,	2 },
	{ "stop",	stop,	1 },
	{ "delay",	delay,	3 },
	{ "error",	NULL,	4 },
};
/* clang-format on */

int
inject(const char *place, const char *what, int may_fail)
{
	unsigned int n = 0, i;
	int odds;

	if (!begin() || (odds = atomic_load(&control->inject)) == 0 ||
	    dice_below(&state, (unsigned int)odds) != 0)
		return 0;
	for (i = 0; i < NITEMS(actions); i++)
		n += actions[i].go != NULL || may_fail ? actions[i].weight : 0;
	n = dice_below(&state, n);
	for (i = 0; n >= actions[i].weight; i++)
		n -= actions[i].weight;
	record("fault inject.%s %s%s%s", actions[i].name, place,
	    *what != '\0' ? ":" : "", what);
	if (actions[i].go == NULL)
		return 1;
	actions[i].go();
	return 0;
}
