#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "proxy.h"

static int program = -1; /* where it is found without its path */

void
proxy_find(const struct conf *conf)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/slipway-proxy", conf->libexec_dir);
	if (program != -1)
		close(program);
	if ((program = open(path, O_PATH | O_CLOEXEC)) == -1)
		log_warn("%s", path);
}

/*
 * Its descriptors are where proxy.h says, and nothing else is open but what
 * it complains to: above all, not the line to the keeper.
 */
static int
arrange(const struct cage_io *io, int lines)
{
	int fds[PROXY_FD_END + 1], i;

	if ((fds[0] = fds[1] = open("/dev/null", O_RDWR | O_CLOEXEC)) == -1)
		return -1;
	fds[2] = 2;
	fds[PROXY_FD_LINES] = lines;
	memcpy(fds + PROXY_FD_TCP, io->tcp, sizeof(io->tcp));
	memcpy(fds + PROXY_FD_DNS, io->dns, sizeof(io->dns));
	fds[PROXY_FD_END] = program;
	for (i = 0; i <= PROXY_FD_END; i++) /* first out of the way */
		if (fds[i] != -1 &&
		    (fds[i] = fcntl(fds[i], F_DUPFD, PROXY_FD_END + 1)) == -1)
			return -1;
	for (i = 0; i <= PROXY_FD_END; i++)
		if (fds[i] == -1)
			close(i);
		else if (dup2(fds[i], i) == -1)
			return -1;
	if (fcntl(PROXY_FD_END, F_SETFD, FD_CLOEXEC) == -1)
		return -1;
	return close_range(PROXY_FD_END + 1, ~0U, 0);
}

static void __attribute__((noreturn)) execute(const struct conf *conf,
    const struct proxy_way *way, const struct cage_io *io, int lines)
{
	char number[8], budget[24], tag[LOG_TAG];
	char *const argv[] = { (char *)(uintptr_t) "slipway-proxy", number,
		(char *)(uintptr_t)(way->names != NULL ? way->names : "*"),
		budget, (char *)(uintptr_t)conf->resolver,
		(char *)(uintptr_t)conf->net_allow,
		(char *)(uintptr_t)conf->log_format, tag, NULL };
	char *const envp[] = { NULL };

	snprintf(number, sizeof(number), "%u", way->port);
	snprintf(budget, sizeof(budget), "%llu", way->budget);
	snprintf(tag, sizeof(tag), "%s", log_tagged());
	if (arrange(io, lines) == 0)
		execveat(PROXY_FD_END, "", argv, envp, AT_EMPTY_PATH);
	log_warn("slipway-proxy");
	_exit(1);
}

static void
shut(int *fd)
{
	if (*fd != -1)
		close(*fd);
	*fd = -1;
}

void
proxy_none(struct cage_io *io)
{
	size_t i;

	for (i = 0; i < CAGE_PORTS * 2; i++)
		shut(&io->tcp[i]);
	for (i = 0; i < NITEMS(io->dns); i++)
		shut(&io->dns[i]);
}

enum rc
proxy_start(pid_t *pid, int *lines, const struct conf *conf,
    const struct proxy_way *way, struct cage_io *io)
{
	pid_t parent = getpid();
	sigset_t term, before;
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
		execute(conf, way, io, p[1]);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(p[1]);
	proxy_none(io);
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
	if (pid > 0)
		kill(pid, SIGTERM);
}

void
proxy_wait(pid_t pid)
{
	if (pid <= 0)
		return;
	while (waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
}
