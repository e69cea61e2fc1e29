/*
 * clock -- times that nobody sets, in milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);      /* stands still while the machine sleeps */
uint64_t clock_boot_ms(void); /* goes on, as a lease in PostgreSQL does */

/*
 * The first multiple of so many after that time: a tick that all processes of
 * the machine have in common.  What each of them does every now and then costs
 * less done by all at once, since one waking serves whoever waits for it.
 */
uint64_t clock_tick(uint64_t ms, uint64_t every);

#endif
