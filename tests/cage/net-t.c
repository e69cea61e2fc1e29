/*
 * builderd/proxy at its limits: a network like that of a cage, and nothing else
 * of one.  What it may reach is a server of ours, by net-allow.  Needs root.
 */
#include <sys/wait.h>

#include <dirent.h>
#include <time.h>

#include "log.h"
#include "net.h"

#define MUCH (64 << 20)
#define MANY 1000

static int echo_port;

/* Sends back what it gets; what begins with '!' is cut off instead. */
static void
echo(int lfd)
{
	struct linger now = { 1, 0 };
	static char buf[65536];
	ssize_t n, k, done;
	int fd, first = 1;

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		fd = accept(lfd, NULL, NULL);
		if (fd == -1 || fork() != 0) {
			close(fd);
			continue;
		}
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while ((n = read(fd, buf, sizeof(buf))) > 0) {
			if (first && buf[0] == '!') {
				setsockopt(fd, SOL_SOCKET, SO_LINGER, &now,
				    sizeof(now));
				break;
			}
			for (done = 0; done < n; done += k)
				if ((k = write(fd, buf + done,
					 (size_t)(n - done))) <= 0)
					_exit(1);
			first = 0;
		}
		_exit(0);
	}
}

/* Answers with 2000 bytes, the first two of which were asked. */
static void
names(int fd)
{
	char buf[2000];
	socklen_t len;
	union addr a;

	for (;;) {
		len = sizeof(a);
		memset(buf, 'n', sizeof(buf));
		if (recvfrom(fd, buf, 12, 0, &a.sa, &len) > 0)
			sendto(fd, buf, sizeof(buf), 0, &a.sa, len);
	}
}

static unsigned char
pattern(size_t i)
{
	return (unsigned char)((i * 2654435761U) >> 13);
}

/* How many bytes came back as they were sent, and then the end. */
static size_t
exchange(int fd, size_t size)
{
	static unsigned char out[65536], in[65536];
	struct pollfd p = { .fd = fd };
	size_t sent = 0, got = 0, k;
	ssize_t n;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	for (;;) {
		p.events = sent < size ? POLLIN | POLLOUT : POLLIN;
		if (poll(&p, 1, 20000) != 1)
			break;
		if (sent < size && (p.revents & POLLOUT)) {
			for (k = 0; k < sizeof(out) && sent + k < size; k++)
				out[k] = pattern(sent + k);
			n = send(fd, out, k, MSG_NOSIGNAL);
			sent += n > 0 ? (size_t)n : 0;
			if (sent == size)
				shutdown(fd, SHUT_WR);
		}
		n = read(fd, in, sizeof(in));
		if (n == -1 && errno == EAGAIN)
			continue;
		if (n <= 0)
			return n == 0 && sent == size ? got : 0;
		for (k = 0; k < (size_t)n; k++)
			if (in[k] != pattern(got + k))
				return 0;
		got += (size_t)n;
	}
	return 0;
}

static int
count_fds(void)
{
	struct dirent *e;
	char path[64];
	int n = 0;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)proxy);
	if ((d = opendir(path)) == NULL)
		return -1;
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* Clock ticks that it has used. */
static unsigned long
cpu(void)
{
	unsigned long user = 0, sys = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)proxy);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	if (fscanf(f,
		"%*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
		"%*s %lu %lu",
		&user, &sys) != 2)
		user = sys = 0;
	fclose(f);
	return user + sys;
}

static void
wait_ms(int ms)
{
	poll(NULL, 0, ms);
}

static enum rc
begin(const struct conf *conf, pid_t cage)
{
	const uint16_t ports[CAGE_PORTS] = { 443, 80, (uint16_t)echo_port,
		9999 };
	const struct proxy_way way = { .port = 9999, .budget = ~0ULL };

	return start(conf, cage, &way, ports);
}

