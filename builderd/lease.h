/*
 * lease -- how long a builder has a build without saying so again.
 *
 * One number, from which the others follow; it is another in the builderd that
 * tests/torture makes.
 */
#ifndef LEASE_H
#define LEASE_H

#ifndef LEASE_MS
#define LEASE_MS 30000
#endif

#define LEASE_RENEW (LEASE_MS / 3)            /* between two renewals */
#define LEASE_SAFE  (LEASE_MS - LEASE_MS / 6) /* its builder trusts it */
#define LEASE_GRACE (LEASE_MS / 6) /* past its end; then it is lost */

/* As SQL. */
#define LEASE_QUOTE(ms) "interval '" #ms " milliseconds'"
#define LEASE_SQL(ms)   LEASE_QUOTE(ms)
#define LEASE_INTERVAL  LEASE_SQL(LEASE_MS)

#endif
