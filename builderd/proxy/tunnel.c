#include <sys/epoll.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "tunnel.h"

#define BUFFER       32768
#define CONNECT_TIME 20  /* seconds */
#define IDLE_TIME    300 /* seconds without a byte */

/* Side 0 is the cage's; half[0] goes from there to side 1. */
struct tunnel {
	struct tunnel *next;
	struct proxy_end end[2];
	struct half {
		size_t start, stop;
		int eof, shut;
		char buf[BUFFER];
	} half[2];
	union addr to;
	time_t at; /* of the last byte */
	int connected, dead;
};

/* An end that is no end: whoever is there must see a failure. */
static void
reset(struct tunnel *t)
{
	struct linger l = { 1, 0 };
	int i;

	for (i = 0; i < 2; i++)
		if (t->end[i].fd != -1)
			setsockopt(t->end[i].fd, SOL_SOCKET, SO_LINGER, &l,
			    sizeof(l));
	t->dead = 1;
}

static void
unreachable(struct proxy *p, struct tunnel *t, const char *why)
{
	proxy_tell(p, &t->to, "cannot reach", why);
	reset(t);
}

static void
watch(struct proxy *p, struct tunnel *t)
{
	const struct half *from, *to;
	uint32_t events;
	int i;

	for (i = 0; i < 2; i++) {
		from = &t->half[i];
		to = &t->half[1 - i];
		events = 0;
		if (t->connected && !from->eof && from->stop < BUFFER)
			events |= EPOLLIN;
		if (to->stop > to->start || (i == 1 && !t->connected))
			events |= EPOLLOUT;
		if (!t->connected) /* should the cage give up meanwhile */
			events |= EPOLLHUP;
		proxy_watch(p, t->end[i].fd, &t->end[i], events);
	}
}

void
tunnel_open(struct proxy *p, int fd, const union addr *to)
{
	struct tunnel *t = calloc(1, sizeof(*t));
	int i, one = 1;

	if (t == NULL)
		fatal("proxy");
	t->end[0].fd = fd;
	t->end[1].fd = socket(to->sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	t->to = *to;
	t->at = proxy_now();
	t->next = p->tunnels;
	p->tunnels = t;
	p->open++;
	p->total++;
	for (i = 0; i < 2; i++) {
		t->end[i].kind = PROXY_TUNNEL;
		t->end[i].of = t;
		setsockopt(t->end[i].fd, IPPROTO_TCP, TCP_NODELAY, &one,
		    sizeof(one));
	}
	if (t->end[1].fd == -1 ||
	    (connect(t->end[1].fd, &to->sa, addr_size(&to->sa)) == -1 &&
		errno != EINPROGRESS))
		unreachable(p, t, strerror(errno));
	else
		watch(p, t);
}

static int
connected(struct proxy *p, struct tunnel *t)
{
	socklen_t len = sizeof(int);
	int e = 0;

	getsockopt(t->end[1].fd, SOL_SOCKET, SO_ERROR, &e, &len);
	if (e != 0) {
		unreachable(p, t, strerror(e));
		return 0;
	}
	t->connected = 1;
	proxy_tell(p, &t->to, "connected to", NULL);
	return 1;
}

/* From side i to the other, as far as it goes.  -1: it is broken. */
static int
move(struct proxy *p, struct tunnel *t, int i)
{
	struct half *h = &t->half[i];
	int from = t->end[i].fd, to = t->end[1 - i].fd;
	ssize_t n;

	if (!h->eof && h->stop < BUFFER) {
		n = recv(from, h->buf + h->stop, BUFFER - h->stop, 0);
		if (n == 0)
			h->eof = 1;
		else if (n > 0) {
			h->stop += (size_t)n;
			t->at = proxy_now();
		} else if (errno != EAGAIN && errno != EINTR)
			return -1;
	}
	if (h->stop > h->start) {
		n = send(to, h->buf + h->start, h->stop - h->start,
		    MSG_NOSIGNAL);
		if (n > 0) {
			h->start += (size_t)n;
			p->bytes[i] += (unsigned long long)n;
			t->at = proxy_now();
		} else if (n == -1 && errno != EAGAIN && errno != EINTR)
			return -1;
	}
	if (h->start == h->stop)
		h->start = h->stop = 0;
	if (h->eof && h->stop == 0 && !h->shut) {
		shutdown(to, SHUT_WR);
		h->shut = 1;
	}
	return 0;
}

void
tunnel_move(struct proxy *p, struct proxy_end *end)
{
	struct tunnel *t = end->of;

	if (t->dead)
		return;
	if (!t->connected) {
		if (end == &t->end[0]) { /* the cage gave up */
			t->dead = 1;
			return;
		}
		if (!connected(p, t))
			return;
	}
	if (move(p, t, 0) == -1 || move(p, t, 1) == -1)
		reset(t);
	else if (t->half[0].shut && t->half[1].shut)
		t->dead = 1;
	else
		watch(p, t);
}

void
tunnel_sweep(struct proxy *p)
{
	struct tunnel **tp = &p->tunnels, *t;
	time_t idle;

	while ((t = *tp) != NULL) {
		idle = proxy_now() - t->at;
		if (!t->dead && !t->connected && idle > CONNECT_TIME)
			unreachable(p, t, "no answer");
		else if (!t->dead && idle > IDLE_TIME)
			reset(t);
		if (!t->dead) {
			tp = &t->next;
			continue;
		}
		close(t->end[0].fd);
		if (t->end[1].fd != -1)
			close(t->end[1].fd);
		*tp = t->next;
		free(t);
		p->open--;
	}
}
