/*
 * clock -- times that nobody sets, in milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);      /* stands still while the machine sleeps */
uint64_t clock_boot_ms(void); /* goes on, as a lease in PostgreSQL does */

/*
 * When the tick after that time is, of those that all processes of the machine
 * have in common: what many do every now and then costs less at once, since it
 * is waited for once, and finds what it needs still at hand.
 */
uint64_t clock_tick(uint64_t ms, uint64_t every);

#endif
