#include <sys/epoll.h>

#include <stddef.h>

#include "rc.h"
#include "signals.h"

volatile sig_atomic_t signals_stop, signals_reload;

static const int sigs[] = { SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD };
static volatile sig_atomic_t news;
static sigset_t open_mask; /* signals as they were */

static void
on_signal(int sig)
{
	if (sig == SIGTERM || sig == SIGINT)
		signals_stop++;
	else if (sig == SIGHUP)
		signals_reload = 1;
	else if (sig == SIGUSR1)
		news = 1;
}

void
signals_init(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t block;
	size_t i;

	sigemptyset(&sa.sa_mask);
	sigemptyset(&block);
	for (i = 0; i < NITEMS(sigs); i++) {
		sigaddset(&block, sigs[i]);
		sigaction(sigs[i], &sa, NULL);
	}
	sigprocmask(SIG_BLOCK, &block, &open_mask);
	signal(SIGPIPE, SIG_IGN);
}

int
signals_news(void)
{
	static const struct timespec now;
	sigset_t set;
	int came = news;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	news = 0;
	return sigtimedwait(&set, NULL, &now) == SIGUSR1 || came;
}

/* A descriptor that is ready hides a signal; this lets it in. */
static int
let_in(void)
{
	static const struct timespec now;

	return ppoll(NULL, 0, &now, &open_mask);
}

int
signals_poll(struct pollfd pfd[], nfds_t n, int timeout_ms)
{
	struct timespec ts = { .tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L };

	if (let_in() == -1)
		return -1;
	return ppoll(pfd, n, timeout_ms < 0 ? NULL : &ts, &open_mask);
}

int
signals_epoll(int fd)
{
	struct epoll_event e;

	if (let_in() == -1)
		return -1;
	return epoll_pwait(fd, &e, 1, -1, &open_mask);
}
