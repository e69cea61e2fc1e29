/*
 * builderd/cage: limits and counters in both versions of the kernel's
 * interface, in a tree of ordinary files.
 */
#define CGROUP_TOP "top"
#define DEVICES    "devices"
#include <sys/stat.h>

#include <errno.h>
#include <grp.h>
#include <unistd.h>

/* Directories go with all their files, and what files there are is planted. */
static int gone, busy;

static int
no_rmdir(const char *path)
{
	(void)path;
	gone++;
	errno = EBUSY;
	return busy ? -1 : 0;
}
#define rmdir(path) no_rmdir(path)
#include "builderd/cage/bounds.c"
#undef rmdir
#include "builderd/cage/count.c"

/* Here all users are one. */
#define setgroups(n, list) 0
#define setresgid(a, b, c) ((int)((a) - (b)))
#define setresuid(a, b, c) ((int)((a) - (b)))
#define chown(path, a, b)  ((a) == (b) ? access(path, F_OK) : -1)
#include "builderd/cage/root/cgroup.c"
#include "builderd/cage/root/give.c"
#undef chown
#include "builderd/cage/root/mount.c"
#include "tap.h"

static char dir[] = "/tmp/slipway-cgroup-XXXXXX";

static void
plant(const char *path, const char *text)
{
	char part[PATH_MAX], *p;
	FILE *f;

	snprintf(part, sizeof(part), "%s", path);
	for (p = part; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		(void)mkdir(part, 0755);
	}
	if ((f = fopen(path, "we")) == NULL)
		exit(1);
	fputs(text, f);
	fclose(f);
}

static const char *
has(const char *path)
{
	static char buf[256];
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return strerror(errno);
	if (fgets(buf, sizeof(buf), f) == NULL)
		*buf = '\0';
	fclose(f);
	buf[strcspn(buf, "\n")] = '\0';
	return buf;
}

static enum rc
make(const struct conf *conf, pid_t pid)
{
	enum rc rc = steward_does(bounds_set, "a-1", conf);

	return rc == RC_OK ? cgroup_enter("a-1", pid) : rc;
}

static void
version2(const struct conf *conf)
{
	struct cage_end e;
	struct counts c;
	int watch[2];

	cgroup_v2 = 1;
	strcpy(cgroup_parent, "/sl/ours");
	plant("top/sl/cgroup.procs", "12\n34\n");
	plant("top/sl/cgroup.subtree_control", "");
	ok(give(conf, "", "/sl") == RC_OK &&
		give(conf, "/sl", "/main") == RC_OK &&
		give(conf, "", cgroup_parent) == RC_OK,
	    "v2: what there is of it is given away");
	plant("top/sl/main/cgroup.procs", "");
	plant("top/sl/ours/cgroup.subtree_control", "");
	plant("top/sl/ours/cpu.weight", "");
	ok(bounds_init("", conf) == RC_FAIL,
	    "v2: no start where no limit can be in force");
	is(has("top/sl/main/cgroup.procs"), "34",
	    "v2: all leave the node to its leaves");
	is(has("top/sl/cgroup.subtree_control"), "+memory +pids +cpu",
	    "v2: which get the controllers that must be");
	is(has("top/sl/ours/cpu.weight"), "1", "v2: the parent behind serving");
	is(has("top/sl/ours/cgroup.subtree_control"), "+memory +pids +cpu",
	    "v2: with the controllers that must be");
	plant("top/sl/ours/try/memory.max", "");
	plant("top/sl/ours/try/pids.max", "");
	plant("top/sl/ours/try/cpu.max", "");
	gone = 0;
	ok(bounds_init("", conf) == RC_OK && gone > 0,
	    "v2: tried at the start, and removed");

	strcpy(cgroup_parent, "/ours");
	plant("top/cgroup.procs", "56\n");
	plant("top/cgroup.subtree_control", "");
	ok(bounds_init("", conf) == RC_FAIL && access("top/main", F_OK) == -1,
	    "v2: the root stays as it is");
	plant("top/main/cgroup.procs", "");
	ok(bounds_init("", conf) == RC_FAIL, "v2: a container's has a leaf");
	is(has("top/main/cgroup.procs"), "56", "v2: so it is left, too");
	strcpy(cgroup_parent, "/sl/ours");

	plant("top/sl/ours/a-1/memory.max", "");
	plant("top/sl/ours/a-1/memory.swap.max", "");
	plant("top/sl/ours/a-1/pids.max", "");
	plant("top/sl/ours/a-1/cpu.max", "");
	plant("top/sl/ours/a-1/cgroup.procs", "");
	ok(make(conf, 4321) == RC_OK, "v2: made");
	is(has("top/sl/ours/a-1/memory.max"), "2147483648", "v2: memory");
	is(has("top/sl/ours/a-1/memory.swap.max"), "0", "v2: no swap");
	is(has("top/sl/ours/a-1/pids.max"), "108",
	    "v2: pids, and the keeper's");
	is(has("top/sl/ours/a-1/cpu.max"), "150000 100000", "v2: processors");
	is(has("top/sl/ours/a-1/cgroup.procs"), "4321", "v2: with its process");
	unlink("top/sl/ours/a-1/pids.max");
	ok(symlink("/dev/null", "top/sl/ours/a-1/pids.max") == 0 &&
		make(conf, 4321) == RC_FAIL,
	    "v2: a limit without effect is none");
	unlink("top/sl/ours/a-1/pids.max");
	ok(make(conf, 4321) == RC_FAIL, "v2: nor one there is not");

	plant("top/sl/ours/a-1/memory.peak", "5000000\n");
	plant("top/sl/ours/a-1/memory.events",
	    "low 0\noom 3\noom_kill 1\noom_group_kill 0\n");
	plant("top/sl/ours/a-1/pids.events", "max 4\n");
	plant("top/sl/ours/a-1/cpu.stat", "usage_usec 700\nuser_usec 5\n");
	count_start(&c, "a-1");
	count_watch("a-1", watch);
	ok(!count_beyond(&c, watch, 2), "v2: nothing is beyond its limit");
	plant("top/sl/ours/a-1/cpu.stat", "usage_usec 1000\nuser_usec 9\n");
	plant("top/sl/ours/a-1/pids.events", "max 5\n");
	ok(!count_beyond(&c, watch, 2) && count_beyond(&c, watch, 1),
	    "v2: refused one process");
	count_end(&c, "a-1", &e);
	busy = 1;
	ok(steward_does(bounds_clear, "a-1", conf) != RC_OK,
	    "v2: not gone while somebody is in it");
	busy = 0;
	ok(steward_does(bounds_clear, "a-1", conf) == RC_OK, "v2: gone");
	ok(e.memory_peak == 5000000 && !e.oom && e.pids && e.cpu_usec == 300,
	    "v2: what was counted since");
	plant("top/sl/ours/a-1/memory.events", "oom 4\noom_kill 2\n");
	ok(count_beyond(&c, watch, 2), "v2: killed for memory");
	close(watch[0]);
	close(watch[1]);
}

