#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init-msg.h"
#include "log.h"
#include "root/helper.h"

#define CLOSE_MS 5000 /* what a warden may take to tidy up */

struct cage {
	int warden;
	int keeper;
	int in; /* of what runs; the cage ends when this is closed */
	int running;
};

static enum rc
receive(int sock, enum cage_what what, struct cage_reply *a, int fds[CAGE_FDS])
{
	int got[CAGE_FDS];
	size_t i, k = 0, n = CAGE_FDS;
	long size;

	for (i = 0; i < CAGE_FDS; i++)
		fds[i] = -1;
	size = cage_recv(sock, a, sizeof(*a), got, &n);
	if (size != sizeof(*a) || a->what != (uint32_t)what) {
		for (i = 0; i < n; i++)
			close(got[i]);
		if (size == 0)
			log_warnx("the keeper of the cage is gone");
		else
			log_warnx("not an answer of a keeper");
		return RC_FAIL;
	}
	for (i = 0; i < CAGE_FDS; i++)
		if ((a->fds & 1U << i) && k < n)
			fds[i] = got[k++];
	return (enum rc)a->rc;
}

static enum rc
ask(struct cage *c, int sock, struct cage_request *q, int fds[CAGE_FDS])
{
	struct cage_reply a;
	enum rc rc;

	if (c->running)
		return RC_CONFLICT;
	if ((rc = cage_send(sock, q, sizeof(*q), NULL, 0)) != RC_OK)
		return rc;
	return receive(sock, (enum cage_what)q->what, &a, fds);
}

/* A name of ours is shorter than its field; if not, the helper says no. */
static void
copy(char *to, size_t size, const char *from)
{
	size_t n = strnlen(from, size - 1);

	memset(to, 0, size);
	memcpy(to, from, n);
}

enum rc
cage_line(struct helper *h, const struct cage_spec *s, int *line)
{
	struct cage_bind b;
	enum rc rc;
	int p[2];

	memset(&b, 0, sizeof(b));
	b.slot = (uint32_t)s->slot;
	b.fence = s->fence;
	copy(b.deployment, sizeof(b.deployment), s->deployment);
	copy(b.project, sizeof(b.project), s->project);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1) {
		log_warn("cage");
		return RC_FAIL;
	}
	rc = cage_send(h->fd, &b, sizeof(b), &p[1], 1);
	close(p[1]);
	if (rc == RC_OK)
		*line = p[0];
	else
		close(p[0]);
	return rc;
}

enum rc
cage_open(struct cage **cp, int line, const struct cage_spec *s)
{
	struct cage_reply a;
	struct cage_ask q;
	int fds[CAGE_FDS];
	struct cage *c;
	enum rc rc;

	*cp = NULL;
	memset(&q, 0, sizeof(q));
	q.memory = (uint32_t)s->memory;
	q.cpus = (uint32_t)s->cpus;
	q.disk = (uint32_t)s->disk;
	copy(q.image, sizeof(q.image), s->image == NULL ? "default" : s->image);
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatal("cage");
	c->warden = line;
	c->keeper = c->in = -1;
	rc = cage_send(c->warden, &q, sizeof(q), NULL, 0);
	if (rc == RC_OK)
		rc = receive(c->warden, CAGE_OPENED, &a, fds);
	if (rc == RC_OK) {
		c->keeper = fds[0];
		*cp = c;
	} else
		cage_close(c);
	return rc;
}

/* The warden has undone everything when its end of the line is gone. */
static void
wait_for_warden(int sock)
{
	struct pollfd p = { .fd = sock, .events = POLLIN };
	char buf[sizeof(struct cage_reply)];

	if (shutdown(sock, SHUT_WR) == -1)
		return;
	while (poll(&p, 1, CLOSE_MS) == 1)
		if (recv(sock, buf, sizeof(buf), MSG_DONTWAIT) <= 0)
			return;
	log_warnx("the warden of the cage takes long");
}

void
cage_close(struct cage *c)
{
	if (c == NULL)
		return;
	if (c->in != -1)
		close(c->in);
	if (c->keeper != -1)
		close(c->keeper);
	wait_for_warden(c->warden);
	close(c->warden);
	free(c);
}

