/*
 * A signal is noticed at the next wait, whatever else there is to do.
 */
#include <unistd.h>

#include "signals.h"
#include "tap.h"

int
main(void)
{
	struct pollfd pfd = { .events = POLLIN };
	int fds[2];

	if (pipe(fds) == -1 || write(fds[1], "x", 1) != 1)
		return 1;
	pfd.fd = fds[0];
	signals_init();
	ok(signals_poll(&pfd, 1, -1) == 1 && pfd.revents == POLLIN,
	    "what is ready is found");
	raise(SIGTERM);
	ok(signals_stop == 0, "a signal waits until we do");
	ok(signals_poll(&pfd, 1, -1) == -1 && signals_stop == 1,
	    "and comes although something is ready");
	ok(signals_poll(&pfd, 1, -1) == 1, "once");
	raise(SIGHUP);
	ok(signals_poll(NULL, 0, 0) == -1 && signals_reload,
	    "and to who does not wait at all");
	ok(signals_poll(NULL, 0, 0) == 0, "once");
	ok(!signals_news(), "no news");
	raise(SIGUSR1);
	ok(signals_news(), "news, for who does not wait");
	raise(SIGUSR1);
	ok(signals_poll(NULL, 0, 0) == -1 && signals_news(),
	    "and for who does");
	ok(!signals_news() && signals_poll(NULL, 0, 0) == 0, "once");
	return done();
}
