#include <sys/mman.h>

#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "log.h"
#include "names.h"

#define NAMES    64
#define EACH     4  /* questions of one project at a time */
#define KEEP     30 /* seconds that an address is believed */
#define KEEP_BAD 5

#define WHO_SIZE 32

/* A question, which stays where it is until the resolver has answered. */
struct question {
	struct gaicb cb, *list[1];
	char host[HOST_MAX + 1], port[8];
};

struct name {
	char host[HOST_MAX + 1]; /* "": empty */
	uint16_t port;
	time_t until;
	enum rc rc;
	const char *why;
	int known; /* there is an address, which may be old */
	union addr addr;
	struct question *asked; /* NULL: not being asked about */
	char who[WHO_SIZE];     /* first wanted it */
};

struct names {
	struct addr_list allow;
	struct name name[NAMES];
};

static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };

/* A record lock on it, which dies with its holder, is leave to wait. */
static int gate = -1;

static time_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
}

void
names_share(void)
{
	if (gate == -1 && (gate = memfd_create("names", MFD_CLOEXEC)) == -1)
		fatal("memfd_create");
}

static int
lock(short type)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_len = 1 };

	return gate != -1 && fcntl(gate, F_SETLK, &l) == 0;
}

struct names *
names_new(const char *allow)
{
	char bad[ADDR_TEXT];
	struct names *n;

	if ((n = calloc(1, sizeof(*n))) == NULL)
		fatalx("out of memory");
	if (addr_list_parse(&n->allow, allow, bad) != NULL)
		fatalx("proxy-allow: %s", bad);
	return n;
}

/* Frees a question that was answered; one that was not is the resolver's. */
static void
forget(struct question *q)
{
	if (q == NULL || gai_cancel(&q->cb) == EAI_NOTCANCELED)
		return;
	if (q->cb.ar_result != NULL)
		freeaddrinfo(q->cb.ar_result);
	free(q);
}

void
names_free(struct names *n)
{
	size_t i;

	if (n == NULL)
		return;
	for (i = 0; i < NAMES; i++)
		forget(n->name[i].asked);
	free(n);
}

static void
settle(struct name *e, enum rc rc, const char *why)
{
	e->rc = rc;
	e->why = why;
	e->until = now() + (rc == RC_OK ? KEEP : KEEP_BAD);
}

static void
question(struct name *e)
{
	struct question *q;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		fatalx("out of memory");
	strcpy(q->host, e->host);
	snprintf(q->port, sizeof(q->port), "%u", e->port);
	q->cb.ar_name = q->host;
	q->cb.ar_service = q->port;
	q->cb.ar_request = &hints;
	q->list[0] = &q->cb;
	if (getaddrinfo_a(GAI_NOWAIT, q->list, 1, NULL) != 0) {
		free(q);
		settle(e, RC_BUSY, "the resolver is busy");
		return;
	}
	e->asked = q;
}

/* Every address is looked at, and the first is taken. */
static void
judge(const struct names *n, struct name *e, const struct addrinfo *all)
{
	const struct addrinfo *a;
	const char *bad;

	e->known = 0;
	for (a = all; a != NULL; a = a->ai_next)
		if ((bad = addr_denied(a->ai_addr, &n->allow)) != NULL) {
			settle(e, RC_DENIED, bad);
			return;
		}
	memset(&e->addr, 0, sizeof(e->addr));
	memcpy(&e->addr, all->ai_addr, addr_size(all->ai_addr));
	e->known = 1;
	settle(e, RC_OK, NULL);
}

/*
 * Whoever has the name may have its server as slow as he likes.  So one worker
 * at a time may wait long for whatever name, and the others have the sites to
 * serve.
 */
static void
linger(const struct gaicb *cb)
{
	const struct gaicb *list[1] = { cb };
	int may = lock(F_WRLCK), ms = may ? NAMES_WAIT : NAMES_WAIT_SHORT;
	const struct timespec wait = { ms / 1000, ms % 1000 * 1000000L };

	(void)gai_suspend(list, 1, &wait);
	if (may)
		(void)lock(F_UNLCK);
}

static void
await(const struct names *n, struct name *e)
{
	int error;

	error = gai_error(&e->asked->cb);
	if (error == EAI_INPROGRESS && !e->known) {
		linger(&e->asked->cb);
		error = gai_error(&e->asked->cb);
	}
	if (error == EAI_INPROGRESS) {
		/* The next one looks again; what was known does till then. */
		if (e->known)
			settle(e, RC_OK, NULL);
		else
			settle(e, RC_BUSY, "its name is not resolved in time");
		e->until = now() + 1;
		return;
	}
	if (error != 0 || e->asked->cb.ar_result == NULL) {
		e->known = 0;
		settle(e, RC_NOT_FOUND, "its name cannot be resolved");
	} else
		judge(n, e, e->asked->cb.ar_result);
	forget(e->asked);
	e->asked = NULL;
}

/* Its own place, or the one that was of use longest ago; NULL: there is none.
 */
static struct name *
place(struct names *n, const char *host, uint16_t port)
{
	struct name *e, *at = NULL;

	for (e = n->name; e < n->name + NAMES; e++) {
		if (strcmp(e->host, host) == 0 && e->port == port)
			return e;
		if (e->asked == NULL && (at == NULL || e->until < at->until))
			at = e;
	}
	return at;
}

static int
asks_much(const struct names *n, const char *who)
{
	const struct name *e;
	int asked = 0;

	for (e = n->name; e < n->name + NAMES; e++)
		asked += e->asked != NULL && strcmp(e->who, who) == 0;
	return asked >= EACH;
}

static void
ask(struct name *e, const char *who, const char *host, uint16_t port)
{
	if (strcmp(e->host, host) != 0 || e->port != port)
		memset(e, 0, sizeof(*e));
	strcpy(e->who, who);
	strcpy(e->host, host);
	e->port = port;
	question(e);
}

enum rc
names_get(struct names *n, const char *who, const char *host, uint16_t port,
    union addr *out, const char **why)
{
	struct name *e;
	int is_it;

	*why = "the resolver is busy";
	if (strlen(host) > HOST_MAX || strlen(who) >= WHO_SIZE ||
	    (e = place(n, host, port)) == NULL)
		return RC_BUSY;
	is_it = strcmp(e->host, host) == 0 && e->port == port;
	if (!is_it || (e->until <= now() && e->asked == NULL)) {
		if (!asks_much(n, who))
			ask(e, who, host, port);
		else if (!is_it || !e->known)
			return RC_BUSY;
	}
	if (e->asked != NULL && e->until <= now())
		await(n, e);
	*why = e->why;
	*out = e->addr;
	return e->rc;
}
