/*
 * daemon -- starts and stops servers for tests, by events and not by sleeping.
 *
 *	daemon start LOG PIDFILE PROGRAM [ARG ...]
 *		runs it and returns when it says READY=1 (sd_notify(3)); 1 if it
 *		ends before, or says nothing for a minute
 *	daemon stop SIGNAL SECONDS PID ...
 *		sends the signal and returns when all have ended; what is left
 *		after that many seconds is killed, and the answer is 1
 *	daemon wait SECONDS PID ...
 *		the same without a signal, and nothing is killed
 *	daemon port
 *		prints a TCP port of 127.0.0.1 that nobody listens on
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE 60 /* seconds for a server to come up */

static long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static int
pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* Not below a deep TMPDIR: a socket's path is short. */
static int
notify_socket(const char *pidfile, struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	size_t n;

	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	n = (size_t)snprintf(sun->sun_path, sizeof(sun->sun_path), "%s.ready",
	    pidfile);
	unlink(sun->sun_path);
	if (n >= sizeof(sun->sun_path) || fd == -1 ||
	    bind(fd, (struct sockaddr *)sun, sizeof(*sun)) == -1 ||
	    chmod(sun->sun_path, 0666) == -1)
		err(2, "%s", sun->sun_path);
	return fd;
}

static void
become(const char *log, const struct sockaddr_un *sun, char *argv[])
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0644);
	int nul = open("/dev/null", O_RDONLY);
	sigset_t none;

	if (fd == -1 || nul == -1)
		err(2, "%s", log);
	dup2(nul, 0);
	dup2(fd, 1);
	dup2(fd, 2);
	/* What make or the shell left open is not the server's business. */
	for (fd = 3; fd < 256; fd++)
		close(fd);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setenv("NOTIFY_SOCKET", sun->sun_path, 1);
	execvp(argv[0], argv);
	err(127, "%s", argv[0]);
}

/* Until it is ready (0), or has ended or kept silent too long (1). */
static int
await(int notify, pid_t pid)
{
	struct pollfd pfd[2] = { { .fd = notify, .events = POLLIN },
		{ .fd = pidfd(pid), .events = POLLIN } };
	long until = now_ms() + PATIENCE * 1000;
	char text[4096];
	ssize_t n;

	while (now_ms() < until && poll(pfd, 2, (int)(until - now_ms())) > 0) {
		if (!(pfd[0].revents & POLLIN))
			return 1;
		n = recv(notify, text, sizeof(text) - 1, 0);
		text[n > 0 ? n : 0] = '\0';
		if (strstr(text, "READY=1") != NULL)
			return 0;
	}
	return 1;
}

/*
 * The server's parent, for as long as it or an orphan of it lives: somebody
 * has to collect them, and the first process of a container may not.
 */
static void
monitor(const char *log, const char *pidfile, char *argv[], int answer)
{
	struct sockaddr_un sun;
	int notify = notify_socket(pidfile, &sun);
	pid_t pid;
	FILE *f;
	char r;
	int fd;

	setsid();
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if ((pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0)
		become(log, &sun, argv);
	if ((f = fopen(pidfile, "w")) == NULL)
		err(2, "%s", pidfile);
	fprintf(f, "%d\n", (int)pid);
	fclose(f);
	if ((r = (char)await(notify, pid)) != 0) {
		kill(pid, SIGKILL);
		unlink(pidfile);
	}
	unlink(sun.sun_path);
	if (write(answer, &r, 1) != 1)
		err(2, "answer");
	for (fd = 0; fd < 256; fd++)
		close(fd);
	while (waitpid(-1, NULL, 0) > 0)
		;
	_exit(0);
}

static int
start(const char *log, const char *pidfile, char *argv[])
{
	int answer[2];
	char r = 1;

	if (pipe2(answer, O_CLOEXEC) == -1)
		err(2, "pipe");
	switch (fork()) {
	case -1:
		err(2, "fork");
	case 0:
		close(answer[0]);
		monitor(log, pidfile, argv, answer[1]);
	}
	close(answer[1]);
	return read(answer[0], &r, 1) == 1 ? r : 1;
}

/* It has ended; its monitor collects it in a moment. */
static void
collected(pid_t pid)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	int i;

	for (i = 0; i < 2000 && kill(pid, 0) == 0; i++)
		nanosleep(&ms, NULL);
}

static int
stop(int sig, int seconds, int n, char *pids[])
{
	long until = now_ms() + seconds * 1000L;
	struct pollfd pfd = { .events = POLLIN };
	int i, r = 0;
	pid_t pid;

	/* 0 and less would be others, all that belong to the test's caller. */
	for (i = 0; i < n; i++)
		if (atoi(pids[i]) <= 1)
			errx(2, "not a process: \"%s\"", pids[i]);
	for (i = 0; i < n && sig > 0; i++)
		kill(atoi(pids[i]), sig);
	for (i = 0; i < n; i++) {
		pid = atoi(pids[i]);
		if ((pfd.fd = pidfd(pid)) == -1)
			continue; /* it has ended */
		if (poll(&pfd, 1,
			until > now_ms() ? (int)(until - now_ms()) : 0) != 1) {
			r = 1;
			if (sig > 0) {
				kill(pid, SIGKILL);
				poll(&pfd, 1, 5000);
			}
		}
		close(pfd.fd);
		collected(pid);
	}
	return r;
}

static int
port(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		err(2, "bind");
	printf("%d\n", ntohs(sin.sin_port));
	return 0;
}

int
main(int argc, char *argv[])
{
	if (argc > 4 && strcmp(argv[1], "start") == 0)
		return start(argv[2], argv[3], argv + 4);
	if (argc > 4 && strcmp(argv[1], "stop") == 0)
		return stop(atoi(argv[2]), atoi(argv[3]), argc - 4, argv + 4);
	if (argc > 3 && strcmp(argv[1], "wait") == 0)
		return stop(0, atoi(argv[2]), argc - 3, argv + 3);
	if (argc == 2 && strcmp(argv[1], "port") == 0)
		return port();
	errx(2, "see the head of daemon.c");
}
