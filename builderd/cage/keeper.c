#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

#define RUNTIME_ROOT KEEP_CAGE "/runtime"
#define RUNTIME_LOG  KEEP_CAGE "/runtime.log"
#define RUNTIME_MS   20000 /* how long the runtime may take for anything */

#define LOOK_MS 500 /* at what nothing may tell of (serve) */

#define NICE      10
#define IDLE      (3 << 13 | 7) /* class and level for the disk */
#define OOM       "500" /* so that whatever runs dies before its keeper */
#define WORKSPACE KEEP_CAGE "/merged"

/* What runs, if anything does. */
struct run {
	pid_t pid;
	int fd; /* of that process */
	int count;
	enum cage_kind kind;
	struct counts counts; /* before it */
	char id[16];
};

static char *const no_environment[] = { NULL };

/* A keeper has one cage. */
static struct keeper *keeper;

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
	log_warnx("%s: %s", keeper->conf->build_runtime, last);
}

static enum rc
make_file(const char *path, const char *text)
{
	ssize_t n = (ssize_t)strlen(text);
	int fd, bad;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bad = fd == -1 || write(fd, text, (size_t)n) != n;
	if (bad)
		log_warn("%s", path);
	if (fd != -1)
		close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/*
 * What each is told before anything else.  They have no limits to set: all are
 * in the cgroup already.
 */
static const char *const options[][10] = {
	{ "/usr/bin/crun", "--root", RUNTIME_ROOT, "--log", "file:" RUNTIME_LOG,
	    "--cgroup-manager", "disabled" },
	/* Its "host" is the network that the bundle makes. */
	{ "/usr/bin/runsc", "--root", RUNTIME_ROOT, "--log", RUNTIME_LOG,
	    "--ignore-cgroups", "--network=host", "--platform=ptrace",
	    "--file-access-mounts=exclusive" },
};

static enum rc
runtime(const char *const command[], const int io[3])
{
	const char *argv[20],
	    *const *o =
		options[strcmp(keeper->conf->build_runtime, "runsc") == 0];
	size_t n = 0;
	struct pollfd p = { .events = POLLIN };
	int i, status = -1;
	pid_t pid;

	while (n < NITEMS(options[0]) && o[n] != NULL) {
		argv[n] = o[n];
		n++;
	}
	while (n < NITEMS(argv) - 1 && *command != NULL)
		argv[n++] = *command++;
	argv[n] = NULL;
	if ((pid = fork()) == 0) {
		for (i = 0; io != NULL && i < 3; i++)
			if (dup2(io[i], i) == -1)
				_exit(127);
		/* Serving comes first, and so does this keeper. */
		setpriority(PRIO_PROCESS, 0, NICE);
		if (make_file("/proc/self/oom_score_adj", OOM) != RC_OK)
			_exit(127);
		syscall(SYS_ioprio_set, 1, 0, IDLE);
		execve(argv[0], (char *const *)argv, no_environment);
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
	const char *const argv[] = { "create", "--bundle", dir, "--pid-file",
		KEEP_CAGE "/pid", r->id, NULL };
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

static void
full(struct cage_end *e)
{
	struct statfs fs;

	if (statfs(KEEP_WORK, &fs) == -1)
		return;
	e->inodes = fs.f_ffree < 8;
	e->full = e->inodes || fs.f_bavail * (uint64_t)fs.f_bsize < 256 * 1024;
}

/* After this nothing of it is left. */
static void
end(struct run *r, struct cage_end *e)
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
	count_end(&r->counts, keeper->id, e);
	full(e);
	if (umount2(WORKSPACE, 0) == -1 && errno != EINVAL)
		log_warn(WORKSPACE);
}

/* The pipes of a run: io is its side, fds the caller's. */
static enum rc
make_io(int io[3], int fds[3])
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
		if (fchown(io[i], CAGE_UID, CAGE_UID) == -1)
			return RC_FAIL;
	}
	return RC_OK;
}

/* Of what was handed over; closes it. */
static enum rc
mount_attach(int fd, const char *to)
{
	int bad;

	bad = move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) == -1;
	if (bad)
		log_warn("mount %s", to);
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

