/*
 * record -- the history: a file to which every process of a run appends.
 *
 * A record is a line, written at once: microseconds of CLOCK_BOOTTIME, then
 * what happened (history.h).  The time is read before the line is written, so
 * whoever wrote one was running then.
 */
#ifndef RECORD_H
#define RECORD_H

#include <stdint.h>

#include "rc.h"

/* Into the file that TORTURE_HISTORY names. */
void record(const char *fmt, ...) PRINTF(1, 2);

uint64_t boot_us(void);

#endif