/* The disk of a device, and the limit of what all cages write to it. */
static void
writes(struct conf *conf)
{
	char disk[24];

	cgroup_v2 = 1;
	plant("devices/254:0/dev", "254:0\n");
	plant("devices/sda/dev", "8:0\n");
	plant("devices/sda/sda3/dev", "8:3\n");
	plant("devices/sda/sda3/partition", "3\n");
	ok(symlink("sda/sda3", "devices/8:3") == 0, "a link, as the kernel's");
	cgroup_dev = makedev(254, 0);
	find_disk(disk);
	is(disk, "254:0", "a disk");
	cgroup_dev = makedev(8, 3);
	find_disk(disk);
	is(disk, "8:0", "the disk of a partition");
	unlink("top/sl/ours/io.max");
	ok(limit_writes(conf) == RC_NOT_FOUND, "writes: not without io.max");
	plant("top/sl/ours/io.max", "");
	ok(bounds_init("", conf) == RC_OK, "writes: limited at the start");
	is(has("top/sl/ours/io.max"), "8:0 wbps=104857600", "writes: to that");
	conf->build_write_rate = 0;
	plant("top/sl/ours/io.max", "");
	ok(limit_writes(conf) == RC_OK, "writes: or not at all");
	is(has("top/sl/ours/io.max"), "8:0 wbps=max", "writes: as it is said");
	conf->build_write_rate = 100;
	unlink("top/sl/ours/io.max");
	ok(symlink("/dev/null", "top/sl/ours/io.max") == 0 &&
		limit_writes(conf) == RC_FAIL,
	    "writes: a limit without effect is none");
	ok(bounds_init("", conf) == RC_OK, "writes: and builds all the same");
	cgroup_dev = makedev(0, 42);
	find_disk(disk);
	is(disk, "", "no disk");
	ok(limit_writes(conf) == RC_NOT_FOUND, "writes: not without a disk");
}

