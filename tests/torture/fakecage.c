/*
 * fakecage -- what cage.h promises about lives and deadlines, without a cage.
 *
 * A keeper, which is not of the build's process group, and a process that does
 * nothing but say that it works.  The keeper ends that when the deadline in
 * shared memory passes or when whoever asked is gone, as the real one does;
 * and dies the process's parent, so does the process.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "builderd/cage/cage.h"
#include "builderd/cage/image.h"
#include "log.h"
#include "record.h"

#define SLOTS 64
#define BEAT  40  /* ms between two signs of life */
#define LOOK  100 /* between two looks at the deadline, which moves */

struct helper {
	int line[2];
	_Atomic uint64_t *deadline; /* by slot */
};

struct cage {
	int sock;
	pid_t keeper;
};

static void __attribute__((noreturn))
work(const struct cage_spec *spec, pid_t keeper)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (getppid() == keeper) {
		record("work %s %llu %d", spec->deployment,
		    (unsigned long long)spec->fence, (int)getpid());
		poll(NULL, 0, BEAT);
	}
	_exit(0);
}

static void __attribute__((noreturn))
keep(const struct cage_spec *spec, _Atomic uint64_t *deadline, int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	pid_t me = getpid(), pid;
	sigset_t none;
	uint64_t now;

	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if ((now = boot_us() / 1000) >= atomic_load(deadline))
		_exit(1);
	if ((pid = fork()) == 0) {
		close(sock);
		work(spec, me);
	}
	while (pid != -1 && (now = boot_us() / 1000) < atomic_load(deadline)) {
		uint64_t left = atomic_load(deadline) - now;

		if (poll(&p, 1, left < LOOK ? (int)left : LOOK) > 0)
			break; /* the build has closed it, or died */
	}
	if (pid != -1) {
		kill(pid, SIGKILL);
		while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
			continue;
	}
	_exit(0);
}

enum rc
helper_start(struct helper **hp, const struct conf *conf)
{
	static struct helper h;
	void *p;

	(void)conf;
	p = mmap(NULL, SLOTS * sizeof(*h.deadline), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, h.line) == -1)
		return RC_FAIL;
	h.deadline = p;
	*hp = &h;
	return RC_OK;
}

int
helper_fd(const struct helper *h)
{
	return h->line[0];
}

void
helper_stop(struct helper *h)
{
	(void)h;
}

enum rc
helper_deadline(struct helper *h, int slot, uint64_t ms)
{
	atomic_store(&h->deadline[slot], ms);
	return RC_OK;
}

enum rc
helper_extend(struct helper *h, int slot, uint64_t ms)
{
	uint64_t was = atomic_load(&h->deadline[slot]);

	while (was < ms &&
	    !atomic_compare_exchange_weak(&h->deadline[slot], &was, ms))
		continue;
	return RC_OK;
}

uint64_t
helper_until(const struct helper *h, int slot)
{
	return atomic_load(&h->deadline[slot]);
}

int
helper_stuck(const struct helper *h, int slot)
{
	(void)h;
	(void)slot;
	return 0;
}

/* A build is a fork of who says it: what is kept here is there. */
static struct cage_spec place;
static _Atomic uint64_t *deadlines;

enum rc
cage_line(struct helper *h, const struct cage_spec *spec, int *line)
{
	place = *spec;
	deadlines = h->deadline;
	*line = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return *line == -1 ? RC_FAIL : RC_OK;
}

void
helper_forget(struct helper *h)
{
	(void)h;
}

enum rc
cage_open(struct cage **cp, int line, const struct cage_spec *spec)
{
	static struct cage c; /* a build has one */
	int p[2];

	(void)spec;
	close(line);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	if ((c.keeper = fork()) == 0) {
		if (dup2(p[1], 3) == -1 || close_range(4, ~0U, 0) == -1)
			_exit(1);
		keep(&place, &deadlines[place.slot], 3);
	}
	close(p[1]);
	c.sock = p[0];
	if (c.keeper == -1)
		return RC_FAIL;
	*cp = &c;
	return RC_OK;
}

void
cage_close(struct cage *c)
{
	if (c == NULL)
		return;
	shutdown(c->sock, SHUT_RDWR);
	while (waitpid(c->keeper, NULL, 0) == -1 && errno == EINTR)
		continue;
	close(c->sock);
}

int
cage_fd(const struct cage *c)
{
	return c->sock;
}

void
cage_saving(const struct cage *c)
{
	(void)c;
}

size_t
image_majors(const struct conf *conf, int majors[IMAGE_MAJORS])
{
	(void)conf;
	majors[0] = 22;
	return 1;
}
