#include <sys/ioctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

static int
link_up(void)
{
	struct ifreq r = { .ifr_name = "lo" };
	int fd, bad;

	if ((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	bad = ioctl(fd, SIOCSIFFLAGS, &r);
	close(fd);
	return bad;
}

/* A request, its parameters and then its attributes. */
struct message {
	struct nlmsghdr h;
	char body[128];
};

static void
attr(struct message *m, unsigned short type, const void *p, size_t n)
{
	struct rtattr *a = (void *)((char *)m + NLMSG_ALIGN(m->h.nlmsg_len));

	a->rta_type = type;
	a->rta_len = (unsigned short)RTA_LENGTH(n);
	memcpy(RTA_DATA(a), p, n);
	m->h.nlmsg_len = NLMSG_ALIGN(m->h.nlmsg_len) + RTA_ALIGN(a->rta_len);
}

static int
ask(struct message *m)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
		char space[256];
	} answer;
	ssize_t n = -1;
	int fd;

	m->h.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
	if ((fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) ==
	    -1)
		return -1;
	if (send(fd, m, m->h.nlmsg_len, 0) == (ssize_t)m->h.nlmsg_len)
		n = recv(fd, &answer, sizeof(answer), 0);
	close(fd);
	if (n < (ssize_t)NLMSG_LENGTH(sizeof(answer.e)) ||
	    answer.h.nlmsg_type != NLMSG_ERROR)
		return -1;
	errno = -answer.e.error;
	return answer.e.error == 0 ? 0 : -1;
}

/* "local default dev lo": every address there is, is us. */
static int
any_is_local(int family)
{
	struct in_addr src = { htonl(INADDR_LOOPBACK) };
	unsigned int lo = if_nametoindex("lo");
	struct message m = { .h.nlmsg_type = RTM_NEWROUTE };
	struct rtmsg *r = (void *)m.body;

	m.h.nlmsg_len = NLMSG_LENGTH(sizeof(*r));
	r->rtm_family = (unsigned char)family;
	r->rtm_table = RT_TABLE_LOCAL;
	r->rtm_scope = RT_SCOPE_HOST;
	r->rtm_type = RTN_LOCAL;
	r->rtm_protocol = RTPROT_STATIC;
	attr(&m, RTA_OIF, &lo, sizeof(lo));
	if (family == AF_INET)
		attr(&m, RTA_PREFSRC, &src, sizeof(src));
	return ask(&m);
}

/*
 * Who has no address of a family but 127.0.0.1 or ::1 does not have it, say
 * getaddrinfo() with AI_ADDRCONFIG, which Node sets, and Yarn 1, in each log.
 * One of IPv6 that is not of the link would be tried before those of IPv4.
 */
static int
have_address(int family)
{
	static const unsigned char in6[16] = { 0xfe, 0x80, [15] = 2 };
	struct in_addr in = { htonl(INADDR_LOOPBACK + 1) };
	struct message m = { .h.nlmsg_type = RTM_NEWADDR };
	struct ifaddrmsg *a = (void *)m.body;

	m.h.nlmsg_len = NLMSG_LENGTH(sizeof(*a));
	a->ifa_family = (unsigned char)family;
	a->ifa_index = if_nametoindex("lo");
	a->ifa_prefixlen = family == AF_INET ? 8 : 128;
	a->ifa_scope = RT_SCOPE_HOST;
	if (family == AF_INET)
		attr(&m, IFA_LOCAL, &in, sizeof(in));
	else
		attr(&m, IFA_LOCAL, in6, sizeof(in6));
	return ask(&m);
}

static int
listener(int family, int type, uint16_t port, int anywhere)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} u;
	int fd, one = 1;

	memset(&u, 0, sizeof(u));
	u.sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		u.in.sin_port = htons(port);
		u.in.sin_addr.s_addr =
		    htonl(anywhere ? INADDR_ANY : INADDR_LOOPBACK);
	} else
		u.in6.sin6_port = htons(port);
	if ((fd = socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) == -1)
		return -1;
	if (family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, &u.sa, family == AF_INET ? sizeof(u.in) : sizeof(u.in6)) ==
		-1 ||
	    (type == SOCK_STREAM && listen(fd, 512) == -1)) {
		close(fd);
		return -1;
	}
	return fd;
}

/*
 * Does the host reach anything by IPv6?  If not, the cage must not either: a
 * connection that is taken and then dropped is worse than one refused, after
 * which programs try IPv4.
 */
int
net_ipv6(void)
{
	struct sockaddr_in6 a = { .sin6_family = AF_INET6,
		.sin6_port = htons(443) };
	int fd, yes;

	a.sin6_addr.s6_addr[0] = 0x20; /* 2000:: */
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return 0;
	yes = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return yes;
}

static enum rc
open_here(const uint16_t ports[CAGE_PORTS], int fds[CAGE_PORTS * 2 + 2],
    int ipv6)
{
	int i;

	if (link_up() == -1 || any_is_local(AF_INET) == -1 ||
	    have_address(AF_INET) == -1)
		return RC_FAIL;
	if (ipv6 &&
	    (any_is_local(AF_INET6) == -1 || have_address(AF_INET6) == -1))
		ipv6 = 0;
	for (i = 0; i < CAGE_PORTS; i++) {
		if (ports[i] == 0)
			continue;
		fds[2 * i] = listener(AF_INET, SOCK_STREAM, ports[i], 1);
		if (fds[2 * i] == -1)
			return RC_FAIL;
		if (ipv6)
			fds[2 * i + 1] =
			    listener(AF_INET6, SOCK_STREAM, ports[i], 1);
	}
	fds[CAGE_PORTS * 2] = listener(AF_INET, SOCK_DGRAM, 53, 0);
	fds[CAGE_PORTS * 2 + 1] = listener(AF_INET, SOCK_STREAM, 53, 0);
	return fds[CAGE_PORTS * 2] == -1 ? RC_FAIL : RC_OK;
}

enum rc
net_open(pid_t pid, int ipv6, const uint16_t ports[CAGE_PORTS],
    int fds[CAGE_PORTS * 2 + 2])
{
	int ours, theirs, i;
	enum rc rc = RC_FAIL;
	char path[64];

	for (i = 0; i < CAGE_PORTS * 2 + 2; i++)
		fds[i] = -1;
	snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	theirs = open(path, O_RDONLY | O_CLOEXEC);
	if (ours != -1 && theirs != -1 && setns(theirs, CLONE_NEWNET) == 0) {
		rc = open_here(ports, fds, ipv6);
		if (rc != RC_OK)
			log_warn("network of a cage");
		if (setns(ours, CLONE_NEWNET) == -1)
			fatal("back to the network of the host");
	} else
		log_warn("%s", path);
	if (ours != -1)
		close(ours);
	if (theirs != -1)
		close(theirs);
	return rc;
}
