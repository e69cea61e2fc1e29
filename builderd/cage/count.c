#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"

char cgroup_parent[256]; /* below the top, or below each controller: "/a/b" */
int cgroup_v2;
dev_t cgroup_dev;

/* Counters, by version of the kernel's interface. */
enum file { PEAK, OOM, PIDS_MET, USAGE };
static const char *const files[][2] = {
	[PEAK] = { "/memory%s/%s/memory.max_usage_in_bytes",
	    "%s/%s/memory.peak" },
	[OOM] = { "/memory%s/%s/memory.oom_control", "%s/%s/memory.events" },
	[PIDS_MET] = { "/pids%s/%s/pids.events", "%s/%s/pids.events" },
	[USAGE] = { "/cpuacct%s/%s/cpuacct.usage", "%s/%s/cpu.stat" },
};

static int
open_file(enum file f, const char *id)
{
	char path[PATH_MAX];
	size_t n;

	n = (size_t)snprintf(path, sizeof(path), CGROUP_TOP);
	snprintf(path + n, sizeof(path) - n, files[f][cgroup_v2], cgroup_parent,
	    id);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* The number after "name ", or the first one. */
static uint64_t
read_number(int fd, const char *name)
{
	size_t len = strlen(name);
	char buf[1024], *p = buf;
	ssize_t got;

	got = pread(fd, buf, sizeof(buf) - 1, 0);
	buf[got < 0 ? 0 : got] = '\0';
	while (len > 0 && (strncmp(p, name, len) != 0 || p[len] != ' ')) {
		if ((p = strchr(p, '\n')) == NULL)
			return 0;
		p++;
	}
	return strtoull(p + len, NULL, 10);
}

static uint64_t
number(enum file f, const char *id, const char *name)
{
	int fd = open_file(f, id);
	uint64_t n;

	if (fd == -1)
		return 0;
	n = read_number(fd, name);
	close(fd);
	return n;
}

void
count_watch(const char *id, int fds[2])
{
	fds[0] = open_file(OOM, id);
	fds[1] = open_file(PIDS_MET, id);
}

int
count_beyond(const struct counts *c, const int fds[2], int pids)
{
	uint64_t oom = read_number(fds[0], "oom_kill");
	uint64_t refused = read_number(fds[1], "max");

	return oom > c->oom || refused >= c->pids + (uint64_t)pids;
}

void
count_start(struct counts *c, const char *id)
{
	c->oom = number(OOM, id, "oom_kill");
	c->pids = number(PIDS_MET, id, "max");
	c->cpu = cgroup_v2 ? number(USAGE, id, "usage_usec") :
			     number(USAGE, id, "") / 1000;
}

/* The peak is that of the whole cage: nobody but root can forget it. */
void
count_end(const struct counts *c, const char *id, struct cage_end *e)
{
	struct counts now;

	count_start(&now, id);
	e->memory_peak = number(PEAK, id, "");
	e->oom = now.oom > c->oom;
	e->pids = now.pids > c->pids;
	e->cpu_usec = now.cpu - c->cpu;
}
