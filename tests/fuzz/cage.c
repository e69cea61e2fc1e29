/*
 * What the root side of cages is sent: slot and warden read it from their
 * sockets, and whatever they act upon is whole, terminated and in range.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

/* It would be said of most input. */
static void __attribute__((format(printf, 1, 2)))
no_log(const char *format, ...)
{
	(void)format;
}
#define log_warnx no_log

/* A valid request for a cage would make a process, and kill it at the end. */
static long
no_syscall(long n, ...)
{
	return n > 0 ? 12345 : -1;
}

static int
no_kill(pid_t pid, int sig)
{
	return pid == 12345 && sig == SIGKILL ? 0 : -1;
}

static pid_t
no_wait(pid_t pid, int *status, int options)
{
	(void)status;
	(void)options;
	return pid;
}

static int
no_open(const char *path, int flags, ...)
{
	(void)path;
	(void)flags;
	return dup(STDERR_FILENO);
}
#define open    no_open
#define syscall no_syscall
#define kill    no_kill
#define waitpid no_wait
#include "builderd/cage/cage-msg.c"
#include "builderd/cage/keeper-msg.c"
#include "builderd/cage/root/slot.c"
#include "builderd/cage/root/warden.c"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

static const struct conf conf = { .state_dir = "/nonexistent",
	.build_slots = 2,
	.build_memory = 2048,
	.build_cpus = 200,
	.build_disk = 8192,
	.build_disk_max = 9000,
	.build_pids = 512,
	.build_inodes = 1000000 };
static void
text(const char *s, size_t size, const char *more)
{
	size_t n = strnlen(s, size);

	if (n == size)
		abort();
	while (n-- > 0)
		if (!(s[n] >= 'a' && s[n] <= 'z') &&
		    !(s[n] >= '0' && s[n] <= '9') && strchr(more, s[n]) == NULL)
			abort();
}

static void
bind_ok(const struct cage_bind *b)
{
	text(b->deployment, sizeof(b->deployment), "_");
	text(b->project, sizeof(b->project), "_");
	if (strlen(b->deployment) != 16 || strlen(b->project) != 16)
		abort();
}

static void
key_ok(const char *key)
{
	if (strlen(key) != 64 || strspn(key, "0123456789abcdef") != 64)
		abort();
}

/* What they would do. */
enum rc
work_layer(struct warden *w, const char *key)
{
	(void)w;
	key_ok(key);
	return RC_NOT_FOUND;
}

enum rc
work_save(struct warden *w, const char *key)
{
	w->saved = 1;
	key_ok(key);
	return RC_OK;
}

static int told[2]; /* the steward, who is none */

/* That much the cage may have. */
enum rc
steward_end(pid_t pid)
{
	struct conf c = conf;

	(void)pid;
	await(told[0], &c);
	if (c.build_memory < 64 || c.build_memory > 2048 || c.build_cpus < 10 ||
	    c.build_cpus > 200 || c.build_disk < 64 || c.build_disk > 9000 ||
	    c.build_pids < 32 || c.build_pids > 512 || c.build_inodes < 1000 ||
	    c.build_inodes > 1000000)
		abort();
	return RC_OK;
}

pid_t
steward_fork(const struct conf *c)
{
	(void)c;
	abort();
}

/* A keeper that is none has no ids to be given. */
int
map_ids(pid_t pid, int id, uid_t uid, int n)
{
	(void)pid;
	(void)id;
	(void)uid;
	(void)n;
	return 0;
}

void
calls_slot(void)
{
}

void
calls_warden(pid_t keeper)
{
	(void)keeper;
}

#define NOTHING(name, result, ...) \
	enum rc name(__VA_ARGS__)  \
	{                          \
		return result;     \
	}
/* clang-format off */
NOTHING(work_merge, RC_FAIL, const struct warden *w __attribute__((unused)), int readonly __attribute__((unused)), int *fd __attribute__((unused)))
NOTHING(steward_does, RC_OK, enum rc (*run)(const char *, const struct conf *) __attribute__((unused)), const char *id __attribute__((unused)), const struct conf *c __attribute__((unused)))
NOTHING(work_make, RC_OK, struct warden *w __attribute__((unused)))
NOTHING(work_open, RC_FAIL, const struct warden *w __attribute__((unused)))
NOTHING(disk_make, RC_OK, const char *f __attribute__((unused)), const struct conf *c __attribute__((unused)))
NOTHING(cgroup_enter, RC_OK, const char *id __attribute__((unused)), pid_t p __attribute__((unused)))
NOTHING(bounds_set, RC_OK, const char *id __attribute__((unused)), const struct conf *c __attribute__((unused)))
NOTHING(bounds_clear, RC_OK, const char *id __attribute__((unused)), const struct conf *c __attribute__((unused)))
NOTHING(mount_at, RC_FAIL, const char *from __attribute__((unused)), int ids __attribute__((unused)), int readonly __attribute__((unused)), const char *to __attribute__((unused)))
NOTHING(private_dir, RC_OK, const char *p __attribute__((unused)), uid_t u __attribute__((unused)), mode_t m __attribute__((unused)))
NOTHING(mount_images, RC_OK, const struct conf *c __attribute__((unused)))
/* clang-format on */

void
work_reset(struct warden *w)
{
	(void)w;
}

void
cgroup_kill(const char *id)
{
	(void)id;
}

void
keeper_main(struct keeper *k)
{
	(void)k;
	abort();
}

/* To a slot, which reads its own end: whose cage is it to have? */
static void
to_slot(const unsigned char *data, size_t size)
{
	struct cage_bind b;
	int p[2], line;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		abort();
	(void)!cage_send(p[0], data, size, (int[]){ p[0], p[0] },
	    data[size - 1] % 3);
	close(p[0]);
	if (take(p[1], &b, &line)) {
		bind_ok(&b);
		close(line);
	}
	close(p[1]);
}

static void
to_warden(const unsigned char *data, size_t size, int opened)
{
	struct warden w = { .conf = conf,
		.bind = { .deployment = "dpl_aaaaaaaaaaaa",
		    .project = "prj_aaaaaaaaaaaa" },
		.to_keeper = -1,
		.opened = opened };
	int p[2];

	if (told[1] == 0 && pipe2(told, O_CLOEXEC) == -1)
		abort();
	w.to_steward = told[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		abort();
	if (cage_send(p[0], data, size, NULL, 0) == RC_OK)
		(void)answer(&w, p[1]);
	close(p[0]);
	close(p[1]);
}

int
LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	struct cage_request r;

	log_open("fuzz", 0);
	if (size == 0 || size > 4096) /* an empty packet is the end */
		return 0;
	to_slot(data, size);
	to_warden(data, size, 0);
	to_warden(data, size, 1);
	if (keeper_request_ok(data, size)) {
		memcpy(&r, data, sizeof(r));
		if (r.what == CAGE_START)
			text(r.image, sizeof(r.image), "");
		else if (r.what != CAGE_KILL && r.what != CAGE_SHOW &&
		    r.what != CAGE_FORGET && r.what != CAGE_KEEP_ONLY)
			abort();
	}
	return 0;
}
