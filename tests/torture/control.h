/*
 * control -- what the driver says to all that it started, in memory they
 * share: the file that TORTURE_CONTROL names.
 */
#ifndef CONTROL_H
#define CONTROL_H

#include <stdatomic.h>
#include <stdint.h>

struct control {
	_Atomic int64_t clock_us; /* what PostgreSQL's clock is ahead */
	_Atomic int inject;       /* one place in so many fails; 0: none */
	_Atomic int proxy;        /* and one statement */
	_Atomic int slots; /* of builders that run, as the driver knows */
	_Atomic int left;  /* deployments that are not finished */
	_Atomic uint64_t seed;
};

struct control *control_open(const char *path, int make); /* NULL: no file */

/* A stream of numbers that a seed gives; n is what is wanted, from 0. */
uint64_t dice(uint64_t *state);
unsigned int dice_below(uint64_t *state, unsigned int n);

#endif
