#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "builderd/proxy/proxy.h"
#include "helper.h"
#include "log.h"
#include "priv.h"
#include "root.h"

#define FIRST_MS     60000 /* to live where nobody ever set a deadline */
#define LOCK_SECONDS 10

/*
 * A slot's warden.  Who asks for the slot while the last warden still clears up
 * waits until that is gone: the user ids are those of one cage at a time.
 */
struct place {
	pid_t pid; /* or 0 */
	struct cage_bind spec;
	int line; /* who waits, or -1 */
	struct cage_bind next;
};

static struct place places[CAGE_SLOTS];

/* What builds need of the state, and nobody else may enter. */
static enum rc
private_dirs(const struct conf *conf)
{
	static const char *const names[] = { "work", "deps", "mirrors" };
	char path[PATH_MAX];
	enum rc rc;
	size_t i;

	rc = private_top(conf->state_dir);
	for (i = 0; rc == RC_OK && i < NITEMS(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", conf->state_dir,
		    names[i]);
		rc = private_dir(path, 0);
	}
	return rc;
}

static void
wake(int sig)
{
	(void)sig;
}

/*
 * One builderd a state directory: what is there at start is a dead one's.  The
 * last of a former life may still be clearing up.
 */
static enum rc
lock(const struct conf *conf)
{
	struct sigaction a = { .sa_handler = wake }; /* no SA_RESTART */
	char path[PATH_MAX];
	int fd, bad;

	snprintf(path, sizeof(path), "%s/work/lock", conf->state_dir);
	fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	sigaction(SIGALRM, &a, NULL);
	alarm(LOCK_SECONDS);
	bad = fd == -1 || flock(fd, LOCK_EX) == -1;
	alarm(0);
	if (bad) {
		log_warn("%s: is another builderd running?", path);
		return RC_BUSY;
	}
	return RC_OK; /* and held until the last of us is gone */
}

