#include <sys/epoll.h>

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "peek.h"
#include "tunnel.h"

#define BUFFER       32768
#define NAME_TIME    10  /* seconds until the cage says a name */
#define CONNECT_TIME 20  /* until somebody answers */
#define IDLE_TIME    300 /* without a byte */

/*
 * Side 0 is the cage's; half[0] goes from there to side 1, which has no
 * descriptor while the tunnel is held.
 */
struct tunnel {
	struct tunnel *next;
	struct proxy_end end[2];
	struct half {
		size_t start, stop;
		int eof, shut;
		char buf[BUFFER];
	} half[2];
	union addr to;
	char name[HOSTS_NAME]; /* that the cage said, or "" */
	unsigned long long bytes[2];
	time_t at; /* of the last byte */
	int held, peeked, connected, dead;
	int once; /* what the cage sends from now on goes nowhere */
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
	char text[ADDR_TEXT];

	proxy_tell(p, "cannot reach", addr_text(&t->to.sa, text), why);
	reset(t);
}

static void
refuse(struct proxy *p, struct tunnel *t, const char *whom, const char *why)
{
	char text[ADDR_TEXT];

	if (whom == NULL)
		whom = addr_text(&t->to.sa, text);
	proxy_tell(p, "refused", whom, why);
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
		if ((t->connected || t->held) && !from->eof &&
		    from->stop < BUFFER)
			events |= EPOLLIN;
		if (to->stop > to->start || (i == 1 && !t->connected))
			events |= EPOLLOUT;
		if (!t->connected) /* should the cage give up meanwhile */
			events |= EPOLLHUP;
		if (t->end[i].fd != -1)
			proxy_watch(p, t->end[i].fd, &t->end[i], events);
	}
}

