/*
 * cage-init -- the first process of a cage.
 *
 * Runs one command and ends with it, whereupon the kernel kills whatever the
 * command left behind.  Collects orphans meanwhile.  If its standard input
 * ends, builderd is gone, and so is the cage.
 *
 * Linked statically: the root file system may be any.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "init-msg.h"

static void __attribute__((noreturn, format(printf, 2, 3)))
die(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vdprintf(2, fmt, ap);
	va_end(ap);
	_exit(status);
}

static void
get(void *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = read(0, p, n);
		if (k == -1 && errno == EINTR)
			continue;
		if (k <= 0)
			_exit(1);
		p = (char *)p + k;
		n -= (size_t)k;
	}
}

/* The command's standard input: a file in memory, or nothing. */
static int
input(uint64_t size)
{
	char buf[16384];
	size_t n;
	int fd;

	if (size == 0)
		return open("/dev/null", O_RDONLY | O_CLOEXEC);
	if ((fd = memfd_create("input", MFD_CLOEXEC)) == -1)
		return -1;
	for (; size > 0; size -= n) {
		n = size < sizeof(buf) ? (size_t)size : sizeof(buf);
		get(buf, n);
		if (write(fd, buf, n) != (ssize_t)n)
			return -1;
	}
	return lseek(fd, 0, SEEK_SET) == 0 ? fd : -1;
}

/* As a shell finds commands, by the PATH that the command itself gets. */
static void __attribute__((noreturn)) execute(char **argv, char **env)
{
	const char *path = "/usr/local/bin:/usr/bin:/bin";
	char full[4096];
	int i, n, seen = ENOENT;

	if (strchr(argv[0], '/') != NULL) {
		execve(argv[0], argv, env);
		die(errno == ENOENT ? 127 : 126, "%s: %s\n", argv[0],
		    strerror(errno));
	}
	for (i = 0; env[i] != NULL; i++)
		if (strncmp(env[i], "PATH=", 5) == 0)
			path = env[i] + 5;
	while (*path != '\0') {
		n = (int)strcspn(path, ":");
		snprintf(full, sizeof(full), "%.*s/%s", n, path, argv[0]);
		execve(full, argv, env);
		if (errno != ENOENT && errno != ENOTDIR)
			seen = errno;
		path += n + (path[n] == ':');
	}
	die(seen == ENOENT ? 127 : 126, "%s: %s\n", argv[0],
	    seen == ENOENT ? "command not found" : strerror(seen));
}

static pid_t
spawn(const char *cwd, char **argv, char **env, int in)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t none;
	pid_t pid;
	int i;

	if ((pid = fork()) != 0)
		return pid;
	for (i = 1; i < NSIG; i++)
		sigaction(i, &dfl, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	if (dup2(in, 0) == -1)
		die(126, "standard input: %s\n", strerror(errno));
	if (chdir(cwd) == -1)
		die(126, "%s: %s\n", cwd, strerror(errno));
	execute(argv, env);
}

/* Cut n strings off the front of what was read. */
static char **
cut(char **p, const char *end, uint32_t n)
{
	char **list = calloc((size_t)n + 1, sizeof(*list));
	uint32_t i;

	for (i = 0; list != NULL && i < n; i++) {
		if (*p >= end)
			_exit(1);
		list[i] = *p;
		*p += strlen(*p) + 1;
	}
	if (list == NULL)
		_exit(1);
	return list;
}

int
main(void)
{
	struct pollfd p[2] = { { .fd = 0 }, { .events = POLLIN } };
	struct signalfd_siginfo si;
	struct init_head h;
	char *strings, *s, **argv, **env, **cwd;
	int status;
	sigset_t set;
	pid_t pid, child;

	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	get(&h, sizeof(h));
	if (h.strings == 0 || h.strings > INIT_STRINGS_MAX || h.argc == 0 ||
	    h.argc > h.strings || h.envc > h.strings ||
	    (s = strings = malloc(h.strings)) == NULL)
		_exit(1);
	get(strings, h.strings);
	if (strings[h.strings - 1] != '\0')
		_exit(1);
	cwd = cut(&s, strings + h.strings, 1);
	argv = cut(&s, strings + h.strings, h.argc);
	env = cut(&s, strings + h.strings, h.envc);

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_SETMASK, &set, NULL);
	signal(SIGCHLD, SIG_DFL);
	p[1].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	status = input(h.input);
	if (p[1].fd == -1 || status == -1)
		die(126, "cannot start: %s\n", strerror(errno));
	child = spawn(cwd[0], argv, env, status);
	if (child == -1)
		die(126, "fork: %s\n", strerror(errno));
	close(status);
	close(1);
	close(2);
	for (;;) {
		p[0].events = POLLIN | POLLRDHUP;
		if (poll(p, 2, -1) == -1 && errno != EINTR)
			_exit(1);
		if (p[0].revents != 0)
			_exit(128 + SIGKILL); /* our other end is closed */
		while (read(p[1].fd, &si, sizeof(si)) > 0)
			continue;
		while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
			if (pid == child)
				_exit(WIFSIGNALED(status) ?
					128 + WTERMSIG(status) :
					WEXITSTATUS(status));
	}
}