static enum rc
put(int fd, const void *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = send(fd, p, n, MSG_NOSIGNAL);
		if (k == -1 && errno == EINTR)
			continue;
		if (k == -1)
			return RC_FAIL;
		p = (const char *)p + k;
		n -= (size_t)k;
	}
	return RC_OK;
}

static enum rc
put_list(int fd, const char *const *list)
{
	enum rc rc = RC_OK;

	for (; rc == RC_OK && *list != NULL; list++)
		rc = put(fd, *list, strlen(*list) + 1);
	return rc;
}

static uint32_t
measure(const char *const *list, uint64_t *size)
{
	uint32_t n = 0;

	for (; list[n] != NULL; n++)
		*size += strlen(list[n]) + 1;
	return n;
}

enum rc
cage_start(struct cage *c, const struct cage_run *r,
    const uint16_t ports[CAGE_PORTS], struct cage_io *io)
{
	struct cage_request q = { .what = CAGE_START,
		.kind = (uint32_t)r->kind };
	struct init_head h = { .input = r->input_size };
	uint64_t size = strlen(r->cwd) + 1;
	int fds[CAGE_FDS];
	enum rc rc;

	h.argc = measure(r->argv, &size);
	h.envc = measure(r->env, &size);
	if (size > INIT_STRINGS_MAX)
		return RC_TOO_LARGE;
	h.strings = (uint32_t)size;
	if (r->image != NULL)
		copy(q.image, sizeof(q.image), r->image);
	memcpy(q.ports, ports, sizeof(q.ports));
	if ((rc = ask(c, c->keeper, &q, fds)) != RC_OK)
		return rc;
	c->running = 1;
	c->in = fds[0];
	io->out = fds[1];
	io->err = fds[2];
	memcpy(io->tcp, fds + 3, sizeof(io->tcp));
	memcpy(io->dns, fds + 3 + CAGE_PORTS * 2, sizeof(io->dns));

	/* If it is dead before it has read all, cage_end() tells of that. */
	if (put(c->in, &h, sizeof(h)) != RC_OK ||
	    put(c->in, r->cwd, strlen(r->cwd) + 1) != RC_OK ||
	    put_list(c->in, r->argv) != RC_OK ||
	    put_list(c->in, r->env) != RC_OK ||
	    put(c->in, r->input, r->input_size) != RC_OK)
		log_debug("what runs in the cage did not read its input");
	return RC_OK;
}

int
cage_fd(const struct cage *c)
{
	return c->keeper;
}

enum rc
cage_end(struct cage *c, struct cage_end *e)
{
	struct cage_reply a;
	int fds[CAGE_FDS];
	enum rc rc;

	if (!c->running)
		return RC_CONFLICT;
	rc = receive(c->keeper, CAGE_ENDED, &a, fds);
	if (rc == RC_OK)
		*e = a.end;
	c->running = 0;
	if (c->in != -1)
		close(c->in);
	c->in = -1;
	return rc;
}

enum rc
cage_kill(struct cage *c)
{
	struct cage_request q = { .what = CAGE_KILL };

	return cage_send(c->keeper, &q, sizeof(q), NULL, 0);
}

enum rc
cage_tree(struct cage *c, int *dirfd)
{
	struct cage_request q = { .what = CAGE_TREE };
	int fds[CAGE_FDS];
	enum rc rc;

	if ((rc = ask(c, c->warden, &q, fds)) == RC_OK)
		*dirfd = fds[0];
	return rc;
}

static enum rc
with_key(struct cage *c, enum cage_what what, const char *key)
{
	struct cage_request q = { .what = (uint32_t)what };
	int fds[CAGE_FDS];

	copy(q.key, sizeof(q.key), key);
	if (!warden_request_ok(&q, sizeof(q)))
		return RC_INVALID;
	return ask(c, c->warden, &q, fds);
}

enum rc
cage_layer(struct cage *c, const char *key)
{
	return with_key(c, CAGE_LAYER, key);
}

enum rc
cage_layer_like(struct cage *c, const char *key)
{
	return with_key(c, CAGE_LAYER_LIKE, key);
}

enum rc
cage_reset(struct cage *c)
{
	struct cage_request q = { .what = CAGE_RESET };
	int fds[CAGE_FDS];

	return ask(c, c->warden, &q, fds);
}

enum rc
cage_save(struct cage *c, const char *key)
{
	return with_key(c, CAGE_SAVE, key);
}
