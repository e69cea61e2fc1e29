#include <sys/stat.h>
#include <sys/statfs.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

#define TOP CGROUP_TOP

/*
 * One cgroup a cage, keeper and all.  "Hybrid" is version 1 to us.  What must
 * be is written and read back; the rest keeps builds out of the way of serving
 * where the kernel can.
 */
/* clang-format off */
static const struct limit {
	const char *controller; /* of v1; NULL is v2 */
	const char *file, *text; /* text is a format of a number, or constant */
	enum { NONE, MEMORY, SOCKETS, PIDS, CPU, IDLE } value;
	/* ALL is of the group that all cages are in. */
	enum { MAY, MUST, ALL } how;
} limits[] = {
	{ "memory", "memory.limit_in_bytes", "%llu", MEMORY, MUST },
	{ "memory", "memory.memsw.limit_in_bytes", "%llu", MEMORY, MAY },
	{ "memory", "memory.kmem.tcp.limit_in_bytes", "%llu", SOCKETS, MAY },
	{ "pids", "pids.max", "%llu", PIDS, MUST },
	{ "cpu", "cpu.cfs_period_us", "100000", NONE, MUST },
	{ "cpu", "cpu.cfs_quota_us", "%llu", CPU, MUST },
	{ "cpu", "cpu.shares", "512", NONE, ALL },
	{ "cpu", "cpu.idle", "%llu", IDLE, ALL },
	{ "cpuacct", NULL, NULL, NONE, MUST },
	{ "blkio", "blkio.bfq.weight", "10", NONE, MAY },
	{ "devices", "devices.deny", "a", NONE, MAY },
	{ "devices", "devices.allow", "c 1:3 rw", NONE, MAY }, /* null */
	{ "devices", "devices.allow", "c 1:5 rw", NONE, MAY }, /* zero */
	{ "devices", "devices.allow", "c 1:7 rw", NONE, MAY }, /* full */
	{ "devices", "devices.allow", "c 1:8 rw", NONE, MAY }, /* random */
	{ "devices", "devices.allow", "c 1:9 rw", NONE, MAY }, /* urandom */
	{ "devices", "devices.allow", "c 5:0 rw", NONE, MAY }, /* tty */
	{ "devices", "devices.allow", "c 5:2 rw", NONE, MAY }, /* ptmx */
	{ "devices", "devices.allow", "c 136:* rw", NONE, MAY }, /* pts */
	{ NULL, "memory.max", "%llu", MEMORY, MUST },
	{ NULL, "memory.swap.max", "0", NONE, MAY },
	{ NULL, "pids.max", "%llu", PIDS, MUST },
	{ NULL, "cpu.max", "%llu 100000", CPU, MUST },
	{ NULL, "cpu.weight", "50", NONE, ALL },
	{ NULL, "cpu.idle", "%llu", IDLE, ALL },
	{ NULL, "io.weight", "default 10", NONE, MAY },
	{ NULL, "io.bfq.weight", "10", NONE, MAY },
};
/* clang-format on */

static int
put(const char *dir, const char *file, const char *text)
{
	char path[PATH_MAX];
	int fd, bad;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	bad = write(fd, text, strlen(text)) != (ssize_t)strlen(text);
	close(fd);
	return bad ? -1 : 0;
}

static int
get(const char *dir, const char *file, char *buf, size_t size)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	buf[n] = '\0';
	return 0;
}

static void
directory(char dir[PATH_MAX], const struct limit *l, const char *id)
{
	snprintf(dir, PATH_MAX, TOP "%s%s%s%s%s", cgroup_v2 ? "" : "/",
	    cgroup_v2 ? "" : l->controller, cgroup_parent, *id ? "/" : "", id);
}

/*
 * Version 2 has processes in leaves only, and systemd gave us a node.  So
 * whoever is in it (builderd, and this helper) moves into a leaf beside the
 * builds.
 */