static void
refusals(void)
{
	/* clang-format off */
	static const struct {
		const char *addr;
		int port;
		const char *line;
	} bad[] = {
		{ "10.0.0.1", 443, "T network: refused 10.0.0.1:443 (private address)\n" },
		{ "169.254.169.254", 80, "T network: refused 169.254.169.254:80 (metadata address)\n" },
		{ "127.0.0.1", 80, "T network: refused 127.0.0.1:80 (loopback address)\n" },
		{ "127.0.0.1", 9999, "T network: refused 127.0.0.1:9999 (loopback address)\n" },
		{ "0.0.0.0", 80, "" },
		{ "192.168.1.1", 443, "T network: refused 192.168.1.1:443 (private address)\n" },
	};
	/* clang-format on */
	char line[128];
	const char *s;
	size_t i;
	int fd;

	said(0);
	for (i = 0; i < NITEMS(bad); i++) {
		s = hello(dial(SOCK_STREAM, bad[i].addr, bad[i].port));
		ok(strstr(s, "reset") != NULL || strstr(s, "pipe") != NULL,
		    "%s:%d: %s", bad[i].addr, bad[i].port, s);
		if (*bad[i].line != '\0')
			is(said(0), bad[i].line, "and it is told");
		else
			said(0);
	}
	for (i = 0; i < 5; i++)
		hello(dial(SOCK_STREAM, "10.0.0.1", 443));
	is(said(0), "", "but once");
	hello(dial(SOCK_STREAM, "1.1.1.1", echo_port));
	snprintf(line, sizeof(line), "T network: refused 1.1.1.1:%d (port)\n",
	    echo_port);
	is(said(0), line, "a public address at a port that only net-allow has");
	ok(dial(SOCK_STREAM, "127.0.0.1", 9998) == -1 && errno == ECONNREFUSED,
	    "a port without a listener");
	fd = dial(SOCK_STREAM, "::1", 80);
	ok(fd == -1 ? errno != ETIMEDOUT : strcmp(hello(fd), "hello") != 0,
	    "IPv6 loopback");
	said(0);
}

static void
slowness(void)
{
	static char buf[65536];
	int slow = dial(SOCK_STREAM, "127.0.0.1", echo_port);
	int over = dial(SOCK_STREAM, "127.0.0.1", echo_port);
	unsigned long before;
	struct pollfd p = { .fd = slow, .events = POLLOUT };

	memset(buf, 's', sizeof(buf));
	fcntl(slow, F_SETFL, O_NONBLOCK);
	while (poll(&p, 1, 300) == 1 &&
	    send(slow, buf, sizeof(buf), MSG_NOSIGNAL) > 0)
		continue;
	/* This one is at its end on both sides, and not yet read. */
	send(over, buf, sizeof(buf), MSG_NOSIGNAL);
	send(over, buf, sizeof(buf), MSG_NOSIGNAL);
	send(over, buf, sizeof(buf), MSG_NOSIGNAL);
	shutdown(over, SHUT_WR);
	wait_ms(300);
	is(hello(dial(SOCK_STREAM, "127.0.0.1", echo_port)), "hello",
	    "one that does not read holds up nobody");
	before = cpu();
	wait_ms(700);
	ok(cpu() - before < 20, "nor is it waited for in circles");
	close(slow);
	close(over);
}

/* More at once than it takes: the rest waits, and has its turn. */
static void
crowd(void)
{
	int fd[300];
	size_t i;

	for (i = 0; i < NITEMS(fd); i++)
		fd[i] = dial(SOCK_STREAM, "127.0.0.1", echo_port);
	ok(count_fds() < 600, "%d descriptors", count_fds());
	for (i = 0; i < NITEMS(fd) - 1; i++)
		close(fd[i]);
	is(hello(fd[NITEMS(fd) - 1]), "hello", "the last has its turn");
}

static void
resolve(const char *what, int silent)
{
	int fd = dial(SOCK_DGRAM, "127.0.0.1", 53);
	char buf[4096] = "";
	ssize_t n;

	send(fd, "\x12\x34\x01\0\0\1\0\0\0\0\0\0q", 13, 0);
	n = recv(fd, buf, sizeof(buf), 0);
	if (silent)
		ok(n == 13 && memcmp(buf, "\x12\x34\x81\x82\0\1", 6) == 0, "%s",
		    what);
	else
		ok(n == 2000 && memcmp(buf, "\x12\x34", 2) == 0, "%s", what);
	close(fd);
}

