#include <sys/stat.h>
#include <sys/statfs.h>

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/* What of a cgroup is given away, where it is there. */
static const char *const given[] = { "", "/cgroup.procs",
	"/cgroup.subtree_control", "/cpu.shares", "/cpu.weight", "/io.max" };

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
	uid_t who = steward(conf);
	char path[PATH_MAX];
	size_t i;

	snprintf(path, sizeof(path), CGROUP_TOP "%s%s", controller, node);
	(void)mkdir(path, 0755);
	for (i = 0; i < NITEMS(given); i++) {
		snprintf(path, sizeof(path), CGROUP_TOP "%s%s%s", controller,
		    node, given[i]);
		if (chown(path, who, who) == -1 && errno != ENOENT) {
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
	char own[128] = "", path[PATH_MAX];
	struct statfs fs;
	struct stat st;
	enum rc rc = RC_OK;

	snprintf(path, sizeof(path), "%s/work", conf->state_dir);
	if (stat(path, &st) == -1 || statfs(CGROUP_TOP, &fs) == -1) {
		log_warn("cgroups");
		return RC_FAIL;
	}
	cgroup_dev = st.st_dev;
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
	for (c = cgroup_controllers[cgroup_v2]; rc == RC_OK && *c != NULL; c++)
		rc = give(conf, *c, cgroup_parent);
	return rc == RC_OK ? steward_does(bounds_init, "", conf) : rc;
}

/* What they were in, when there will be no more of them. */
void
cgroup_end(void)
{
	const char *const *c;
	char path[PATH_MAX];

	for (c = cgroup_controllers[cgroup_v2]; *c != NULL; c++) {
		snprintf(path, sizeof(path), CGROUP_TOP "%s%s", *c,
		    cgroup_parent);
		(void)rmdir(path);
	}
}
