#include <sys/epoll.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns.h"
#include "log.h"

#define ANSWER_TIME 10 /* seconds; programs ask again after 5 */
#define HEADER      12 /* less is no message */

/* A socket of its own for each, so that no answer is for another. */
struct dns_question {
	struct dns_question *next;
	struct proxy_end end;
	struct sockaddr_storage from;
	socklen_t len;
	time_t at;
	int done;
};

static time_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static int
address(struct sockaddr_storage *ss, const char *text)
{
	union addr a;

	if (addr_parse(&a, text, 53) != RC_OK)
		return 0;
	memset(ss, 0, sizeof(*ss));
	memcpy(ss, &a, sizeof(a));
	return 1;
}

static socklen_t
size_of(const struct sockaddr_storage *ss)
{
	return ss->ss_family == AF_INET ? sizeof(struct sockaddr_in) :
					  sizeof(struct sockaddr_in6);
}

enum rc
dns_resolver(struct proxy *p, const char *where)
{
	char line[256], text[64];
	int found = 0;
	FILE *f;

	if (*where != '\0') {
		if (address(&p->resolver, where))
			return RC_OK;
		log_warnx("resolver: %s is not an address", where);
		return RC_INVALID;
	}
	if ((f = fopen("/etc/resolv.conf", "re")) != NULL) {
		while (!found && fgets(line, sizeof(line), f) != NULL)
			found = sscanf(line, "nameserver %63s", text) == 1 &&
			    address(&p->resolver, text);
		fclose(f);
	}
	if (!found)
		address(&p->resolver, "127.0.0.1");
	return RC_OK;
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
	n = recvfrom(end->fd, buf, sizeof(buf), 0, (struct sockaddr *)&q->from,
	    &q->len);
	q->end.kind = PROXY_ANSWER;
	q->end.of = q;
	q->end.fd = -1;
	q->at = now();
	if (n >= HEADER && p->asked < PROXY_QUERIES)
		q->end.fd = socket(p->resolver.ss_family,
		    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (q->end.fd == -1 ||
	    connect(q->end.fd, (struct sockaddr *)&p->resolver,
		size_of(&p->resolver)) == -1 ||
	    send(q->end.fd, buf, (size_t)n, 0) != n) {
		if (q->end.fd != -1)
			close(q->end.fd);
		free(q);
		return;
	}
	q->next = p->questions;
	p->questions = q;
	p->asked++;
	proxy_watch(p, q->end.fd, &q->end, EPOLLIN);
}

void
dns_answer(struct proxy *p, struct proxy_end *end)
{
	struct dns_question *q = end->of;
	char buf[65536];
	ssize_t n;

	n = recv(end->fd, buf, sizeof(buf), 0);
	if (n >= HEADER &&
	    sendto(p->query, buf, (size_t)n, 0, (struct sockaddr *)&q->from,
		q->len) == -1)
		log_debug("an answer for nobody");
	q->done = 1;
}

void
dns_sweep(struct proxy *p)
{
	struct dns_question **qp = &p->questions, *q;

	while ((q = *qp) != NULL) {
		if (!q->done && now() - q->at <= ANSWER_TIME) {
			qp = &q->next;
			continue;
		}
		close(q->end.fd);
		*qp = q->next;
		free(q);
		p->asked--;
	}
}
