/*
 * clock -- times that nobody sets, in milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdint.h>

uint64_t clock_ms(void);      /* stands still while the machine sleeps */
uint64_t clock_boot_ms(void); /* goes on, as a lease in PostgreSQL does */

#endif
