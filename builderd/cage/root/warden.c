#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "work.h"

#define ANSWER_SECONDS 120 /* builderd waits no longer either */

#define APART                                                        \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | \
	    CLONE_NEWIPC | CLONE_NEWUTS)

struct warden {
	struct keep *k;
	struct work work;
	char id[64]; /* of the cgroup */
	pid_t pid;   /* of the keeper */
	int keeper;  /* the line to it */
	int ours;    /* builderd's line to the keeper, until it is told */
};

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
keep_names(const struct keep *k, char image[PATH_MAX], char id[64])
{
	snprintf(id, 64, "%s-%llu", k->spec.deployment,
	    (unsigned long long)k->spec.fence);
	snprintf(image, PATH_MAX, "%s/work/%s.img", k->conf->state_dir, id);
}

/*
 * The keeper's side: from here on it is root in its own namespaces alone, once
 * the warden has given it ids and a place.
 */
static void __attribute__((noreturn))
keep(const struct warden *w, int line, int ipv6)
{
	struct keeper k = { .conf = w->k->conf,
		.ask = &w->k->ask,
		.id = w->id,
		.warden = 3,
		.ipv6 = ipv6 };
	char go;

	if (dup2(line, 3) == -1 || close_range(4, ~0U, 0) == -1 ||
	    fcntl(3, F_SETFD, FD_CLOEXEC) == -1 || read(3, &go, 1) != 1 ||
	    setgroups(0, NULL) == -1 || setresgid(0, 0, 0) == -1 ||
	    setresuid(0, 0, 0) == -1 || prctl(PR_SET_DUMPABLE, 1) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		fatal("keeper");
	keeper_main(&k);
}

static enum rc
start_keeper(struct warden *w)
{
	const struct keep *k = w->k;
	int p[2], ipv6 = net_ipv6();
	char ids[64];
	enum rc rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	w->pid = (pid_t)syscall(SYS_clone, APART | SIGCHLD, 0, 0, 0, 0);
	if (w->pid == 0)
		keep(w, p[1], ipv6);
	close(p[1]);
	w->keeper = p[0];
	if (w->pid == -1) {
		log_warn("keeper");
		return RC_FAIL;
	}
	snprintf(ids, sizeof(ids), "0 %u %d\n", work_base(k), CAGE_UIDS);
	if ((rc = idmap_write(w->pid, ids, ids)) == RC_OK &&
	    (rc = cgroup_make(w->id, k->conf, w->pid)) == RC_OK)
		rc = cage_send(w->keeper, "", 1, NULL, 0);
	return rc;
}

static enum rc
reply(int line, enum cage_what what, enum rc rc, const int *fds, size_t n)
{
	struct cage_reply a;
	size_t i;

	memset(&a, 0, sizeof(a));
	a.what = what;
	a.rc = rc;
	for (i = 0; rc == RC_OK && i < n; i++)
		if (fds[i] != -1)
			a.fds |= 1U << i;
	return cage_send(line, &a, sizeof(a), fds, a.fds == 0 ? 0 : n);
}

/* The keeper has its disk, and says that it is ready. */
static enum rc
furnish(struct warden *w)
{
	int fds[KEEP_FDS], p[2], i;
	struct cage_reply a;
	size_t none = 0;
	enum rc rc;

	for (i = 0; i < KEEP_FDS; i++)
		fds[i] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	w->ours = p[0];
	fds[KEEP_LINE] = p[1];
	if ((rc = work_mounts(&w->work, fds)) == RC_OK)
		rc = reply(w->keeper, CAGE_OPENED, RC_OK, fds, KEEP_FDS);
	for (i = 0; i < KEEP_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	if (rc == RC_OK &&
	    (cage_recv(w->keeper, &a, sizeof(a), NULL, &none) != sizeof(a) ||
		a.rc != RC_OK))
		rc = RC_FAIL;
	return rc;
}

static void
end_keeper(struct warden *w)
{
	if (w->pid <= 0)
		return;
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	w->pid = 0;
}

/* What builderd wants.  Anything else ends the cage. */
static enum rc
answer(struct warden *w)
{
	struct cage_request q;
	size_t none = 0;
	enum rc rc;
	int fd = -1;
	long n;

	n = cage_recv(w->k->line, &q, sizeof(q), NULL, &none);
	if (n <= 0)
		return RC_NOT_FOUND;
	if (!warden_request_ok(&q, (size_t)n)) {
		log_warnx("not a request");
		return RC_INVALID;
	}
	/*
	 * A disk may have more names than anyone can go through, and who holds
	 * up the slot dies of it.
	 */
	alarm(ANSWER_SECONDS);
	if (w->work.file[0] == '\0')
		rc = RC_CONFLICT;
	else if (q.what == CAGE_TREE)
		rc = work_tree(&w->work, &fd);
	else if (q.what == CAGE_RESET)
		rc = work_reset(&w->work);
	else if (q.what == CAGE_SAVE) {
		end_keeper(w); /* so that nothing moves beneath us */
		rc = work_save(&w->work, q.key);
	} else
		rc = work_layer(&w->work, q.key, q.what == CAGE_LAYER_LIKE);
	alarm(0);
	rc = reply(w->k->line, (enum cage_what)q.what, rc, &fd, 1);
	if (fd != -1)
		close(fd);
	return rc;
}

/* The keeper may want but one thing: the workspace of the next run. */
static enum rc
give(struct warden *w)
{
	size_t none = 0;
	enum rc rc;
	int fd = -1;
	char what;

	/* One that does not read what it asked for must not hold us up. */
	alarm(ANSWER_SECONDS);
	if (cage_recv(w->keeper, &what, 1, NULL, &none) != 1)
		return RC_NOT_FOUND;
	rc = work_merge(&w->work, &fd);
	rc = reply(w->keeper, CAGE_START, rc, &fd, 1);
	alarm(0);
	if (fd != -1)
		close(fd);
	return rc;
}

static int
overdue(const struct keep *k)
{
	if (now() < atomic_load(k->deadline))
		return 0;
	log_warnx("the deadline has passed: killed");
	return 1;
}

/*
 * The build says what it wants the cage of, or has ended before that.  From
 * there on what the cage may is what own says.
 */
static enum rc
asked(struct keep *k, struct conf *own)
{
	struct pollfd p = { .fd = k->line, .events = POLLIN };
	size_t none = 0;
	int n;
	long size;

	while ((n = poll(&p, 1, 500)) == 0 || (n == -1 && errno == EINTR))
		if (overdue(k))
			return RC_NOT_FOUND;
	size = cage_recv(k->line, &k->ask, sizeof(k->ask), NULL, &none);
	if (size <= 0)
		return RC_NOT_FOUND;
	if (!cage_ask_ok(&k->ask, (size_t)size, k->conf)) {
		log_warnx("not a request for a cage");
		return RC_INVALID;
	}
	cage_ask_fill(&k->ask, k->conf);
	*own = *k->conf;
	own->build_memory = (int)k->ask.memory;
	own->build_cpus = (int)k->ask.cpus;
	own->build_disk = (int)k->ask.disk;
	k->conf = own;
	return RC_OK;
}

static void
serve(struct warden *w)
{
	struct pollfd p[2] = { { .fd = w->k->line, .events = POLLIN },
		{ .fd = w->keeper, .events = POLLIN } };

	for (;;) {
		/* The deadline moves while we wait, so look now and then. */
		if (poll(p, 2, 500) == -1 && errno != EINTR)
			return;
		if (overdue(w->k))
			return;
		if (p[0].revents != 0 && answer(w) != RC_OK)
			return;
		if (w->pid == 0)
			p[1].fd = -1;
		else if (p[1].revents != 0 && give(w) != RC_OK)
			return;
	}
}

void
warden_main(struct keep *k)
{
	struct warden w = { .k = k, .keeper = -1, .ours = -1 };
	char image[PATH_MAX];
	struct conf own;
	enum rc rc;

	log_tag(k->spec.deployment);
	if (asked(k, &own) != RC_OK)
		_exit(0); /* a closed line says it */
	keep_names(k, image, w.id);
	if (mount_private() != RC_OK)
		_exit(1);
	/* It must not see the mounts that are ours. */
	if ((rc = start_keeper(&w)) == RC_OK &&
	    (rc = work_open(&w.work, k)) == RC_OK)
		rc = furnish(&w);
	if (reply(k->line, CAGE_OPENED, rc, &w.ours, 1) == RC_OK &&
	    rc == RC_OK) {
		close(w.ours);
		serve(&w);
	}
	end_keeper(&w);
	cgroup_remove(w.id);
	work_close(&w.work);
	_exit(0);
}
