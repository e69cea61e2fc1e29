/*
 * bounded -- runs a test, and ends what does not end.
 *
 *	bounded TEST [ARGUMENT ...]
 *
 * A test that hangs fails, and says what it waited for: its processes, and
 * where in the kernel each of them was.  So does one that leaves a process
 * behind, whatever became of that one's parents: all orphans are ours.  Else
 * one left process that has the test's output open would hold up "make check"
 * for ever, without a word.
 *
 * $TEST_SECONDS: how long a test may take; 600.
 */
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define SECONDS 600   /* for any test, on a machine that does much else */
#define GRACE   30000 /* ms for a test to clear up after SIGTERM */
#define LEAVE   5000  /* ms for what lost its parents to do so */

static pid_t test;

static uint64_t
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Those of make and of the terminal; the test clears up and ends. */
static void
pass_on(int sig)
{
	kill(test, sig);
}

/* What a file of /proc has, its lines behind one another. */
static void
show(pid_t pid, const char *file, const char *label)
{
	char name[64], text[600];
	ssize_t n, i;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/%s", (int)pid, file);
	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return;
	for (i = 0; i < n; i++)
		if (text[i] == '\n' || text[i] == '\0')
			text[i] = ' ';
	printf("%s%.*s", label, (int)n, text);
}

/* With all below it: says who they are, or sends them a signal. */
static int
below(pid_t parent, int depth, int sig)
{
	char name[64];
	int pid, n = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)parent,
	    (int)parent);
	if ((f = fopen(name, "re")) == NULL)
		return 0;
	while (fscanf(f, "%d", &pid) == 1) {
		n += 1 + below(pid, depth + 1, sig);
		if (sig != 0) {
			kill(pid, sig);
			continue;
		}
		printf("#%*s%d: ", depth * 2 + 1, "", pid);
		show(pid, "cmdline", "");
		show(pid, "wchan", "| ");
		show(pid, "stack", " | ");
		printf("\n");
	}
	fclose(f);
	return n;
}

/* Nothing is left running, however long its ancestors were gone. */
static void
end_all(void)
{
	uint64_t until = now_ms() + LEAVE;

	while (now_ms() < until) {
		below(getpid(), 0, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		if (waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD)
			return;
		poll(NULL, 0, 10);
	}
	printf("# these cannot be killed:\n");
	below(getpid(), 0, 0);
}

/* 1 when something came; 0 at the end of it, or when there is nothing now. */
static int
copy(int from)
{
	char text[16384];
	ssize_t n = read(from, text, sizeof(text));

	if (n > 0) {
		fwrite(text, 1, (size_t)n, stdout);
		fflush(stdout);
	}
	return n > 0;
}

static pid_t
run(char *argv[], int *output)
{
	int fd[2];
	pid_t pid;

	if (pipe2(fd, O_CLOEXEC) == -1 || (pid = fork()) == -1)
		err(99, "%s", argv[0]);
	if (pid == 0) {
		dup2(fd[1], 1);
		dup2(fd[1], 2);
		execv(argv[0], argv);
		err(99, "%s", argv[0]);
	}
	close(fd[1]);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	*output = fd[0];
	return pid;
}

/*
 * Copies what it says until it has ended, and what it has said by then: that
 * somebody else has its output open is no reason to wait.  0 if it is late.
 */
static int
attend(int output, int ended, uint64_t until)
{
	struct pollfd pfd[2] = { { .fd = ended, .events = POLLIN },
		{ .fd = output, .events = POLLIN } };
	uint64_t now;

	while ((now = now_ms()) < until) {
		if (poll(pfd, 2, (int)(until - now)) == -1)
			continue;
		if (pfd[1].revents != 0 && !copy(output))
			pfd[1].fd = -1;
		if (pfd[0].revents == 0)
			continue;
		while (copy(output))
			continue;
		return 1;
	}
	return 0;
}

static int
leave_nobody(void)
{
	uint64_t until = now_ms() + LEAVE;

	while (now_ms() < until) {
		if (waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD)
			return 1;
		poll(NULL, 0, 5);
	}
	printf("# left running:\n");
	below(getpid(), 0, 0);
	end_all();
	return 0;
}

int
main(int argc, char *argv[])
{
	const char *s = getenv("TEST_SECONDS");
	int seconds = s != NULL && atoi(s) > 0 ? atoi(s) : SECONDS;
	int output, ended, status, late;

	if (argc < 2)
		errx(99, "usage: bounded TEST [ARGUMENT ...]");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	test = run(argv + 1, &output);
	if ((ended = (int)syscall(SYS_pidfd_open, test, 0)) == -1)
		err(99, "pidfd_open");
	signal(SIGINT, pass_on);
	signal(SIGTERM, pass_on);
	signal(SIGHUP, pass_on);
	if ((late = !attend(output, ended,
		 now_ms() + (uint64_t)seconds * 1000))) {
		printf("# after %d seconds:\n", seconds);
		below(getpid(), 0, 0);
		fflush(stdout);
		kill(test, SIGTERM);
		if (!attend(output, ended, now_ms() + GRACE))
			end_all();
		printf("not ok - it ends within %d seconds\n", seconds);
	}
	if (!late)
		while (waitpid(test, &status, 0) == -1 && errno == EINTR)
			continue;
	if (!leave_nobody())
		printf("not ok - nothing is left running\n");
	if (late)
		return 99;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
