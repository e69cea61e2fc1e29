#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/*
 * One cgroup a cage, keeper and all.  "Hybrid" is version 1 to us.  What they
 * are made in, in version 2 with what we are in, is given to the steward, who
 * does all else (bounds.c).  A cage's first process is moved by root.
 */
const char *const cgroup_controllers[][6] = {
	{ "/memory", "/pids", "/cpu", "/cpuacct", "/blkio" },
	{ "" },
};

uid_t
steward(const struct conf *conf)
{
	return (uid_t)conf->build_uid_base +
	    (uid_t)conf->build_slots * CAGE_UIDS;
}

pid_t
steward_fork(const struct conf *conf)
{
	uid_t who = steward(conf);
	pid_t pid = fork();

	/* A change of user forgets that we end with our parent. */
	if (pid == 0 &&
	    (setgroups(0, NULL) == -1 || setresgid(who, who, who) == -1 ||
		setresuid(who, who, who) == -1 ||
		prctl(PR_SET_PDEATHSIG, SIGKILL) == -1 ||
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1))
		fatal("steward");
	return pid;
}

enum rc
steward_end(pid_t pid)
{
	int status = -1;

	while (pid != -1 && waitpid(pid, &status, 0) == -1 && errno == EINTR)
		continue;
	return status == 0 ? RC_OK : RC_FAIL;
}

enum rc
steward_does(enum rc (*run)(const char *what, const struct conf *),
    const char *what, const struct conf *conf)
{
	pid_t pid = steward_fork(conf);

	if (pid == 0)
		_exit(run(what, conf) != RC_OK);
	return steward_end(pid);
}

/* Whatever must be was found to be in force; the rest may not be there. */
enum rc
cgroup_enter(const char *id, pid_t pid)
{
	const char *const *c;
	char who[16];

	snprintf(who, sizeof(who), "%d", (int)pid);
	for (c = cgroup_controllers[cgroup_v2]; *c != NULL; c++)
		if (file_put(who, CGROUP_TOP "%s%s/%s/cgroup.procs", *c,
			cgroup_parent, id) == -1 &&
		    errno != ENOENT) {
			log_warn("move %s to %s", who, id);
			return RC_FAIL;
		}
	return RC_OK;
}

/* Nobody leaves it, and in version 1 the limit on processes is always there. */
void
cgroup_kill(const char *id)
{
	char path[PATH_MAX];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), CGROUP_TOP "%s%s/%s/cgroup.procs",
	    cgroup_v2 ? "" : "/pids", cgroup_parent, id);
	f = fopen(path, "re");
	while (f != NULL && fscanf(f, "%d", &pid) == 1 && pid > 0)
		kill(pid, SIGKILL);
	if (f != NULL)
		fclose(f);
}
