#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cage-msg.h"

/* A terminated string made of these bytes, of min to max of them? */
static int
made_of(const char *s, size_t size, const char *bytes, size_t min, size_t max)
{
	size_t n = strnlen(s, size);

	return n < size && n >= min && n <= max && strspn(s, bytes) == n;
}

static int
id_ok(const char *s, const char *prefix)
{
	return strnlen(s, CAGE_ID_MAX) == 16 && strncmp(s, prefix, 4) == 0 &&
	    made_of(s + 4, CAGE_ID_MAX - 4,
		"abcdefghijklmnopqrstuvwxyz0123456789", 12, 12);
}

static int
image_ok(const char *s)
{
	return made_of(s, CAGE_IMAGE_MAX,
	    "abcdefghijklmnopqrstuvwxyz0123456789", 1, CAGE_IMAGE_MAX - 1);
}

/* What the operator gave all builds, or the more that a team may get. */
static int
within(uint32_t n, int min, int usual, int max)
{
	if (max < usual)
		max = usual;
	return n == 0 || (n >= (uint32_t)min && n <= (uint32_t)max);
}

int
cage_bind_ok(const void *p, size_t n, const struct conf *conf)
{
	struct cage_bind b;

	if (n != sizeof(b))
		return 0;
	memcpy(&b, p, n);
	return b.slot < (uint32_t)conf->build_slots && b.slot < CAGE_SLOTS &&
	    id_ok(b.deployment, "dpl_") && id_ok(b.project, "prj_");
}

int
cage_ask_ok(const void *p, size_t n, const struct conf *conf)
{
	struct cage_ask a;

	if (n != sizeof(a))
		return 0;
	memcpy(&a, p, n);
	return within(a.memory, 64, conf->build_memory,
		   conf->build_memory_max) &&
	    within(a.cpus, 10, conf->build_cpus, conf->build_cpus_max) &&
	    within(a.disk, 64, conf->build_disk, conf->build_disk_max) &&
	    image_ok(a.image);
}

void
cage_ask_fill(struct cage_ask *a, const struct conf *conf)
{
	if (a->memory == 0)
		a->memory = (uint32_t)conf->build_memory;
	if (a->cpus == 0)
		a->cpus = (uint32_t)conf->build_cpus;
	if (a->disk == 0)
		a->disk = (uint32_t)conf->build_disk;
}

int
keeper_request_ok(const void *p, size_t n)
{
	struct cage_request r;

	if (n != sizeof(r))
		return 0;
	memcpy(&r, p, n);
	if (r.what == CAGE_START)
		return (r.kind == CAGE_FETCH || r.kind == CAGE_BUILD) &&
		    (r.image[0] == '\0' || image_ok(r.image));
	return r.what == CAGE_KILL;
}

int
warden_request_ok(const void *p, size_t n)
{
	struct cage_request r;

	if (n != sizeof(r))
		return 0;
	memcpy(&r, p, n);
	switch (r.what) {
	case CAGE_LAYER:
	case CAGE_LAYER_LIKE:
	case CAGE_SAVE:
		return made_of(r.key, sizeof(r.key), "0123456789abcdef", 64,
		    64);
	case CAGE_TREE:
	case CAGE_RESET:
		return 1;
	}
	return 0;
}

enum rc
cage_send(int sock, const void *p, size_t n, const int *fds, size_t nfds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * CAGE_FDS)];
		struct cmsghdr align;
	} u;
	struct iovec iov = { .iov_base = (void *)p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	size_t i, k = 0;
	ssize_t sent;

	memset(&u, 0, sizeof(u));
	m.msg_control = u.buf;
	m.msg_controllen = sizeof(u.buf);
	c = CMSG_FIRSTHDR(&m);
	for (i = 0; i < nfds; i++)
		if (fds[i] != -1)
			memcpy(CMSG_DATA(c) + sizeof(int) * k++, &fds[i],
			    sizeof(int));
	if (k > 0) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * k);
		m.msg_controllen = CMSG_SPACE(sizeof(int) * k);
	} else {
		m.msg_control = NULL;
		m.msg_controllen = 0;
	}
	while ((sent = sendmsg(sock, &m, MSG_NOSIGNAL)) == -1 && errno == EINTR)
		continue;
	return sent == (ssize_t)n ? RC_OK : RC_FAIL;
}

long
cage_recv(int sock, void *p, size_t n, int *fds, size_t *nfds)
{
	union {
		char buf[CMSG_SPACE(sizeof(int) * CAGE_FDS)];
		struct cmsghdr align;
	} u;
	struct iovec iov = { .iov_base = p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	size_t i, k, max = *nfds;
	ssize_t got;
	int fd;

	m.msg_control = u.buf;
	m.msg_controllen = sizeof(u.buf);
	*nfds = 0;
	while (
	    (got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC)) == -1 && errno == EINTR)
		continue;
	if (got == -1)
		return -1;
	for (c = CMSG_FIRSTHDR(&m); c != NULL; c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		k = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < k; i++) {
			memcpy(&fd, CMSG_DATA(c) + sizeof(int) * i,
			    sizeof(int));
			if (*nfds < max)
				fds[(*nfds)++] = fd;
			else
				close(fd);
		}
	}
	if (m.msg_flags & MSG_TRUNC)
		return (long)n + 1; /* which no check will take for whole */
	return (long)got;
}
