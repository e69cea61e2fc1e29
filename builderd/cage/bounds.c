#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

/*
 * The limits of one cage, set by a user who may do that and nothing else.  What
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
	{ 0, "/devices", NULL, NULL, NONE, 0 },
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
