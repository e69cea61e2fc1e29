#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

#ifndef DEVICES /* a test has another */
#define DEVICES "/sys/dev/block"
#endif

/*
 * Cgroups, by the steward, in those that root gave away (root/give.c).  What
 * must be is written and read back; the rest keeps builds out of the way of
 * serving where the kernel can.
 */
/* clang-format off */
static const struct limit {
	int v2;
	const char *controller, *file;
	const char *text; /* a format of a number, or constant */
	enum { NONE, MEMORY, SOCKETS, PIDS, CPU } value;
	int must;
} limits[] = {
	{ 0, "/memory", "memory.limit_in_bytes", "%llu", MEMORY, 1 },
	{ 0, "/memory", "memory.memsw.limit_in_bytes", "%llu", MEMORY, 0 },
	{ 0, "/memory", "memory.kmem.tcp.limit_in_bytes", "%llu", SOCKETS, 0 },
	{ 0, "/pids", "pids.max", "%llu", PIDS, 1 },
	{ 0, "/cpu", "cpu.cfs_period_us", "100000", NONE, 1 },
	{ 0, "/cpu", "cpu.cfs_quota_us", "%llu", CPU, 1 },
	{ 0, "/cpuacct", NULL, NULL, NONE, 1 },
	{ 0, "/blkio", "blkio.bfq.weight", "10", NONE, 0 },
	{ 1, "", "memory.max", "%llu", MEMORY, 1 },
	{ 1, "", "memory.swap.max", "0", NONE, 0 },
	{ 1, "", "pids.max", "%llu", PIDS, 1 },
	{ 1, "", "cpu.max", "%llu 100000", CPU, 1 },
	{ 1, "", "io.weight", "default 10", NONE, 0 },
	{ 1, "", "io.bfq.weight", "10", NONE, 0 },
};
/* clang-format on */

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
	case NONE:
		break;
	}
	return 0;
}

