#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "prefork.h"
#include "priv.h"
#include "ready.h"
#include "signals.h"

#define LISTEN_FD 3    /* where a service manager leaves it */
#define SLOWLY    1000 /* ms before what died is started again */

static int ours; /* the listener: it ends with this process */

int
prefork_listen(const char *path, const char *group)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	gid_t gid = (gid_t)-1;
	mode_t old;
	int fd, r;

	if (getenv("LISTEN_FDS") != NULL) {
		fcntl(LISTEN_FD, F_SETFL, O_NONBLOCK);
		fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC);
		return LISTEN_FD;
	}

	if (strlen(path) >= sizeof(sun.sun_path))
		fatalx("socket path too long: %s", path);
	strcpy(sun.sun_path, path);
	if (geteuid() == 0 && priv_group(group, &gid) != RC_OK)
		fatalx("web-group %s: no such group", group);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		fatal("socket");
	if (unlink(path) == -1 && errno != ENOENT)
		fatal("unlink %s", path);
	old = umask(0117);
	r = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(old);
	if (r == -1 || chown(path, (uid_t)-1, gid) == -1 ||
	    listen(fd, SOMAXCONN) == -1)
		fatal("listen on %s", path);
	ours = 1;
	return fd;
}

int
prefork_wait(struct pollfd pfd[], nfds_t n, int timeout_ms)
{
	nfds_t i;

	if (signals_stop || signals_reload)
		return 0;
	if (signals_poll(pfd, n, timeout_ms) == -1)
		for (i = 0; i < n; i++)
			pfd[i].revents = 0;
	return !signals_stop && !signals_reload;
}

int
prefork_queue(int lfd)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLEXCLUSIVE };
	int fd = epoll_create1(EPOLL_CLOEXEC);

	if (fd == -1 || epoll_ctl(fd, EPOLL_CTL_ADD, lfd, &e) == -1)
		fatal("epoll");
	return fd;
}

int
prefork_next(int queue)
{
	if (!signals_stop && !signals_reload)
		(void)signals_epoll(queue);
	return !signals_stop && !signals_reload;
}

int
prefork_closed(int lfd)
{
	struct pollfd pfd = { .fd = lfd, .events = POLLRDHUP };

	return poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLRDHUP) != 0;
}

/*
 * Whoever connects from now on is refused, and whoever waits in the listener
 * is left to the workers: closed, it would cut them off.  A service manager's
 * listener outlives us, and those in it wait for the next of us.
 */
static void
stop_listening(int lfd)
{
	if (ours && shutdown(lfd, SHUT_RD) == -1)
		log_warn("shutdown");
}

static pid_t
spawn(int lfd, int i, void (*run)(int, int))
{
	pid_t pid;

	switch (pid = fork()) {
	case -1:
		log_warn("fork");
		return 0;
	case 0:
		signals_reload = 0;
		run(lfd, i);
		exit(0);
	default:
		return pid;
	}
}

static void
tell(const pid_t pids[], int n, int sig)
{
	int i;

	for (i = 0; i < n; i++)
		if (pids[i] != 0)
			kill(pids[i], sig);
}

/* Collect who ended.  Says whether one of them died rather than left. */
static int
reap(pid_t pids[], int n, int *left)
{
	int died = 0, i, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		for (i = 0; i < n && pids[i] != pid; i++)
			;
		if (i == n)
			continue;
		pids[i] = 0;
		--*left;
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			log_warnx("worker %d died: status %#x", (int)pid,
			    (unsigned int)status);
			died = 1;
		}
	}
	return died;
}

void
prefork(int lfd, int n, void (*run)(int, int))
{
	int i, left = 0, slow = 0;
	pid_t pids[n];

	memset(pids, 0, sizeof(pids));
	signals_init();
	for (;;) {
		for (i = 0; i < n && !signals_stop && !slow; i++)
			if (pids[i] == 0 && (pids[i] = spawn(lfd, i, run)) != 0)
				left++;
		ready();
		if (signals_stop && left == 0)
			break;

		/* What died waits its second; a signal may end it early. */
		if (signals_poll(NULL, 0, left < n ? SLOWLY : -1) == 0)
			slow = 0;
		if (signals_stop) {
			stop_listening(lfd);
			tell(pids, n, SIGTERM);
		}
		if (signals_reload) {
			signals_reload = 0;
			log_info("reloading %d workers", left);
			tell(pids, n, SIGTERM);
		}
		slow |= reap(pids, n, &left);
	}
	log_info("stopped");
}
