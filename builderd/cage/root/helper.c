#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "log.h"
#include "root.h"

#define FIRST_MS    60000 /* to live where nobody ever set a deadline */
#define WATCH_MS    500
#define CLEAR_MS    10 /* nothing tells when the dead have left */
#define CLEAR_TRIES 500
#define LOCK_TRIES  1000

enum { SOCK = 3, LOCK = 4 }; /* descriptors; LOCK is everybody's */

/* What builds need of the state, and nobody else may enter. */
static enum rc
private_dirs(const struct conf *conf)
{
	static const char *const names[] = { "work", "deps", "mirrors" };
	char path[PATH_MAX];
	enum rc rc = RC_OK;
	struct stat st;
	size_t i;

	/* Else whoever may write there could put others in their place. */
	if (stat(conf->state_dir, &st) == -1 || st.st_uid != 0 ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		log_warnx("%s: must be root's, and writable by root alone",
		    conf->state_dir);
		return RC_DENIED;
	}
	for (i = 0; rc == RC_OK && i < NITEMS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", conf->state_dir,
		    names[i]);
		rc = private_dir(path, 0, 0700);
	}
	return rc;
}

/*
 * One builderd a state directory: what is there at start is a dead one's.  The
 * last of a former life may still be clearing up.
 */
static enum rc
lock(const struct conf *conf)
{
	char path[PATH_MAX];
	int fd, tries;

	snprintf(path, sizeof(path), "%s/work/lock", conf->state_dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	for (tries = 0; fd != -1 && tries < LOCK_TRIES; tries++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 && dup2(fd, LOCK) != -1)
			return RC_OK; /* until the last of us is gone */
		poll(NULL, 0, CLEAR_MS);
	}
	log_warn("%s: is another builderd running?", path);
	return RC_BUSY;
}

/*
 * What a warden leaves is ours.  A keeper that was taken over need not end with
 * its warden, and would have the ids of the next; no process beneath it can
 * outlive it.
 */
static void
kill_orphans(void)
{
	FILE *f = fopen("/proc/thread-self/children", "re");
	int pid;

	while (f != NULL && fscanf(f, "%d", &pid) == 1)
		kill(pid, SIGKILL);
	if (f != NULL)
		fclose(f);
}

static int
is_gone(const struct conf *conf, const char *id)
{
	pid_t pid;

	kill_orphans();
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		continue;
	return cgroup_remove(id, conf) && pid == -1;
}

/* Until all of it is gone: the keeper and what it ran may take a moment. */
static void
clear(const struct conf *conf, uint32_t slot)
{
	char path[PATH_MAX], id[16];
	int tries;

	snprintf(id, sizeof(id), "%u", slot);
	for (tries = 0; !is_gone(conf, id); tries++) {
		if (tries == CLEAR_TRIES) {
			log_warnx("slot %s: something stays of its cage", id);
			break;
		}
		poll(NULL, 0, CLEAR_MS);
	}
	work_path(path, conf, slot);
	unlink(path);
}

