#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/types.h>

#include <sys/mount.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

#define TOP "/sys/fs/cgroup"

/*
 * Where limits are set and counters read, by version of the kernel's interface.
 * The first of a row is v1 (the "hybrid" layout is v1 to us), the second v2.
 */
enum file { MEMORY, SWAP, TCP, PIDS, CPU, PEAK, OOM, PIDS_MAX, USAGE };
static const char *const files[][2] = {
	[MEMORY] = { "memory/%s/memory.limit_in_bytes", "%s/memory.max" },
	[SWAP] = { "memory/memory.memsw.limit_in_bytes", "%s/memory.swap.max" },
	[TCP] = { "memory/%s/memory.kmem.tcp.limit_in_bytes", NULL },
	[PIDS] = { "pids/%s/pids.max", "%s/pids.max" },
	[CPU] = { "cpu/%s/cpu.cfs_quota_us", "%s/cpu.max" },
	[PEAK] = { "memory/%s/memory.max_usage_in_bytes", "%s/memory.peak" },
	[OOM] = { "memory/%s/memory.oom_control", "%s/memory.events" },
	[PIDS_MAX] = { "pids/%s/pids.events", "%s/pids.events" },
	[USAGE] = { "cpuacct/%s/cpuacct.usage", "%s/cpu.stat" },
};

static int v2, hybrid;
static char parent[256]; /* below TOP, or below each controller: "/a/b" */

const char *
cgroup_parent(void)
{
	return parent;
}

static int
put(const char *path, const char *text)
{
	int fd, bad;

	if ((fd = open(path, O_WRONLY | O_CLOEXEC)) == -1)
		return -1;
	bad = write(fd, text, strlen(text)) != (ssize_t)strlen(text);
	close(fd);
	return bad ? -1 : 0;
}

static int
get(const char *path, char *buf, size_t size)
{
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1)
		return -1;
	n = read(fd, buf, size - 1);
	close(fd);
	if (n < 0)
		return -1;
	buf[n] = '\0';
	return 0;
}

/* The number after "name " in a counter file, or at its start. */
static uint64_t
number(enum file f, const char *id, const char *name)
{
	char path[PATH_MAX], below[512], buf[1024], *p = buf;
	size_t n = name == NULL ? 0 : strlen(name);

	snprintf(below, sizeof(below), "%s/%s", parent + 1, id);
	snprintf(path, sizeof(path), TOP "/");
	snprintf(path + strlen(path), sizeof(path) - strlen(path), files[f][v2],
	    below);
	if (get(path, buf, sizeof(buf)) == -1)
		return 0;
	while (n > 0 && (strncmp(p, name, n) != 0 || p[n] != ' ')) {
		if ((p = strchr(p, '\n')) == NULL)
			return 0;
		p++;
	}
	return strtoull(p + n, NULL, 10);
}

/*
 * Version 2 has processes in leaves only, and systemd gave us a node.  So
 * whoever is in it (builderd, and this helper) moves into a leaf beside the
 * builds.
 */
static enum rc
make_room(char *own)
{
	char path[PATH_MAX], pids[8192], *p, *next;
	size_t n = strlen(own);

	if (n > 5 && strcmp(own + n - 5, "/main") == 0)
		own[n - 5] = '\0';
	snprintf(path, sizeof(path), TOP "%s/main", own);
	if (mkdir(path, 0755) == -1 && errno != EEXIST) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	snprintf(path, sizeof(path), TOP "%s/cgroup.procs", own);
	if (get(path, pids, sizeof(pids)) == -1)
		pids[0] = '\0';
	snprintf(path, sizeof(path), TOP "%s/main/cgroup.procs", own);
	for (p = pids; *p != '\0'; p = next) {
		next = p + strcspn(p, "\n");
		if (*next != '\0')
			*next++ = '\0';
		if (put(path, p) == -1 && errno != ESRCH)
			log_warn("move %s to %s", p, path);
	}
	return RC_OK;
}

