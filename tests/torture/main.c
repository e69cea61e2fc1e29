/*
 * torture -- drives builders through faults and writes a history.
 *
 *	torture SECONDS SEED REAL
 *
 * REAL of the workers have cages.  tests/torture/run has made the folder
 * $TORTURE_DIR ready.  Exits with 0 when there is a history to check.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record.h"
#include "torture.h"

#define LOADS  2
#define OTHERS 2 /* the watch, and who sees cages */
#define CAGES  (LOADS + 1)
#define EVERY  700  /* ms between two faults from outside, at most */
#define INJECT 110  /* one place in so many */
#define CUT    250  /* and one statement */
#define GRACE  1000 /* ms for all to be up */
#define LEAVE  30   /* seconds for what lost its parents to clear up */

static struct torture t;
static pid_t helpers[LOADS + OTHERS];

static void
end_all(void)
{
	size_t i;

	for (i = 0; i < LOADS + OTHERS; i++)
		if (helpers[i] > 0)
			kill(helpers[i], SIGKILL);
	for (i = SERVER__MAX; i-- > 0;)
		if (t.servers[i].pid != 0) {
			server_signal(&t.servers[i], SIGCONT);
			server_signal(&t.servers[i], SIGKILL);
			kill(t.servers[i].pid, SIGKILL);
		}
}

static void
stopped(int sig)
{
	(void)sig;
	end_all();
	_exit(130);
}

static void
begin(int real)
{
	static char names[WORKERS][24];
	int i;

	t.dir = getenv("TORTURE_DIR");
	t.real = real;
	t.servers[POSTGRES].name = "postgres";
	t.servers[REDIS].name = "redis";
	t.servers[PROXY].name = "proxy";
	for (i = 0; i < WORKERS; i++) {
		snprintf(names[i], sizeof(names[i]), "builderd-%d", i + 1);
		t.servers[WORKER + i].name = names[i];
		t.servers[WORKER + i].worker = i + 1;
	}
	if (t.dir == NULL ||
	    (t.control = control_open(getenv("TORTURE_CONTROL"), 1)) == NULL)
		err(1, "TORTURE_DIR, TORTURE_CONTROL");
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	signal(SIGTERM, stopped);
	signal(SIGINT, stopped);
	signal(SIGHUP, stopped);
}

static pid_t
spawn(int n)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (n < LOADS)
		load_run(&t, (unsigned int)n);
	if (n == LOADS)
		watch_run(&t);
	cages_run(&t);
}

/* What was stopped goes on and what has ended is started, when it is time. */
static uint64_t
tend(uint64_t next)
{
	uint64_t now = boot_us();
	struct server *s;

	server_reap(&t);
	for (s = t.servers; s < t.servers + SERVER__MAX; s++) {
		if (s->cont_at != 0 && now >= s->cont_at) {
			server_signal(s, SIGCONT);
			s->cont_at = 0;
		}
		if (s->pid == 0 && now >= s->start_at)
			server_start(&t, s);
		if (s->cont_at != 0 && s->cont_at < next)
			next = s->cont_at;
		if (s->pid == 0 && s->start_at < next)
			next = s->start_at;
	}
	server_slots(&t);
	return next;
}

static void
until(uint64_t when)
{
	uint64_t now, next;

	while ((now = boot_us()) < when) {
		/* Whoever ends is noticed this soon, too. */
		next = tend(now + 100000 < when ? now + 100000 : when);
		now = boot_us();
		if (next > now)
			poll(NULL, 0, (int)((next - now) / 1000) + 1);
	}
}

static void
torture(int seconds)
{
	uint64_t end = boot_us() + (uint64_t)seconds * 1000000;

	while (boot_us() < end) {
		until(boot_us() + dice_below(&t.dice, EVERY) * 1000ULL);
		nemesis(&t);
	}
}

/* Nothing is kept but what was promised to be; nobody helps. */
static void
restart_all(void)
{
	int i;

	atomic_store(&t.control->inject, 0);
	atomic_store(&t.control->proxy, 0);
	atomic_store(&t.control->clock_us, 0);
	for (i = 0; i < LOADS + OTHERS; i++) {
		kill(helpers[i], SIGKILL);
		waitpid(helpers[i], NULL, 0);
		helpers[i] = 0;
	}
	for (i = SERVER__MAX - 1; i >= 0; i--)
		server_end(&t, &t.servers[i],
		    i == POSTGRES ? SIGQUIT : SIGKILL);
	record(
	    "phase restarted"); /* Redis has nothing on disk: it is flushed */
	for (i = 0; i < SERVER__MAX; i++)
		server_start(&t, &t.servers[i]);
	/* Most builds of one that was stopped a lot are only seen now. */
	helpers[CAGES] = spawn(CAGES);
}

static void
enough(int sig)
{
	(void)sig;
}

/* Orphans are ours; those that never leave are for the caller to find. */
static void
all_leave(void)
{
	struct sigaction a = { .sa_handler = enough }; /* no SA_RESTART */

	sigaction(SIGALRM, &a, NULL);
	alarm(LEAVE);
	while (waitpid(-1, NULL, 0) > 0)
		continue;
	alarm(0);
}

int
main(int argc, char *argv[])
{
	int i;

	if (argc != 4)
		errx(2, "usage: torture SECONDS SEED REAL");
	begin(atoi(argv[3]));
	t.dice = strtoull(argv[2], NULL, 10);
	atomic_store(&t.control->seed, t.dice);
	record("phase begun %s %s", argv[1], argv[2]);
	for (i = 0; i < SERVER__MAX; i++)
		server_start(&t, &t.servers[i]);
	for (i = 0; i < LOADS + OTHERS; i++)
		helpers[i] = spawn(i);
	until(boot_us() + GRACE * 1000ULL);
	atomic_store(&t.control->inject, INJECT);
	atomic_store(&t.control->proxy, CUT);
	torture(atoi(argv[1]));
	restart_all();
	record("phase %s", watch_drained(&t) ? "drained" : "stuck");
	for (i = SERVER__MAX - 1; i >= WORKER; i--)
		server_end(&t, &t.servers[i], SIGTERM);
	dump(&t);
	record("phase done");
	kill(helpers[CAGES], SIGKILL);
	server_end(&t, &t.servers[PROXY], SIGKILL);
	server_end(&t, &t.servers[REDIS], SIGTERM);
	server_end(&t, &t.servers[POSTGRES], SIGINT);
	all_leave();
	return 0;
}