static void
forces(void)
{
	static const struct {
		const char *lines;
		int good;
	} tests[] = {
		{ "8:0 rbps=max wbps=1024 riops=max wiops=max\n", 1 },
		{ "8:16 wbps=9\n8:0 wbps=1024\n", 1 },
		{ "", 0 },
		{ "\n \n8:0\n", 0 },
		{ "8:0 rbps=max wbps=10240 riops=max wiops=max\n", 0 },
		{ "8:0 rbps=1024 wbps=max riops=max wiops=max\n", 0 },
		{ "18:0 wbps=1024\n8:01 wbps=1024\n", 0 },
	};
	char lines[128];
	size_t i;

	for (i = 0; i < NITEMS(tests); i++) {
		snprintf(lines, sizeof(lines), "%s", tests[i].lines);
		ok(in_force(lines, "8:0", "wbps=1024") == tests[i].good,
		    "io.max, %zu: %s", i + 1,
		    tests[i].good ? "in force" : "not that limit");
	}
}

static void
version1(const struct conf *conf)
{
	static const char *const names[] = { "cpu", "pids", "cpuacct" };
	struct cage_end e;
	struct counts c;
	int watch[2];
	char path[64];
	size_t i;

	cgroup_v2 = 0;
	strcpy(cgroup_parent, "/ours");
	plant("top/memory/ours/a-1/memory.limit_in_bytes", "");
	plant("top/memory/ours/a-1/memory.oom_control",
	    "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n");
	plant("top/memory/ours/a-1/cgroup.procs", "");
	plant("top/pids/ours/a-1/pids.max", "");
	plant("top/cpu/ours/a-1/cpu.cfs_period_us", "");
	plant("top/cpu/ours/a-1/cpu.cfs_quota_us", "");
	plant("top/cpu/ours/cpu.shares", "");
	plant("top/cpuacct/ours/a-1/cpuacct.usage", "1000000\n");
	for (i = 0; i < NITEMS(names); i++) {
		snprintf(path, sizeof(path), "top/%s/ours/a-1/cgroup.procs",
		    names[i]);
		plant(path, "");
	}
	plant("top/memory/ours/try/memory.limit_in_bytes", "");
	plant("top/pids/ours/try/pids.max", "");
	plant("top/cpu/ours/try/cpu.cfs_period_us", "");
	plant("top/cpu/ours/try/cpu.cfs_quota_us", "");
	ok(give(conf, "/memory", cgroup_parent) == RC_OK &&
		give(conf, "/none", cgroup_parent) == RC_OK,
	    "v1: the parents, of those that there are");
	ok(bounds_init("", conf) == RC_OK, "v1: what all have");
	ok(make(conf, 77) == RC_OK,
	    "v1: made, without the controllers that need not be");
	is(has("top/memory/ours/a-1/memory.limit_in_bytes"), "2147483648",
	    "v1: memory");
	is(has("top/cpu/ours/a-1/cpu.cfs_quota_us"), "150000",
	    "v1: processors");
	is(has("top/cpu/ours/cpu.shares"), "10",
	    "v1: all of them behind serving");
	is(has("top/pids/ours/a-1/cgroup.procs"), "77", "v1: with its process");
	count_start(&c, "a-1");
	count_watch("a-1", watch);
	ok(!count_beyond(&c, watch, 1), "v1: nothing is beyond its limit");
	plant("top/memory/ours/a-1/memory.oom_control",
	    "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n");
	ok(count_beyond(&c, watch, 1), "v1: killed for memory");
	close(watch[0]);
	close(watch[1]);
	ok(!count_beyond(&c, (int[2]){ -1, -1 }, 1), "v1: or nobody knows");
	plant("top/cpuacct/ours/a-1/cpuacct.usage", "3000000\n");
	count_end(&c, "a-1", &e);
	ok(e.oom && !e.pids && e.cpu_usec == 2000,
	    "v1: what was counted since");
	unlink("top/memory/ours/a-1/cgroup.procs");
	if (mkdir("top/memory/ours/a-1/cgroup.procs", 0755) == -1)
		exit(1);
	ok(make(conf, 77) == RC_FAIL, "v1: a process must be in it");
}

int
main(void)
{
	struct conf conf = { .build_memory = 2048,
		.build_pids = 100,
		.build_cpus = 150,
		.build_runtime = "crun",
		.build_write_rate = 100,
		.build_priority = "idle" };
	int n;

	log_open("cgroup-t", 0);
	if (mkdtemp(dir) == NULL || chdir(dir) == -1)
		return 1;
	version2(&conf);
	writes(&conf);
	forces();
	version1(&conf);
	n = done();
	fflush(stdout);
	execl("/bin/sh", "sh", "-c", "cd / && rm -rf \"$1\"; exit \"$2\"", "sh",
	    dir, n == 0 ? "0" : "1", NULL);
	return 1;
}
