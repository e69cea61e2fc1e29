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
 * One cgroup a cage, keeper and all.  "Hybrid" is version 1 to us.  Their
 * parents are given to a user of their own, the first after those of all
 * slots, who can do nothing but set limits (bounds.c); a process is moved by
 * root.
 */
/* clang-format off */
static const struct controller {
	int v2;
	const char *dir;
	int must; /* be there */
} controllers[] = {
	{ 0, "/memory",	 1 },
	{ 0, "/pids",	 1 },
	{ 0, "/cpu",	 1 },
	{ 0, "/cpuacct", 1 },
	{ 0, "/blkio",	 0 },
	{ 0, "/devices", 0 },
	{ 1, "",	 1 },
};

/* What all builds have together, where the kernel can. */
static const struct common {
	int v2;
	const char *dir, *file, *text;
} commons[] = {
	{ 0, "/cpu",	 "cpu.shares",	  "512" },
	{ 0, "/cpu",	 "cpu.idle",	  "0" },
	{ 0, "/devices", "devices.deny",  "a" },
	{ 0, "/devices", "devices.allow", "c 1:3 rw" },	  /* null */
	{ 0, "/devices", "devices.allow", "c 1:5 rw" },	  /* zero */
	{ 0, "/devices", "devices.allow", "c 1:7 rw" },	  /* full */
	{ 0, "/devices", "devices.allow", "c 1:8 rw" },	  /* random */
	{ 0, "/devices", "devices.allow", "c 1:9 rw" },	  /* urandom */
	{ 0, "/devices", "devices.allow", "c 5:0 rw" },	  /* tty */
	{ 0, "/devices", "devices.allow", "c 5:2 rw" },	  /* ptmx */
	{ 0, "/devices", "devices.allow", "c 136:* rw" }, /* pts */
	{ 1, "",	 "cpu.weight",	  "50" },
	{ 1, "",	 "cpu.idle",	  "0" },
};
/* clang-format on */

static uid_t
owner(const struct conf *conf)
{
	return (uid_t)conf->build_uid_base +
	    (uid_t)conf->build_slots * CAGE_UIDS;
}

/* How many were moved; who forks meanwhile is there again. */
static int
move_all(const char *own)
{
	char path[PATH_MAX], pid[24];
	int moved = 0;
	FILE *f;

	snprintf(path, sizeof(path), CGROUP_TOP "%s/cgroup.procs", own);
	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (fscanf(f, "%23s", pid) == 1)
		if (file_put(pid, CGROUP_TOP "%s/main/cgroup.procs", own) == 0)
			moved++;
		else if (errno != ESRCH)
			log_warn("move %s to %s/main", pid, own);
	fclose(f);
	return moved;
}

/*
 * Version 2 has processes in leaves only, and systemd gave us a node.  So
 * whoever is in it (builderd, and this helper) moves into a leaf beside the
 * builds.  The root alone may have both; what a container takes for the root
 * has a type.
 */
static enum rc
make_room(char *own)
{
	size_t n = strlen(own);
	char path[PATH_MAX];
	int tries = 10;

	if (n >= 5 && strcmp(own + n - 5, "/main") == 0)
		own[n - 5] = '\0';
	if (strcmp(own, "/") == 0)
		*own = '\0';
	if (*own == '\0' && access(CGROUP_TOP "/cgroup.type", F_OK) == -1)
		return RC_OK;
	snprintf(path, sizeof(path), CGROUP_TOP "%s/main", own);
	if (mkdir(path, 0755) == -1 && errno != EEXIST) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	while (tries-- > 0 && move_all(own) > 0)
		continue;
	return RC_OK;
}

/* Where we are, which is where builds may be. */
static enum rc
find_v2(char own[128])
{
	FILE *f = fopen("/proc/self/cgroup", "re");
	char line[256];
	int found = 0;

	while (f != NULL && !found && fgets(line, sizeof(line), f) != NULL)
		found = sscanf(line, "0::%127[^\n]", own) == 1;
	if (f != NULL)
		fclose(f);
	return found ? make_room(own) : RC_FAIL;
}

