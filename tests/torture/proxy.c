/*
 * proxy -- what stands between builders and PostgreSQL, and is no friend.
 *
 * It knows of the protocol where a message ends and which statement a Bind
 * names.  At a statement it may cut the connection before the server has seen
 * it, or after the server has answered and before the client knows: a commit
 * that nobody can be sure of.  Or it holds it back, or the answer.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd/lease.h"
#include "control.h"
#include "record.h"
#include "torture.h"

#define LINES 200
#define CHUNK 65536

enum what { PASS, CUT_BEFORE, CUT_AFTER, HOLD, HOLD_ANSWER, WHAT__MAX };

static const char *const names[WHAT__MAX] = {
	[CUT_BEFORE] = "proxy.cut-before",
	[CUT_AFTER] = "proxy.cut-after",
	[HOLD] = "proxy.hold",
	[HOLD_ANSWER] = "proxy.hold-answer",
};

/* Bytes on their way to one side. */
struct way {
	char buf[CHUNK];
	size_t n;
	uint64_t hold_until; /* boot ms */
};

struct line {
	int client, server; /* client -1: free */
	struct way up, down;
	enum what doing;
	/* Where in the client's messages we are. */
	int started; /* the first has no type */
	size_t left; /* of a message, not yet seen */
	unsigned char head[5];
	size_t nhead;
};

static struct line lines[LINES];
static struct control *control;
static uint64_t state;

static uint64_t
now_ms(void)
{
	return boot_us() / 1000;
}

static void
hang_up(struct line *l)
{
	close(l->client);
	close(l->server);
	l->client = l->server = -1;
}

static void
decide(struct line *l, const char *statement)
{
	int odds = atomic_load(&control->proxy);
	uint64_t until;

	if (odds == 0 || l->doing != PASS ||
	    dice_below(&state, (unsigned int)odds) != 0)
		return;
	l->doing = 1 + dice_below(&state, WHAT__MAX - 1);
	until = now_ms() + 50 + dice_below(&state, LEASE_MS);
	if (l->doing == HOLD)
		l->up.hold_until = until;
	else if (l->doing == HOLD_ANSWER)
		l->down.hold_until = until;
	record("fault %s %s", names[l->doing], statement);
	if (l->doing == HOLD || l->doing == HOLD_ANSWER)
		l->doing = PASS;
}

/* Finds each Bind in what the client says; its second string is a name. */
static void
watch(struct line *l, const char *p, size_t n)
{
	const char *end = p + n, *s;
	size_t take;

	while (p < end) {
		if (l->left > 0) {
			take = l->left < (size_t)(end - p) ? l->left :
							     (size_t)(end - p);
			p += take;
			l->left -= take;
			continue;
		}
		if (l->nhead == 0 && !l->started) /* no type */
			l->head[l->nhead++] = 0;
		l->head[l->nhead++] = (unsigned char)*p++;
		if (l->nhead < sizeof(l->head))
			continue;
		l->nhead = 0;
		l->started = 1;
		l->left = ((size_t)l->head[1] << 24 | (size_t)l->head[2] << 16 |
			      (size_t)l->head[3] << 8 | l->head[4]) -
		    4;
		s = memchr(p, '\0', (size_t)(end - p));
		if (l->head[0] == 'B' && s != NULL &&
		    memchr(s + 1, '\0', (size_t)(end - s - 1)) != NULL)
			decide(l, s + 1);
	}
}

/* What is read from one side; 0 when it is over. */
static int
fill(int fd, struct way *w)
{
	ssize_t n = read(fd, w->buf + w->n, sizeof(w->buf) - w->n);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (n <= 0)
		return 0;
	w->n += (size_t)n;
	return 1;
}

static int
drain(int fd, struct way *w)
{
	ssize_t n;

	if (w->n == 0 || now_ms() < w->hold_until)
		return 1;
	n = send(fd, w->buf, w->n, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN;
	memmove(w->buf, w->buf + n, w->n - (size_t)n);
	w->n -= (size_t)n;
	return 1;
}

static int
dial(const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	if (fd != -1 &&
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void
take(int listener, const char *server)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct line *l = lines;

	if (fd == -1)
		return;
	while (l < lines + LINES && l->client != -1)
		l++;
	if (l == lines + LINES) {
		close(fd);
		return;
	}
	memset(l, 0, sizeof(*l));
	l->client = fd;
	if ((l->server = dial(server)) == -1)
		hang_up(l);
}

static void
serve(struct line *l, short client, short server)
{
	size_t had = l->up.n;

	if (client != 0) {
		if (!fill(l->client, &l->up)) {
			hang_up(l);
			return;
		}
		watch(l, l->up.buf + had, l->up.n - had);
		if (l->doing == CUT_BEFORE) {
			hang_up(l);
			return;
		}
	}
	if (server != 0) {
		if (!fill(l->server, &l->down) || l->doing == CUT_AFTER) {
			hang_up(l);
			return;
		}
	}
	if (!drain(l->server, &l->up) || !drain(l->client, &l->down))
		hang_up(l);
}

/* A side is read while there is room, and asked to write while held up. */
static int
wants(struct line *l, struct pollfd *p, uint64_t now, int *wait)
{
	struct way *ways[] = { &l->up, &l->down };
	size_t i;

	p[0] = (struct pollfd){ l->client, 0, 0 };
	p[1] = (struct pollfd){ l->server, 0, 0 };
	if (l->client == -1)
		return 0;
	for (i = 0; i < 2; i++) {
		if (ways[i]->n < CHUNK)
			p[i].events |= POLLIN;
		if (ways[i]->n == 0)
			continue;
		if (now >= ways[i]->hold_until)
			p[1 - i].events |= POLLOUT;
		else if ((int)(ways[i]->hold_until - now) < *wait)
			*wait = (int)(ways[i]->hold_until - now);
	}
	return 1;
}

void
proxy_run(const char *listen_at, const char *server)
{
	static struct pollfd p[LINES * 2 + 1];
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int i, wait;

	control = control_open(getenv("TORTURE_CONTROL"), 0);
	state = atomic_load(&control->seed) ^ 0x70726f78;
	for (i = 0; i < LINES; i++)
		lines[i].client = lines[i].server = -1;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", listen_at);
	unlink(listen_at);
	if (fd == -1 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) == -1 ||
	    chmod(listen_at, 0777) == -1 || listen(fd, 128) == -1)
		err(1, "%s", listen_at);
	for (;;) {
		p[0] = (struct pollfd){ fd, POLLIN, 0 };
		wait = 10000;
		for (i = 0; i < LINES; i++)
			wants(&lines[i], &p[1 + 2 * i], now_ms(), &wait);
		if (poll(p, LINES * 2 + 1, wait) == -1)
			continue;
		for (i = 0; i < LINES; i++)
			if (lines[i].client != -1)
				serve(&lines[i],
				    p[1 + 2 * i].revents &
					(POLLIN | POLLHUP | POLLERR),
				    p[2 + 2 * i].revents &
					(POLLIN | POLLHUP | POLLERR));
		if (p[0].revents != 0)
			take(fd, server);
	}
}
