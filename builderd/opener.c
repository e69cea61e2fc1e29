/*
 * opener -- the process: it waits, checks, opens, forgets.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cage/cage-msg.h"
#include "cage/confine.h"
#include "log.h"
#include "opener.h"
#include "priv.h"
#include "seal.h"

#define CONTROL  3
#define CHANNELS (CAGE_SLOTS + 16)

struct opener {
	int fd;
};

struct channel {
	int fd; /* -1: none */
	char project[OPENER_ID_MAX];
};

static void
drop(struct channel *c)
{
	close(c->fd);
	c->fd = -1;
}

/* The loop has a new build; nothing, when it has ended. */
static void
take(struct channel channels[CHANNELS])
{
	struct opener_bind b;
	size_t nfds = 1;
	int fd = -1, i;
	long n;

	n = cage_recv(CONTROL, &b, sizeof(b), &fd, &nfds);
	if (n == 0)
		_exit(0);
	for (i = 0; i < CHANNELS && channels[i].fd != -1; i++)
		continue;
	if (n == -1 || nfds != 1 || !opener_bind_ok(&b, (size_t)n) ||
	    i == CHANNELS) {
		log_warnx("not a message of the loop");
		if (fd != -1)
			close(fd);
		return;
	}
	channels[i].fd = fd;
	memcpy(channels[i].project, b.project, sizeof(b.project));
}

/* -1: nothing more is to be said to it. */
static int
answer(const struct keys *keys, struct arena *a, const struct channel *c)
{
	static unsigned char in[sizeof(struct opener_ask) + OPENER_BOX_MAX];
	static unsigned char out[sizeof(struct opener_reply) + OPENER_BOX_MAX];
	struct seal_place at = { .project = c->project };
	struct opener_reply r = { .size = 0 };
	struct opener_ask ask;
	const char *value = "";
	size_t nfds = 0;
	enum rc rc;
	long n;

	if ((n = cage_recv(c->fd, in, sizeof(in), NULL, &nfds)) <= 0)
		return -1;
	if (!opener_ask_ok(in, (size_t)n)) {
		log_warnx("not a message of a build");
		return -1;
	}
	memcpy(&ask, in, sizeof(ask));
	at.target = ask.target;
	at.name = ask.name;
	rc = seal_open(a, keys, &at, in + sizeof(ask), ask.size, &value);
	r.rc = (uint32_t)rc;
	if (rc == RC_OK)
		r.size = (uint32_t)strlen(value);
	memcpy(out, &r, sizeof(r));
	memcpy(out + sizeof(r), value, r.size);
	rc = cage_send(c->fd, out, sizeof(r) + r.size, NULL, 0);
	sodium_memzero(out, sizeof(r) + r.size);
	return rc == RC_OK ? 0 : -1;
}

static void __attribute__((noreturn)) serve(const struct keys *keys)
{
	struct pollfd p[1 + CHANNELS] = { { CONTROL, POLLIN, 0 } };
	struct channel channels[CHANNELS];
	struct arena *a = arena_new();
	int i;

	for (i = 0; i < CHANNELS; i++)
		channels[i].fd = -1;
	for (;;) {
		for (i = 0; i < CHANNELS; i++) {
			p[i + 1].fd = channels[i].fd;
			p[i + 1].events = POLLIN;
		}
		if (poll(p, NITEMS(p), -1) == -1)
			continue;
		for (i = 0; i < CHANNELS; i++)
			if (p[i + 1].revents != 0 &&
			    answer(keys, a, &channels[i]) == -1)
				drop(&channels[i]);
		arena_reset(a); /* wipes what was opened */
		if (p[0].revents != 0)
			take(channels);
	}
}

/* Not to disk, not to a debugger, not into a core. */
static void
hide(struct keys *keys)
{
	const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_MEMLOCK, &all); /* else, for the key */
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) == -1 &&
	    mlock(keys, sizeof(*keys)) == -1)
		fatal("slipway-open: memory cannot be locked");
	if (setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("slipway-open");
}

/* What is used from here on.  No file or socket can be opened, nothing run. */
static void
keep_few(void)
{
	/* clang-format off */
	static const int calls[] = { SCMP_SYS(brk), SCMP_SYS(clock_gettime),
		SCMP_SYS(close), SCMP_SYS(exit), SCMP_SYS(exit_group),
		SCMP_SYS(futex), SCMP_SYS(getpid), SCMP_SYS(getrandom),
		SCMP_SYS(gettid), SCMP_SYS(madvise), SCMP_SYS(mremap),
		SCMP_SYS(munmap), SCMP_SYS(poll), SCMP_SYS(ppoll),
		SCMP_SYS(recvmsg), SCMP_SYS(restart_syscall),
		SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
		SCMP_SYS(sendmsg), SCMP_SYS(tgkill), SCMP_SYS(write) };
	static const struct confine_some some[] = {
		{ SCMP_SYS(mmap), 1, { CONFINE_BITS(2, PROT_EXEC, 0) } },
	};
	/* clang-format on */

	confine(&(struct confine){ SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), calls,
	    NITEMS(calls), some, NITEMS(some) });
}

static void __attribute__((noreturn)) run(const struct conf *conf)
{
	static struct keys keys;
	uint32_t rc;

	log_tag("slipway-open");
	prctl(PR_SET_NAME, "slipway-open");
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* It ends with builderd, which has builds to end first. */
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	hide(&keys);
	rc = (uint32_t)keys_load(&keys, conf->seal_private, 1);
	priv_drop(conf->build_user);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0) == -1)
		fatal("slipway-open");
	keep_few();
	if (cage_send(CONTROL, &rc, sizeof(rc), NULL, 0) != RC_OK ||
	    rc != RC_OK)
		_exit(1);
	serve(&keys);
}

enum rc
opener_start(struct opener **op, const struct conf *conf)
{
	static struct opener one; /* there is never another */
	size_t nfds = 0;
	uint32_t rc;
	int p[2];

	*op = NULL;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		fatal("slipway-open");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		if (dup2(p[1], CONTROL) == -1 ||
		    close_range(CONTROL + 1, ~0U, 0) == -1 ||
		    fcntl(CONTROL, F_SETFD, FD_CLOEXEC) == -1)
			fatal("slipway-open");
		run(conf);
	}
	close(p[1]);
	one.fd = p[0];
	if (cage_recv(one.fd, &rc, sizeof(rc), NULL, &nfds) != sizeof(rc))
		rc = RC_FAIL;
	if (rc == RC_OK)
		*op = &one;
	return (enum rc)rc;
}

int
opener_fd(const struct opener *o)
{
	return o->fd;
}

enum rc
opener_socket(struct opener *o, const char *project, int *sock)
{
	struct opener_bind b;
	enum rc rc;
	int p[2];

	memset(&b, 0, sizeof(b));
	if (strlen(project) >= sizeof(b.project))
		return RC_INVALID;
	memcpy(b.project, project, strlen(project));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1) {
		log_warn("slipway-open");
		return RC_FAIL;
	}
	/* Whoever does not read its answers gets none, and holds up nobody. */
	rc = fcntl(p[1], F_SETFL, O_NONBLOCK) == -1 ?
	    RC_FAIL :
	    cage_send(o->fd, &b, sizeof(b), &p[1], 1);
	close(p[1]);
	if (rc == RC_OK)
		*sock = p[0];
	else
		close(p[0]);
	return rc;
}
