/*
 * clock -- preloaded into PostgreSQL: its clock is as far ahead as the driver
 * says.  Leases are kept by this clock, and may not depend on it.
 */
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <sys/time.h>

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "control.h"

static int64_t
ahead(void)
{
	static struct control *control;

	if (control == NULL &&
	    (control = control_open(getenv("TORTURE_CONTROL"), 0)) == NULL)
		return 0;
	return atomic_load(&control->clock_us);
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	int64_t us, ns;
	int r;

	if ((r = (int)syscall(SYS_clock_gettime, clock, ts)) != 0 ||
	    clock != CLOCK_REALTIME)
		return r;
	us = ahead();
	ns = ts->tv_nsec + us % 1000000 * 1000;
	ts->tv_sec += us / 1000000;
	if (ns < 0 || ns >= 1000000000) {
		ts->tv_sec += ns < 0 ? -1 : 1;
		ns += ns < 0 ? 1000000000 : -1000000000;
	}
	ts->tv_nsec = ns;
	return 0;
}

int
gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t
time(time_t *t)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_REALTIME, &ts);
	if (t != NULL)
		*t = ts.tv_sec;
	return ts.tv_sec;
}
