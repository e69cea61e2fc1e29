#include <sys/stat.h>
#include <sys/statfs.h>

#include <errno.h>
#include <grp.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/*
 * One cgroup a cage, keeper and all.  "Hybrid" is version 1 to us.  What they
 * are made in, in version 2 with what we are in, is given to a user of their
 * own, the first after those of all slots, who does all else (bounds.c) and can
 * do nothing else.  A cage's first process is moved by root.
 */
static const char *const controllers[][6] = {
	{ "/memory", "/pids", "/cpu", "/cpuacct", "/blkio" },
	{ "" },
};

/* What of one is given away, where it is there. */
static const char *const given[] = { "", "/cgroup.procs",
	"/cgroup.subtree_control", "/cpu.idle", "/cpu.shares", "/cpu.weight" };

static uid_t
owner(const struct conf *conf)
{
	return (uid_t)conf->build_uid_base +
	    (uid_t)conf->build_slots * CAGE_UIDS;
}

struct job {
	enum rc (*run)(const char *id, const struct conf *);
	const char *id;
	const struct conf *conf;
};

static int
as_owner(const void *arg)
{
	const struct job *j = arg;
	uid_t who = owner(j->conf);

	if (setgroups(0, NULL) == -1 || setresgid(who, who, who) == -1 ||
	    setresuid(who, who, who) == -1) {
		log_warn("limits");
		return 1;
	}
	return j->run(j->id, j->conf) != RC_OK;
}

/* Where we are in version 2, which is where builds may be. */
static enum rc
find_own(char own[128])
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[256], *p;
	int found = 0;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "0::%127[^\n]", own) == 1;
	if (f != NULL)
		fclose(f);
	/* The leaf that bounds.c has moved us to before, or the top. */
	if ((p = strrchr(own, '/')) != NULL &&
	    (strcmp(p, "/main") == 0 || p[1] == '\0'))
		*p = '\0';
	return found ? RC_OK : RC_FAIL;
}

static enum rc
give(const struct conf *conf, const char *controller, const char *node)
{
	char path[PATH_MAX];
	size_t i;

	snprintf(path, sizeof(path), CGROUP_TOP "%s%s", controller, node);
	(void)mkdir(path, 0755);
	for (i = 0; i < NITEMS(given); i++) {
		snprintf(path, sizeof(path), CGROUP_TOP "%s%s%s", controller,
		    node, given[i]);
		if (chown(path, owner(conf), owner(conf)) == -1 &&
		    errno != ENOENT) {
			log_warn("%s", path);
			return RC_FAIL;
		}
	}
	return RC_OK;
}

/*
 * Ours is named after the directory that we have locked, so that two builderds
 * on a machine do not take one another's builds for their own: they have slots
 * of the same numbers.
 */
enum rc
cgroup_init(const struct conf *conf)
{
	const char *const *c;
	struct job job = { .run = bounds_init, .conf = conf };
	char own[128] = "", path[PATH_MAX];
	struct statfs fs;
	struct stat st;
	enum rc rc = RC_OK;

	snprintf(path, sizeof(path), "%s/work", conf->state_dir);
	if (stat(path, &st) == -1 || statfs(CGROUP_TOP, &fs) == -1) {
		log_warn("cgroups");
		return RC_FAIL;
	}
	cgroup_v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	if (cgroup_v2)
		rc = find_own(own);
	snprintf(cgroup_parent, sizeof(cgroup_parent), "%s/slipway-%llx-%llx",
	    own, (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	/* The root needs no leaf; what a container takes for it has a type. */
	if (cgroup_v2 && *own == '\0' &&
	    access(CGROUP_TOP "/cgroup.type", F_OK) == -1)
		(void)file_put(CGROUP_CONTROLLERS,
		    CGROUP_TOP "/cgroup.subtree_control");
	else if (cgroup_v2 && rc == RC_OK &&
	    (rc = give(conf, "", own)) == RC_OK)
		rc = give(conf, own, "/main");
	for (c = controllers[cgroup_v2]; rc == RC_OK && *c != NULL; c++)
		rc = give(conf, *c, cgroup_parent);
	return rc == RC_OK ? child_run(as_owner, &job) : rc;
}

/* Whatever must be was found to be in force; the rest may not be there. */
enum rc
cgroup_make(const char *id, const struct conf *conf, pid_t pid)
{
	const struct job job = { .run = bounds_set, .id = id, .conf = conf };
	const char *const *c;
	char who[16];
	enum rc rc;

	if ((rc = child_run(as_owner, &job)) != RC_OK)
		return rc;
	snprintf(who, sizeof(who), "%d", (int)pid);
	for (c = controllers[cgroup_v2]; *c != NULL; c++)
		if (file_put(who, CGROUP_TOP "%s%s/%s/cgroup.procs", *c,
			cgroup_parent, id) == -1 &&
		    errno != ENOENT) {
			log_warn("move %s to %s", who, id);
			return RC_FAIL;
		}
	return RC_OK;
}

/* What they were in, when there will be no more of them. */
void
cgroup_end(void)
{
	const char *const *c;
	char path[PATH_MAX];

	for (c = controllers[cgroup_v2]; *c != NULL; c++) {
		snprintf(path, sizeof(path), CGROUP_TOP "%s%s", *c,
		    cgroup_parent);
		(void)rmdir(path);
	}
}

int
cgroup_remove(const char *id, const struct conf *conf)
{
	const struct job job = { .run = bounds_clear, .id = id, .conf = conf };

	return child_run(as_owner, &job) == RC_OK;
}
