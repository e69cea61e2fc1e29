/*
 * slipway-proxy -- answers what a cage dials, from outside of it.
 *
 * builderd starts one for each run, with nothing but the descriptors of
 * proxy.h and these arguments:
 *
 *	slipway-proxy port names budget resolver net-allow log-format tag
 *
 * It talks to whomever a stranger chose, so it has nothing to lose: no file,
 * no secret, no process, and no way to get at any.
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd/cage/confine.h"
#include "dns.h"
#include "log.h"
#include "proxy.h"
#include "tunnel.h"

#define LISTENERS (CAGE_PORTS * 2 + 1) /* and DNS over TCP */
#define MEMORY    ((rlim_t)64 << 20)   /* far more than all buffers */

static void __attribute__((format(printf, 2, 3)))
say(struct proxy *p, const char *fmt, ...)
{
	char line[PROXY_LINE];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(line, sizeof(line) - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	if (n > (int)sizeof(line) - 2)
		n = (int)sizeof(line) - 2;
	line[n++] = '\n';
	if (write(p->lines, line, (size_t)n) == -1)
		log_debug("nobody reads what the proxy says");
}

static uint64_t
hash(uint64_t h, const char *s)
{
	for (; *s != '\0'; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211U;
	return h;
}

/* A build may dial the same address a thousand times; its log says it once. */
void
proxy_tell(struct proxy *p, const char *what, const char *whom, const char *why)
{
	uint64_t h = hash(hash(hash(14695981039346656037U, what), whom), why);
	size_t i;

	for (i = 0; i < p->nseen; i++)
		if (p->seen[i] == h)
			return;
	if (p->nseen < NITEMS(p->seen))
		p->seen[p->nseen++] = h;
	if (p->said++ < PROXY_LINES)
		say(p, PROXY_SAYS "%s %s (%s)", what, whom, why);
}

/*
 * The last words: what went where.  Whoever stopped us reads until the end,
 * so now it may take as long as it does.
 */
static void __attribute__((noreturn)) last_words(struct proxy *p, int spent)
{
	char text[ADDR_TEXT];
	struct host *h;
	size_t i;

	if (fcntl(p->lines, F_SETFL, 0) == -1)
		log_warn("proxy");
	if (spent)
		say(p, PROXY_SPENT);
	tunnel_account(p);
	for (i = 0; i < p->hosts.nhosts; i++) {
		h = &p->hosts.host[i];
		say(p, PROXY_WENT "%s %s %lu %llu %llu", h->name,
		    addr_text(&h->addr.sa, text), h->connections, h->bytes[0],
		    h->bytes[1]);
	}
	_exit(0);
}

time_t
proxy_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

void
proxy_watch(struct proxy *p, int fd, struct proxy_end *end, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.ptr = end };
	int op = EPOLL_CTL_MOD;

	if (end->events == events)
		return;
	/* One that is watched for nothing would still tell of its end. */
	if (events == 0)
		op = EPOLL_CTL_DEL;
	else if (end->events == 0)
		op = EPOLL_CTL_ADD;
	if (epoll_ctl(p->epoll, op, fd, &e) == -1)
		fatal("epoll");
	end->events = events;
}

/* NULL, or why this is not for a cage. */
static const char *
refused(struct proxy *p, const union addr *to)
{
	uint16_t port = addr_port(&to->sa);

	if (port != 443 && port != 80 && port != p->port &&
	    !addr_list_has(&p->allow, &to->sa))
		return "port";
	return addr_denied(&to->sa, &p->allow);
}

/*
 * Where names are limited: is this address and port one that the operator
 * wrote?  Others must say a name, and at other ports nobody knows how.
 */
static int
exempt(const struct proxy *p, const union addr *to)
{
	struct addr_list exact = { .n = 0 };
	size_t i;

	for (i = 0; i < p->allow.n; i++)
		if (p->allow.net[i].port != 0)
			exact.net[exact.n++] = p->allow.net[i];
	return addr_list_has(&exact, &to->sa);
}

/* Somebody in the cage dialled something: what, says the socket itself. */
static void
take(struct proxy *p, struct proxy_end *end)
{
	socklen_t len = sizeof(union addr);
	struct linger now = { 1, 0 };
	const char *why = NULL;
	char text[ADDR_TEXT];
	union addr to;
	int fd;

	fd = accept4(end->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return;
	p->credit--;
	memset(&to, 0, sizeof(to));
	if (end->kind == PROXY_NAMES) {
		to = p->resolver;
		why = p->names != NULL ? "names are asked for by UDP" : NULL;
	} else if (getsockname(fd, &to.sa, &len) == -1)
		why = "no address";
	else
		why = refused(p, &to);
	if (why == NULL) {
		tunnel_open(p, fd, &to,
		    p->names != NULL && end->kind != PROXY_NAMES &&
			!exempt(p, &to));
		return;
	}
	proxy_tell(p, "refused", addr_text(&to.sa, text), why);
	setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(fd);
}

static void
listeners(struct proxy *p, struct proxy_end ends[LISTENERS], uint32_t events)
{
	size_t i;

	for (i = 0; i < LISTENERS; i++)
		if (ends[i].fd != -1)
			proxy_watch(p, ends[i].fd, &ends[i], events);
}

/*
 * May one more be taken?  Those who wait are not refused: neither a great
 * install nor a scan of the Internet is told apart by anything but its speed.
 */
static int
room(struct proxy *p)
{
	time_t now = proxy_now();

	p->credit += (now - p->credited) * PROXY_RATE;
	p->credited = now;
	if (p->credit > PROXY_BURST)
		p->credit = PROXY_BURST;
	return p->credit > 0 && p->open < PROXY_TUNNELS && p->half < PROXY_HALF;
}

static void __attribute__((noreturn))
loop(struct proxy *p, struct proxy_end ends[LISTENERS])
{
	struct epoll_event e[64];
	struct proxy_end *end;
	int i, n;

	for (;;) {
		listeners(p, ends, room(p) ? EPOLLIN : 0);
		n = epoll_wait(p->epoll, e, NITEMS(e),
		    p->open > 0 || p->asked > 0 || p->credit <= 0 ? 1000 : -1);
		for (i = 0; i < n; i++) {
			end = e[i].data.ptr;
			if (end->kind == PROXY_STOP)
				last_words(p, 0);
			if (end->kind == PROXY_QUERY)
				dns_query(p, end);
			else if (end->kind == PROXY_ANSWER)
				dns_answer(p, end);
			else if (end->kind == PROXY_TUNNEL)
				tunnel_move(p, end);
			else
				take(p, end);
		}
		tunnel_sweep(p);
		dns_sweep(p);
		if (p->bytes > p->budget)
			last_words(p, 1);
	}
}

/*
 * What is used from here on: sockets of the Internet, and one to ask the
 * kernel for this machine's addresses.  No file can be opened, nothing run.
 */
static void
keep_few(void)
{
	/* clang-format off */
	static const int calls[] = { SCMP_SYS(accept4), SCMP_SYS(bind),
		SCMP_SYS(brk), SCMP_SYS(clock_gettime), SCMP_SYS(close),
		SCMP_SYS(connect), SCMP_SYS(epoll_ctl), SCMP_SYS(epoll_pwait),
		SCMP_SYS(epoll_wait), SCMP_SYS(exit), SCMP_SYS(exit_group),
		SCMP_SYS(futex), SCMP_SYS(getpid), SCMP_SYS(getrandom),
		SCMP_SYS(getsockname), SCMP_SYS(getsockopt), SCMP_SYS(gettid),
		SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap),
		SCMP_SYS(read), SCMP_SYS(recvfrom), SCMP_SYS(recvmsg),
		SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(rt_sigreturn), SCMP_SYS(sendmsg), SCMP_SYS(sendto),
		SCMP_SYS(setsockopt), SCMP_SYS(shutdown), SCMP_SYS(tgkill),
		SCMP_SYS(write) };
	static const struct confine_some some[] = {
		{ SCMP_SYS(mmap), 1, { CONFINE_BITS(2, PROT_EXEC, 0) } },
		{ SCMP_SYS(fcntl), 1, { CONFINE_IS(1, F_SETFL) } },
		{ SCMP_SYS(socket), 1, { CONFINE_IS(0, AF_INET) } },
		{ SCMP_SYS(socket), 1, { CONFINE_IS(0, AF_INET6) } },
		{ SCMP_SYS(socket), 2, { CONFINE_IS(0, AF_NETLINK), CONFINE_IS(2, 0) } },
	};
	/* clang-format on */

	confine(&(struct confine){ SCMP_ACT_ALLOW, SCMP_ACT_ERRNO(EPERM), calls,
	    NITEMS(calls), some, NITEMS(some) });
}

#ifndef SANITIZE
static void
limit(int what, rlim_t n)
{
	const struct rlimit l = { n, n };

	if (setrlimit(what, &l) == -1)
		fatal("proxy");
}
#endif

/* It has all that it will ever need but sockets. */
static void
give_up_all(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("proxy");
#ifndef SANITIZE
	limit(RLIMIT_NOFILE, 1024);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_DATA, MEMORY);
#endif
	keep_few();
}

