/*
 * check -- does a history keep what the queue promises?
 *
 * It knows nothing but the lines, each of which begins with a time (of
 * CLOCK_BOOTTIME in microseconds, or 0 for what was read in the end):
 *
 *	phase begun|restarted|drained|stuck|done ...
 *	fault KIND PLACE
 *	asked DEPLOYMENT PROJECT	the request was acknowledged
 *	cancel DEPLOYMENT ANSWER	as was this
 *	promoted DEPLOYMENT PROJECT	and this
 *	work DEPLOYMENT FENCE PID	a process of that attempt was running
 *	pulse ROW SLOTS LEFT		the queue was looked at, after that row
 *	team ID CAP
 *	project ID TEAM CAP
 *	row N deployment ID PROJECT TEAM SEQ TARGET STATE FENCE ATTEMPT
 *	    MANIFEST ROLE		a change that was committed, in order
 *	row N live PROJECT DEPLOYMENT SEQ ROLE
 *	line DEPLOYMENT FENCE SEQ STEP TEXT
 *	final DEPLOYMENT STATE FENCE MANIFEST
 *	stored DEPLOYMENT MANIFEST FILES good|NAME
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdio.h>

enum invariant { I1, I2, I3, I4, I5, I6, I7, I8, I9, I10, I__MAX };

struct verdict {
	const char *promise;
	unsigned int seen; /* times that it was put to the test */
	unsigned int bad;
	char why[400];  /* of the first time */
	char about[64]; /* whose lines are the counterexample */
};

/* Judges; the lines are kept for check_explain(). */
void check(FILE *, struct verdict[I__MAX]);
/* The lines that name it, as comments of TAP. */
void check_explain(const char *about);
/* How many faults of each kind, as comments too; how many in all. */
unsigned int check_faults(int show);
/* Deployments asked for, and how many of them got ready. */
void check_totals(unsigned int *asked, unsigned int *ready);

#endif
