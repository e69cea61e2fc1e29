#include <sys/epoll.h>
#include <sys/random.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns.h"
#include "log.h"
#include "message.h"

#define ANSWER_TIME 10 /* seconds; programs ask again after 5 */
#define QUESTION    512

enum { NO_ERROR, FORMAT, FAILURE, NO_NAME }; /* what an answer says */

/* A socket and a number of its own for each, so that no answer is for another.
 */
struct dns_question {
	struct dns_question *next;
	struct proxy_end end;
	union addr from;
	socklen_t len;
	time_t at;
	int done;
	unsigned char id[2]; /* that we ask under */
	struct message asks; /* its name is "" if we cannot read it */
	size_t size;         /* 0: too large to be kept */
	unsigned char head[QUESTION];
};

/* An answer without a record, as a resolver would say it. */
static void
answer(struct proxy *p, struct dns_question *q, unsigned char code)
{
	q->done = 1;
	if (q->size == 0)
		return;
	q->head[2] = (unsigned char)((q->head[2] & 0x79) | 0x80); /* QR */
	q->head[3] = 0x80 | code; /* recursion is available */
	if (sendto(p->query, q->head, q->size, 0, &q->from.sa, q->len) == -1)
		log_debug("no answer for nobody");
}

/* Says at once that there will be no answer. */
static void
give_up(struct proxy *p, struct dns_question *q, const char *why)
{
	char text[ADDR_TEXT];

	proxy_tell(p, "no answer from the resolver",
	    addr_text(&p->resolver.sa, text), why);
	answer(p, q, FAILURE);
}

enum rc
dns_resolver(struct proxy *p, const char *where)
{
	char line[256], text[64];
	int found = 0;
	FILE *f;

	if (*where != '\0') {
		if (addr_parse(&p->resolver, where, 53) == RC_OK)
			return RC_OK;
		log_warnx("resolver: %s is not an address", where);
		return RC_INVALID;
	}
	if ((f = fopen("/etc/resolv.conf", "re")) != NULL) {
		while (!found && fgets(line, sizeof(line), f) != NULL)
			found = sscanf(line, "nameserver %63s", text) == 1 &&
			    addr_parse(&p->resolver, text, 53) == RC_OK;
		fclose(f);
	}
	return found ? RC_OK : addr_parse(&p->resolver, "127.0.0.1", 53);
}

/*
 * Where names are limited, only addresses are asked for: other records could
 * say how to hide the name in a hello.
 */
static int
may_ask(struct proxy *p, struct dns_question *q)
{
	if (p->names == NULL)
		return 1;
	if (q->asks.name[0] == '\0')
		answer(p, q, FORMAT);
	else if (!hosts_has(p->names, q->asks.name)) {
		proxy_tell(p, "refused", q->asks.name,
		    "not a name that this build may reach");
		answer(p, q, NO_NAME);
	} else if (q->asks.type != MESSAGE_A && q->asks.type != MESSAGE_AAAA)
		answer(p, q, NO_ERROR);
	else
		return 1;
	return 0;
}

static void
ask(struct proxy *p, struct dns_question *q, char *buf, size_t n)
{
	if (getrandom(q->id, sizeof(q->id), 0) != sizeof(q->id))
		fatal("proxy");
	memcpy(buf, q->id, sizeof(q->id));
	q->end.fd = socket(p->resolver.sa.sa_family,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->end.fd == -1 ||
	    connect(q->end.fd, &p->resolver.sa, addr_size(&p->resolver.sa)) ==
		-1 ||
	    send(q->end.fd, buf, n, 0) != (ssize_t)n)
		give_up(p, q, strerror(errno));
	else
		proxy_watch(p, q->end.fd, &q->end, EPOLLIN);
	p->bytes += n;
}

void
dns_query(struct proxy *p, struct proxy_end *end)
{
	struct dns_question *q;
	char buf[4096];
	ssize_t n;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		fatal("proxy");
	q->len = sizeof(q->from);
	n = recvfrom(end->fd, buf, sizeof(buf), 0, &q->from.sa, &q->len);
	if (n < MESSAGE_HEAD || p->asked >= PROXY_QUERIES) {
		free(q);
		return;
	}
	memcpy(q->head, buf, n < QUESTION ? (size_t)n : QUESTION);
	q->size = n <= QUESTION ? (size_t)n : 0;
	if (message_question(&q->asks, buf, (size_t)n) != RC_OK)
		q->asks.name[0] = '\0';
	q->end.kind = PROXY_ANSWER;
	q->end.of = q;
	q->end.fd = -1;
	q->at = proxy_now();
	q->next = p->questions;
	p->questions = q;
	p->asked++;
	if (may_ask(p, q))
		ask(p, q, buf, (size_t)n);
}

/* The addresses in an answer to what was asked become the name's. */
static int
learn(struct proxy *p, struct dns_question *q, const char *buf, size_t n)
{
	union addr addrs[MESSAGE_ADDRS];
	struct message m;
	size_t i, k;

	if (message_question(&m, buf, n) != RC_OK ||
	    strcmp(m.name, q->asks.name) != 0 || m.type != q->asks.type)
		return 0;
	k = message_addresses(buf, n, addrs, NITEMS(addrs));
	for (i = 0; i < k; i++)
		host_learn(&p->hosts, m.name, &addrs[i]);
	return 1;
}

void
dns_answer(struct proxy *p, struct proxy_end *end)
{
	struct dns_question *q = end->of;
	static char buf[65536];
	ssize_t n;

	n = recv(end->fd, buf, sizeof(buf), 0);
	if (n == -1) {
		if (errno != EAGAIN && errno != EINTR)
			give_up(p, q, strerror(errno));
		return;
	}
	if (q->done || n < MESSAGE_HEAD ||
	    memcmp(buf, q->id, sizeof(q->id)) != 0)
		return;
	if (!learn(p, q, buf, (size_t)n) && p->names != NULL)
		return;
	memcpy(buf, q->head, sizeof(q->id));
	p->bytes += (unsigned long long)n;
	if (sendto(p->query, buf, (size_t)n, 0, &q->from.sa, q->len) == -1)
		log_debug("an answer for nobody");
	q->done = 1;
}

void
dns_sweep(struct proxy *p)
{
	struct dns_question **qp = &p->questions, *q;

	while ((q = *qp) != NULL) {
		if (!q->done && proxy_now() - q->at > ANSWER_TIME)
			give_up(p, q, "timeout");
		if (!q->done) {
			qp = &q->next;
			continue;
		}
		if (q->end.fd != -1)
			close(q->end.fd);
		*qp = q->next;
		free(q);
		p->asked--;
	}
}