static enum rc
start(struct run *r, const struct cage_request *q, int workspace,
    int fds[CAGE_FDS])
{
	const char *const argv[] = { "start", r->id, NULL };
	const struct keeper *k = keeper;
	char root[PATH_MAX], dir[64];
	struct bundle b = { .dir = dir, .root = root };
	int i, io[3] = { -1, -1, -1 };
	struct cage_end e;
	enum rc rc;

	r->kind = (enum cage_kind)q->kind;
	snprintf(r->id, sizeof(r->id), "run-%d", ++r->count);
	snprintf(dir, sizeof(dir), KEEP_CAGE "/bundle-%d", r->count);
	b.kind = r->kind;
	rc =
	    image_root(k->conf, b.kind == CAGE_FETCH ? "host" : q->image, root);
	if (rc == RC_OK && b.kind == CAGE_BUILD)
		rc = workspace == -1 ? RC_INVALID :
				       mount_attach(dup(workspace), WORKSPACE);
	if (rc != RC_OK)
		return rc;
	count_start(&r->counts, k->id);
	if (mkdir(dir, 0700) == -1)
		rc = RC_FAIL;
	else if ((rc = bundle_write(&b)) == RC_OK &&
	    (rc = make_io(io, fds)) == RC_OK &&
	    (rc = create(r, dir, io)) == RC_OK &&
	    (rc = net_open(r->pid, k->ipv6, q->ports, fds + 3)) == RC_OK)
		rc = runtime(argv, NULL);
	for (i = 0; i < 3; i++)
		if (io[i] != -1)
			close(io[i]);
	if (rc != RC_OK)
		end(r, &e);
	return rc;
}

/* One of the system's tools, over what strangers made: it may take long. */
static enum rc
sweep(const char *const argv[])
{
	pid_t pid;
	int status = -1;

	if ((pid = fork()) == 0) {
		execve(argv[0], (char *const *)argv, no_environment);
		_exit(127);
	}
	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status == 0 ? RC_OK : RC_FAIL;
}

/* What a build made private, others may read as well. */
static enum rc
show(const char *dir)
{
	const char *const argv[] = { "/usr/bin/find", dir, "(", "-type", "d",
		"!", "-perm", "-5", "-o", "-type", "f", "!", "-perm", "-4", ")",
		"-exec", "/bin/chmod", "o+rX", "--", "{}", "+", NULL };

	return sweep(argv);
}

static enum rc
clear(const struct run *r, enum cage_what what)
{
	static const char *const forget[] = { "/usr/bin/find", KEEP_WORK "/up",
		"-mindepth", "1", "-maxdepth", "1", "-exec", "/bin/rm", "-rf",
		"--one-file-system", "--", "{}", "+", NULL };
	static const char *const keep_only[] = { "/usr/bin/find",
		KEEP_WORK "/up", KEEP_WORK "/src", KEEP_WORK "/home",
		"-mindepth", "1", "-maxdepth", "1", "!", "-path",
		KEEP_WORK "/up/" CAGE_KEEP, "-exec", "/bin/rm", "-rf",
		"--one-file-system", "--", "{}", "+", NULL };

	enum rc rc = RC_OK;

	if (what == CAGE_SHOW && r->kind == CAGE_FETCH)
		return show(KEEP_WORK "/src");
	if (what != CAGE_SHOW)
		rc = sweep(what == CAGE_FORGET ? forget : keep_only);
	return rc == RC_OK ? show(KEEP_WORK "/up") : rc;
}

/* One request.  Whatever it opens has been passed on or is closed again. */
static enum rc
answer(struct run *r, const struct cage_request *q, int workspace)
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
	if (r->pid == 0)
		rc = q->what == CAGE_START ? start(r, q, workspace, fds) :
					     clear(r, (enum cage_what)q->what);
	rc = cage_answer(keeper->line, (enum cage_what)q->what, rc, NULL, fds,
	    rc == RC_OK ? CAGE_FDS : 0);
	for (i = 0; i < CAGE_FDS; i++)
		if (fds[i] != -1)
			close(fds[i]);
	return rc;
}

/*
 * What has lost a process to its limit on memory is not to be published with a
 * part missing.  What is refused a process may do with fewer; refused as many
 * as it may have, it does not stop by itself, and what the kernel does for it
 * meanwhile is felt by others.  Of version 1 not every kernel tells: we look.
 */
