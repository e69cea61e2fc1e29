#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "work.h"

#define RUNTIME      "/usr/bin/crun"
#define RUNTIME_ROOT KEEP_CAGE "/runtime"
#define RUNTIME_LOG  KEEP_CAGE "/runtime.log"
#define RUNTIME_MS   20000 /* how long the runtime may take for anything */

#define ANSWER_SECONDS 120 /* builderd waits no longer either */

/* What runs, if anything does. */
struct run {
	pid_t pid;
	int fd; /* of that process */
	int count;
	enum cage_kind kind;
	char id[96]; /* of runtime and cgroup */
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

/* The runtime says why in a file: its last words belong to the operator. */
static void
complain(void)
{
	char line[512], last[512] = "no reason given";
	FILE *f;

	if ((f = fopen(RUNTIME_LOG, "re")) != NULL) {
		while (fgets(line, sizeof(line), f) != NULL)
			memcpy(last, line, sizeof(last));
		fclose(f);
	}
	last[strcspn(last, "\n")] = '\0';
	log_warnx(RUNTIME ": %s", last);
}

static enum rc
runtime(const char *const argv[], const int io[3])
{
	static char *const envp[] = { NULL };
	struct pollfd p = { .events = POLLIN };
	int i, status = -1;
	pid_t pid;

	if ((pid = fork()) == 0) {
		for (i = 0; io != NULL && i < 3; i++)
			if (dup2(io[i], i) == -1)
				_exit(127);
		execve(RUNTIME, (char *const *)argv, envp);
		_exit(127);
	}
	if (pid == -1)
		return RC_FAIL;
	p.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (p.fd == -1 || poll(&p, 1, RUNTIME_MS) != 1)
		kill(pid, SIGKILL);
	if (p.fd != -1)
		close(p.fd);
	waitpid(pid, &status, 0);
	if (status == 0)
		return RC_OK;
	complain();
	return RC_FAIL;
}

static enum rc
create(struct run *r, const char *dir, const int io[3])
{
	const char *const argv[] = { RUNTIME, "--root", RUNTIME_ROOT, "--log",
		"file:" RUNTIME_LOG, "--cgroup-manager", "cgroupfs", "create",
		"--bundle", dir, "--pid-file", KEEP_CAGE "/pid",
		"--no-new-keyring", r->id, NULL };
	long pid = 0;
	enum rc rc;
	FILE *f;

	if ((rc = runtime(argv, io)) != RC_OK)
		return rc;
	if ((f = fopen(KEEP_CAGE "/pid", "re")) != NULL) {
		if (fscanf(f, "%ld", &pid) != 1)
			pid = 0;
		fclose(f);
	}
	if (pid < 2)
		return RC_FAIL;
	r->pid = (pid_t)pid;
	r->fd = (int)syscall(SYS_pidfd_open, r->pid, 0);
	return r->fd == -1 ? RC_FAIL : RC_OK;
}

/* After this nothing of it is left but what its cgroup counted. */
static void
end(struct keep *k, struct work *w, struct run *r, struct cage_end *e)
{
	int status = 0;
	pid_t pid;

	memset(e, 0, sizeof(*e));
	e->status = -1;
	if (r->pid > 0) {
		kill(r->pid, SIGKILL); /* the first of a pid namespace */
		while (
		    (pid = waitpid(r->pid, &status, 0)) == -1 && errno == EINTR)
			continue;
		if (pid == -1)
			log_warn("wait for %s", r->id);
		if (WIFSIGNALED(status))
			e->signal = WTERMSIG(status);
		else if (WEXITSTATUS(status) > 128 &&
		    WEXITSTATUS(status) <= 128 + 64)
			e->signal = WEXITSTATUS(status) - 128;
		else
			e->status = WEXITSTATUS(status);
	}
	if (r->fd != -1)
		close(r->fd);
	r->fd = -1;
	r->pid = 0;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		continue;
	cgroup_read(r->id, e);
	cgroup_remove(r->id);
	e->full = work_full();
	if (r->kind == CAGE_BUILD)
		work_split(w);
	(void)k;
}

/* The pipes of a run: io is its side, fds the caller's. */
static enum rc
make_io(uid_t owner, int io[3], int fds[3])
{
	int p[2], i;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	io[0] = p[0];
	fds[0] = p[1];
	for (i = 1; i < 3; i++) {
		if (pipe2(p, O_CLOEXEC) == -1)
			return RC_FAIL;
		fds[i] = p[0];
		io[i] = p[1];
		/* So that it can open /dev/stdout. */
		if (fchown(io[i], owner, owner) == -1)
			return RC_FAIL;
	}
	return RC_OK;
}

static enum rc
start(struct keep *k, struct work *w, struct run *r,
    const struct cage_request *q, int fds[CAGE_FDS])
{
	const char *const argv[] = { RUNTIME, "--root", RUNTIME_ROOT, "--log",
		"file:" RUNTIME_LOG, "start", r->id, NULL };
	char image[PATH_MAX], root[PATH_MAX], dir[64], id[64];
	struct bundle b = { .dir = dir, .root = root, .cgroup = r->id };
	int i, io[3] = { -1, -1, -1 };
	struct cage_end e;
	enum rc rc;

	keep_names(k, image, id);
	r->kind = (enum cage_kind)q->kind;
	snprintf(r->id, sizeof(r->id), "%s-%d", id, ++r->count);
	snprintf(dir, sizeof(dir), KEEP_CAGE "/bundle-%d", r->count);
	b.base = (uid_t)k->conf->build_uid_base + k->spec.slot * CAGE_UIDS;
	b.kind = r->kind;
	b.upload = w->upload;
	rc = image_root(k->conf,
	    b.kind == CAGE_FETCH    ? "host" :
		q->image[0] != '\0' ? q->image :
				      k->spec.image,
	    root, 0);
	if (rc == RC_OK && b.kind == CAGE_BUILD)
		rc = work_merge(w);
	if (rc != RC_OK)
		return rc;
	if (mkdir(dir, 0700) == -1)
		rc = RC_FAIL;
	else if ((rc = bundle_write(&b, k->conf)) == RC_OK &&
	    (rc = make_io(b.base + CAGE_UID, io, fds)) == RC_OK &&
	    (rc = create(r, dir, io)) == RC_OK &&
	    (rc = cgroup_verify(r->id, k->conf)) == RC_OK &&
	    (rc = net_open(r->pid, q->ports, fds + 3)) == RC_OK)
		rc = runtime(argv, NULL);
	for (i = 0; i < 3; i++)
		if (io[i] != -1)
			close(io[i]);
	if (rc != RC_OK)
		end(k, w, r, &e);
	return rc;
}

static enum rc
reply(struct keep *k, enum cage_what what, enum rc rc, const struct cage_end *e,
    const int fds[CAGE_FDS])
{
	struct cage_reply a;
	size_t i, n = 0;

	memset(&a, 0, sizeof(a));
	a.what = what;
	a.rc = rc;
	if (e != NULL)
		a.end = *e;
	for (i = 0; fds != NULL && rc == RC_OK && i < CAGE_FDS; i++)
		if (fds[i] != -1) {
			a.fds |= 1U << i;
			n = CAGE_FDS;
		}
	return cage_send(k->sock, &a, sizeof(a), fds, n);
}

/* One request.  Whatever it opens has been passed on or is closed again. */
static enum rc
answer(struct keep *k, struct work *w, struct run *r,
    const struct cage_request *q)
{
	int fds[CAGE_FDS], i;
	enum rc rc = RC_CONFLICT;

	for (i = 0; i < CAGE_FDS; i++)
		fds[i] = -1;
	if (q->what == CAGE_KILL) {
		if (r->pid > 0)
			kill(r->pid, SIGKILL);
		return RC_OK;
	}
	if (r->pid == 0 && w->file[0] != '\0') {
		/*
		 * A disk may have more names than anyone can go through, and
		 * who holds up the slot dies of it.
		 */
		alarm(ANSWER_SECONDS);
		if (q->what == CAGE_START)
			rc = start(k, w, r, q, fds);
		else if (q->what == CAGE_TREE)
			rc = work_tree(w, &fds[0]);
		else if (q->what == CAGE_RESET)
			rc = work_reset(w);
		else if (q->what == CAGE_SAVE)
			rc = work_save(w, q->key);
		else
			rc = work_layer(w, q->key, q->what == CAGE_LAYER_LIKE);
		alarm(0);
	}
	rc = reply(k, (enum cage_what)q->what, rc, NULL, fds);
	for (i = 0; i < CAGE_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	return rc;
}

static void
serve(struct keep *k, struct work *w, struct run *r)
{
	struct cage_request q;
	struct cage_end e;
	struct pollfd p[2];
	size_t nfds;
	long n;

	for (;;) {
		p[0].fd = k->sock;
		p[1].fd = r->fd;
		p[0].events = p[1].events = POLLIN;
		/* The deadline moves while we wait, so look now and then. */
		if (poll(p, 2, 500) == -1 && errno != EINTR)
			return;
		if (now() >= atomic_load(k->deadline)) {
			log_warnx("the deadline has passed: killed");
			return;
		}
		if (p[1].fd != -1 && p[1].revents != 0) {
			end(k, w, r, &e);
			if (reply(k, CAGE_ENDED, RC_OK, &e, NULL) != RC_OK)
				return;
		} else if (p[0].revents != 0) {
			nfds = 0;
			n = cage_recv(k->sock, &q, sizeof(q), NULL, &nfds);
			if (n <= 0)
				return;
			if (!cage_request_ok(&q, (size_t)n)) {
				log_warnx("not a request");
				return;
			}
			if (answer(k, w, r, &q) != RC_OK)
				return;
		}
	}
}

void
keeper_main(struct keep *k)
{
	struct run r = { .fd = -1 };
	struct cage_end e;
	struct work w;
	enum rc rc;

	log_tag(k->spec.deployment);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		fatal("become a reaper");
	if (mount_private() != RC_OK || cgroup_hide() != RC_OK)
		_exit(1);
	rc = work_open(&w, k);
	if (reply(k, CAGE_OPENED, rc, NULL, NULL) == RC_OK && rc == RC_OK)
		serve(k, &w, &r);
	if (r.pid > 0)
		end(k, &w, &r, &e);
	work_close(&w);
	_exit(0);
}
