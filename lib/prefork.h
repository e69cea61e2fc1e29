/*
 * prefork -- a parent that keeps N single-threaded workers running.
 *
 * SIGTERM and SIGINT: workers finish what is in hand, and what waits in a
 * listener that ends with them, then all leave.
 * SIGHUP: the same, one new set of workers in their place.
 * A worker that dies is replaced; one that dies at once is replaced slowly.
 */
#ifndef PREFORK_H
#define PREFORK_H

#include <poll.h>

#include "rc.h"

/*
 * A listening, non-blocking UNIX socket that members of the group may connect
 * to, or the one in LISTEN_FDS.
 */
int prefork_listen(const char *path, const char *group) MUST_CHECK;

/* Call run(lfd, 0..n-1) in each of n children.  Returns when all have left. */
void prefork(int lfd, int n, void (*run)(int lfd, int i));

/*
 * For a worker: wait as poll(2) does; 0 when it is time to leave.  What is
 * ready is in revents, which may be nothing.
 */
int prefork_wait(struct pollfd[], nfds_t, int timeout_ms);

/*
 * For a worker that has nothing but its listener to wait for: whoever comes
 * wakes one of those that wait in a queue, where poll(2) would wake them all.
 * That one has to look whether somebody is there, even when it is told that it
 * is time to leave: nobody else was woken.
 */
int prefork_queue(int lfd);
int prefork_next(int queue);

/*
 * For a worker that leaves: does the listener take nobody any more?  Then it
 * has to be emptied before, for who waits in it is nobody else's.
 */
int prefork_closed(int lfd);

#endif
