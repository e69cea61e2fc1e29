/*
 * visit -- how long visitors wait who come at a steady rate.
 *
 *	visit PORT HOST PATH RATE SECONDS
 *
 * RATE requests a second, each begun when it is due, whether or not the ones
 * before it are answered: so what stalls for a while delays all that come
 * meanwhile, and they count.  Prints a line for each: the microseconds from
 *when it was due until its whole answer was here.
 *
 * Visitors are elsewhere, and have a processor of their own.  Here they go
 * before everything else, as far as they may, so that what is measured is how
 * long the server takes and not how long its client waits to be run.
 */
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define VISITORS   64
#define ANSWER_MAX 65536
#define SECOND     1000000000

struct visitor {
	int fd;
	int waits;
	int64_t due;
	size_t n, want; /* bytes of the answer; 0: its head is not here */
	int close;      /* the server will */
	char head[ANSWER_MAX];
};

static struct visitor visitors[VISITORS];
static char request[1024];
static int port, epoll;

static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * SECOND + ts.tv_nsec;
}

static void
come(struct visitor *v)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port) };
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = v };
	const int on = 1;

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((v->fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    setsockopt(v->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ==
		-1 ||
	    connect(v->fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    epoll_ctl(epoll, EPOLL_CTL_ADD, v->fd, &e) == -1)
		err(1, "connect");
}

static void
ask(struct visitor *v, int64_t due)
{
	ssize_t size = (ssize_t)strlen(request);

	v->waits = 1;
	v->due = due;
	v->n = v->want = 0;
	if (write(v->fd, request, (size_t)size) != size)
		err(1, "write");
}

/* The length of what has this head. */
static size_t
length(struct visitor *v, const char *body)
{
	const char *p = strcasestr(v->head, "\r\nContent-Length:");

	if (atoi(v->head + 9) != 200 || p == NULL || p > body)
		errx(1, "not a page: %.100s", v->head);
	p += strlen("\r\nContent-Length:");
	v->close = strcasestr(v->head, "\r\nConnection: close") != NULL;
	return (size_t)(body - v->head) + strtoul(p, NULL, 10);
}

/* Some of an answer; 1: that was all. */
static int
hear(struct visitor *v)
{
	const char *end;
	ssize_t n;

	n = read(v->fd, v->head + v->n, ANSWER_MAX - 1 - v->n);
	if (n <= 0)
		errx(1, "the server hung up");
	v->n += (size_t)n;
	v->head[v->n] = '\0';
	if (v->want == 0 && (end = strstr(v->head, "\r\n\r\n")) != NULL)
		v->want = length(v, end + 4);
	if (v->want == 0 || v->n < v->want)
		return 0;
	printf("%.0f\n", (double)(now() - v->due) / 1e3);
	v->waits = 0;
	if (v->close) {
		close(v->fd);
		come(v);
	}
	return 1;
}

static struct visitor *
idle(void)
{
	int i;

	for (i = 0; i < VISITORS; i++)
		if (!visitors[i].waits)
			return &visitors[i];
	return NULL;
}

static void
visit(int64_t every, long n)
{
	struct epoll_event e[VISITORS];
	int64_t start = now(), wait;
	long begun = 0, answered = 0;
	struct visitor *v;
	int i, k;

	while (answered < n) {
		wait = SECOND;
		while (begun < n && (v = idle()) != NULL) {
			wait = start + begun * every - now();
			if (wait > 0)
				break;
			ask(v, start + begun++ * every);
			wait = SECOND;
		}
		k = epoll_pwait2(epoll, e, VISITORS,
		    &(struct timespec){ wait / SECOND, wait % SECOND }, NULL);
		for (i = 0; i < k; i++)
			answered += hear(e[i].data.ptr);
	}
}

int
main(int argc, char *argv[])
{
	const struct sched_param first = { .sched_priority = 1 };
	double rate;
	int i;

	if (argc != 6 || (rate = atof(argv[4])) <= 0)
		errx(2, "see the head of visit.c");
	port = atoi(argv[1]);
	snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", argv[3], argv[2]);
	if (sched_setscheduler(0, SCHED_FIFO, &first) == -1)
		warn("visitors wait for a processor too");
	prctl(PR_SET_TIMERSLACK, 1UL);
	if ((epoll = epoll_create1(EPOLL_CLOEXEC)) == -1)
		err(1, "epoll");
	for (i = 0; i < VISITORS; i++)
		come(&visitors[i]);
	visit((int64_t)(SECOND / rate), (long)(rate * atof(argv[5])));
	return 0;
}
