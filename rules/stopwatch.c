#include "stopwatch.h"

uint64_t
stopwatch_now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void
stopwatch_start(struct stopwatch *w, uint64_t ns)
{
	*w = (struct stopwatch){ .half = ns / 2 };
	w->due = stopwatch_now(CLOCK_MONOTONIC) + w->half;
}

int
stopwatch_late(struct stopwatch *w)
{
	uint64_t used;

	if (stopwatch_now(CLOCK_MONOTONIC) < w->due)
		return 0;
	used = stopwatch_now(CLOCK_THREAD_CPUTIME_ID);
	if (w->began == 0)
		w->began = used;
	return used - w->began >= w->half;
}
