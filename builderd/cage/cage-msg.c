#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cage-msg.h"

/* A terminated string of n of these bytes? */
static int
made_of(const char *s, size_t size, const char *bytes, size_t n)
{
	return strnlen(s, size) == n && n < size && strspn(s, bytes) == n;
}

static int
id_ok(const char *s, const char *prefix)
{
	return strncmp(s, prefix, 4) == 0 &&
	    made_of(s + 4, CAGE_ID_MAX - 4,
		"abcdefghijklmnopqrstuvwxyz0123456789", 12);
}

/* What the operator gave all builds, or the more that a team may get. */
static int
within(uint32_t n, uint32_t min, int usual, int max)
{
	return n == 0 ||
	    (n >= min && n <= (uint32_t)(max < usual ? usual : max));
}

int
cage_bind_ok(const void *p, size_t n)
{
	struct cage_bind b;

	if (n != sizeof(b))
		return 0;
	memcpy(&b, p, n);
	return id_ok(b.deployment, "dpl_") && id_ok(b.project, "prj_");
}

int
cage_ask_ok(const void *p, size_t n, const struct conf *conf)
{
	struct cage_ask a;

	if (n != sizeof(a))
		return 0;
	memcpy(&a, p, n);
	if ((a.what == CAGE_LAYER || a.what == CAGE_SAVE) &&
	    !made_of(a.key, sizeof(a.key), "0123456789abcdef", 64))
		return 0;
	return a.what <= CAGE_SAVE &&
	    within(a.memory, 64, conf->build_memory, conf->build_memory_max) &&
	    within(a.cpus, 10, conf->build_cpus, conf->build_cpus_max) &&
	    within(a.disk, 64, conf->build_disk, conf->build_disk_max) &&
	    within(a.pids, 32, conf->build_pids, conf->build_pids_max) &&
	    within(a.inodes, 1000, conf->build_inodes, conf->build_inodes_max);
}

static void
instead(int *usual, uint32_t n)
{
	if (n != 0)
		*usual = (int)n;
}

void
cage_ask_limits(const struct cage_ask *a, struct conf *conf)
{
	instead(&conf->build_memory, a->memory);
	instead(&conf->build_cpus, a->cpus);
	instead(&conf->build_disk, a->disk);
	instead(&conf->build_pids, a->pids);
	instead(&conf->build_inodes, a->inodes);
}

union control {
	char buf[CMSG_SPACE(sizeof(int) * CAGE_SLOTS)]; /* at most */
	struct cmsghdr head;
};

enum rc
cage_send(int sock, const void *p, size_t n, const int *fds, size_t nfds)
{
	union control u = { .buf = { 0 } };
	struct iovec iov = { .iov_base = (void *)p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t sent;

	if (nfds > 0) {
		u.head.cmsg_level = SOL_SOCKET;
		u.head.cmsg_type = SCM_RIGHTS;
		u.head.cmsg_len = CMSG_LEN(sizeof(int) * nfds);
		memcpy(CMSG_DATA(&u.head), fds, sizeof(int) * nfds);
		m.msg_control = u.buf;
		m.msg_controllen = CMSG_SPACE(sizeof(int) * nfds);
	}
	while ((sent = sendmsg(sock, &m, MSG_NOSIGNAL | MSG_DONTWAIT)) == -1 &&
	    errno == EINTR)
		continue;
	return sent == (ssize_t)n ? RC_OK : RC_FAIL;
}

/* The kernel closes what there is no room for. */
long
cage_recv(int sock, void *p, size_t n, int *fds, size_t *nfds)
{
	union control u;
	struct iovec iov = { .iov_base = p, .iov_len = n };
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = *nfds > 0 ? u.buf : NULL,
		.msg_controllen =
		    *nfds > 0 ? CMSG_LEN(sizeof(int) * *nfds) : 0 };
	const struct cmsghdr *c;
	ssize_t got;

	*nfds = 0;
	while ((got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | MSG_TRUNC)) == -1 &&
	    errno == EINTR)
		continue;
	c = got > 0 ? CMSG_FIRSTHDR(&m) : NULL;
	if (c != NULL && c->cmsg_level == SOL_SOCKET &&
	    c->cmsg_type == SCM_RIGHTS) {
		*nfds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *nfds * sizeof(int));
	}
	return (long)got;
}
