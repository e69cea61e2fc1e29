/*
 * helper -- builderd's end of the line to it.
 */
#ifndef HELPER_H
#define HELPER_H

#include <sys/types.h>

#include <stdatomic.h>

#include "builderd/cage/cage-msg.h"

/* Shared with the helper and its keepers; milliseconds of CLOCK_BOOTTIME. */
struct helper_shared {
	_Atomic uint64_t deadline[CAGE_SLOTS];
};

struct helper {
	int fd;
	pid_t pid;
	struct helper_shared *shared;
};

#endif