/* It must not outlive the process of its build, however that ends. */
static void
orphan(const struct conf *conf)
{
	pid_t builder, cage = empty();
	int p[2], i;

	if (cage == 0 || pipe(p) == -1)
		exit(1);
	if ((builder = fork()) == 0) {
		if (begin(conf, cage) != RC_OK ||
		    write(p[1], &proxy, sizeof(proxy)) != sizeof(proxy))
			_exit(1);
		pause();
	}
	close(p[1]);
	ok(read(p[0], &proxy, sizeof(proxy)) == sizeof(proxy) &&
		count_fds() > 0,
	    "one more");
	kill(builder, SIGKILL);
	waitpid(builder, NULL, 0);
	for (i = 0; i < 50 && count_fds() > 0; i++)
		wait_ms(100);
	ok(count_fds() <= 0, "it ends with whoever started it");
	close(p[0]);
	kill(cage, SIGKILL);
}

static void
test(const struct conf *conf, struct conf *mute, pid_t cage)
{
	int before, fd, good = 0, i;
	struct timespec a, b;
	const char *s;
	long ms;

	if (begin(conf, cage) != RC_OK)
		exit(1);
	is(hello(dial(SOCK_STREAM, "127.0.0.1", echo_port)), "hello",
	    "there and back");
	clock_gettime(CLOCK_MONOTONIC, &a);
	ok(exchange(dial(SOCK_STREAM, "127.0.0.1", echo_port), MUCH) == MUCH,
	    "%d MiB both ways, intact", MUCH >> 20);
	clock_gettime(CLOCK_MONOTONIC, &b);
	ms = (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000;
	printf("# %ld ms\n", ms);

	refusals();
	resolve("a name, and a long answer", 0);
	is(hello(dial(SOCK_STREAM, "127.0.0.1", 53)), "hello",
	    "names by TCP, too");
	fd = dial(SOCK_STREAM, "127.0.0.1", echo_port);
	send(fd, "!", 1, MSG_NOSIGNAL);
	ok(recv(fd, &i, 1, 0) == -1 && errno == ECONNRESET,
	    "what was cut off does not look complete");
	close(fd);

	wait_ms(100);
	before = count_fds();
	for (i = 0; i < MANY; i++)
		good += strcmp(hello(dial(SOCK_STREAM, "127.0.0.1", echo_port)),
			    "hello") == 0;
	ok(good == MANY, "%d of %d connections", good, MANY);
	slowness();
	crowd();
	for (i = 0; i < 50 && count_fds() != before; i++)
		wait_ms(100);
	ok(count_fds() == before, "%d descriptors before, %d after", before,
	    count_fds());
	said(0);
	proxy_stop(proxy);
	s = said(1);
	ok(strncmp(s, "H 127.0.0.1:", 12) == 0 &&
		sscanf(strchr(s + 2, ' '), " %*s %d", &i) == 1 && i > MANY,
	    "the account: %s", s);
	close(lines);

	kill(cage, SIGKILL);
	cage = empty();
	if (begin(mute, cage) != RC_OK)
		exit(1);
	resolve("no resolver: said at once", 1);
	ok(strstr(said(0), "no answer from the resolver") != NULL,
	    "and in the log");
	proxy_stop(proxy);
	close(lines);
	kill(cage, SIGKILL);
	orphan(conf);
}

int
main(void)
{
	struct conf conf, mute;
	int status = 0, tcp, udp, dead, dead_port = 0;
	pid_t servers[2], cage;
	struct arena *a;

	if (geteuid() != 0) {
		printf("1..0 # SKIP needs root\n");
		return 0;
	}
	log_open("net-t", 0);
	a = arena_new();
	memset(&conf, 0, sizeof(conf));
	tcp = bound(SOCK_STREAM, "127.0.0.1", &echo_port);
	udp = bound(SOCK_DGRAM, "127.0.0.1", &echo_port);
	dead = bound(SOCK_DGRAM, "127.0.0.1", &dead_port);
	close(dead);
	if ((servers[0] = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		echo(tcp);
	}
	if ((servers[1] = fork()) == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		names(udp);
	}
	conf.net_allow = arena_printf(a, "127.0.0.1/32:%d", echo_port);
	conf.resolver = arena_printf(a, "127.0.0.1:%d", echo_port);
	conf.libexec_dir = arena_printf(a, "%s/builderd", getenv("builddir"));
	conf.log_format = "text";
	proxy_find(&conf);
	mute = conf;
	mute.resolver = arena_printf(a, "127.0.0.1:%d", dead_port);

	ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if ((cage = empty()) != 0) {
		test(&conf, &mute, cage);
		status = done();
	} else
		printf("1..0 # SKIP cannot make a network\n");
	kill(servers[0], SIGKILL);
	kill(servers[1], SIGKILL);
	arena_free(a);
	return status;
}
