#include <sys/prctl.h>
#include <sys/wait.h>

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "root.h"

#define WATCH_MS    500
#define CLEAR_MS    10 /* nothing tells when the dead have left */
#define CLEAR_TRIES 500

/* The loop wants a cage; 0 when it is gone. */
static int
take(int sock, struct cage_bind *b, int *line)
{
	size_t nfds;
	long n;

	for (;;) {
		nfds = 1;
		*line = -1;
		n = cage_recv(sock, b, sizeof(*b), line, &nfds);
		if (n <= 0 || (cage_bind_ok(b, (size_t)n) && nfds == 1))
			return n > 0;
		log_warnx("not a message of the loop");
		close(*line);
	}
}

/*
 * Until all of it is gone: who was killed may take a moment, and a keeper that
 * was taken over need not end with its warden.  Before, nobody has its ids.
 */
static void
clear(const struct warden *w, _Atomic int *stuck)
{
	struct pollfd gone = { .fd = HELPER_SOCK };
	int tries;
	pid_t pid;

	for (tries = 0;; tries++) {
		cgroup_kill(w->id);
		while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
			continue;
		if (pid == -1 &&
		    steward_does(bounds_clear, w->id, &w->conf) == RC_OK)
			break;
		if (tries == CLEAR_TRIES) {
			log_warnx("slot %s: something stays of its cage: no "
				  "others until it is gone",
			    w->id);
			*stuck = 1;
		}
		if (poll(&gone, (nfds_t)*stuck, *stuck ? WATCH_MS : CLEAR_MS) ==
		    1)
			_exit(0); /* with the loop */
	}
	if (*stuck)
		log_warnx("slot %s: it is gone", w->id);
	*stuck = 0;
	unlink(w->disk);
}

/*
 * Whatever it is at, a warden is killed when its time is over, when its caller
 * is gone, when the loop gives its slot to another, and when the loop is gone.
 */
static void
watch(pid_t pid, const struct warden *w, int line,
    const _Atomic uint64_t *deadline)
{
	struct pollfd p[2] = { { .fd = line, .events = POLLRDHUP },
		{ .fd = HELPER_SOCK, .events = POLLIN } };
	int status = 0;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (clock_boot_ms() < *deadline && poll(p, 2, WATCH_MS) == 0)
			continue;
		if (clock_boot_ms() >= *deadline)
			log_warnx("%s: the deadline has passed: killed",
			    w->bind.deployment);
		kill(pid, SIGKILL);
		break;
	}
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_warnx("%s: its warden called what it may not: killed",
		    w->bind.deployment);
}

/*
 * A slot, for one cage after the other: the user ids, the image and the cgroup
 * are those of one at a time.  The line of a cage is open until all of that is
 * gone; a closed line is the answer to whatever cannot be had.
 */
void
slot_main(struct warden *w, const _Atomic uint64_t *deadline,
    _Atomic int *stuck)
{
	int line;
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		fatal("slot");
	calls_slot();
	clear(w, stuck); /* a former life's */
	while (take(HELPER_SOCK, &w->bind, &line)) {
		if ((pid = fork()) == 0)
			warden_main(w, line);
		if (pid != -1)
			watch(pid, w, line, deadline);
		clear(w, stuck);
		close(line);
	}
	_exit(0);
}
