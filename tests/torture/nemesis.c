/*
 * nemesis -- the faults that come from outside, a row each.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "builderd/lease.h"
#include "rc.h"
#include "record.h"
#include "torture.h"

#define MS    1000 /* us */
#define OFTEN 3    /* one fault in so many is for a builder with cages */

/* What a fault does; 0: it had no victim. */
typedef int fault_fn(struct torture *, const char **what);

static uint64_t
in(struct torture *t, unsigned int least, unsigned int most)
{
	return boot_us() +
	    (least + dice_below(&t->dice, most - least)) * (uint64_t)MS;
}

static struct server *
worker(struct torture *t, int real)
{
	int i, first = WORKER, n = WORKERS;
	struct server *s;

	if (real && t->real == 0)
		return NULL;
	/* Those with cages are few, and deserve as much. */
	if (real || (t->real > 0 && dice_below(&t->dice, OFTEN) == 0)) {
		n = t->real;
		first = SERVER__MAX - n;
	}
	for (i = 0; i < 8; i++) {
		s = &t->servers[first + (int)dice_below(&t->dice, (unsigned)n)];
		if (s->pid != 0 && s->cont_at == 0)
			return s;
	}
	return NULL;
}

/* A process of a worker: a build, a keeper, or the helper. */
enum kind { BUILD, KEEPER, HELPER };

static pid_t
part(struct torture *t, enum kind want)
{
	struct process tree[TREE_MAX], *p;
	pid_t found[TREE_MAX];
	struct server *s;
	enum kind kind;
	size_t i, n, k;
	int tries, real;

	for (tries = 0; tries < 8; tries++) {
		if ((s = worker(t, want == HELPER)) == NULL)
			return 0;
		real = s->worker > WORKERS - t->real;
		n = server_tree(s->pid, tree);
		for (i = k = 0; i < n; i++) {
			p = &tree[i];
			if (p->depth > (real ? 3 : 2))
				continue;
			kind = p->depth >= 2 ? KEEPER :
			    p->leader        ? HELPER :
					       BUILD;
			/*
			 * The publishers of a build, and those of a keeper; of
			 * real cages also their slots and wardens.
			 */
			if (kind == want &&
			    (kind != KEEPER || p->leader || real))
				found[k++] = p->pid;
		}
		if (k > 0)
			return found[dice_below(&t->dice, (unsigned int)k)];
	}
	return 0;
}

static int
signal_part(struct torture *t, enum kind kind, int sig)
{
	pid_t pid = part(t, kind);

	return pid != 0 && kill(pid, sig) == 0;
}

static int
kill_worker(struct torture *t, const char **what)
{
	struct server *s = worker(t, 0);

	if (s == NULL)
		return 0;
	*what = s->name;
	return kill(s->pid, SIGKILL) == 0;
}

/* Its builds, and their cages, go on. */
static int
stop_worker(struct torture *t, const char **what)
{
	struct server *s = worker(t, 0);

	if (s == NULL)
		return 0;
	*what = s->name;
	s->cont_at = in(t, LEASE_MS / 2, LEASE_MS * 2);
	return kill(s->pid, SIGSTOP) == 0;
}

/* With its builds, but not with the watchdogs. */
static int
freeze_worker(struct torture *t, const char **what)
{
	struct process tree[TREE_MAX];
	struct server *s = worker(t, 0);
	size_t n;

	if (s == NULL)
		return 0;
	*what = s->name;
	s->cont_at = in(t, LEASE_MS, LEASE_MS * 4);
	n = server_tree(s->pid, tree);
	kill(s->pid, SIGSTOP);
	while (n-- > 0)
		if (tree[n].depth == 1 && !tree[n].leader)
			kill(tree[n].pid, SIGSTOP);
	return 1;
}

static int
term_worker(struct torture *t, const char **what)
{
	struct server *s = worker(t, 0);

	if (s == NULL)
		return 0;
	*what = s->name;
	return kill(s->pid, SIGTERM) == 0;
}

static int
hurry_worker(struct torture *t, const char **what)
{
	struct server *s = worker(t, 0);

	if (s == NULL)
		return 0;
	*what = s->name;
	kill(s->pid, SIGTERM);
	poll(NULL, 0, 20); /* else the two are one */
	return kill(s->pid, SIGTERM) == 0;
}

static int
kill_build(struct torture *t, const char **what)
{
	(void)what;
	return signal_part(t, BUILD, SIGKILL);
}

/* Someone who has nothing else to do lets it go on: the orphan of an orphan. */
static int
stop_build(struct torture *t, const char **what)
{
	pid_t pid = part(t, BUILD);
	int ms = LEASE_MS / 2 + (int)dice_below(&t->dice, LEASE_MS * 2);

	(void)what;
	if (pid == 0 || kill(pid, SIGSTOP) == -1)
		return 0;
	if (fork() == 0) {
		poll(NULL, 0, ms);
		kill(pid, SIGCONT);
		_exit(0);
	}
	return 1;
}

static int
kill_keeper(struct torture *t, const char **what)
{
	(void)what;
	return signal_part(t, KEEPER, SIGKILL);
}

static int
kill_helper(struct torture *t, const char **what)
{
	(void)what;
	return signal_part(t, HELPER, SIGKILL);
}

static int
crash_postgres(struct torture *t, const char **what)
{
	struct server *s = &t->servers[POSTGRES];

	(void)what;
	if (s->pid == 0 || s->cont_at != 0)
		return 0;
	s->start_at = in(t, 50, LEASE_MS);
	return kill(s->pid, SIGQUIT) == 0; /* immediate mode */
}