static void
dial(struct proxy *p, struct tunnel *t)
{
	struct proxy_end *e = &t->end[1];
	int one = 1;

	t->held = 0;
	t->at = proxy_now();
	p->half++;
	e->fd = socket(t->to.sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(e->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (e->fd == -1 ||
	    (connect(e->fd, &t->to.sa, addr_size(&t->to.sa)) == -1 &&
		errno != EINPROGRESS))
		unreachable(p, t, strerror(errno));
	else
		watch(p, t);
}

void
tunnel_open(struct proxy *p, int fd, const union addr *to, int held)
{
	struct tunnel *t = calloc(1, sizeof(*t));
	int i, one = 1;

	if (t == NULL)
		fatal("proxy");
	t->end[0].fd = fd;
	t->end[1].fd = -1;
	t->to = *to;
	t->at = proxy_now();
	t->next = p->tunnels;
	p->tunnels = t;
	p->open++;
	for (i = 0; i < 2; i++) {
		t->end[i].kind = PROXY_TUNNEL;
		t->end[i].of = t;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	t->held = held;
	if (held)
		watch(p, t);
	else
		dial(p, t);
}

static enum peek
peek(struct tunnel *t, const char **why, size_t *head)
{
	const struct half *h = &t->half[0];

	if (addr_port(&t->to.sa) == 443)
		return peek_tls(h->buf, h->stop, t->name, why);
	if (addr_port(&t->to.sa) == 80)
		return peek_http(h->buf, h->stop, t->name, why, head);
	return PEEK_BAD;
}

/* Of a tunnel that nothing hangs on: what it is called in the account. */
static void
learn_name(struct tunnel *t)
{
	const char *why;
	size_t head;

	if (t->half[0].start == 0 && peek(t, &why, &head) == PEEK_NAME)
		return;
	t->name[0] = '\0';
}

/* The one request that may be made, in the place of what the cage sent. */
static enum peek
request(struct tunnel *t, size_t head, const char **why)
{
	struct half *h = &t->half[0];
	char out[PEEK_MAX + PEEK_CLOSE + 4];
	size_t len;

	if (head > PEEK_MAX)
		head = PEEK_MAX;
	if (peek_once(h->buf, head, out, &len, why) == PEEK_BAD)
		return PEEK_BAD;
	memcpy(h->buf, out, len);
	h->stop = len;
	t->once = 1;
	return PEEK_NAME;
}

/* Does the cage say a name now, and one that this address was given for? */
static void
hold(struct proxy *p, struct tunnel *t)
{
	struct half *h = &t->half[0];
	const char *why = "";
	enum peek found;
	size_t head = 0;
	ssize_t n;

	n = recv(t->end[0].fd, h->buf + h->stop, BUFFER - h->stop, 0);
	if (n <= 0) {
		if (n == 0 || (errno != EAGAIN && errno != EINTR))
			t->dead = 1;
		return;
	}
	h->stop += (size_t)n;
	found = peek(t, &why, &head);
	if (found == PEEK_NAME && !hosts_has(p->names, t->name))
		refuse(p, t, t->name, "not a name that this build may reach");
	else if (found == PEEK_NAME && !host_gave(&p->hosts, t->name, &t->to))
		refuse(p, t, NULL, "not an address of the name it says");
	else if (found == PEEK_NAME && head > 0)
		found = request(t, head, &why);
	if (found == PEEK_BAD)
		refuse(p, t, NULL, why);
	else if (found == PEEK_NAME && !t->dead)
		dial(p, t);
	else if (!t->dead)
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
	p->half--;
	return 1;
}

/* What came from side i, as far as there is room; -1: it is broken. */
static int
take(struct tunnel *t, int i)
{
	struct half *h = &t->half[i];
	ssize_t n;

	if (h->eof || h->stop == BUFFER)
		return 0;
	n = recv(t->end[i].fd, h->buf + h->stop, BUFFER - h->stop, 0);
	if (n == 0)
		h->eof = 1;
	else if (n > 0) {
		if (i == 1 || !t->once)
			h->stop += (size_t)n;
		t->at = proxy_now();
	} else if (errno != EAGAIN && errno != EINTR)
		return -1;
	if (i == 0 && h->stop > 0 && !t->peeked && *t->name == '\0') {
		t->peeked = 1;
		learn_name(t);
	}
	return 0;
}

/* From side i to the other, as far as it goes.  -1: it is broken. */
static int
move(struct proxy *p, struct tunnel *t, int i)
{
	struct half *h = &t->half[i];
	int to = t->end[1 - i].fd;
	ssize_t n;

	if (take(t, i) == -1)
		return -1;
	if (h->stop > h->start) {
		n = send(to, h->buf + h->start, h->stop - h->start,
		    MSG_NOSIGNAL);
		if (n > 0) {
			h->start += (size_t)n;
			t->bytes[i] += (unsigned long long)n;
			p->bytes += (unsigned long long)n;
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
	if (t->held) {
		hold(p, t);
		return;
	}
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

/* Adds what went through to the account. */
static void
account(struct proxy *p, struct tunnel *t)
{
	struct host *h;

	if (!t->connected)
		return;
	h = host_count(&p->hosts, t->name, &t->to);
	h->bytes[0] += t->bytes[0];
	h->bytes[1] += t->bytes[1];
}

void
tunnel_account(struct proxy *p)
{
	struct tunnel *t;

	for (t = p->tunnels; t != NULL; t = t->next)
		account(p, t);
}

static void
end(struct proxy *p, struct tunnel *t)
{
	account(p, t);
	close(t->end[0].fd);
	if (t->end[1].fd != -1)
		close(t->end[1].fd);
	if (!t->held && !t->connected)
		p->half--;
	p->open--;
	free(t);
}

void
tunnel_sweep(struct proxy *p)
{
	struct tunnel **tp = &p->tunnels, *t;
	time_t idle;

	while ((t = *tp) != NULL) {
		idle = proxy_now() - t->at;
		if (!t->dead && t->held && idle > NAME_TIME)
			refuse(p, t, NULL, "it says no name");
		else if (!t->dead && !t->held && !t->connected &&
		    idle > CONNECT_TIME)
			unreachable(p, t, "no answer");
		else if (!t->dead && idle > IDLE_TIME)
			reset(t);
		if (!t->dead) {
			tp = &t->next;
			continue;
		}
		*tp = t->next;
		end(p, t);
	}
}