static enum rc
make_room(char *own)
{
	char dir[PATH_MAX], pids[8192], *p, *next;
	size_t n = strlen(own);

	if (n > 5 && strcmp(own + n - 5, "/main") == 0)
		own[n - 5] = '\0';
	snprintf(dir, sizeof(dir), TOP "%s", own);
	if (get(dir, "cgroup.procs", pids, sizeof(pids)) == -1)
		pids[0] = '\0';
	snprintf(dir, sizeof(dir), TOP "%s/main", own);
	if (mkdir(dir, 0755) == -1 && errno != EEXIST) {
		log_warn("%s", dir);
		return RC_FAIL;
	}
	for (p = pids; *p != '\0'; p = next) {
		next = p + strcspn(p, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (put(dir, "cgroup.procs", p) == -1 && errno != ESRCH)
			log_warn("move %s to %s", p, dir);
	}
	return RC_OK;
}

static enum rc
init_v2(const char *name)
{
	static const char *const want = "+memory +pids +cpu";
	char buf[4096], dir[PATH_MAX], *own, *end;

	if (get("/proc/self", "cgroup", buf, sizeof(buf)) == -1 ||
	    (own = strstr(buf, "0::/")) == NULL)
		return RC_FAIL;
	own += 3;
	if ((end = strchr(own, '\n')) != NULL)
		*end = '\0';
	if (strlen(own) > 128)
		return RC_FAIL;
	if (strcmp(own, "/") == 0)
		*own = '\0';
	else if (make_room(own) != RC_OK)
		return RC_FAIL;
	snprintf(dir, sizeof(dir), TOP "%s", own);
	if (put(dir, "cgroup.subtree_control", want) == -1)
		log_warn("%s", dir);
	(void)put(dir, "cgroup.subtree_control", "+io");
	snprintf(cgroup_parent, sizeof(cgroup_parent), "%s/%s", own, name);
	snprintf(dir, sizeof(dir), TOP "%s", cgroup_parent);
	if ((mkdir(dir, 0755) == -1 && errno != EEXIST) ||
	    put(dir, "cgroup.subtree_control", want) == -1) {
		log_warn("%s: memory, pids and cpu must be delegated to "
			 "builderd",
		    dir);
		return RC_FAIL;
	}
	(void)put(dir, "cgroup.subtree_control", "+io");
	return RC_OK;
}

/*
 * Ours is named after the state directory, so that two builderds on a machine
 * do not take one another's builds for remains.
 */
enum rc
cgroup_init(const struct conf *conf)
{
	struct statfs fs;
	struct stat st;
	char name[64];

	if (stat(conf->state_dir, &st) == -1 || statfs(TOP, &fs) == -1) {
		log_warn("cgroups");
		return RC_FAIL;
	}
	snprintf(name, sizeof(name), "slipway-%llx-%llx",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	cgroup_v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	if (cgroup_v2)
		return init_v2(name);
	snprintf(cgroup_parent, sizeof(cgroup_parent), "/%s", name);
	return RC_OK;
}

/* What sockets hold is nobody's in v1, up to what all of the host may use. */
static unsigned long long
value(const struct limit *l, const struct conf *conf)
{
	unsigned long long memory = (unsigned long long)conf->build_memory
	    << 20;

	switch (l->value) {
	case MEMORY:
		return memory;
	case SOCKETS:
		return memory / 8 < 16 << 20 ? 16 << 20 : memory / 8;
	case PIDS:
		return (unsigned long long)conf->build_pids + KEEP_PIDS +
		    (strcmp(conf->build_runtime, "runsc") == 0 ? KERNEL_PIDS :
								 0);
	case CPU:
		return (unsigned long long)conf->build_cpus * 1000;
	case IDLE:
		return strcmp(conf->build_priority, "idle") == 0;
	case NONE:
		break;
	}
	return 0;
}

enum rc
cgroup_make(const char *id, const struct conf *conf, pid_t pid)
{
	char dir[PATH_MAX], text[64], is[64], who[16];
	const struct limit *l;

	snprintf(who, sizeof(who), "%d", (int)pid);
	for (l = limits; l < limits + NITEMS(limits); l++) {
		if (cgroup_v2 != (l->controller == NULL))
			continue;
		directory(dir, l, "");
		if (mkdir(dir, 0755) == -1 && errno != EEXIST && l->how == MUST)
			break;
		directory(dir, l, id);
		if (mkdir(dir, 0755) == -1 && errno != EEXIST && l->how == MUST)
			break;
		if (l->how == ALL) {
			directory(dir, l, "");
			snprintf(text, sizeof(text), l->text, value(l, conf));
			(void)put(dir, l->file, text);
			continue;
		}
		if (l->file != NULL) {
			/* A limit that was set without effect has been seen. */
			snprintf(text, sizeof(text), l->text, value(l, conf));
			if ((put(dir, l->file, text) == -1 ||
				(l->how == MUST &&
				    (get(dir, l->file, is, sizeof(is)) == -1 ||
					strcspn(is, "\n") != strlen(text) ||
					strncmp(is, text, strlen(text)) !=
					    0))) &&
			    l->how == MUST)
				break;
		}
		if (put(dir, "cgroup.procs", who) == -1 && l->how == MUST)
			break;
	}
	if (l == limits + NITEMS(limits))
		return RC_OK;
	log_warnx("%s: %s is not in force", dir,
	    l->file == NULL ? "it" : l->file);
	return RC_FAIL;
}

static void
remove_one(const char *dir)
{
	int tries = 500;

	/* Nothing tells when the dead have left; it takes milliseconds. */
	while (rmdir(dir) == -1 && errno == EBUSY && --tries > 0)
		poll(NULL, 0, 10);
	if (access(dir, F_OK) == 0)
		log_warnx("%s: cannot remove", dir);
}

/* The keeper was the first of its pid namespace, and is gone with all in it. */
void
cgroup_remove(const char *id)
{
	char dir[PATH_MAX];
	const struct limit *l;

	for (l = limits; l < limits + NITEMS(limits); l++) {
		if (cgroup_v2 != (l->controller == NULL))
			continue;
		directory(dir, l, id);
		if (access(dir, F_OK) == 0)
			remove_one(dir);
	}
}

/* What a former life left. */
void
cgroup_sweep(void)
{
	char dir[PATH_MAX];
	const struct limit *l;
	struct dirent *e;
	DIR *d;

	for (l = limits; l < limits + NITEMS(limits); l++) {
		if (cgroup_v2 != (l->controller == NULL))
			continue;
		directory(dir, l, "");
		if ((d = opendir(dir)) == NULL)
			continue;
		while ((e = readdir(d)) != NULL)
			if (e->d_type == DT_DIR && e->d_name[0] != '.')
				cgroup_remove(e->d_name);
		closedir(d);
		if (!cgroup_v2)
			rmdir(dir);
	}
}
