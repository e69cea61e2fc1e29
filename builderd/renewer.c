#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "cage/cage-msg.h"
#include "lease.h"
#include "log.h"
#include "renewer.h"

#define LINE 3
#define ALL  (-1)               /* for a slot: each is due */
#define SOON (LEASE_RENEW / 10) /* until one that failed is tried again */

struct renewer {
	int fd;
};

/* From the loop: keep this in that slot from now on, or nothing. */
struct order {
	int slot;
	uint64_t at; /* clock_ms() */
	char id[24], fence[24];
};

struct lease {
	char id[24]; /* "": none */
	char fence[24];
	uint64_t due; /* clock_ms() */
};

static struct lease leases[CAGE_SLOTS];

static void
take(void)
{
	struct order o;
	ssize_t n = recv(LINE, &o, sizeof(o), 0);
	int i;

	if (n == 0)
		_exit(0);
	if (n != sizeof(o) || o.slot < ALL || o.slot >= CAGE_SLOTS)
		return;
	if (o.slot != ALL) {
		memcpy(leases[o.slot].id, o.id, sizeof(o.id));
		memcpy(leases[o.slot].fence, o.fence, sizeof(o.fence));
		leases[o.slot].due = o.at + LEASE_RENEW;
	}
	for (i = 0; o.slot == ALL && i < CAGE_SLOTS; i++)
		leases[i].due = 0;
}

static struct lease *
first(void)
{
	struct lease *l = NULL;
	int i;

	for (i = 0; i < CAGE_SLOTS; i++)
		if (*leases[i].id != '\0' &&
		    (l == NULL || leases[i].due < l->due))
			l = &leases[i];
	return l;
}

/* What cannot be told now is told with the next renewal. */
static void
tell(int slot, const char *fence, int lost)
{
	struct renewer_news news;

	memset(&news, 0, sizeof(news));
	news.slot = slot;
	news.lost = lost;
	memcpy(news.fence, fence, sizeof(news.fence));
	(void)!send(LINE, &news, sizeof(news), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* What is left is as long as it was when we asked, not when we were told. */
static void
renew(struct helper *helper, struct db *db, struct arena *a, struct lease *l)
{
	const char *const params[] = { l->id, l->fence };
	uint64_t asked = clock_boot_ms();
	int slot = (int)(l - leases);
	const char *verdict;
	PGresult *res;

	if (db_run(db, a, Q_RENEW, params, &res) != RC_OK) {
		l->due = clock_ms() + SOON; /* the deadline stays where it is */
		return;
	}
	l->due = clock_ms() + LEASE_RENEW;
	verdict = PQgetvalue(res, 0, 0);
	if (strcmp(verdict, "lost") != 0)
		(void)!helper_extend(helper, slot, asked + LEASE_SAFE);
	if (strcmp(verdict, "ok") != 0)
		tell(slot, l->fence, strcmp(verdict, "lost") == 0);
}

static void __attribute__((noreturn))
run(const struct conf *conf, struct helper *helper)
{
	struct db *db = query_open(conf);
	struct pollfd p = { LINE, POLLIN, 0 };
	struct arena *a = arena_new();
	struct lease *l;
	uint64_t now;
	int wait;

	db_enter(db, Q_PROMPT, NULL);
	for (;;) {
		now = clock_ms();
		l = first();
		wait = l == NULL ? -1 : l->due > now ? (int)(l->due - now) : 0;
		if (poll(&p, 1, wait) == -1 && errno != EINTR)
			fatal("poll");
		if (p.revents != 0)
			take();
		else if (l != NULL && clock_ms() >= l->due)
			renew(helper, db, a, l);
		arena_reset(a);
	}
}

void
renewer_start(struct renewer **rp, const struct conf *conf,
    struct helper *helper)
{
	static struct renewer one; /* there is never another */
	pid_t parent = getpid();
	int p[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		fatal("slipway-renew");
	switch (fork()) {
	case -1:
		fatal("fork");
	case 0:
		log_tag("slipway-renew");
		prctl(PR_SET_NAME, "slipway-renew");
		/* It ends with the loop, which has builds to end first. */
		signal(SIGTERM, SIG_IGN);
		signal(SIGINT, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
		    getppid() != parent || dup2(p[1], LINE) == -1 ||
		    close_range(LINE + 1, ~0U, 0) == -1 ||
		    fcntl(LINE, F_SETFD, FD_CLOEXEC) == -1)
			fatal("slipway-renew");
		run(conf, helper);
	default:
		break;
	}
	close(p[1]);
	one.fd = p[0];
	*rp = &one;
}

int
renewer_fd(const struct renewer *r)
{
	return r->fd;
}

static void
order(struct renewer *r, int slot, const char *id, const char *fence)
{
	struct order o;

	memset(&o, 0, sizeof(o));
	o.slot = slot;
	o.at = clock_ms();
	strncpy(o.id, id, sizeof(o.id) - 1);
	strncpy(o.fence, fence, sizeof(o.fence) - 1);
	if (send(r->fd, &o, sizeof(o), MSG_NOSIGNAL) != sizeof(o))
		fatal("slipway-renew");
}

void
renewer_keep(struct renewer *r, int slot, const char *id, const char *fence)
{
	order(r, slot, id, fence);
}

void
renewer_drop(struct renewer *r, int slot)
{
	order(r, slot, "", "");
}

void
renewer_hurry(struct renewer *r)
{
	order(r, ALL, "", "");
}

int
renewer_hear(struct renewer *r, struct renewer_news *news)
{
	ssize_t n = recv(r->fd, news, sizeof(*news), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n != sizeof(*news))
		fatalx("slipway-renew is gone");
	return 1;
}
