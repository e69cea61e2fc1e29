/*
 * What the root side of cages is sent: helper and warden read it from their
 * sockets, and whatever they act upon is whole, terminated and in range.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"

#define log_warnx(...) ((void)0) /* it would be said of most input */
/* A valid request for a cage would fork; here it is only looked at. */
static pid_t no_fork(void);
#define fork no_fork
#include "builderd/cage/cage-msg.c"
#include "builderd/cage/root/helper.c"
#include "builderd/cage/root/warden.c"

int LLVMFuzzerTestOneInput(const unsigned char *, size_t);

static const struct conf conf = { .state_dir = "/nonexistent",
	.build_slots = 2,
	.build_memory = 2048,
	.build_cpus = 200,
	.build_disk = 8192,
	.build_disk_max = 9000 };
static struct helper_shared shared;
static struct keep keep_now = { .conf = &conf, .shared = &shared };

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

/* Here a warden would begin. */
static pid_t
no_fork(void)
{
	const struct cage_bind *b = &keep_now.spec;

	text(b->deployment, sizeof(b->deployment), "_");
	text(b->project, sizeof(b->project), "_");
	if (b->slot > 1 || strlen(b->deployment) != 16 ||
	    strlen(b->project) != 16)
		abort();
	return 12345;
}

/* Here it would make its disk. */
static void
ask_ok(const struct conf *own, const struct cage_ask *a)
{
	text(a->image, sizeof(a->image), "");
	if (own->build_memory < 64 || own->build_memory > 2048 ||
	    own->build_cpus < 10 || own->build_cpus > 200 ||
	    own->build_disk < 64 || own->build_disk > 9000 ||
	    a->image[0] == '\0')
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
work_layer(struct work *w, const char *key, int like)
{
	(void)w;
	(void)like;
	key_ok(key);
	return RC_NOT_FOUND;
}

enum rc
work_save(struct work *w, const char *key)
{
	w->file[0] = '\0';
	key_ok(key);
	return RC_OK;
}

#define NOTHING(name, ...)        \
	enum rc name(__VA_ARGS__) \
	{                         \
		return RC_FAIL;   \
	}
/* clang-format off */
NOTHING(work_tree, struct work *w __attribute__((unused)), int *fd __attribute__((unused)))
NOTHING(work_reset, struct work *w __attribute__((unused)))
NOTHING(work_open, struct work *w __attribute__((unused)), const struct keep *k __attribute__((unused)))
NOTHING(work_mounts, struct work *w __attribute__((unused)), int fds[KEEP_FDS] __attribute__((unused)))
NOTHING(work_merge, struct work *w __attribute__((unused)), int *fd __attribute__((unused)))
NOTHING(cgroup_init, const struct conf *c __attribute__((unused)))
NOTHING(cgroup_make, const char *id __attribute__((unused)), const struct conf *c __attribute__((unused)), pid_t p __attribute__((unused)))
NOTHING(idmap_write, pid_t p __attribute__((unused)), const char *u __attribute__((unused)), const char *g __attribute__((unused)))
NOTHING(mount_private, void)
NOTHING(private_dir, const char *p __attribute__((unused)), uid_t u __attribute__((unused)))
NOTHING(private_top, const char *p __attribute__((unused)))
NOTHING(image_check, const struct conf *c __attribute__((unused)))
/* clang-format on */

enum rc
mount_images(const struct conf *c)
{
	(void)c;
	return RC_OK;
}

uid_t
work_base(const struct keep *k)
{
	(void)k;
	return 0;
}

void
work_close(struct work *w)
{
	(void)w;
}

void
cgroup_remove(const char *id)
{
	(void)id;
}

void
cgroup_sweep(void)
{
}

void
proxy_find(const struct conf *c)
{
	(void)c;
}

int
net_ipv6(void)
{
	return 0;
}

void
keeper_main(struct keeper *k)
{
	(void)k;
	abort();
}

static void
to_helper(const unsigned char *data, size_t size)
{
	int p[2], gone = 0, i;

	for (i = 0; i < CAGE_SLOTS; i++)
		places[i] = (struct place){ .line = -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		abort();
	if (cage_send(p[0], data, size, &p[0], 1) == RC_OK)
		take(&keep_now, p[1], &gone);
	close(p[0]);
	close(p[1]);
}

static void
to_warden(const unsigned char *data, size_t size)
{
	struct warden w = { .k = &keep_now, .keeper = -1, .ours = -1 };
	int p[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		abort();
	strcpy(w.work.file, "x");
	keep_now.line = p[1];
	if (cage_send(p[0], data, size, NULL, 0) == RC_OK)
		(void)answer(&w);
	close(p[0]);
	close(p[1]);
}

static void
to_new_warden(const unsigned char *data, size_t size)
{
	struct keep k = keep_now;
	struct conf own;
	int p[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, p) == -1)
		abort();
	k.line = p[1];
	k.conf = &conf;
	if (cage_send(p[0], data, size, NULL, 0) == RC_OK &&
	    asked(&k, &own) == RC_OK)
		ask_ok(&own, &k.ask);
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
	to_helper(data, size);
	to_new_warden(data, size);
	to_warden(data, size);
	if (keeper_request_ok(data, size)) {
		memcpy(&r, data, sizeof(r));
		if (r.what == CAGE_START)
			text(r.image, sizeof(r.image), "");
		else if (r.what != CAGE_KILL)
			abort();
	}
	return 0;
}
