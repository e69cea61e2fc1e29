/*
 * builderd/proxy: what a cage can reach through it, and what not.  The server
 * that it may reach is one of ours on this machine's loopback, by net-allow.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "builderd/proxy/proxy.h"
#include "log.h"
#include "tap.h"

#define BUILDER 64999

static char dir[] = "/tmp/slipway-proxy-XXXXXX";
static struct conf conf;
static struct arena *arena;
static struct cage *cage;
static char out[65536], said[8192];
static int port;

/* Answers each connection with what it sent, and then how much that was. */
static void
server(int lfd)
{
	char buf[4096];
	long total;
	ssize_t n;
	int fd;

	for (;;) {
		if ((fd = accept(lfd, NULL, NULL)) == -1)
			continue;
		total = 0;
		while ((n = read(fd, buf, sizeof(buf))) > 0) {
			total += n;
			if (write(fd, buf, (size_t)n) != n)
				break;
		}
		n = snprintf(buf, sizeof(buf), "%ld bytes\n", total);
		if (write(fd, buf, (size_t)n) != n)
			perror("server");
		close(fd);
	}
}

/* A name server that answers every question by its own header, cut short. */
static void
names(int fd)
{
	struct sockaddr_in from;
	unsigned char buf[512];
	socklen_t len;
	ssize_t n;

	for (;;) {
		len = sizeof(from);
		n = recvfrom(fd, buf, sizeof(buf), 0, (void *)&from, &len);
		if (n < 12)
			continue;
		buf[2] |= 0x80;
		sendto(fd, buf, 12, 0, (void *)&from, len);
	}
}

static int
bound(int type, const char *addr, int at)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)at) };
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, type, 0);

	inet_pton(AF_INET, addr, &in.sin_addr);
	if (fd == -1 || bind(fd, (void *)&in, len) == -1 ||
	    (type == SOCK_STREAM && listen(fd, 64) == -1) ||
	    getsockname(fd, (void *)&in, &len) == -1)
		exit(1);
	port = ntohs(in.sin_port);
	return fd;
}

static void
slurp(int fd, char *to, size_t size)
{
	size_t have = 0;
	ssize_t n;
	struct pollfd p = { .fd = fd, .events = POLLIN };

	while (have < size - 1 && poll(&p, 1, 20000) == 1 &&
	    (n = read(fd, to + have, size - 1 - have)) > 0)
		have += (size_t)n;
	to[have] = '\0';
	close(fd);
}

static const char *
run(const char *script)
{
	const char *argv[] = { "python3", "-c", script, NULL };
	const char *env[] = { "PATH=/usr/bin:/bin", NULL };
	uint16_t ports[CAGE_PORTS] = { 0 };
	struct cage_run r = { .kind = CAGE_BUILD,
		.cwd = ".",
		.argv = argv,
		.env = env,
		.image = "host" };
	struct cage_end end;
	struct cage_io io;
	const struct proxy_way way = { .budget = ~0ULL };
	int lines;
	pid_t pid;

	ports[0] = (uint16_t)port;
	ports[1] = 443;
	if (cage_start(cage, &r, ports, &io) != RC_OK ||
	    proxy_start(&pid, &lines, &conf, &way, &io) != RC_OK)
		return "did not start";
	slurp(io.out, out, sizeof(out));
	slurp(io.err, out + strlen(out), sizeof(out) - strlen(out));
	if (cage_end(cage, &end) != RC_OK)
		return "did not end";
	proxy_stop(pid);
	slurp(lines, said, sizeof(said));
	proxy_wait(pid);
	return out;
}

/* It talks to strangers' peers, and must be of no use to them. */
static void
confined(void)
{
	struct cage_io io = { .out = -1, .err = -1 };
	const struct proxy_way way = { .budget = ~0ULL };
	char path[64], text[4096];
	int fd, i, lines;
	pid_t pid;

	for (i = 0; i < CAGE_PORTS * 2; i++)
		io.tcp[i] = -1;
	io.dns[0] = io.dns[1] = -1;
	ok(proxy_start(&pid, &lines, &conf, &way, &io) == RC_OK, "a proxy");
	for (i = 0; i < 500; i++) {
		snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
		fd = open(path, O_RDONLY);
		slurp(fd, text, sizeof(text));
		if (strstr(text, "Seccomp:\t2") != NULL)
			break;
		poll(NULL, 0, 10);
	}
	ok(strstr(text, "Name:\tslipway-proxy\n") != NULL,
	    "is a program of its own");
	ok(strstr(text, "NoNewPrivs:\t1\n") != NULL, "without new privileges");
#ifndef SANITIZE /* which calls what the filter forbids */
	ok(strstr(text, "Seccomp:\t2\n") != NULL,
	    "with a filter on its system calls");
#endif
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	ok(open(path, O_RDONLY) == -1, "and closed to its like");
	proxy_stop(pid);
	slurp(lines, said, sizeof(said));
	proxy_wait(pid);
	is(said, "", "that has nothing to account for");
}