static enum rc
init_v2(const char *name)
{
	static const char *const want = "+memory +pids +cpu";
	char buf[4096], path[PATH_MAX], *own, *end;

	if (get("/proc/self/cgroup", buf, sizeof(buf)) == -1 ||
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
	snprintf(path, sizeof(path), TOP "%s/cgroup.subtree_control", own);
	if (put(path, want) == -1)
		log_warn("%s", path);
	snprintf(parent, sizeof(parent), "%s/%s", own, name);
	snprintf(path, sizeof(path), TOP "%s", parent);
	if (mkdir(path, 0755) == -1 && errno != EEXIST) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	snprintf(path, sizeof(path), TOP "%s/cgroup.subtree_control", parent);
	if (put(path, want) == -1) {
		log_warn("%s: memory, pids and cpu must be delegated to "
			 "builderd",
		    path);
		return RC_FAIL;
	}
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
	char name[64], buf[256];

	if (stat(conf->state_dir, &st) == -1 || statfs(TOP, &fs) == -1) {
		log_warn("cgroups");
		return RC_FAIL;
	}
	snprintf(name, sizeof(name), "slipway-%llx-%llx",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	if (v2)
		return init_v2(name);
	snprintf(parent, sizeof(parent), "/%s", name);

	if (get(TOP "/unified/cgroup.controllers", buf, sizeof(buf)) == 0 &&
	    buf[0] != '\0' && buf[0] != '\n')
		hybrid = 1;
	return RC_OK;
}

/*
 * The runtime gives up if a version 2 mount beside the version 1 ones has
 * controllers of its own.  In a keeper's namespace it finds an empty directory
 * there instead, and what it writes into that ends with the keeper.
 */
enum rc
cgroup_hide(void)
{
	if (!hybrid ||
	    mount("none", TOP "/unified", "tmpfs", 0, "size=1m") == 0)
		return RC_OK;
	log_warn(TOP "/unified");
	return RC_FAIL;
}

int
cgroup_swap(void)
{
	char path[PATH_MAX];

	if (v2)
		return 1;
	snprintf(path, sizeof(path), TOP "/%s", files[SWAP][0]);
	return access(path, F_OK) == 0;
}

/*
 * What sockets hold is memory of the cage in version 2, and in version 1
 * nobody's, up to what all of the host may use.  0: need not, or cannot, be
 * set.
 */
uint64_t
cgroup_sockets(const struct conf *conf)
{
	uint64_t mib = (uint64_t)conf->build_memory / 8;

	if (v2 ||
	    access(TOP "/memory/memory.kmem.tcp.limit_in_bytes", F_OK) == -1)
		return 0;
	return (mib < 16 ? 16 : mib) << 20;
}

/* A runtime that silently sets no limits has been seen; so look. */
enum rc
cgroup_verify(const char *id, const struct conf *conf)
{
	uint64_t memory = number(MEMORY, id, NULL);
	uint64_t pids = number(PIDS, id, NULL), cpu = number(CPU, id, NULL);
	uint64_t sockets = cgroup_sockets(conf);

	if ((sockets == 0 || number(TCP, id, NULL) == sockets) &&
	    memory == (uint64_t)conf->build_memory << 20 &&
	    pids == (uint64_t)conf->build_pids &&
	    cpu == (uint64_t)conf->build_cpus * 1000)
		return RC_OK;
	log_warnx("cgroup %s/%s: limits are not in force", parent, id);
	return RC_FAIL;
}

void
cgroup_read(const char *id, struct cage_end *e)
{
	e->memory_peak = number(PEAK, id, NULL);
	e->oom = number(OOM, id, "oom_kill") > 0;
	e->pids = number(PIDS_MAX, id, "max") > 0;
	e->cpu_usec = v2 ? number(USAGE, id, "usage_usec") :
			   number(USAGE, id, NULL) / 1000;
}

/* How many processes it had, all of them told to die. */
static int
kill_all(const char *dir)
{
	char path[PATH_MAX], buf[65536], *p;
	int n = 0;

	snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
	if (get(path, buf, sizeof(buf)) == -1)
		return 0;
	for (p = buf; *p >= '1' && *p <= '9'; n++) {
		kill((pid_t)strtol(p, &p, 10), SIGKILL);
		p += *p == '\n';
	}
	return n;
}

static void
remove_one(const char *dir)
{
	int tries = 500;

	/* Nothing tells when the dead have left; it takes milliseconds. */
	while (kill_all(dir) > 0 && --tries > 0)
		poll(NULL, 0, 10);
	while (rmdir(dir) == -1 && errno == EBUSY && --tries > 0)
		poll(NULL, 0, 10);
	if (access(dir, F_OK) == 0)
		log_warnx("%s: cannot remove", dir);
}

/* Call fn with the directory of ours in every hierarchy. */
static void
each(void (*fn)(const char *dir, const char *arg), const char *arg)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	if (v2) {
		snprintf(path, sizeof(path), TOP "%s", parent);
		fn(path, arg);
		return;
	}
	if ((d = opendir(TOP)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.' || e->d_type != DT_DIR ||
		    strcmp(e->d_name, "unified") == 0)
			continue;
		snprintf(path, sizeof(path), TOP "/%s%s", e->d_name, parent);
		fn(path, arg);
	}
	closedir(d);
}

static void
remove_in(const char *dir, const char *id)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, id);
	if (access(path, F_OK) == 0)
		remove_one(path);
}

void
cgroup_remove(const char *id)
{
	each(remove_in, id);
}

static void
sweep_in(const char *dir, const char *prefix)
{
	char path[PATH_MAX];
	struct dirent *e;
	DIR *d;

	if ((d = opendir(dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (e->d_type != DT_DIR || e->d_name[0] == '.' ||
		    strncmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		remove_one(path);
	}
	closedir(d);
	if (*prefix == '\0' && !v2)
		rmdir(dir);
}

/* Whatever begins with prefix, "" for all: killed and removed. */
void
cgroup_sweep(const char *prefix)
{
	each(sweep_in, prefix);
}
