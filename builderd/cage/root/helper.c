#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

#define LOCK_TRIES 1000
#define LOCK_MS    10

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
take_lock(const struct conf *conf)
{
	char path[PATH_MAX];
	int fd, tries;

	snprintf(path, sizeof(path), "%s/work/lock", conf->state_dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	for (tries = 0; fd != -1 && tries < LOCK_TRIES; tries++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0 &&
		    dup2(fd, HELPER_LOCK) != -1)
			return RC_OK; /* until the last of us is gone */
		poll(NULL, 0, LOCK_MS);
	}
	log_warn("%s: is another builderd running?", path);
	return RC_BUSY;
}

/*
 * Where wardens mount things.  On disk a build is always CAGE_UID, and the
 * directory that its parts are in belongs to an id that no cage has (work.c).
 */
static enum rc
make_places(void)
{
	static const char *const dirs[] = { KEEP_CAGE, KEEP_IMAGE, KEEP_WORK,
		KEEP_MIRROR, KEEP_UPLOAD, WORK_MERGED, WORK_PARTS };
	static const char *const parts[] = { WORK_PARTS "/src",
		WORK_PARTS "/up", WORK_PARTS "/wk", WORK_PARTS "/home" };
	char path[64];
	int i, bad;

	/* What the host unmounts goes away here too, and none of ours there. */
	bad = unshare(CLONE_NEWNS) == -1 ||
	    mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) == -1 ||
	    mount("none", KEEP_TOP, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=4m,mode=755") == -1;
	for (i = 0; !bad && i < (int)NITEMS(dirs); i++)
		bad = mkdir(dirs[i], 0755) == -1;
	for (i = 0; !bad && i < (int)NITEMS(parts); i++)
		bad = mkdir(parts[i], 0755) == -1 ||
		    chown(parts[i], CAGE_UID, CAGE_UID) == -1;
	for (i = 0; !bad && i < WORK_LAID; i++) {
		snprintf(path, sizeof(path), WORK_LAYER, i);
		bad = mkdir(path, 0755) == -1;
	}
	if (bad)
		log_warn(KEEP_TOP);
	return bad ? RC_FAIL : RC_OK;
}

static void
disk_path(char path[PATH_MAX], const struct conf *conf, int slot)
{
	snprintf(path, PATH_MAX, "%s/work/%d.img", conf->state_dir, slot);
}

/* What a former life left, in slots too that we have not. */
static void
end_all(const struct conf *conf)
{
	char path[PATH_MAX], id[16];
	int slot;

	for (slot = 0; slot < CAGE_SLOTS; slot++) {
		snprintf(id, sizeof(id), "%d", slot);
		cgroup_kill(id);
		(void)!steward_does(bounds_clear, id, conf);
		disk_path(path, conf, slot);
		unlink(path);
	}
}

static enum rc
set_up(const struct conf *conf)
{
	enum rc rc;

	if ((rc = image_check(conf)) != RC_OK ||
	    (rc = private_dirs(conf)) != RC_OK ||
	    (rc = take_lock(conf)) != RC_OK || (rc = make_places()) != RC_OK ||
	    (rc = cgroup_init(conf)) != RC_OK)
		return rc;
	end_all(conf);
	return RC_OK;
}

/* Somebody is in a user namespace for as long as it takes to map its ids. */
static void
make_users(int at, int id, uid_t uid, int n)
{
	char path[64];
	pid_t pid;
	int fd;

	pid = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		pause();
		_exit(0);
	}
	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)pid);
	if (pid == -1 || map_ids(pid, id, uid, n) == -1 ||
	    (fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (fd != at && dup3(fd, at, O_CLOEXEC) == -1))
		fatal("user ids");
	if (fd != at)
		close(fd);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static enum rc
start(const struct conf *conf, struct helper_shared *s, int slot, int *near)
{
	struct warden w = { .conf = *conf,
		.base = (uid_t)(conf->build_uid_base + slot * CAGE_UIDS) };
	int p[2];
	pid_t pid;

	snprintf(w.id, sizeof(w.id), "%d", slot);
	disk_path(w.disk, conf, slot);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		return RC_FAIL;
	if ((pid = fork()) == 0) {
		if (dup2(p[1], HELPER_SOCK) == -1 ||
		    close_range(HELPER_SOCK + 1, HELPER_LOCK - 1, 0) == -1 ||
		    close_range(HELPER_LOCK + 1, ~0U, 0) == -1)
			fatal("slot");
		/* Deadlines are no cage's to put off. */
		if (madvise(s, sizeof(*s), MADV_DONTFORK) == -1)
			fatal("slot");
		make_users(HELPER_ALL, 0, w.base, CAGE_UIDS);
		make_users(HELPER_BUILD, CAGE_UID, w.base + CAGE_UID, 1);
		slot_main(&w, &s->deadline[slot], &s->stuck[slot]);
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
	if (dup2(sock, HELPER_SOCK) == -1 ||
	    close_range(HELPER_SOCK + 1, ~0U, 0) == -1)
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
	if (cage_send(HELPER_SOCK, &rc, sizeof(rc), near,
		rc == RC_OK ? (size_t)n : 0) != RC_OK ||
	    rc != RC_OK)
		_exit(1);
	while (n > 0)
		close(near[--n]);
	calls_helper();
	/* They end with builderd; if one does not, it is for us to end that. */
	while (wait(&status) != -1)
		if (status != 0)
			_exit(1);
	cgroup_end();
	_exit(0);
}