static void
sweep(const struct conf *conf)
{
	char path[PATH_MAX];
	struct dirent *e;
	size_t n;
	DIR *d;

	cgroup_sweep();
	snprintf(path, sizeof(path), "%s/work", conf->state_dir);
	if ((d = opendir(path)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		n = strlen(e->d_name);
		if (n > 4 && strcmp(e->d_name + n - 4, ".img") == 0)
			unlinkat(dirfd(d), e->d_name, 0);
	}
	closedir(d);
}

static enum rc
set_up(const struct conf *conf)
{
	enum rc rc;

	if ((rc = image_check(conf)) != RC_OK ||
	    (rc = private_dirs(conf)) != RC_OK || (rc = lock(conf)) != RC_OK ||
	    (rc = mount_private()) != RC_OK)
		return rc;
	if (mount("none", KEEP_TOP, "tmpfs", MS_NOSUID | MS_NODEV,
		"size=4m,mode=755") == -1 ||
	    mkdir(KEEP_CAGE, 0755) == -1 || mkdir(KEEP_IMAGE, 0755) == -1) {
		log_warn(KEEP_TOP);
		return RC_FAIL;
	}
	if ((rc = cgroup_init(conf)) == RC_OK)
		sweep(conf);
	return rc;
}

/* The warden's side of a fork: nothing of the helper's but the one line. */
static void
ward(struct keep *k, int line)
{
	sigset_t none;

	signal(SIGALRM, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(line, 3) == -1 || close_range(4, ~0U, 0) == -1)
		fatal("warden");
	if (fcntl(3, F_SETFD, FD_CLOEXEC) == -1)
		fatal("warden");
	k->line = 3;
	warden_main(k);
}

/* A closed line is the answer to whatever cannot be had. */
static void
open_cage(struct keep *k, struct place *p, int line)
{
	struct timespec t;
	uint64_t first;

	if (mount_images(k->conf) != RC_OK)
		return;
	k->deadline = &k->shared->deadline[k->spec.slot];
	clock_gettime(CLOCK_BOOTTIME, &t);
	first = (uint64_t)t.tv_sec * 1000 + FIRST_MS;
	/* One that was set is never put off here: the lease ends with it. */
	if (atomic_load(k->deadline) == 0)
		atomic_store(k->deadline, first);
	p->spec = k->spec;
	if ((p->pid = fork()) == 0)
		ward(k, line);
	if (p->pid == -1) {
		log_warn("fork");
		p->pid = 0;
	}
}

/* If it was killed, do what it would have done. */
static void
clear(struct keep *k, int status)
{
	char image[PATH_MAX], id[64];

	keep_names(k, image, id);
	if (status != 0) {
		log_warnx("warden of %s: status %#x", id, status);
		cgroup_remove(id);
	}
	unlink(image);
}

static void
reap(struct keep *k)
{
	struct place *p;
	int line, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (p = places; p < places + CAGE_SLOTS; p++) {
			if (p->pid != pid)
				continue;
			p->pid = 0;
			k->spec = p->spec;
			clear(k, status);
			if ((line = p->line) == -1)
				continue;
			p->line = -1;
			k->spec = p->next;
			open_cage(k, p, line);
			close(line);
		}
}

/*
 * Images and cgroups are named after deployment and fence.  Two cages of one
 * name would remove, and even keep, what is mounted in the other.
 */
static int
twice(const struct cage_bind *a)
{
	const struct place *p;

	for (p = places; p < places + CAGE_SLOTS; p++)
		if (p != &places[a->slot] && (p->pid != 0 || p->line != -1) &&
		    ((p->spec.fence == a->fence &&
			 strcmp(p->spec.deployment, a->deployment) == 0) ||
			(p->line != -1 && p->next.fence == a->fence &&
			    strcmp(p->next.deployment, a->deployment) == 0)))
			return 1;
	return 0;
}

static void
take(struct keep *k, int sock, int *gone)
{
	struct place *p;
	size_t nfds = 1;
	int line = -1;
	long n;

	n = cage_recv(sock, &k->spec, sizeof(k->spec), &line, &nfds);
	if (n <= 0)
		*gone = n == 0 || errno != EINTR;
	else if (!cage_bind_ok(&k->spec, (size_t)n, k->conf) || nfds != 1)
		log_warnx("not a message of the loop");
	else if (twice(&k->spec))
		log_warnx("there is a cage of that deployment");
	else if ((p = &places[k->spec.slot])->pid == 0)
		open_cage(k, p, line);
	else {
		if (p->line != -1)
			close(p->line);
		p->line = line;
		p->next = k->spec;
		return;
	}
	if (line != -1)
		close(line);
}

static void
helper_main(const struct conf *conf, struct helper_shared *shared, int sock)
{
	struct keep k = { .conf = conf, .shared = shared };
	struct signalfd_siginfo si;
	struct pollfd p[2];
	int i, gone = 0;
	uint32_t rc;
	sigset_t set;

	log_open("builderd-helper", 0);
	signal(SIGTERM, SIG_IGN); /* we end when builderd has */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_SETMASK, &set, NULL) == -1 ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == -1)
		fatal("helper");
	setsid();
	umask(022);

	for (i = 0; i < CAGE_SLOTS; i++)
		places[i].line = -1;
	rc = priv_user(conf->build_user, &k.view_uid, &k.view_gid);
	if (rc == RC_OK)
		rc = set_up(conf);
	if (cage_send(sock, &rc, sizeof(rc), NULL, 0) != RC_OK || rc != RC_OK)
		_exit(1);
	p[0].fd = sock;
	p[1].fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	p[0].events = p[1].events = POLLIN;
	while (!gone && poll(p, 2, -1) > 0) {
		if (p[1].revents != 0) {
			while (read(p[1].fd, &si, sizeof(si)) > 0)
				continue;
			reap(&k);
		}
		if (p[0].revents != 0)
			take(&k, sock, &gone);
	}

	/* Wardens have lost their callers too; see them off. */
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	sweep(conf);
	_exit(0);
}

enum rc
helper_start(struct helper **hp, const struct conf *conf)
{
	static struct helper one; /* there is never another */
	struct helper_shared *shared;
	struct helper *h = &one;
	size_t nfds = 0;
	uint32_t rc;
	int p[2];

	*hp = NULL;
	if (geteuid() != 0) {
		log_warnx("must be started as root: cages need it");
		return RC_DENIED;
	}
	proxy_find(conf);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		fatal("helper");
	if ((h->pid = fork()) == 0) {
		if (dup2(p[1], 3) == -1 || close_range(4, ~0U, 0) == -1 ||
		    fcntl(3, F_SETFD, FD_CLOEXEC) == -1)
			fatal("helper");
		helper_main(conf, shared, 3);
		_exit(0);
	}
	if (h->pid == -1)
		fatal("fork");
	close(p[1]);
	h->fd = p[0];
	h->shared = shared;
	if (cage_recv(h->fd, &rc, sizeof(rc), NULL, &nfds) != sizeof(rc))
		rc = RC_FAIL;
	if (rc == RC_OK)
		*hp = h;
	return (enum rc)rc;
}

int
helper_fd(const struct helper *h)
{
	return h->fd;
}

void
helper_forget(struct helper *h)
{
	close(h->fd);
	h->fd = -1;
	munmap(h->shared, sizeof(*h->shared));
	h->shared = NULL;
}

enum rc
helper_deadline(struct helper *h, int slot, uint64_t ms)
{
	if (slot < 0 || slot >= CAGE_SLOTS)
		return RC_INVALID;
	atomic_store(&h->shared->deadline[slot], ms);
	return RC_OK;
}