/* One of its processes dies, and it recovers by itself. */
static int
kill_backend(struct torture *t, const char **what)
{
	struct server *s = &t->servers[POSTGRES];
	struct process tree[TREE_MAX];
	size_t n;

	(void)what;
	if (s->pid == 0 || s->cont_at != 0 ||
	    (n = server_tree(s->pid, tree)) == 0)
		return 0;
	return kill(tree[dice_below(&t->dice, (unsigned int)n)].pid, SIGKILL) ==
	    0;
}

static int
pause_postgres(struct torture *t, const char **what)
{
	struct server *s = &t->servers[POSTGRES];

	(void)what;
	if (s->pid == 0 || s->cont_at != 0)
		return 0;
	s->cont_at = in(t, LEASE_MS / 4, LEASE_MS * 3 / 2);
	server_signal(s, SIGSTOP);
	return 1;
}

/* Nobody hears anything, and nobody is told. */
static int
partition(struct torture *t, const char **what)
{
	struct server *s = &t->servers[PROXY];

	(void)what;
	if (s->pid == 0 || s->cont_at != 0)
		return 0;
	s->cont_at = in(t, LEASE_MS / 4, LEASE_MS * 3 / 2);
	return kill(s->pid, SIGSTOP) == 0;
}

static int
kill_proxy(struct torture *t, const char **what)
{
	(void)what;
	return t->servers[PROXY].pid != 0 &&
	    kill(t->servers[PROXY].pid, SIGKILL) == 0;
}

static int
cut_all(struct torture *t, const char **what)
{
	PGresult *res;
	PGconn *c;
	int good;

	(void)what;
	if (t->servers[POSTGRES].pid == 0 ||
	    t->servers[POSTGRES].cont_at != 0 || !server_ready(t))
		return 0;
	c = connect_as(t, "postgres");
	res = PQexecParams(c,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE usename IN ('slipway_queue', 'slipway_build') AND random() < 0.5",
	    0, NULL, NULL, NULL, NULL, 0);
	good = PQresultStatus(res) == PGRES_TUPLES_OK;
	PQclear(res);
	PQfinish(c);
	return good;
}

static int
redis(struct torture *t, const char *command)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct pollfd p = { .events = POLLIN };
	int good;

	if (t->servers[REDIS].pid == 0 || t->servers[REDIS].cont_at != 0)
		return 0;
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/run/redis.sock",
	    t->dir);
	p.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	good = p.fd != -1 &&
	    connect(p.fd, (struct sockaddr *)&sun, sizeof(sun)) == 0 &&
	    send(p.fd, command, strlen(command), MSG_NOSIGNAL) > 0 &&
	    poll(&p, 1, 1000) == 1;
	close(p.fd);
	return good;
}

static int
redis_flush(struct torture *t, const char **what)
{
	(void)what;
	return redis(t, "FLUSHALL\r\n");
}

static int
redis_type(struct torture *t, const char **what)
{
	(void)what;
	return redis(t, "SET deployment:queue nonsense EX 3\r\n");
}

static int
redis_kill(struct torture *t, const char **what)
{
	(void)what;
	return t->servers[REDIS].pid != 0 &&
	    kill(t->servers[REDIS].pid, SIGKILL) == 0;
}

static int
redis_pause(struct torture *t, const char **what)
{
	struct server *s = &t->servers[REDIS];

	(void)what;
	if (s->pid == 0 || s->cont_at != 0)
		return 0;
	s->cont_at = in(t, 200, LEASE_MS);
	return kill(s->pid, SIGSTOP) == 0;
}

static int
clock_jump(struct torture *t, const char **what)
{
	static const struct {
		const char *name;
		int seconds;
	} jumps[] = {
		{ "+1h", 3600 },
		{ "-1h", -3600 },
		{ "+10s", 10 },
		{ "-10s", -10 },
		{ "right", 0 },
	};
	size_t i = dice_below(&t->dice, NITEMS(jumps));

	*what = jumps[i].name;
	atomic_store(&t->control->clock_us, jumps[i].seconds * 1000000LL);
	return 1;
}

/* clang-format off */
static const struct {
	const char *name;
	fault_fn *run;
	unsigned int weight;
} faults[] = {
	{ "builderd.kill",	kill_worker,	8 },
	{ "builderd.stop",	stop_worker,	6 },
	{ "builderd.freeze",	freeze_worker,	6 },
	{ "builderd.term",	term_worker,	3 },
	{ "builderd.hurry",	hurry_worker,	3 },
	{ "build.kill",		kill_build,	8 },
	{ "build.stop",		stop_build,	6 },
	{ "keeper.kill",	kill_keeper,	6 },
	{ "helper.kill",	kill_helper,	1 },
	{ "postgres.crash",	crash_postgres,	2 },
	{ "postgres.backend",	kill_backend,	1 },
	{ "postgres.pause",	pause_postgres,	2 },
	{ "network.partition",	partition,	2 },
	{ "network.reset",	kill_proxy,	1 },
	{ "network.cut",	cut_all,	3 },
	{ "redis.flush",	redis_flush,	4 },
	{ "redis.type",		redis_type,	2 },
	{ "redis.kill",		redis_kill,	2 },
	{ "redis.pause",	redis_pause,	2 },
	{ "clock.jump",		clock_jump,	3 },
};
/* clang-format on */

void
nemesis(struct torture *t)
{
	const char *what = "";
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < NITEMS(faults); i++)
		n += faults[i].weight;
	n = dice_below(&t->dice, n);
	for (i = 0; n >= faults[i].weight; i++)
		n -= faults[i].weight;
	if (faults[i].run(t, &what))
		record("fault %s %s", faults[i].name, what);
	server_slots(t);
}
