/*
 * cages -- sees the builds in real cages at work, from outside: each slot has a
 * cgroup, and the environment of what is in it says whose it is.
 */
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "torture.h"

#define LOOK 100 /* ms */

/* Where builderd/cage/root/give.c puts them, by version of the interface. */
static DIR *
parent(const struct torture *t)
{
	char state[512], own[512] = "", path[1200];
	struct stat st;
	size_t n;
	FILE *f;
	DIR *d;

	snprintf(state, sizeof(state), "%s/state/work", t->dir);
	if (stat(state, &st) == -1)
		return NULL;
	snprintf(path, sizeof(path), "/sys/fs/cgroup/pids/slipway-%llx-%llx",
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	if ((d = opendir(path)) != NULL)
		return d;
	if ((f = fopen("/proc/self/cgroup", "re")) == NULL)
		return NULL;
	while (
	    fgets(own, sizeof(own), f) != NULL && strncmp(own, "0::/", 4) != 0)
		continue;
	fclose(f);
	own[strcspn(own, "\n")] = '\0';
	if ((n = strlen(own)) > 8 && strcmp(own + n - 5, "/main") == 0)
		own[n - 5] = '\0';
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s/slipway-%llx-%llx",
	    n > 4 ? own + 3 : "", (unsigned long long)st.st_dev,
	    (unsigned long long)st.st_ino);
	return opendir(path);
}

static int
running(int pid)
{
	char name[64], state = 'X';
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	if ((f = fopen(name, "re")) == NULL)
		return 0;
	if (fscanf(f, "%*d %*[^)]) %c", &state) != 1)
		state = 'X';
	fclose(f);
	return strchr("RSD", state) != NULL;
}

/* Whose process that is: builds are told an id of each attempt. */
static int
owner(int pid, char id[32], unsigned long long *fence)
{
	char name[64], *line = NULL;
	size_t size = 0;
	int found = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/environ", pid);
	if ((f = fopen(name, "re")) == NULL)
		return 0;
	while (!found && getdelim(&line, &size, '\0', f) > 0)
		found = sscanf(line, "BUILD_ID=%31[^-]-%llu", id, fence) == 2;
	free(line);
	fclose(f);
	return found;
}

static void
look(int dir, const char *name)
{
	static int seen;
	char path[300], id[32];
	unsigned long long fence;
	int fd, pid;
	FILE *f;

	snprintf(path, sizeof(path), "%s/cgroup.procs", name);
	if ((fd = openat(dir, path, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	if ((f = fdopen(fd, "r")) == NULL)
		err(1, "%s", path);
	while (fscanf(f, "%d", &pid) == 1)
		if (running(pid) && owner(pid, id, &fence)) {
			if (!seen++)
				record("phase caged");
			record("work %s %llu %d", id, fence, pid);
			break;
		}
	fclose(f);
}

void
cages_run(struct torture *t)
{
	struct dirent *e;
	DIR *d;

	for (;; poll(NULL, 0, LOOK)) {
		if ((d = parent(t)) == NULL)
			continue;
		while ((e = readdir(d)) != NULL)
			if (isdigit((unsigned char)e->d_name[0]))
				look(dirfd(d), e->d_name);
		closedir(d);
	}
}