static enum rc
delegate(const char *node)
{
	/* Without this one it does, too. */
	(void)file_put("+io", CGROUP_TOP "%s/cgroup.subtree_control", node);
	if (file_put("+memory +pids +cpu",
		CGROUP_TOP "%s/cgroup.subtree_control", node) == 0)
		return RC_OK;
	log_warn("%s: memory, pids and cpu must be delegated to builderd",
	    node);
	return RC_FAIL;
}

static enum rc
make_parents(const struct conf *conf)
{
	const struct controller *c;
	const struct common *m;
	char path[PATH_MAX];

	for (c = controllers; c < controllers + NITEMS(controllers); c++) {
		snprintf(path, sizeof(path), CGROUP_TOP "%s%s", c->dir,
		    cgroup_parent);
		if (c->v2 == cgroup_v2 &&
		    ((mkdir(path, 0755) == -1 && errno != EEXIST) ||
			chown(path, owner(conf), owner(conf)) == -1) &&
		    c->must) {
			log_warn("%s", path);
			return RC_FAIL;
		}
	}
	for (m = commons; m < commons + NITEMS(commons); m++)
		if (m->v2 == cgroup_v2)
			(void)file_put(m->text, CGROUP_TOP "%s%s/%s", m->dir,
			    cgroup_parent, m->file);
	if (strcmp(conf->build_priority, "idle") == 0)
		(void)file_put("1", CGROUP_TOP "%s%s/cpu.idle",
		    cgroup_v2 ? "" : "/cpu", cgroup_parent);
	return cgroup_v2 ? delegate(cgroup_parent) : RC_OK;
}

/*
 * Ours is named after the directory that we have locked, so that two builderds
 * on a machine do not take one another's builds for their own: they have slots
 * of the same numbers.
 */
enum rc
cgroup_init(const struct conf *conf)
{
	struct statfs fs;
	char own[128] = "", path[PATH_MAX];
	struct stat st;
	enum rc rc;

	snprintf(path, sizeof(path), "%s/work", conf->state_dir);
	if (stat(path, &st) == -1 || statfs(CGROUP_TOP, &fs) == -1) {
		log_warn("cgroups");
		return RC_FAIL;
	}
	cgroup_v2 = fs.f_type == CGROUP2_SUPER_MAGIC;
	if (cgroup_v2 &&
	    ((rc = find_v2(own)) != RC_OK || (rc = delegate(own)) != RC_OK))
		return rc;
	snprintf(cgroup_parent, sizeof(cgroup_parent), "%s/slipway-%llx-%llx",
	    own, (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return make_parents(conf);
}

struct leaf {
	const char *id;
	const struct conf *conf;
};

/* Whoever this is can do nothing else. */
static int
limit(const void *arg)
{
	const struct leaf *l = arg;
	uid_t who = owner(l->conf);

	if (setgroups(0, NULL) == -1 || setresgid(who, who, who) == -1 ||
	    setresuid(who, who, who) == -1) {
		log_warn("limits");
		return 1;
	}
	return bounds_set(l->id, l->conf) != RC_OK;
}

enum rc
cgroup_make(const char *id, const struct conf *conf, pid_t pid)
{
	const struct leaf leaf = { .id = id, .conf = conf };
	const struct controller *c;
	char who[16];
	enum rc rc;

	if ((rc = child_run(limit, &leaf)) != RC_OK)
		return rc;
	snprintf(who, sizeof(who), "%d", (int)pid);
	for (c = controllers; c < controllers + NITEMS(controllers); c++)
		if (c->v2 == cgroup_v2 &&
		    file_put(who, CGROUP_TOP "%s%s/%s/cgroup.procs", c->dir,
			cgroup_parent, id) == -1 &&
		    c->must) {
			log_warn("move %s to %s", who, id);
			return RC_FAIL;
		}
	return RC_OK;
}

int
cgroup_remove(const char *id)
{
	const struct controller *c;
	char path[PATH_MAX];
	int gone = 1;

	for (c = controllers; c < controllers + NITEMS(controllers); c++) {
		snprintf(path, sizeof(path), CGROUP_TOP "%s%s/%s", c->dir,
		    cgroup_parent, id);
		if (c->v2 == cgroup_v2 && rmdir(path) == -1 && errno == EBUSY)
			gone = 0;
	}
	return gone;
}
