#include <time.h>

#include "clock.h"

static uint64_t
ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_ms(void)
{
	return ms(CLOCK_MONOTONIC);
}

uint64_t
clock_boot_ms(void)
{
	return ms(CLOCK_BOOTTIME);
}

uint64_t
clock_tick(uint64_t ms, uint64_t every)
{
	return (ms / every + 1) * every;
}