/* Written, and in force: one that was set without effect has been seen. */
static enum rc
set(const char *dir, const char *file, const char *text)
{
	size_t len = strlen(text);
	char path[PATH_MAX + 64], is[64] = "";
	int fd, bad;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	if ((fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return RC_FAIL;
	bad = write(fd, text, len) != (ssize_t)len ||
	    pread(fd, is, sizeof(is) - 1, 0) < 0 ||
	    strncmp(is, text, len) != 0 || (is[len] != '\n' && is[len] != '\0');
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

enum rc
bounds_set(const char *id, const struct conf *conf)
{
	const struct limit *l;
	char dir[PATH_MAX], text[64];
	enum rc rc;

	for (l = limits; l < limits + NITEMS(limits); l++) {
		if (l->v2 != cgroup_v2)
			continue;
		snprintf(dir, sizeof(dir), CGROUP_TOP "%s%s/%s", l->controller,
		    cgroup_parent, id);
		rc =
		    mkdir(dir, 0755) == -1 && errno != EEXIST ? RC_FAIL : RC_OK;
		if (rc == RC_OK && l->file != NULL) {
			snprintf(text, sizeof(text), l->text, value(l, conf));
			rc = set(dir, l->file, text);
		}
		if (rc == RC_OK || !l->must)
			continue;
		log_warnx("%s: %s is not in force", dir,
		    l->file == NULL ? "it" : l->file);
		return RC_FAIL;
	}
	return RC_OK;
}

/* How many were moved; who forks meanwhile is there again. */
static int
move_all(const char *node)
{
	char path[PATH_MAX], pid[24];
	int moved = 0;
	FILE *f;

	snprintf(path, sizeof(path), CGROUP_TOP "%s/cgroup.procs", node);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fscanf(f, "%23s", pid) == 1)
		if (file_put(pid, CGROUP_TOP "%s/main/cgroup.procs", node) == 0)
			moved++;
		else if (errno != ESRCH)
			log_warn("move %s to %s/main", pid, node);
	fclose(f);
	return moved;
}

static enum rc
delegate(const char *node)
{
	/* Without this one it does, too. */
	(void)file_put("+io", CGROUP_TOP "%s/cgroup.subtree_control", node);
	if (file_put(CGROUP_CONTROLLERS, CGROUP_TOP "%s/cgroup.subtree_control",
		node) == 0)
		return RC_OK;
	log_warn("%s: memory, pids and cpu must be delegated to builderd",
	    node);
	return RC_FAIL;
}

/*
 * What all cages write to: "8:0", or "".  Limits are of whole disks: the
 * directory of a partition lies in that of its disk.  A file system that is on
 * several, or on none, has no device.
 */
static void
find_disk(char disk[24])
{
	char path[64];
	size_t n;
	FILE *f;

	n = (size_t)snprintf(path, sizeof(path), DEVICES "/%u:%u",
	    major(cgroup_dev), minor(cgroup_dev));
	snprintf(path + n, sizeof(path) - n, "/partition");
	snprintf(path + n, sizeof(path) - n,
	    access(path, F_OK) == 0 ? "/../dev" : "/dev");
	*disk = '\0';
	if ((f = fopen(path, "re")) == NULL)
		return;
	if (fscanf(f, "%23[0-9:]", disk) != 1)
		*disk = '\0';
	fclose(f);
}

/* A line for each disk: "8:0 rbps=max wbps=1048576 riops=max wiops=max". */
static int
in_force(char *lines, const char *disk, const char *limit)
{
	char *line, *word, *l, *w;

	for (line = strtok_r(lines, "\n", &l); line != NULL;
	     line = strtok_r(NULL, "\n", &l)) {
		word = strtok_r(line, " ", &w);
		if (word == NULL || strcmp(word, disk) != 0)
			continue;
		while ((word = strtok_r(NULL, " ", &w)) != NULL)
			if (strcmp(word, limit) == 0)
				return 1;
	}
	return 0;
}

/*
 * What all builds together write to the disk: the kernel does most of that
 * later, by itself, and with no priority of theirs.  Version 1 does not know
 * whose it is.
 */
static enum rc
limit_writes(const struct conf *conf)
{
	char path[PATH_MAX + 64], limit[32] = "wbps=max", text[64];
	char disk[24], is[1024] = "";
	int fd, bad;

	find_disk(disk);
	snprintf(path, sizeof(path), CGROUP_TOP "%s/io.max", cgroup_parent);
	if (!cgroup_v2 || *disk == '\0' ||
	    (fd = open(path, O_RDWR | O_CLOEXEC)) == -1)
		return RC_NOT_FOUND;
	if (conf->build_write_rate != 0)
		snprintf(limit, sizeof(limit), "wbps=%llu",
		    (unsigned long long)conf->build_write_rate << 20);
	snprintf(text, sizeof(text), "%s %s", disk, limit);
	bad = write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    pread(fd, is, sizeof(is) - 1, 0) < 0 ||
	    (conf->build_write_rate != 0 && !in_force(is, disk, limit));
	close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/*
 * Version 2 has processes in leaves only.  So whoever is in the node that we
 * were given (builderd, and its helper) moves into a leaf beside the builds, if
 * there is one.  What must be is tried at once, and not with the first build.
 */
enum rc
bounds_init(const char *id, const struct conf *conf)
{
	int idle = strcmp(conf->build_priority, "idle") == 0;
	char node[sizeof(cgroup_parent)], leaf[PATH_MAX];
	enum rc rc = RC_OK;
	int tries = 10;

	(void)id;
	snprintf(node, sizeof(node), "%s", cgroup_parent);
	*strrchr(node, '/') = '\0';
	snprintf(leaf, sizeof(leaf), CGROUP_TOP "%s/main", node);
	if (cgroup_v2 && access(leaf, F_OK) == 0) {
		while (tries-- > 0 && move_all(node) > 0)
			continue;
		rc = delegate(node);
	}
	if (cgroup_v2 && rc == RC_OK)
		rc = delegate(cgroup_parent);
	if (rc != RC_OK)
		return rc;
	/*
	 * Behind serving, where the kernel can.  Not by cpu.idle: it takes a
	 * processor on which only such run for a free one, and sends servers
	 * there to wait.
	 */
	(void)file_put(idle ? "1" : "50", CGROUP_TOP "%s/cpu.weight",
	    cgroup_parent);
	(void)file_put(idle ? "10" : "512", CGROUP_TOP "/cpu%s/cpu.shares",
	    cgroup_parent);
	if (limit_writes(conf) != RC_OK && conf->build_write_rate != 0)
		log_info("build-write-rate is not in force: there is no "
			 "io.max, or not of what state-dir is on");
	rc = bounds_set("try", conf);
	(void)!bounds_clear("try", conf);
	return rc;
}

enum rc
bounds_clear(const char *id, const struct conf *conf)
{
	const struct limit *l;
	char dir[PATH_MAX];
	enum rc rc = RC_OK;

	(void)conf;
	for (l = limits; l < limits + NITEMS(limits); l++) {
		snprintf(dir, sizeof(dir), CGROUP_TOP "%s%s/%s", l->controller,
		    cgroup_parent, id);
		if (l->v2 == cgroup_v2 && rmdir(dir) == -1 && errno == EBUSY)
			rc = RC_BUSY;
	}
	return rc;
}
