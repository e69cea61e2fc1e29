#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

#define APART                                                        \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | \
	    CLONE_NEWIPC | CLONE_NEWUTS)

/*
 * The keeper's side: from here on it is root in its own namespaces alone, once
 * the warden has given it ids and a place.
 */
static void __attribute__((noreturn))
keep(const struct warden *w, const char *id, int line, int ipv6)
{
	struct keeper k = { .conf = &w->conf,
		.id = id,
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
	int p[2], ipv6 = net_ipv6();
	char id[16], ids[64], path[64];
	enum rc rc;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	snprintf(id, sizeof(id), "%u", w->slot);
	w->pid = (pid_t)syscall(SYS_clone, APART | SIGCHLD, 0, 0, 0, 0);
	if (w->pid == 0)
		keep(w, id, p[1], ipv6);
	close(p[1]);
	w->keeper = p[0];
	if (w->pid == -1) {
		log_warn("keeper");
		return RC_FAIL;
	}
	snprintf(ids, sizeof(ids), "0 %u %d\n", w->base, CAGE_UIDS);
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)w->pid);
	if (file_put(ids, "/proc/%d/uid_map", (int)w->pid) == -1 ||
	    file_put(ids, "/proc/%d/gid_map", (int)w->pid) == -1 ||
	    (w->ids = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		log_warn("user ids");
		return RC_FAIL;
	}
	if ((rc = cgroup_make(id, &w->conf, w->pid)) == RC_OK)
		rc = cage_send(w->keeper, "", 1, NULL, 0);
	return rc;
}

/* What the keeper gets to mount: the disk, and what the project has else. */
static enum rc
furnish(struct warden *w, int fds[KEEP_FDS])
{
	char path[PATH_MAX];
	enum rc rc;

	snprintf(path, sizeof(path), "%s/mirrors/%s", w->conf.state_dir,
	    w->bind.project);
	if ((rc = private_dir(path, CAGE_UID, 0700)) != RC_OK ||
	    (rc = mount_clone(&fds[KEEP_MIRROR], path, w->ids, 0)) != RC_OK ||
	    (rc = mount_clone(&fds[KEEP_WORK], KEEP_CAGE "/slot0", -1, 0)) !=
		RC_OK)
		return rc;
	snprintf(path, sizeof(path), "%s/uploads/%s", w->conf.state_dir,
	    w->bind.project);
	if (access(path, F_OK) == -1 && errno == ENOENT)
		return RC_OK;
	return mount_clone(&fds[KEEP_UPLOAD], path, -1, 1);
}

static enum rc
give_all(struct warden *w, int *ours)
{
	int fds[KEEP_FDS], p[2], i;
	enum rc rc;

	for (i = 0; i < KEEP_FDS; i++)
		fds[i] = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	*ours = p[0];
	fds[KEEP_LINE] = p[1];
	if ((rc = furnish(w, fds)) == RC_OK)
		rc = cage_answer(w->keeper, CAGE_OPENED, RC_OK, NULL, fds,
		    KEEP_FDS);
	for (i = 0; i < KEEP_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	return rc;
}

/* From here on what the cage may is what was asked for. */
static enum rc
begin(struct warden *w, const struct cage_ask *q, int fds[CAGE_GIFTS])
{
	char path[PATH_MAX];
	enum rc rc;

	if (q->memory != 0)
		w->conf.build_memory = (int)q->memory;
	if (q->cpus != 0)
		w->conf.build_cpus = (int)q->cpus;
	if (q->disk != 0)
		w->conf.build_disk = (int)q->disk;
	snprintf(path, sizeof(path), "%s/deps/%s", w->conf.state_dir,
	    w->bind.project);
	/* It must not see the mounts that are ours, so it comes first. */
	if ((rc = start_keeper(w)) != RC_OK || (rc = work_open(w)) != RC_OK ||
	    (rc = give_all(w, &fds[CAGE_KEEPER])) != RC_OK ||
	    (rc = private_dir(path, 0, 0711)) != RC_OK)
		return rc;
	fds[CAGE_SAVED] = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	w->opened = 1;
	return RC_OK;
}

/* The last thing done with a cage, and nothing moves in it any more. */
static enum rc
save(struct warden *w, const char *key)
{
	w->saved = 1;
	kill(w->pid, SIGKILL);
	while (waitpid(w->pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	close(w->keeper);
	w->keeper = -1;
	return work_save(w, key);
}

/* What builderd wants.  Anything else ends the cage. */
static enum rc
answer(struct warden *w)
{
	int fds[CAGE_GIFTS] = { -1, -1 }, i;
	struct cage_ask q;
	size_t none = 0;
	enum rc rc = RC_OK;
	long n;

	n = cage_recv(w->line, &q, sizeof(q), NULL, &none);
	if (n <= 0)
		return RC_NOT_FOUND;
	if (!cage_ask_ok(&q, (size_t)n, &w->conf)) {
		log_warnx("not a request");
		return RC_INVALID;
	}
	if ((q.what == CAGE_OPENED) == w->opened || w->saved)
		rc = RC_CONFLICT;
	else if (q.what == CAGE_OPENED)
		rc = begin(w, &q, fds);
	else if (q.what == CAGE_MERGE || q.what == CAGE_TREE)
		rc = work_merge(w, q.what == CAGE_TREE, fds);
	else if (q.what == CAGE_LAYER)
		rc = work_layer(w, q.key);
	else if (q.what == CAGE_RESET)
		work_reset(w);
	else
		rc = save(w, q.key);
	if (cage_answer(w->line, (enum cage_what)q.what, rc, NULL, fds,
		rc == RC_OK ? CAGE_GIFTS : 0) != RC_OK)
		rc = RC_FAIL;
	else if (w->opened)
		rc = RC_OK;
	for (i = 0; i < CAGE_GIFTS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	return rc;
}

/* What it leaves goes with its namespaces, or is cleared up by the slot. */
void
warden_main(struct warden *w)
{
	log_tag(w->bind.deployment);
	if (unshare(CLONE_NEWNS) == -1)
		fatal("mount namespace");
	while (answer(w) == RC_OK)
		continue;
	_exit(0);
}