static void
test(void)
{
	char script[2048], line[128];
	int i;

	snprintf(script, sizeof(script),
	    "import socket\n"
	    "s = socket.create_connection(('127.7.7.7', %d), 5)\n"
	    "s.sendall(b'hello ')\n"
	    "s.shutdown(socket.SHUT_WR)\n"
	    "print(s.makefile().read(), end='')\n",
	    port);
	is(run(script), "hello 6 bytes\n", "an allowed address, half closed");
	snprintf(line, sizeof(line), "H 127.7.7.7:%d 127.7.7.7:%d 1 6 14\n",
	    port, port);
	is(said, line, "and an account of it");

	snprintf(script, sizeof(script),
	    "import socket, threading\n"
	    "def f():\n"
	    "  s = socket.create_connection(('127.7.7.7', %d), 10)\n"
	    "  def w():\n"
	    "    for i in range(64): s.sendall(b'x' * 65536)\n"
	    "    s.shutdown(socket.SHUT_WR)\n"
	    "  t = threading.Thread(target=w); t.start(); n = 0; last = b''\n"
	    "  while True:\n"
	    "    d = s.recv(65536)\n"
	    "    if not d: break\n"
	    "    n += len(d); last = d\n"
	    "  t.join(); print(n - len('4194304 bytes\\n'))\n"
	    "l = [threading.Thread(target=f) for i in range(3)]\n"
	    "for t in l: t.start()\n"
	    "for t in l: t.join()\n",
	    port);
	is(run(script), "4194304\n4194304\n4194304\n",
	    "much, both ways, at once");

	static const char *const bad[] = { "127.0.0.1", "10.0.0.1",
		"169.254.169.254", "192.168.1.1", "100.64.0.1", "127.7.7.8" };
	for (i = 0; i < (int)NITEMS(bad); i++) {
		snprintf(script, sizeof(script),
		    "import socket\n"
		    "try:\n"
		    "  s = socket.create_connection(('%s', %d), 5)\n"
		    "  s.sendall(b'x'); s.shutdown(socket.SHUT_WR)\n"
		    "  print(s.recv(100))\n"
		    "except OSError as e: print('refused')\n",
		    bad[i], port);
		is(run(script), "refused\n", "%s", bad[i]);
		snprintf(line, sizeof(line), "T network: refused %s:%d (",
		    bad[i], port);
		ok(strncmp(said, line, strlen(line)) == 0, "and said so");
	}
	snprintf(script, sizeof(script),
	    "import socket\n"
	    "for a in ('127.7.7.7', '1.1.1.1'):\n"
	    "  try: socket.create_connection((a, %d), 5); print('no')\n"
	    "  except ConnectionRefusedError: print('refused')\n",
	    port == 65535 ? 1 : port + 1);
	is(run(script), "refused\nrefused\n", "another port");
	is(run("import socket\n"
	       "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
	       "s.settimeout(5); s.connect(('127.0.0.1', 53))\n"
	       "s.send(b'\\x12\\x34' + b'\\0' * 20)\n"
	       "print(s.recv(100).hex())\n"),
	    "123480000000000000000000\n", "names are asked for");
	confined();
	run("import socket\n"
	    "try: socket.create_connection(('1.1.1.1', 443), 2).recv(1)\n"
	    "except OSError: pass\n");
	ok(strstr(said, "refused") == NULL,
	    "it can still tell what is this machine: %.80s", said);
	is(run("print(open('/etc/resolv.conf').read(), end='')"),
	    "nameserver 127.0.0.1\n", "of whom they are asked");
}

int
main(void)
{
	struct cage_spec s = { .deployment = "dpl_aaaaaaaaaaaa",
		.project = "prj_aaaaaaaaaaaa",
		.fence = 1 };
	struct helper *helper;
	int status = 1, stream, datagram, dns, line;
	pid_t tcp, udp, pid;
	char *path;
	FILE *f;

	if (geteuid() != 0 || access("/usr/bin/crun", X_OK) == -1) {
		printf("1..0 # SKIP needs root and crun\n");
		return 0;
	}
	log_open("proxy-t", 0);
	if (mkdtemp(dir) == NULL)
		return 1;
	datagram = bound(SOCK_DGRAM, "127.7.7.53", 0);
	dns = port;
	stream = bound(SOCK_STREAM, "127.7.7.7", 0);
	if ((tcp = fork()) == 0)
		server(stream);
	if ((udp = fork()) == 0)
		names(datagram);
	if ((pid = fork()) == 0) {
		arena = arena_new();
		path = arena_printf(arena, "%s/conf", dir);
		f = fopen(path, "w");
		fprintf(f,
		    "state-dir %s\nlibexec-dir %s/builderd\nbuild-user %d\n"
		    "build-image host\nbuild-priority low\nbuild-disk 64\nbuild-inodes 1000\n"
		    "net-allow 127.7.7.7/32:%d\nresolver 127.7.7.53:%d\n"
		    "build-uid-base 1600000000\n",
		    dir, getenv("builddir"), BUILDER, port, dns);
		fclose(f);
		if (conf_load(&conf, arena, path) != RC_OK ||
		    helper_start(&helper, &conf) != RC_OK ||
		    helper_deadline(helper, 0, UINT64_MAX) != RC_OK ||
		    setresgid(BUILDER, BUILDER, BUILDER) == -1 ||
		    setresuid(BUILDER, BUILDER, BUILDER) == -1 ||
		    cage_line(helper, &s, &line) != RC_OK ||
		    cage_open(&cage, line, &s) != RC_OK)
			exit(1);
		test();
		cage_close(cage);
		arena_free(arena);
		exit(done());
	}
	waitpid(pid, &status, 0);
	kill(tcp, SIGKILL);
	kill(udp, SIGKILL);
	execl("/bin/sh", "sh", "-c", "rm -rf \"$1\"; exit \"$2\"", "sh", dir,
	    status == 0 ? "0" : "1", NULL);
	return 1;
}