/* One of the descriptors that builderd may have left out. */
static int
given(int fd)
{
	return fcntl(fd, F_GETFD) == -1 ? -1 : fd;
}

static void
prepare(struct proxy *p, struct proxy_end ends[LISTENERS],
    struct proxy_end *stop, struct proxy_end *query)
{
	sigset_t set;
	int i;

	for (i = 0; i < LISTENERS; i++) {
		ends[i].fd = given(
		    i < CAGE_PORTS * 2 ? PROXY_FD_TCP + i : PROXY_FD_DNS + 1);
		ends[i].kind = i < CAGE_PORTS * 2 ? PROXY_LISTEN : PROXY_NAMES;
	}
	query->fd = p->query = given(PROXY_FD_DNS);
	query->kind = PROXY_QUERY;
	p->lines = PROXY_FD_LINES;
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	stop->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	stop->kind = PROXY_STOP;
	p->epoll = epoll_create1(EPOLL_CLOEXEC);
	p->credit = PROXY_BURST;
	p->credited = proxy_now();
	if (stop->fd == -1 || p->epoll == -1)
		fatal("proxy");
}

int
main(int argc, char *argv[])
{
	static struct proxy_end ends[LISTENERS], stop, query;
	static struct proxy p;
	char bad[ADDR_TEXT];
	const char *why;

	log_open("slipway-proxy", 0);
	if (argc != 8)
		fatalx("not for people: builderd starts it");
	log_format(argv[6]);
	log_tag(argv[7]);
	prepare(&p, ends, &stop, &query);
	host_new(&p.hosts);
	p.port = (uint16_t)strtoul(argv[1], NULL, 10);
	p.names = strcmp(argv[2], "*") == 0 ? NULL : argv[2];
	p.budget = strtoull(argv[3], NULL, 10);
	if (dns_resolver(&p, argv[4]) != RC_OK)
		fatalx("proxy: cannot start");
	if ((why = addr_list_parse(&p.allow, argv[5], bad)) != NULL)
		fatalx("net-allow: %s %s", bad, why);
	give_up_all();
	proxy_watch(&p, stop.fd, &stop, EPOLLIN);
	if (query.fd != -1)
		proxy_watch(&p, query.fd, &query, EPOLLIN);
	loop(&p, ends);
}
