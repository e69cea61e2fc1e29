/*
 * signals -- asked to stop, to reload, to look, or told that a child ended.
 *
 * They are blocked except while we wait, so none can fall between looking at
 * the flags and going to sleep.
 */
#ifndef SIGNALS_H
#define SIGNALS_H

#include <poll.h>
#include <signal.h>

extern volatile sig_atomic_t signals_stop;   /* how many times told to */
extern volatile sig_atomic_t signals_reload; /* SIGHUP came; set it back */

void signals_init(void);

/* Has SIGUSR1 come since this was asked last?  Also where nobody waits. */
int signals_news(void);

/* As poll(2), and where signals arrive.  -1: one did. */
int signals_poll(struct pollfd[], nfds_t, int timeout_ms);

/* The same, for one event of an epoll(7), however long it takes. */
int signals_epoll(int fd);

#endif
