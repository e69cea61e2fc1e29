#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/* In a fork: nothing is open but that, and what comes up to the last. */
static void
only(int line, unsigned int last)
{
	if (dup2(line, HELPER_SOCK) == -1 ||
	    close_range(last + 1, ~0U, 0) == -1 ||
	    fcntl(HELPER_SOCK, F_SETFD, FD_CLOEXEC) == -1)
		fatal("line");
}

/*
 * The keeper and the steward of a cage are there before anything is read: they
 * wait to be told what was asked for, and so much the cage may have.
 */
static void
await(int line, struct conf *conf)
{
	struct cage_ask q;

	if (read(line, &q, sizeof(q)) != sizeof(q))
		_exit(1);
	cage_ask_limits(&q, conf);
}

/*
 * The keeper's side: it is root in its own namespaces alone, once the warden
 * has given it ids and a place, and mounted what it is to have.
 */
static void __attribute__((noreturn)) keep(struct warden *w, int line)
{
	struct keeper k = { &w->conf, w->id, HELPER_SOCK, 0 };

	only(line, HELPER_SOCK);
	/* Forgotten with what follows, and remembered in keeper_main(). */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		fatal("keeper");
	await(HELPER_SOCK, &w->conf);
	if (setgroups(0, NULL) == -1 || setresgid(0, 0, 0) == -1 ||
	    setresuid(0, 0, 0) == -1)
		fatal("keeper");
	keeper_main(&k);
}

/* Limits, and a file system on the disk. */
static void __attribute__((noreturn)) provide(struct warden *w, int line)
{
	char file[16];

	only(line, (unsigned int)w->file);
	await(HELPER_SOCK, &w->conf);
	snprintf(file, sizeof(file), "%d", w->file);
	if (ftruncate(w->file, (off_t)w->conf.build_disk << 20) == -1)
		fatal("%s", w->disk);
	_exit(bounds_set(w->id, &w->conf) != RC_OK ||
	    disk_make(file, &w->conf) != RC_OK);
}

static void
start(struct warden *w)
{
	int k[2], p[2];

	if (work_make(w) != RC_OK || pipe2(p, O_CLOEXEC) == -1 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, k) == -1)
		fatal("warden");
	if ((w->steward = steward_fork(&w->conf)) == 0)
		provide(w, p[0]);
	w->pid = (pid_t)syscall(SYS_clone,
	    CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, 0, 0, 0, 0);
	if (w->pid == 0)
		keep(w, k[1]);
	if (w->steward == -1 || w->pid == -1 ||
	    map_ids(w->pid, 0, w->base, CAGE_UIDS) == -1)
		fatal("keeper");
	close(p[0]);
	close(k[1]);
	w->to_steward = p[1];
	w->to_keeper = k[0];
}

/* What the project has besides the disk: there, a keeper is nobody. */
static enum rc
furnish(const struct warden *w)
{
	char path[PATH_MAX];
	enum rc rc;

	snprintf(path, sizeof(path), "%s/mirrors/%s", w->conf.state_dir,
	    w->bind.project);
	if ((rc = private_dir(path, CAGE_UID, 0700)) != RC_OK ||
	    (rc = mount_at(path, HELPER_BUILD, 0, KEEP_MIRROR)) != RC_OK)
		return rc;
	snprintf(path, sizeof(path), "%s/uploads/%s", w->conf.state_dir,
	    w->bind.project);
	return access(path, F_OK) == 0 ? mount_at(path, 0, 1, KEEP_UPLOAD) : rc;
}

static enum rc
begin(struct warden *w, const struct cage_ask *q, int fds[CAGE_GIFTS])
{
	char path[PATH_MAX];
	enum rc rc = RC_FAIL;

	snprintf(path, sizeof(path), "%s/deps/%s", w->conf.state_dir,
	    w->bind.project);
	if (write(w->to_steward, q, sizeof(*q)) != sizeof(*q) ||
	    (rc = steward_end(w->steward)) != RC_OK ||
	    (rc = cgroup_enter(w->id, w->pid)) != RC_OK ||
	    (rc = work_open(w)) != RC_OK || (rc = furnish(w)) != RC_OK ||
	    (rc = private_dir(path, 0, 0711)) != RC_OK ||
	    (rc = cage_send(w->to_keeper, q, sizeof(*q), NULL, 0)) != RC_OK)
		return rc;
	fds[CAGE_KEEPER] = w->to_keeper;
	fds[CAGE_SAVED] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->opened = 1;
	return RC_OK;
}

/* What builderd wants.  Anything else ends the cage. */
static enum rc
answer(struct warden *w, int line)
{
	int fds[CAGE_GIFTS] = { -1, -1 };
	struct cage_reply a = { .rc = RC_OK };
	struct cage_ask q;
	size_t n = 0;
	enum rc rc;
	long size;

	if ((size = cage_recv(line, &q, sizeof(q), NULL, &n)) <= 0)
		return RC_NOT_FOUND;
	if (!cage_ask_ok(&q, (size_t)size, &w->conf)) {
		log_warnx("not a request");
		return RC_INVALID;
	}
	a.what = q.what;
	if ((q.what == CAGE_OPENED) == w->opened || w->saved)
		a.rc = RC_CONFLICT;
	else if (q.what == CAGE_OPENED)
		a.rc = begin(w, &q, fds);
	else if (q.what == CAGE_MERGE || q.what == CAGE_TREE)
		a.rc = work_merge(w, q.what == CAGE_TREE, fds);
	else if (q.what == CAGE_LAYER)
		a.rc = work_layer(w, q.key);
	else if (q.what == CAGE_RESET)
		work_reset(w);
	else
		a.rc = work_save(w, q.key);
	while (n < CAGE_GIFTS && fds[n] != -1)
		n++;
	a.fds = (1U << n) - 1;
	rc = cage_send(line, &a, sizeof(a), fds, n);
	while (n > 0)
		close(fds[--n]);
	return w->opened ? rc : RC_FAIL;
}

/*
 * The images are for all, what else is mounted goes with the warden.  What else
 * it leaves is cleared up by the slot.
 */
void
warden_main(struct warden *w, int line)
{
	only(line, HELPER_BUILD);
	log_tag(w->bind.deployment);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    mount_images(&w->conf) != RC_OK)
		fatal("warden");
	start(w);
	calls_warden(w->pid);
	while (answer(w, HELPER_SOCK) == RC_OK)
		continue;
	_exit(0);
}