static enum rc
set_up(const struct conf *conf)
{
	uint32_t slot;
	enum rc rc;

	if ((rc = image_check(conf)) != RC_OK ||
	    (rc = private_dirs(conf)) != RC_OK || (rc = lock(conf)) != RC_OK)
		return rc;
	/* What the host unmounts goes away here too, and none of ours there. */
	if (unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == -1 ||
	    mount("none", KEEP_TOP, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=4m,mode=755") == -1 ||
	    mkdir(KEEP_CAGE, 0755) == -1 || mkdir(KEEP_IMAGE, 0755) == -1) {
		log_warn(KEEP_TOP);
		return RC_FAIL;
	}
	if ((rc = cgroup_init(conf)) != RC_OK)
		return rc;
	for (slot = 0; slot < CAGE_SLOTS; slot++)
		clear(conf, slot);
	return RC_OK;
}

/* The loop wants a cage; 0 when it is gone. */
static int
take(int sock, struct cage_bind *b, int *line)
{
	size_t nfds;
	long n;

	for (;;) {
		nfds = 1;
		if ((n = cage_recv(sock, b, sizeof(*b), line, &nfds)) <= 0)
			return 0;
		if (cage_bind_ok(b, (size_t)n) && nfds == 1)
			return 1;
		log_warnx("not a message of the loop");
		if (nfds == 1)
			close(*line);
	}
}

/* The warden's side of a fork: nothing of the slot's but the one line. */
static void __attribute__((noreturn)) ward(struct warden *w, int line)
{
	if (dup2(line, SOCK) == -1 || close_range(SOCK + 1, ~0U, 0) == -1 ||
	    fcntl(SOCK, F_SETFD, FD_CLOEXEC) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		fatal("warden");
	w->line = SOCK;
	warden_main(w);
}

/*
 * Whatever it is at, a warden is killed when its time is over, when the loop
 * gives its slot to another, and when the loop is gone.
 */
static void
watch(pid_t pid, const struct warden *w, const _Atomic uint64_t *deadline)
{
	struct pollfd p[2] = { { .events = POLLIN },
		{ .fd = SOCK, .events = POLLIN } };

	p[0].fd = (int)syscall(SYS_pidfd_open, pid, 0);
	while (
	    p[0].fd != -1 && poll(p, 2, WATCH_MS) != -1 && p[0].revents == 0) {
		if (p[1].revents == 0 && clock_boot_ms() < *deadline)
			continue;
		if (p[1].revents == 0)
			log_warnx("%s: the deadline has passed: killed",
			    w->bind.deployment);
		break;
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(p[0].fd);
}

/*
 * A slot, for one cage after the other: the user ids, the image and the cgroup
 * are those of one at a time.  The line of a cage is open until all of that is
 * gone; a closed line is the answer to whatever cannot be had.
 */
static void __attribute__((noreturn))
serve(struct warden *w, _Atomic uint64_t *deadline)
{
	uint64_t unset;
	int line;
	pid_t pid;

	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		fatal("slot");
	while (take(SOCK, &w->bind, &line)) {
		/* One that was set is not put off: the lease ends with it. */
		unset = 0;
		atomic_compare_exchange_strong(deadline, &unset,
		    clock_boot_ms() + FIRST_MS);
		pid = mount_images(&w->conf) == RC_OK ? fork() : -1;
		if (pid == 0)
			ward(w, line);
		if (pid != -1)
			watch(pid, w, deadline);
		clear(&w->conf, w->slot);
		close(line);
	}
	_exit(0);
}

static enum rc
start(const struct conf *conf, struct helper_shared *s, int slot, int *near)
{
	struct warden w = { .conf = *conf,
		.slot = (uint32_t)slot,
		.base = (uid_t)(conf->build_uid_base + slot * CAGE_UIDS),
		.keeper = -1,
		.ids = -1 };
	int p[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	if ((pid = fork()) == 0) {
		if (dup2(p[1], SOCK) == -1 ||
		    close_range(LOCK + 1, ~0U, 0) == -1)
			fatal("slot");
		serve(&w, &s->deadline[slot]);
	}
	close(p[1]);
	*near = p[0];
	return pid == -1 ? RC_FAIL : RC_OK;
}

void
helper_main(const struct conf *conf, struct helper_shared *s, int sock)
{
	int near[CAGE_SLOTS], n = 0, status;
	uint32_t rc;

	log_open("builderd-helper", 0);
	if (dup2(sock, SOCK) == -1 || close_range(SOCK + 1, ~0U, 0) == -1)
		fatal("helper");
	signal(SIGTERM, SIG_IGN); /* we end when builderd has */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	setsid();
	umask(022);

	rc = set_up(conf);
	while (rc == RC_OK && n < conf->build_slots && n < CAGE_SLOTS) {
		rc = start(conf, s, n, &near[n]);
		n++;
	}
	if (cage_send(SOCK, &rc, sizeof(rc), near,
		rc == RC_OK ? (size_t)n : 0) != RC_OK ||
	    rc != RC_OK)
		_exit(1);
	while (n > 0)
		close(near[--n]);
	/* They end with builderd; if one does not, it is for us to end that. */
	while (wait(&status) != -1)
		if (status != 0)
			_exit(1);
	cgroup_end();
	_exit(0);
}
