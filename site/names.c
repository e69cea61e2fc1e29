#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "log.h"
#include "names.h"

#define NAMES    64
#define KEEP     30 /* seconds that an address is believed */
#define KEEP_BAD 5

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
	union addr addr;
	struct question *asked; /* NULL: not being asked about */
};

struct names {
	struct addr_list allow;
	struct name name[NAMES];
};

static const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
	.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV };

static time_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec;
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
ask(struct name *e)
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

	for (a = all; a != NULL; a = a->ai_next)
		if ((bad = addr_denied(a->ai_addr, &n->allow)) != NULL) {
			settle(e, RC_DENIED, bad);
			return;
		}
	memset(&e->addr, 0, sizeof(e->addr));
	memcpy(&e->addr, all->ai_addr, addr_size(all->ai_addr));
	settle(e, RC_OK, NULL);
}

static void
await(const struct names *n, struct name *e)
{
	const struct timespec wait = { NAMES_WAIT / 1000,
		NAMES_WAIT % 1000 * 1000000L };
	const struct gaicb *list[1] = { &e->asked->cb };
	int error;

	error = gai_error(&e->asked->cb);
	if (error == EAI_INPROGRESS) {
		(void)gai_suspend(list, 1, &wait);
		error = gai_error(&e->asked->cb);
	}
	if (error == EAI_INPROGRESS) {
		/* The next one looks again, and does not wait so long. */
		settle(e, RC_BUSY, "its name is not resolved in time");
		e->until = now() + 1;
		return;
	}
	if (error != 0 || e->asked->cb.ar_result == NULL)
		settle(e, RC_NOT_FOUND, "its name cannot be resolved");
	else
		judge(n, e, e->asked->cb.ar_result);
	forget(e->asked);
	e->asked = NULL;
}

/* Its own place, or the one that was of use longest ago. */
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
	if (at == NULL)
		return NULL; /* all are being asked about */
	memset(at, 0, sizeof(*at));
	strcpy(at->host, host);
	at->port = port;
	return at;
}

enum rc
names_get(struct names *n, const char *host, uint16_t port, union addr *out,
    const char **why)
{
	struct name *e;

	*why = "the resolver is busy";
	if (strlen(host) > HOST_MAX || (e = place(n, host, port)) == NULL)
		return RC_BUSY;
	if (e->until <= now()) {
		if (e->asked == NULL)
			ask(e);
		if (e->asked != NULL)
			await(n, e);
	}
	*why = e->why;
	*out = e->addr;
	return e->rc;
}
