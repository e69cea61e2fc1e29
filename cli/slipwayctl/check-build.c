#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"
#include "layer.h"

extern char **environ;

/* Is there such a word in that file? */
static int
has_word(const char *path, const char *word)
{
	char line[1024];
	size_t n = strlen(word);
	int yes = 0;
	char *p;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (!yes && fgets(line, sizeof(line), f) != NULL)
		for (p = line; (p = strstr(p, word)) != NULL && !yes; p++)
			yes = (p == line || strchr(" \t", p[-1]) != NULL) &&
			    strchr(" \t\n", p[n]) != NULL;
	fclose(f);
	return yes;
}

void
check_image(struct doctor *d)
{
	const char *name = d->conf->build_image, *dir;
	struct layers extras;
	enum rc rc;
	size_t i;
	char *path;

	if (strcmp(name, "host") == 0) {
		if (access("/usr/bin/node", X_OK) == 0)
			found(d, HINT, "slipwayctl image makes a real one",
			    "builds see this machine's own /usr");
		else
			found(d, HINT,
			    "install nodejs and npm, or slipwayctl image",
			    "builds see this machine's /usr, without Node");
		return;
	}
	dir = arena_printf(d->arena, "%s/images/%s", d->conf->state_dir, name);
	path = arena_printf(d->arena, "%s/base.sqfs", dir);
	if (access(path, R_OK) == -1)
		found(d, BAD, "slipwayctl image", "%s: %s", path,
		    strerror(errno));
	else if ((rc = layer_extras(dir, &extras)) == RC_TOO_LARGE)
		found(d, BAD, "slipwayctl image --remove",
		    "%s: more than %d layers besides base and Node", dir,
		    LAYER_EXTRAS);
	else if (rc != RC_OK)
		found(d, BAD, arena_printf(d->arena, "chmod 755 %s", dir),
		    "%s: cannot be listed", dir);
	else {
		for (i = 0; i < extras.n; i++)
			path = arena_printf(d->arena, "%s, %s", path,
			    extras.name[i]);
		found(d, GOOD, NULL, "%s", path);
	}
}

void
check_runtime(struct doctor *d)
{
	const char *name = d->conf->build_runtime;
	char *const argv[] = { (char *)name, (char *)"--version", NULL };
	const char *path = arena_printf(d->arena, "/usr/bin/%s", name);
	posix_spawn_file_actions_t quiet;
	int e, status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&quiet);
	posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null",
	    O_WRONLY, 0);
	e = posix_spawn(&pid, path, &quiet, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&quiet);
	if (e != 0)
		found(d, BAD,
		    arena_printf(d->arena, "apt-get install %s", name),
		    "%s: %s", path, strerror(e));
	else if (waitpid(pid, &status, 0) == -1 || status != 0)
		found(d, BAD,
		    arena_printf(d->arena, "apt-get install --reinstall %s",
			name),
		    "%s does not run", path);
	else
		found(d, GOOD, NULL, "%s", path);
}

void
check_libexec(struct doctor *d)
{
	const char *names[] = { "cage-init", "slipway-fetch", "slipway-proxy",
		"slipway-unpack" };
	char *path;
	size_t i;

	for (i = 0; i < NITEMS(names); i++) {
		path = arena_printf(d->arena, "%s/%s", d->conf->libexec_dir,
		    names[i]);
		if (access(path, X_OK) == -1) {
			found(d, BAD, "make install, or set libexec-dir",
			    "%s: %s", path, strerror(errno));
			return;
		}
	}
	found(d, GOOD, NULL, "%s", d->conf->libexec_dir);
}

/* What cages are made of. */
void
check_kernel(struct doctor *d)
{
	char text[32] = "0";
	struct utsname u;
	int major = 0, minor = 0, fd;

	uname(&u);
	sscanf(u.release, "%d.%d", &major, &minor);
	if ((fd = open("/proc/sys/user/max_user_namespaces",
		 O_RDONLY | O_CLOEXEC)) != -1) {
		(void)!read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (major < 5 || (major == 5 && minor < 12))
		found(d, BAD, "Linux 5.12 or later",
		    "Linux %s has no mounts with mapped ids", u.release);
	else if (text[0] == '0')
		found(d, BAD, "sysctl -w user.max_user_namespaces=10000",
		    "user namespaces are switched off");
	else if (access("/dev/loop-control", F_OK) == -1)
		found(d, BAD, "modprobe loop; in a container, pass the device",
		    "there are no loop devices");
	else if (!has_word("/proc/filesystems", "overlay"))
		found(d, BAD, "modprobe overlay", "no overlay file system");
	else if (!has_word("/proc/filesystems", "squashfs") &&
	    strcmp(d->conf->build_image, "host") != 0)
		found(d, HINT, "modprobe squashfs", "no squashfs yet");
	else
		found(d, GOOD, NULL, "Linux %s", u.release);
}

void
check_cgroups(struct doctor *d)
{
	const char *want[] = { "cpu", "memory", "pids" };
	const char *v2 = "/sys/fs/cgroup/cgroup.controllers";
	int unified = access(v2, F_OK) == 0;
	char path[64];
	size_t i;

	for (i = 0; i < NITEMS(want); i++) {
		snprintf(path, sizeof(path), "/sys/fs/cgroup/%s", want[i]);
		if (unified ? has_word(v2, want[i]) : access(path, F_OK) == 0)
			continue;
		found(d, BAD,
		    unified ? "Delegate=yes in the unit of builderd; in a "
			      "container, pass cgroups on" :
			      "mount the cgroup hierarchy",
		    "no controller %s: builds would have no limits", want[i]);
		return;
	}
	found(d, GOOD, NULL, "version %d", unified ? 2 : 1);
}

void
check_certificates(struct doctor *d)
{
	if (access(d->conf->build_ca_file, R_OK) == -1)
		found(d, BAD, "apt-get install ca-certificates", "%s: %s",
		    d->conf->build_ca_file, strerror(errno));
	else
		found(d, GOOD, NULL, "%s", d->conf->build_ca_file);
}
