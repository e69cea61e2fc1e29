#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

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

#include "dns.h"
#include "log.h"
#include "proxy.h"
#include "tunnel.h"

#define LISTENERS (CAGE_PORTS * 2 + 1) /* and DNS over TCP */

/* One line for the log of the build; dropped if nobody reads. */
void
proxy_say(struct proxy *p, const char *fmt, ...)
{
	char line[256];
	va_list ap;
	int n;

	if (p->said++ >= PROXY_LINES)
		return;
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

/* A build may dial the same address a thousand times; its log says it once. */
void
proxy_tell(struct proxy *p, const union addr *to, const char *what,
    const char *why)
{
	char text[ADDR_TEXT];
	size_t i;

	for (i = 0; i < p->nseen; i++)
		if (p->seen[i].what == what &&
		    memcmp(&p->seen[i].addr, to, sizeof(*to)) == 0)
			return;
	if (p->nseen < NITEMS(p->seen)) {
		p->seen[p->nseen].addr = *to;
		p->seen[p->nseen++].what = what;
	}
	addr_text(&to->sa, text);
	if (why != NULL)
		proxy_say(p, "network: %s %s (%s)", what, text, why);
	else
		log_info("network: %s %s", what, text);
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

/* Somebody in the cage dialled something: what, says the socket itself. */
static void
take(struct proxy *p, struct proxy_end *end)
{
	socklen_t len = sizeof(union addr);
	struct linger now = { 1, 0 };
	const char *why = NULL;
	union addr to;
	int fd;

	fd = accept4(end->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd == -1)
		return;
	p->credit--;
	memset(&to, 0, sizeof(to));
	if (end->kind == PROXY_NAMES)
		to = p->resolver;
	else if (getsockname(fd, &to.sa, &len) == -1)
		why = "no address";
	else
		why = refused(p, &to);
	if (why == NULL) {
		tunnel_open(p, fd, &to);
		return;
	}
	proxy_tell(p, &to, "refused", why);
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
	return p->credit > 0 && p->open < PROXY_TUNNELS;
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
			if (end->kind == PROXY_STOP) {
				p->said = 0;
				proxy_say(p,
				    "network: %llu connections, "
				    "%llu bytes out, %llu bytes in",
				    p->total, p->bytes[0], p->bytes[1]);
				_exit(0);
			}
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
	}
}

/* Keep these open and nothing else: above all, not the line to the keeper. */
static void
close_but(const int *keep, size_t n)
{
	int fd, max = 2;
	size_t i;

	for (i = 0; i < n; i++)
		if (keep[i] > max)
			max = keep[i];
	close_range((unsigned int)max + 1, ~0U, 0);
	for (fd = 3; fd <= max; fd++) {
		for (i = 0; i < n && keep[i] != fd; i++)
			continue;
		if (i == n)
			close(fd);
	}
}

static void __attribute__((noreturn)) proxy_main(const struct conf *conf,
    const struct cage_io *io, uint16_t port, int lines)
{
	const struct rlimit files = { 1024, 1024 }, none = { 0, 0 };
	struct proxy_end ends[LISTENERS], stop, query;
	char bad[ADDR_TEXT];
	const char *why;
	struct proxy p;
	int keep[LISTENERS + 2];
	sigset_t set;
	size_t i;

	memset(&p, 0, sizeof(p));
	memset(ends, 0, sizeof(ends));
	memset(&stop, 0, sizeof(stop));
	memset(&query, 0, sizeof(query));
	for (i = 0; i < LISTENERS; i++) {
		ends[i].fd = i < CAGE_PORTS * 2 ? io->tcp[i] : io->dns[1];
		ends[i].kind = i < CAGE_PORTS * 2 ? PROXY_LISTEN : PROXY_NAMES;
		keep[i] = ends[i].fd;
	}
	keep[LISTENERS] = query.fd = io->dns[0];
	keep[LISTENERS + 1] = p.lines = lines;
	close_but(keep, NITEMS(keep));

	/* It has all that it will ever need but sockets. */
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_NPROC, &none);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		fatal("proxy");
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_SETMASK, &set, NULL);
	stop.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	stop.kind = PROXY_STOP;
	query.kind = PROXY_QUERY;
	p.epoll = epoll_create1(EPOLL_CLOEXEC);
	p.query = io->dns[0];
	p.port = port;
	p.credit = PROXY_BURST;
	p.credited = proxy_now();
	if (stop.fd == -1 || p.epoll == -1)
		fatal("proxy");
	if ((why = addr_list_parse(&p.allow, conf->net_allow, bad)) != NULL)
		fatalx("net-allow: %s %s", bad, why);
	if (dns_resolver(&p, conf->resolver) != RC_OK)
		fatalx("proxy: cannot start");
	proxy_watch(&p, stop.fd, &stop, EPOLLIN);
	if (query.fd != -1)
		proxy_watch(&p, query.fd, &query, EPOLLIN);
	loop(&p, ends);
}

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

enum rc
proxy_start(pid_t *pid, int *lines, const struct conf *conf, uint16_t port,
    struct cage_io *io)
{
	pid_t parent = getpid();
	sigset_t term, before;
	size_t i;
	int p[2];

	*pid = 0;
	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) == -1) {
		log_warn("proxy");
		return RC_FAIL;
	}
	/* Told to stop before it is ready, it still has a last word. */
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	if ((*pid = fork()) == 0) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
		    getppid() != parent)
			_exit(1);
		proxy_main(conf, io, port, p[1]);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(p[1]);
	for (i = 0; i < CAGE_PORTS * 2; i++)
		shut(&io->tcp[i]);
	for (i = 0; i < NITEMS(io->dns); i++)
		shut(&io->dns[i]);
	if (*pid == -1) {
		log_warn("proxy");
		close(p[0]);
		*pid = 0;
		return RC_FAIL;
	}
	*lines = p[0];
	return RC_OK;
}

void
proxy_stop(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGTERM);
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}
