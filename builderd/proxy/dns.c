#include <sys/epoll.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns.h"
#include "log.h"

#define ANSWER_TIME 10 /* seconds; programs ask again after 5 */
#define HEADER      12 /* less is no message */
#define QUESTION    512

/* A socket of its own for each, so that no answer is for another. */
struct dns_question {
	struct dns_question *next;
	struct proxy_end end;
	union addr from;
	socklen_t len;
	time_t at;
	int done;
	unsigned char id[2];
	size_t size; /* 0: too large to be kept */
	unsigned char head[QUESTION];
};

/* Says at once that there will be no answer, as a resolver would. */
static void
give_up(struct proxy *p, struct dns_question *q, const char *why)
{
	char text[ADDR_TEXT];

	if (!p->mute)
		proxy_say(p, "network: no answer from the resolver %s (%s)",
		    addr_text(&p->resolver.sa, text), why);
	p->mute = 1;
	q->done = 1;
	if (q->size == 0)
		return;
	q->head[2] = (unsigned char)((q->head[2] & 0x79) | 0x80); /* QR */
	q->head[3] = 0x82; /* recursion is available; SERVFAIL */
	if (sendto(p->query, q->head, q->size, 0, &q->from.sa, q->len) == -1)
		log_debug("no answer for nobody");
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
	if (n < HEADER || p->asked >= PROXY_QUERIES) {
		free(q);
		return;
	}
	if (n <= QUESTION) {
		memcpy(q->head, buf, (size_t)n);
		q->size = (size_t)n;
	}
	memcpy(q->id, buf, sizeof(q->id));
	q->end.kind = PROXY_ANSWER;
	q->end.of = q;
	q->at = proxy_now();
	q->next = p->questions;
	p->questions = q;
	p->asked++;
	q->end.fd = socket(p->resolver.sa.sa_family,
	    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->end.fd == -1 ||
	    connect(q->end.fd, &p->resolver.sa, addr_size(&p->resolver.sa)) ==
		-1 ||
	    send(q->end.fd, buf, (size_t)n, 0) != n)
		give_up(p, q, strerror(errno));
	else
		proxy_watch(p, q->end.fd, &q->end, EPOLLIN);
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
	if (n < HEADER || memcmp(buf, q->id, sizeof(q->id)) != 0)
		return;
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
