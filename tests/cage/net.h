/*
 * A network like that of a cage, with a proxy that answers what is dialled in
 * it; what it reaches are servers in the network of the test.
 */
#ifndef CAGE_NET_H
#define CAGE_NET_H

#include <sys/prctl.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "addr.h"
#include "builderd/cage/keep.h"
#include "builderd/proxy/proxy.h"
#include "tap.h"

static int ours, theirs; /* networks */
static int lines;
static pid_t proxy;

static union addr
at(const char *text, int port)
{
	union addr a;

	if (addr_parse(&a, text, (uint16_t)port) != RC_OK)
		exit(1);
	return a;
}

static int
bound(int type, const char *text, int *port)
{
	union addr a = at(text, *port);
	socklen_t len = sizeof(a);
	int fd = socket(a.sa.sa_family, type | SOCK_CLOEXEC, 0), one = 1;

	if (a.sa.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (fd == -1 || bind(fd, &a.sa, addr_size(&a.sa)) == -1 ||
	    (type == SOCK_STREAM && listen(fd, 512) == -1) ||
	    getsockname(fd, &a.sa, &len) == -1)
		exit(1);
	*port = addr_port(&a.sa);
	return fd;
}

/* A socket in the cage's network. */
static int
inside(int type, int family)
{
	int fd;

	if (setns(theirs, CLONE_NEWNET) == -1)
		exit(1);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	if (setns(ours, CLONE_NEWNET) == -1)
		exit(1);
	return fd;
}

static int
dial(int type, const char *text, int port)
{
	const struct timeval patience = { .tv_sec = 20 };
	union addr a = at(text, port);
	int fd = inside(type, a.sa.sa_family);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, &a.sa, addr_size(&a.sa)) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* What the server says to "hello", or what went wrong. */
static inline const char *
hello(int fd)
{
	static char buf[64];
	size_t have = 0;
	ssize_t n;

	if (fd == -1)
		return strerror(errno);
	if (send(fd, "hello", 5, MSG_NOSIGNAL) == -1) {
		close(fd);
		return strerror(errno);
	}
	shutdown(fd, SHUT_WR);
	while ((n = read(fd, buf + have, sizeof(buf) - 1 - have)) > 0)
		have += (size_t)n;
	snprintf(buf + have, sizeof(buf) - have, "%s",
	    n == -1 ? strerror(errno) : "");
	close(fd);
	return buf;
}

/* What it said until now; stop: until its end. */
static inline const char *
said(int stop)
{
	static char buf[8192];
	struct pollfd p = { .fd = lines, .events = POLLIN };
	size_t have = 0;
	ssize_t n;

	while (have < sizeof(buf) - 1 && poll(&p, 1, stop ? 5000 : 0) == 1 &&
	    (n = read(lines, buf + have, sizeof(buf) - 1 - have)) > 0)
		have += (size_t)n;
	buf[have] = '\0';
	return buf;
}

/* A process alone in a network of its own; 0: this cannot be had here. */
static pid_t
empty(void)
{
	char path[64], good = 0;
	pid_t pid;
	int p[2];

	if (pipe(p) == -1)
		return 0;
	if ((pid = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		good = unshare(CLONE_NEWNET) == 0;
		if (write(p[1], &good, 1) == 1)
			pause();
		_exit(0);
	}
	close(p[1]);
	if (read(p[0], &good, 1) != 1 || !good) {
		kill(pid, SIGKILL);
		pid = 0;
	}
	close(p[0]);
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	if (theirs > 0)
		close(theirs);
	theirs = open(path, O_RDONLY | O_CLOEXEC);
	return pid;
}

static enum rc
start(const struct conf *conf, pid_t cage, const struct proxy_way *way,
    const uint16_t ports[CAGE_PORTS])
{
	int fds[CAGE_PORTS * 2 + 2];
	struct cage_io io;
	enum rc rc;

	if ((rc = net_open(cage, net_ipv6(), ports, fds)) != RC_OK)
		return rc;
	memcpy(io.tcp, fds, sizeof(io.tcp));
	memcpy(io.dns, fds + CAGE_PORTS * 2, sizeof(io.dns));
	return proxy_start(&proxy, &lines, conf, way, &io);
}

#endif
