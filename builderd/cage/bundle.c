#include <sys/resource.h>
#include <sys/utsname.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keep.h"
#include "log.h"

/*
 * config.json of a cage.  All of it is constant but paths that are ours;
 * nothing that a user chose is in it.  What is to be run travels to cage-init
 * on its standard input.  The keeper is in the cage's user namespace and in its
 * cgroup already, so neither is made here.
 *
 * A core of 0 bytes would still be written where core_pattern names a program,
 * which runs as root of the host; one of 1 is not written at all.
 */

#define OBJECTS KEEP_MIRROR "/objects" /* of what was fetched, if any */

/* clang-format off */
static const char head[] =
"{\"ociVersion\":\"1.0.2\",\"hostname\":\"build\",\"process\":{"
"\"terminal\":false,\"cwd\":\"/workspace\","
"\"args\":[\"/slipway/cage-init\"],\"env\":[],"
"\"capabilities\":{\"bounding\":[],\"effective\":[],\"inheritable\":[],"
"\"permitted\":[],\"ambient\":[]},\"noNewPrivileges\":true,"
"\"oomScoreAdj\":500,";

static const char mounts[] =
"{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\","
"\"options\":[\"nosuid\",\"noexec\",\"nodev\"]},"
"{\"destination\":\"/dev\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
"\"options\":[\"nosuid\",\"noexec\",\"strictatime\",\"mode=755\","
"\"size=64k\"]},"
"{\"destination\":\"/dev/pts\",\"type\":\"devpts\",\"source\":\"devpts\","
"\"options\":[\"nosuid\",\"noexec\",\"newinstance\",\"ptmxmode=0666\","
"\"mode=0620\"]},"
"{\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\","
"\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\","
"\"size=64m\"]},"
"{\"destination\":\"/tmp\",\"type\":\"tmpfs\",\"source\":\"tmpfs\","
"\"options\":[\"nosuid\",\"nodev\",\"mode=1777\",\"size=256m\","
"\"nr_inodes=20000\"]}";

static const char tail[] =
"\"maskedPaths\":[\"/proc/acpi\",\"/proc/kcore\",\"/proc/keys\","
"\"/proc/latency_stats\",\"/proc/timer_list\",\"/proc/sched_debug\","
"\"/proc/scsi\",\"/proc/interrupts\",\"/sys/firmware\"],"
"\"readonlyPaths\":[\"/proc/asound\",\"/proc/bus\",\"/proc/fs\","
"\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"],"
"\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"ipc\"},"
"{\"type\":\"uts\"},{\"type\":\"mount\"},{\"type\":\"cgroup\"},"
"{\"type\":\"network\"}],";
/* clang-format on */

static void
bind(FILE *f, const char *to, const char *from, const char *how)
{
	fprintf(f,
	    ",{\"destination\":\"%s\",\"type\":\"bind\",\"source\":\"%s\","
	    "\"options\":[\"rbind\",\"nosuid\",\"nodev\",\"%s\"]}",
	    to, from, how);
}

enum rc
bundle_write(const struct bundle *b)
{
	struct rlimit files;
	char path[PATH_MAX];
	unsigned long n;
	int bad;
	FILE *f;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return RC_FAIL;
	n = files.rlim_max < 8192 ? files.rlim_max : 8192;
	snprintf(path, sizeof(path), "%s/config.json", b->dir);
	if ((f = fopen(path, "we")) == NULL) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	fprintf(f,
	    "%s\"user\":{\"uid\":%d,\"gid\":%d},\"rlimits\":["
	    "{\"type\":\"RLIMIT_NOFILE\",\"hard\":%lu,\"soft\":%lu},"
	    "{\"type\":\"RLIMIT_CORE\",\"hard\":1,\"soft\":1}]},"
	    "\"root\":{\"path\":\"%s\",\"readonly\":true},\"mounts\":[%s",
	    head, CAGE_UID, CAGE_UID, n, n, b->root, mounts);
	bind(f, "/slipway", KEEP_CAGE "/slipway", "ro");
	bind(f, "/etc/ssl/certs/ca-certificates.crt", KEEP_CAGE "/ca.crt",
	    "ro");
	bind(f, "/etc/resolv.conf", KEEP_CAGE "/resolv.conf", "ro");
	if (b->kind == CAGE_FETCH) {
		bind(f, "/workspace", KEEP_WORK "/src", "rw");
		bind(f, "/mirror", KEEP_MIRROR, "rw");
		bind(f, "/upload", KEEP_UPLOAD, "ro");
	} else
		bind(f, "/workspace", KEEP_CAGE "/merged", "rw");
	bind(f, "/home/build", KEEP_WORK "/home", "rw");
	if (b->kind == CAGE_BUILD)
		bind(f, "/home/build/.downloads", KEEP_CAGE "/downloads", "ro");
	/* Objects alone: no lock to hold, no branches, no submodules. */
	if (b->kind == CAGE_BUILD && access(OBJECTS, F_OK) == 0)
		bind(f, "/mirror", OBJECTS, "ro");
	fprintf(f, "],\"linux\":{%s", tail);
	seccomp_write(f);
	fprintf(f, "}}\n");
	bad = ferror(f);
	if (fclose(f) == EOF || bad) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	return RC_OK;
}
