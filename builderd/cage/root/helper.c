#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"
#include "root.h"

#define FIRST_MS     60000 /* to live where nobody ever set a deadline */
#define LOCK_SECONDS 10
#define WATCH_MS     500
#define CLEAR_MS     10 /* nothing tells when the dead have left */
#define CLEAR_TRIES  500

/*
 * A slot and its cage: the user ids, the image and the cgroup are those of one
 * at a time.  Who asks for it meanwhile waits until all of that is gone, and
 * the line of the one before is open until then.
 */
static struct place {
	pid_t pid; /* of the warden, or 0 */
	int used, killed, tries;
	int line, next_line; /* or -1 */
	struct cage_bind bind, next;
} places[CAGE_SLOTS];

static struct helper_shared *shared;

static void
wake(int sig)
{
	(void)sig;
}

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
	int fd, bad;

	snprintf(path, sizeof(path), "%s/work/lock", conf->state_dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	alarm(LOCK_SECONDS);
	bad = fd == -1 || flock(fd, LOCK_EX) == -1;
	alarm(0);
	if (!bad)
		return RC_OK; /* and held until we are gone */
	log_warn("%s: is another builderd running?", path);
	return RC_BUSY;
}

static enum rc
set_up(const struct conf *conf)
{
	enum rc rc;
	int i;

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
	for (i = 0; i < CAGE_SLOTS; i++)
		places[i] =
		    (struct place){ .used = 1, .line = -1, .next_line = -1 };
	return cgroup_init(conf);
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The warden's side of a fork: nothing of the helper's but the one line. */
static void __attribute__((noreturn))
ward(const struct conf *conf, uid_t view, const struct place *p)
{
	struct warden w = { .conf = *conf,
		.bind = &p->bind,
		.base = (uid_t)conf->build_uid_base + p->bind.slot * CAGE_UIDS,
		.view_uid = view,
		.line = 3,
		.keeper = -1 };
	sigset_t none;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL) == -1 ||
	    dup2(p->line, 3) == -1 || close_range(4, ~0U, 0) == -1 ||
	    fcntl(3, F_SETFD, FD_CLOEXEC) == -1)
		fatal("warden");
	warden_main(&w);
}

/* A closed line is the answer to whatever cannot be had. */
static void
start(const struct conf *conf, uid_t view, struct place *p)
{
	_Atomic uint64_t *deadline;

	p->bind = p->next;
	p->line = p->next_line;
	p->next_line = -1;
	p->used = 1;
	p->killed = p->tries = 0;
	/* One that was set is never put off here: the lease ends with it. */
	deadline = &shared->deadline[p->bind.slot];
	if (atomic_load(deadline) == 0)
		atomic_store(deadline, now() + FIRST_MS);
	if (mount_images(conf) == RC_OK && (p->pid = fork()) == 0)
		ward(conf, view, p);
	if (p->pid == -1) {
		log_warn("fork");
		p->pid = 0;
	}
}

/* Is all of it gone?  The keeper and what it ran may take a moment. */
static int
clear(const struct conf *conf, struct place *p)
{
	char path[PATH_MAX], id[16];
	uint32_t slot = (uint32_t)(p - places);

	snprintf(id, sizeof(id), "%u", slot);
	if (!cgroup_remove(id)) {
		if (++p->tries < CLEAR_TRIES)
			return 0;
		log_warnx("slot %s: something stays in its cgroup", id);
	}
	work_path(path, conf, slot);
	unlink(path);
	if (p->line != -1)
		close(p->line);
	p->line = -1;
	return 1;
}

/* How long to wait for the next look; -1: all is gone. */
static int
watch(const struct conf *conf, uid_t view)
{
	int wait = -1, status;
	struct place *p;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (p = places; p < places + CAGE_SLOTS; p++)
			if (p->pid == pid)
				p->pid = 0;
	for (p = places; p < places + CAGE_SLOTS; p++) {
		if (p->used && p->pid == 0)
			p->used = !clear(conf, p);
		if (!p->used && p->next_line != -1)
			start(conf, view, p);
		if (p->pid != 0 && !p->killed &&
		    now() >= atomic_load(&shared->deadline[p - places])) {
			log_warnx("%s: the deadline has passed: killed",
			    p->bind.deployment);
			p->killed = 1;
			kill(p->pid, SIGKILL);
		}
		if (p->used && p->pid == 0)
			wait = CLEAR_MS;
		else if (p->used && wait == -1)
			wait = WATCH_MS;
	}
	return wait;
}

/* The loop wants a cage; 0 when it is gone. */
static int
take(const struct conf *conf, int sock)
{
	struct cage_bind b;
	struct place *p;
	size_t nfds = 1;
	int line = -1;
	long n;

	n = cage_recv(sock, &b, sizeof(b), &line, &nfds);
	if (n <= 0)
		return 0;
	if (!cage_bind_ok(&b, (size_t)n, conf) || nfds != 1) {
		log_warnx("not a message of the loop");
		if (line != -1)
			close(line);
		return 1;
	}
	p = &places[b.slot];
	if (p->next_line != -1)
		close(p->next_line);
	p->next = b;
	p->next_line = line;
	if (p->pid != 0) /* whoever had that has lost it */
		kill(p->pid, SIGKILL);
	return 1;
}

void
helper_main(const struct conf *conf, struct helper_shared *s, int sock)
{
	struct sigaction a = { .sa_handler = wake }; /* no SA_RESTART */
	struct pollfd p = { .fd = sock, .events = POLLIN };
	struct timespec t;
	sigset_t none, set;
	uid_t view;
	gid_t gid;
	uint32_t rc;
	int wait;

	log_open("builderd-helper", 0);
	signal(SIGTERM, SIG_IGN); /* we end when builderd has */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigaction(SIGALRM, &a, NULL) == -1 ||
	    sigaction(SIGCHLD, &a, NULL) == -1 ||
	    sigprocmask(SIG_SETMASK, &set, NULL) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		fatal("helper");
	setsid();
	umask(022);

	shared = s;
	rc = priv_user(conf->build_user, &view, &gid);
	if (rc == RC_OK)
		rc = set_up(conf);
	if (cage_send(sock, &rc, sizeof(rc), NULL, 0) != RC_OK || rc != RC_OK)
		_exit(1);
	/* Wardens lose their callers with builderd; they are seen off too. */
	while ((wait = watch(conf, view)) != -1 || p.fd != -1) {
		t.tv_sec = 0;
		t.tv_nsec = (long)wait * 1000000;
		if (ppoll(&p, 1, wait == -1 ? NULL : &t, &none) > 0 &&
		    !take(conf, sock))
			p.fd = -1;
	}
	_exit(0);
}