static void
serve(void)
{
	struct run r = { .fd = -1 };
	struct cage_request q;
	struct cage_end e;
	struct pollfd p[4] = { { .fd = keeper->line, .events = POLLIN },
		{ .events = POLLIN }, { .events = POLLPRI },
		{ .events = POLLPRI } };
	int watch[2], workspace;
	size_t nfds;
	enum rc rc;
	long n;

	count_watch(keeper->id, watch);
	for (;;) {
		p[1].fd = r.fd;
		/* Each tells until it is read, and between runs nobody does. */
		p[2].fd = r.pid > 0 ? watch[0] : -1;
		p[3].fd = r.pid > 0 ? watch[1] : -1;
		if (poll(p, 4, r.pid > 0 && !cgroup_v2 ? LOOK_MS : -1) == -1 &&
		    errno != EINTR)
			return;
		if (r.pid > 0 &&
		    count_beyond(&r.counts, watch, keeper->conf->build_pids))
			kill(r.pid, SIGKILL);
		if (p[1].fd != -1 && p[1].revents != 0) {
			end(&r, &e);
			if (cage_answer(keeper->line, CAGE_ENDED, RC_OK, &e,
				NULL, 0) != RC_OK)
				return;
		} else if (p[0].revents != 0) {
			nfds = 1;
			workspace = -1;
			n = cage_recv(keeper->line, &q, sizeof(q), &workspace,
			    &nfds);
			if (n <= 0)
				return;
			if (!keeper_request_ok(&q, (size_t)n)) {
				log_warnx("not a request");
				return;
			}
			rc = answer(&r, &q, workspace);
			if (workspace != -1)
				close(workspace);
			if (rc != RC_OK)
				return;
		}
	}
}

/*
 * The runtime gives up if a version 2 mount beside the version 1 ones has
 * controllers of its own, so it finds an empty directory there.
 */
static int
hide_hybrid(void)
{
	static const char *const at = "/sys/fs/cgroup/unified";

	return cgroup_v2 || access(at, F_OK) == -1 ?
	    0 :
	    mount("none", at, "tmpfs", 0, "size=1m");
}

/*
 * As long as we live it is in use: what keeps budgets (disk.h) removes none
 * that is locked, nor one that was used lately.
 */
static enum rc
lock_mirror(void)
{
	int fd = open(KEEP_MIRROR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;

	if (fd == -1 || flock(fd, LOCK_SH) == -1 || futimens(fd, NULL) == -1 ||
	    fstat(fd, &st) == -1 || st.st_nlink == 0) { /* removed just now */
		log_warn("the mirror");
		return RC_FAIL;
	}
	return RC_OK;
}

/* What is the host's, wherever links lead.  All but the first may be missing.
 */
static enum rc
set_up_host(const struct conf *conf)
{
	char downloads[PATH_MAX];
	enum rc rc;

	snprintf(downloads, sizeof(downloads), "%s/downloads", conf->state_dir);
	if (mkdir(KEEP_CAGE "/slipway", 0755) == -1 ||
	    mkdir(KEEP_CAGE "/downloads", 0755) == -1)
		return RC_FAIL;
	rc = mount_bind(conf->libexec_dir, KEEP_CAGE "/slipway");
	if (rc == RC_OK && access(conf->build_ca_file, R_OK) == 0)
		rc = mount_bind(conf->build_ca_file, KEEP_CAGE "/ca.crt");
	if (rc == RC_OK && access(downloads, X_OK) == 0)
		rc = mount_bind(downloads, KEEP_CAGE "/downloads");
	return rc;
}

static enum rc
set_up(void)
{
	enum rc rc;

	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		NULL) == -1 ||
	    hide_hybrid() == -1 ||
	    mount("none", KEEP_CAGE, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=4m,mode=755") == -1 ||
	    mkdir(WORKSPACE, 0755) == -1) {
		log_warn("mounts of a cage");
		return RC_FAIL;
	}
	if ((rc = make_file(KEEP_CAGE "/ca.crt", "")) != RC_OK ||
	    (rc = make_file(KEEP_CAGE "/resolv.conf",
		 "nameserver 127.0.0.1\n")) != RC_OK ||
	    (rc = set_up_host(keeper->conf)) != RC_OK)
		return rc;
	return lock_mirror();
}

void
keeper_main(struct keeper *k)
{
	keeper = k;
	k->ipv6 = net_ipv6(); /* while we see the host's network */
	signal(SIGPIPE, SIG_IGN);
	/* A cage without a warden is none. */
	if (prctl(PR_SET_DUMPABLE, 1) == -1 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
	    unshare(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) ==
		-1)
		fatal("keeper");
	if (set_up() == RC_OK)
		serve();
	_exit(0); /* and all that is left of the cage with us */
}
