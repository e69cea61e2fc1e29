/*
 * builderd/proxy where a run is limited to names, and IPv6 for real: the
 * "Internet" is a network of our own in which every public address is local.
 * A connect proves nothing here: what counts is data that arrives or does not.
 * Needs root and ip(8).
 */
#include <sys/wait.h>

#include <strings.h>

#include "hello.h"
#include "log.h"
#include "net.h"

#define GOOD  "93.184.1.1"
#define GOOD6 "2a00:1000::1"
#define OTHER "93.184.1.2"
#define EXACT "93.184.9.9"
#define OWN   "93.184.7.7"
#define OWN6  "2a00:1000::7"
#define NAMES "good.example *.many.example lying.example"
#define MARK  "data from "
#define REPLY 4096

static struct conf conf;
static pid_t cage;

/* The words of one command, divided by spaces. */
static int
ip(const char *words)
{
	char text[128], *argv[16], *p = text;
	char *const envp[] = { NULL };
	int n = 0, status = -1;
	pid_t pid;

	snprintf(text, sizeof(text), "ip %s", words);
	while ((argv[n] = strsep(&p, " ")) != NULL)
		n++;
	if ((pid = fork()) == 0) {
		execve("/bin/ip", argv, envp);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	return status == 0;
}

/* An Internet: all of it is here. */
static int
internet(void)
{
	return unshare(CLONE_NEWNET) == 0 && ip("link set lo up") &&
	    ip("route add local 0.0.0.0/1 dev lo") &&
	    ip("-6 route add local 2000::/3 dev lo") &&
	    ip("addr add " OWN "/32 dev lo") &&
	    ip("addr add " OWN6 "/128 dev lo");
}

/* Says where it is, and sends back what it gets. */
static void
echo(int lfd)
{
	char buf[8192], text[ADDR_TEXT];
	socklen_t len;
	union addr a;
	ssize_t n;
	int fd;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		fd = accept(lfd, NULL, NULL);
		if (fd == -1 || fork() != 0) {
			close(fd);
			continue;
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		len = sizeof(a);
		getsockname(fd, &a.sa, &len);
		n = snprintf(buf, sizeof(buf), MARK "%s\n",
		    addr_text(&a.sa, text));
		do {
			if (send(fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
				break;
		} while ((n = read(fd, buf, sizeof(buf))) > 0);
		_exit(0);
	}
}

/* Who has which address; every other name has none. */
static void
names(int fd)
{
	/* clang-format off */
	static const struct {
		const char *name, *v4, *v6;
	} table[] = {
		{ "\4good\7example",	GOOD,		GOOD6 },
		{ "\5other\7example",	OTHER,		GOOD6 },
		{ "\5lying\7example",	"10.0.0.1",	"::1" },
		{ "\1x\4many\7example",	EXACT,		"2a00:1000::9" },
	};
	/* clang-format on */
	unsigned char buf[1024];
	socklen_t len;
	union addr a, to;
	ssize_t n;
	size_t i, k;

	for (;;) {
		len = sizeof(a);
		n = recvfrom(fd, buf, 512, 0, &a.sa, &len);
		if (n < 12)
			continue;
		buf[2] |= 0x80;
		for (i = 0; i < NITEMS(table); i++) {
			k = strlen(table[i].name) + 1;
			if (strcasecmp((char *)buf + 12, table[i].name) != 0)
				continue;
			/* A name, and the address of where that points. */
			buf[7] = 2;
			memcpy(buf + n,
			    "\300\14\0\5\0\1\0\0\0\1\0\2\300\14\300\14", 16);
			memcpy(buf + n + 16, buf + 12 + k, 4);
			memcpy(buf + n + 20, "\0\0\0\1", 4);
			k = buf[13 + k] == 28 ? 16 : 4;
			to = at(k == 4 ? table[i].v4 : table[i].v6, 0);
			buf[n + 24] = 0;
			buf[n + 25] = (unsigned char)k;
			memcpy(buf + n + 26,
			    k == 4 ? (void *)&to.in.sin_addr :
				     (void *)&to.in6.sin6_addr,
			    k);
			n += (ssize_t)(26 + k);
			break;
		}
		sendto(fd, buf, (size_t)n, 0, &a.sa, len);
	}
}

/* The code and the number of answers to a question for that name. */
static const char *
question(const char *name, int type)
{
	unsigned char q[600] = "\x12\x34\1\0\0\1\0\0\0\0\0\0", buf[1024];
	int fd = dial(SOCK_DGRAM, "127.0.0.1", 53);
	size_t n = 12, k = strlen(name) + 1;
	static char text[64];
	ssize_t got;

	memcpy(q + n, name, k);
	n += k;
	q[n++] = 0;
	q[n++] = (unsigned char)type;
	q[n++] = 0;
	q[n++] = 1;
	send(fd, q, n, 0);
	got = recv(fd, buf, sizeof(buf), 0);
	close(fd);
	if (got < 12 || buf[0] != 0x12 || buf[1] != 0x34 || !(buf[2] & 0x80))
		return "no answer";
	snprintf(text, sizeof(text), "code %d, %d records", buf[3] & 15,
	    buf[7]);
	return text;
}

/*
 * What comes back for n bytes, sent in two pieces; "" is nothing.  Whoever
 * answers with data does it within the time that the test has.
 */
static const char *
talk(const char *addr, int port, const void *p, size_t n, size_t first)
{
	int fd = dial(SOCK_STREAM, addr, port);
	static char buf[REPLY];
	size_t have = 0;
	ssize_t k;

	buf[0] = '\0';
	if (fd == -1)
		return buf;
	if (first > 0) {
		send(fd, p, first, MSG_NOSIGNAL);
		poll(NULL, 0, 20); /* so that it is a segment of its own */
	}
	send(fd, (const char *)p + first, n - first, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	while (have < sizeof(buf) - 1 &&
	    (k = read(fd, buf + have, sizeof(buf) - 1 - have)) > 0)
		have += (size_t)k;
	close(fd);
	buf[have] = '\0';
	return buf;
}

static const char *
tls(const char *addr, const char *name, unsigned int more, size_t record,
    size_t first)
{
	char buf[HELLO_SIZE * 8];
	size_t n = hello_make(buf, name, NULL, more, record);

	return talk(addr, 443, buf, n, first);
}

static void
begin(const char *limit, unsigned long long budget)
{
	const uint16_t ports[CAGE_PORTS] = { 443, 80, 9999, 22 };
	const struct proxy_way way = { .names = limit, .budget = budget };

	if ((cage = empty()) == 0 || start(&conf, cage, &way, ports) != RC_OK)
		exit(1);
}

static const char *
end(void)
{
	const char *s;

	proxy_stop(proxy);
	s = said(1);
	proxy_wait(proxy);
	close(lines);
	kill(cage, SIGKILL);
	waitpid(cage, NULL, 0);
	return s;
}

#define REFUSED(s, line, ...)                                \
	do {                                                 \
		is((s), "", __VA_ARGS__);                    \
		is(said(0), "T network: refused " line "\n", \
		    "which is told: %s", line);              \
	} while (0)

static void
limited(void)
{
	static const char http[] = "GET /a HTTP/1.1\r\nHost: good.example\r\n"
				   "Connection: keep-alive\r\n\r\n"
				   "GET /b HTTP/1.1\r\nHost: other.example\r\n"
				   "\r\n";
	static const char fronted[] =
	    "GET / HTTP/1.1\r\nHost: other.example\r\n\r\n";
	static const char post[] =
	    "POST / HTTP/1.1\r\nHost: good.example\r\n\r\n";
	const char *s;

	begin(NAMES, ~0ULL);
	REFUSED(tls(GOOD, "good.example", 0, 16384, 0),
	    GOOD ":443 (not an address of the name it says)",
	    "an address that nobody gave");
	is(question("\4good\7example", 1), "code 0, 2 records", "an address");
	is(question("\4GOOD\7example", 28), "code 0, 2 records", "of IPv6");
	is(question("\4good\7example", 65), "code 0, 0 records",
	    "nothing that could hide a name");
	is(question("\5other\7example", 1), "code 3, 0 records",
	    "other names do not exist");
	is(said(0),
	    "T network: refused other.example "
	    "(not a name that this build may reach)\n",
	    "and it is told");
	is(question("\4many\7example", 1), "code 3, 0 records", "nor this");
	is(question("\1x\4many\7example", 1), "code 0, 2 records",
	    "one of many");
	said(0);
	is(talk("127.0.0.1", 53, "\0\2xx", 4, 0), "", "no names by TCP");
	said(0);

	s = tls(GOOD, "good.example", 0, 16384, 0);
	ok(strncmp(s, MARK GOOD ":443\n", 25) == 0, "%.25s", s);
	s = tls(GOOD, "good.example", 0, 7, 11);
	ok(strncmp(s, MARK GOOD ":443\n", 25) == 0, "a hello in pieces");
	s = tls(GOOD6, "good.example", 0, 16384, 3);
	ok(strncmp(s, MARK "[" GOOD6 "]:443\n", 29) == 0, "%.28s", s);
	is(said(0), "", "without a word");

	is(tls(GOOD, "other.example", 0, 16384, 0), "", "another name there");
	is(said(0), "", "which was told before");
	REFUSED(tls(OTHER, "good.example", 0, 16384, 0),
	    OTHER ":443 (not an address of the name it says)",
	    "the name elsewhere");
	REFUSED(tls(GOOD, NULL, 0, 16384, 0),
	    GOOD ":443 (no name in its TLS hello)", "no name");
	REFUSED(tls(GOOD6, "good.example", 0xfe0d, 16384, 0),
	    "[" GOOD6 "]:443 (an encrypted TLS hello)", "a hidden name");
	is(talk(GOOD, 443, "SSH-2.0-x\r\n", 11, 0), "", "no TLS");
	said(0);

	s = talk(GOOD, 80, http, sizeof(http) - 1, 30);
	is(s,
	    MARK GOOD ":80\nGET /a HTTP/1.1\r\nHost: good.example\r\n"
		      "Connection: close\r\n\r\n",
	    "one request");
	is(talk(GOOD, 80, fronted, sizeof(fronted) - 1, 0), "",
	    "another Host there");
	REFUSED(talk(GOOD, 80, post, sizeof(post) - 1, 0),
	    GOOD ":80 (only GET and HEAD without TLS)", "a POST");

	is(question("\5lying\7example", 1), "code 0, 2 records",
	    "a name that lies");
	REFUSED(tls("10.0.0.1", "lying.example", 0, 16384, 0),
	    "10.0.0.1:443 (private address)", "gets nobody anywhere");
	s = talk(EXACT, 9999, "anything", 8, 0);
	ok(strncmp(s, MARK EXACT ":9999\n", 26) == 0,
	    "what net-allow has with its port needs no name: %.24s", s);
	REFUSED(talk(GOOD, 9999, "x", 1, 0), GOOD ":9999 (port)",
	    "others have no other port");
	s = end();
	ok(strstr(s, "H good.example " GOOD ":443 ") != NULL &&
		strstr(s, "H good.example " GOOD ":80 1 ") != NULL &&
		strstr(s, "H x.many.example " EXACT ":9999 1 8 ") != NULL,
	    "the account");
}

static void
open_way(void)
{
	/* clang-format off */
	static const struct {
		const char *addr, *why;
	} bad[] = {
		{ "::1",			"loopback address" },
		{ "fc00::1",			"private address" },
		{ "fd12:3456::1",		"private address" },
		{ "::ffff:10.0.0.1",		"" }, /* IPv4 in there */
		{ "::ffff:127.0.0.1",		"" },
		{ "::10.0.0.1",			"IPv4-compatible address" },
		{ "64:ff9b::a00:1",		"NAT64 address" },
		{ "64:ff9b:1::a00:1",		"NAT64 address" },
		{ "2002:a00:1::1",		"6to4 address" },
		{ "2001::1",			"Teredo address" },
		{ "2001:db8::1",		"documentation address" },
		{ "fec0::1",			"private address" },
		{ "ff0e::1",			NULL },
		{ "fe80::1",			NULL }, /* not even dialled */
		{ OWN6,				"this server" },
		{ OWN,				"this server" },
	};
	/* clang-format on */
	char line[200], text[ADDR_TEXT];
	const char *s;
	union addr a;
	size_t i;

	begin(NULL, ~0ULL);
	s = talk(GOOD6, 443, "hello", 5, 0);
	ok(strncmp(s, MARK "[" GOOD6 "]:443\nhello", 33) == 0, "IPv6: %.33s",
	    s);
	for (i = 0; i < NITEMS(bad); i++) {
		is(talk(bad[i].addr, 443, "hello", 5, 0), "", "%s",
		    bad[i].addr);
		a = at(bad[i].addr, 443);
		snprintf(line, sizeof(line), "T network: refused %s (%s)\n",
		    addr_text(&a.sa, text), bad[i].why);
		if (bad[i].why != NULL && *bad[i].why != '\0')
			is(said(0), line, "and said so");
		said(0);
	}
	is(question("\5other\7example", 1), "code 0, 2 records", "any name");
	tls(GOOD, "good.example", 0, 16384, 0);
	talk(OTHER, 443, "x", 1, 0);
	s = end();
	ok(strstr(s, "H [" GOOD6 "]:443 [" GOOD6 "]:443 1 5 ") != NULL,
	    "one without a name");
	ok(strstr(s, "H good.example " GOOD ":443 1 ") != NULL, "by hello");
	ok(strstr(s, "H other.example " OTHER ":443 1 1 ") != NULL,
	    "by what was asked");
}

static void
budget(void)
{
	char much[65536];
	const char *s;
	int i;

	memset(much, 'm', sizeof(much));
	begin(NULL, 100000);
	for (i = 0; i < 4; i++)
		talk(GOOD, 443, much, sizeof(much), 0);
	s = said(1);
	ok(strstr(s, "L\n") == s && strstr(s, "H " GOOD ":443 ") != NULL,
	    "more than it may: %s", s);
	end();
}

int
main(void)
{
	const int on[] = { 443, 80, 9999 };
	pid_t servers[7];
	struct arena *a;
	size_t i, n = 0;
	int port;

	if (geteuid() != 0 || access("/bin/ip", X_OK) == -1) {
		printf("1..0 # SKIP needs root and ip\n");
		return 0;
	}
	log_open("names-t", 0);
	if (!internet()) {
		printf("1..0 # SKIP cannot make a network\n");
		return 0;
	}
	a = arena_new();
	for (i = 0; i < NITEMS(on) * 2; i++) {
		int fd;

		port = on[i / 2];
		fd = bound(SOCK_STREAM, i % 2 ? "::" : "0.0.0.0", &port);
		if ((servers[n++] = fork()) == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			echo(fd);
		}
		close(fd);
	}
	port = 53;
	i = (size_t)bound(SOCK_DGRAM, "127.0.0.1", &port);
	if ((servers[n++] = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		names((int)i);
	}
	conf.net_allow = EXACT "/32:9999";
	conf.resolver = "127.0.0.1:53";
	conf.libexec_dir = arena_printf(a, "%s/builderd", getenv("builddir"));
	conf.log_format = "text";
	proxy_find(&conf);
	ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	limited();
	open_way();
	budget();
	while (n > 0)
		kill(servers[--n], SIGKILL);
	arena_free(a);
	return done();
}
