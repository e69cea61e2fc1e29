#include <sys/prctl.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rc.h"
#include "record.h"
#include "torture.h"

/* ".../name" below the run's folder, or below what a variable says. */
static char *
path(const char *dir, const char *name)
{
	char *p;

	if (dir == NULL || asprintf(&p, "%s/%s", dir, name) == -1)
		errx(1, "%s: where?", name);
	return p;
}

static void
become(const char *user)
{
	struct passwd *pw;

	if (getuid() != 0)
		return;
	if ((pw = getpwnam(user)) == NULL ||
	    initgroups(user, pw->pw_gid) == -1 || setgid(pw->pw_gid) == -1 ||
	    setuid(pw->pw_uid) == -1)
		err(1, "%s", user);
}

static void
exec_postgres(struct torture *t)
{
	setenv("LD_PRELOAD", path(getenv("builddir"), "tests/torture/clock.so"),
	    1);
	become("postgres");
	if (chdir("/") == -1)
		err(1, "/");
	execl(path(getenv("PG_BIN"), "postgres"), "postgres", "-D",
	    path(t->dir, "pg"), NULL);
}

static void
exec_redis(struct torture *t)
{
	execlp("redis-server", "redis-server", "--port", "0", "--unixsocket",
	    path(t->dir, "run/redis.sock"), "--unixsocketperm", "777", "--save",
	    "", "--appendonly", "no", "--dir", t->dir, NULL);
}

static void
exec_builderd(struct torture *t, const struct server *s)
{
	const char *program = s->worker > WORKERS - t->real ?
	    "tests/torture/builderd-real" :
	    "tests/torture/builderd-fake";
	char n[24];

	snprintf(n, sizeof(n), "%d", s->worker);
	setenv("TORTURE_WORKER", n, 1);
	/* Who dies of the first number of a life shall have another. */
	snprintf(n, sizeof(n), "%d", s->ended * 1000 + s->worker);
	setenv("TORTURE_LIFE", n, 1);
	execl(path(getenv("builddir"), program), program, "-f",
	    path(t->dir, "torture.conf"), NULL);
}

void
server_start(struct torture *t, struct server *s)
{
	sigset_t none;
	char log[64];
	int fd;

	s->start_at = 0;
	if ((s->pid = fork()) != 0) {
		if (s->pid == -1)
			err(1, "fork");
		server_slots(t);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	snprintf(log, sizeof(log), "log/%s.log", s->name);
	if ((fd = open(path(t->dir, log),
		 O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) == -1)
		err(1, "%s", log);
	dup2(fd, 1);
	dup2(fd, 2);
	if (s == &t->servers[POSTGRES])
		exec_postgres(t);
	else if (s == &t->servers[REDIS])
		exec_redis(t);
	else if (s == &t->servers[PROXY])
		proxy_run(path(t->dir, "proxy/.s.PGSQL.5432"),
		    path(t->dir, "run/.s.PGSQL.5432"));
	else
		exec_builderd(t, s);
	err(127, "%s", s->name);
}

void
server_slots(struct torture *t)
{
	int i, n = 0;

	for (i = WORKER; i < SERVER__MAX; i++)
		if (t->servers[i].pid != 0 && t->servers[i].cont_at == 0)
			n += SLOTS;
	if (t->servers[PROXY].pid == 0 || t->servers[PROXY].cont_at != 0)
		n = 0;
	atomic_store(&t->control->slots, n);
}

/* Orphans of all of them come to us, too. */
void
server_reap(struct torture *t)
{
	struct server *s;
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (s = t->servers; s < t->servers + SERVER__MAX; s++)
			if (s->pid == pid) {
				s->pid = 0;
				s->cont_at = 0;
				s->ended++;
				if (s->start_at == 0)
					s->start_at = boot_us() + 200000 +
					    dice_below(&t->dice, 1000000);
			}
	server_slots(t);
}

static size_t
below(pid_t parent, int depth, struct process *tree, size_t n)
{
	char name[64];
	int pid;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/task/%d/children", (int)parent,
	    (int)parent);
	if ((f = fopen(name, "re")) == NULL)
		return n;
	while (n < TREE_MAX && fscanf(f, "%d", &pid) == 1) {
		tree[n++] =
		    (struct process){ pid, parent, getsid(pid) == pid, depth };
		n = below(pid, depth + 1, tree, n);
	}
	fclose(f);
	return n;
}

size_t
server_tree(pid_t pid, struct process tree[TREE_MAX])
{
	return below(pid, 1, tree, 0);
}

void
server_signal(const struct server *s, int sig)
{
	struct process tree[TREE_MAX];
	size_t n;

	if (s->pid == 0)
		return;
	n = server_tree(s->pid, tree);
	if (sig != SIGCONT)
		kill(s->pid, sig);
	while (n-- > 0)
		kill(tree[n].pid, sig);
	kill(s->pid,
	    sig); /* a build goes on before it is told that it may not */
}

void
server_end(struct torture *t, struct server *s, int sig)
{
	struct process tree[TREE_MAX];
	size_t n;

	if (s->pid == 0)
		return;
	if (s->cont_at != 0)
		server_signal(s, SIGCONT);
	s->cont_at = 0;
	n = sig == SIGKILL && s->worker == 0 ? server_tree(s->pid, tree) : 0;
	kill(s->pid, sig);
	while (n-- > 0)
		kill(tree[n].pid, sig);
	while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	s->pid = 0;
	server_slots(t);
}

PGconn *
connect_as(const struct torture *t, const char *user)
{
	char info[512];
	PGconn *c;

	snprintf(info, sizeof(info),
	    "host=%s/run dbname=slipway user=%s connect_timeout=5", t->dir,
	    user);
	for (;;) {
		c = PQconnectdb(info);
		if (PQstatus(c) == CONNECTION_OK)
			return c;
		PQfinish(c);
		poll(NULL, 0, 50); /* there is nothing else to wait for */
	}
}

int
server_ready(struct torture *t)
{
	char info[512];

	snprintf(info, sizeof(info), "host=%s/run dbname=slipway", t->dir);
	return PQping(info) == PQPING_OK;
}
