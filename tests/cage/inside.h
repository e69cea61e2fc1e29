/*
 * Cages as builderd opens them, and what was said in one.
 */
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <glob.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "builderd/cage/keep.h"
#include "log.h"
#include "tap.h"

#ifndef RUNTIME
#define RUNTIME "crun"
#define BASE    1500000000U
#endif
#define BUILDER 64999 /* no such user is needed */

static char dir[] = "/tmp/slipway-cage-XXXXXX";
static struct conf conf;
static struct arena *arena;
static struct helper *helper;
static char out[65536];
static struct cage_end end;

void __real_keeper_main(struct keeper *) __attribute__((noreturn));
void __wrap_keeper_main(struct keeper *) __attribute__((noreturn));

static const char *hostile;  /* keepers that can read this file are */
static const char *diskless; /* who can read this file makes no disk */

/* Is anything mapped that others may see the change of? */
static int
shares(void)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char text[512];
	int yes = 0;

	while (f != NULL && fgets(text, sizeof(text), f) != NULL)
		yes |= strstr(text, "rw-s ") != NULL;
	if (f != NULL)
		fclose(f);
	return yes || f == NULL;
}

/*
 * One that was taken over, and ends neither with its warden nor when asked.  It
 * says whether root's mounts are what they were, its memory its own, and the
 * mirror without a file of root's.
 */
void
__wrap_keeper_main(struct keeper *k)
{
	int all;

	if (access(hostile, R_OK) == -1)
		__real_keeper_main(k);
	if (prctl(PR_SET_PDEATHSIG, 0) == -1 || unshare(CLONE_NEWNS) == -1)
		_exit(1);
	/* Held as long as it is there, and in nobody's way. */
	(void)flock(open(KEEP_TOP, O_RDONLY | O_DIRECTORY), LOCK_EX);
	(void)flock(open(KEEP_IMAGE, O_RDONLY | O_DIRECTORY), LOCK_EX);
	all = !shares() &&
	    open(KEEP_MIRROR "/x", O_WRONLY | O_CREAT, 04755) == -1 &&
	    umount2(KEEP_WORK, MNT_DETACH) == -1 &&
	    umount2(KEEP_MIRROR, MNT_DETACH) == -1 &&
	    mount(NULL, KEEP_WORK, NULL, MS_REMOUNT | MS_BIND | MS_NODEV,
		NULL) == -1 &&
	    mount(NULL, KEEP_MIRROR, NULL, MS_REMOUNT | MS_BIND | MS_NOSUID,
		NULL) == -1;
	if (write(k->line, all ? "y" : "n", 1) != 1)
		_exit(1);
	poll(NULL, 0, 60000);
	_exit(1);
}

enum rc __real_disk_make(const char *, const struct conf *);
enum rc __wrap_disk_make(const char *, const struct conf *);

/* By a user who is no build's, and has nothing else in hand. */
enum rc
__wrap_disk_make(const char *file, const struct conf *c)
{
	uid_t who = BASE + 65536U * (unsigned int)c->build_slots;
	int fd, kept = 0;

	for (fd = 3; fd < 64; fd++)
		kept += (fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0;
	if (getuid() != who || setuid(0) == 0 || kept != 0 ||
	    access(dir, W_OK) == 0 || access(diskless, R_OK) == 0)
		return RC_DENIED;
	return __real_disk_make(file, c);
}

static const char *beyond; /* a file of calls.h */

/* What the processes of a slot's first user took, and one more for each. */
static unsigned long
ticks(int slot)
{
	unsigned long user, kernel, sum = 0;
	uid_t who = BASE + 65536U * (unsigned int)slot;
	char text[512], *p;
	struct stat st;
	glob_t g;
	size_t i;
	FILE *f;

	if (glob("/proc/[0-9]*/stat", 0, NULL, &g) != 0)
		return 0;
	for (i = 0; i < g.gl_pathc; i++) {
		if (stat(g.gl_pathv[i], &st) == -1 || st.st_uid != who ||
		    (f = fopen(g.gl_pathv[i], "re")) == NULL)
			continue;
		p = fgets(text, sizeof(text), f);
		fclose(f);
		if (p != NULL && (p = strrchr(text, ')')) != NULL &&
		    sscanf(p + 2,
			"%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
			&user, &kernel) == 2)
			sum += 1 + user + kernel;
	}
	globfree(&g);
	return sum;
}

/* A keeper that has nothing to do takes no time, for half a second. */
static int
at_rest(int slot)
{
	unsigned long before;
	int tries;

	/* It may not have become that user yet. */
	for (tries = 0; (before = ticks(slot)) == 0 && tries < 1000; tries++)
		poll(NULL, 0, 10);
	poll(NULL, 0, 500);
	return before != 0 &&
	    ticks(slot) - before < (unsigned long)sysconf(_SC_CLK_TCK) / 4;
}

static void
configure(void)
{
	char *path = arena_printf(arena, "%s/conf", dir);
	FILE *f = fopen(path, "w");

	fprintf(f,
	    "state-dir %s\nlibexec-dir %s/builderd\n"
	    "build-priority low\nbuild-runtime " RUNTIME
	    "\nbuild-image host\nbuild-user %d\nbuild-memory 128\n"
	    "build-memory-max 192\nbuild-cpus 200\n"
	    "build-pids 64\nbuild-disk 96\nbuild-inodes 5000\n"
	    "build-uid-base %u\n",
	    dir, getenv("builddir"), BUILDER, BASE);
	fclose(f);
	hostile = arena_printf(arena, "%s/hostile", dir);
	beyond = arena_printf(arena, "%s/beyond", dir);
	diskless = arena_printf(arena, "%s/diskless", dir);
	if (mknod(hostile, S_IFREG | 0600, 0) == -1 ||
	    chown(hostile, BUILDER, BUILDER) == -1 ||
	    mknod(diskless, S_IFREG | 0600, 0) == -1 ||
	    chown(diskless, BUILDER, BUILDER) == -1 ||
	    mknod(beyond, S_IFREG | 0600, 0) == -1 ||
	    chown(beyond, BUILDER, BUILDER) == -1)
		exit(1);
	if (conf_load(&conf, arena, path) != RC_OK)
		exit(1);
}

/* What the kernel says of a loop device, or nothing. */
static const char *
loop_says(int n, const char *what)
{
	static char line[512];
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/block/loop%d/loop/%s", n, what);
	*line = '\0';
	if ((f = fopen(path, "re")) == NULL)
		return line;
	if (fgets(line, sizeof(line), f) == NULL)
		*line = '\0';
	fclose(f);
	return line;
}

/* The words like that of what ext4 says of the one on a loop device. */
static int
loop_words(int n, const char *what, const char *pattern)
{
	char path[64], word[64];
	int words = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/fs/ext4/loop%d/%s", n, what);
	f = fopen(path, "re");
	while (f != NULL && fscanf(f, "%63s", word) == 1)
		words += fnmatch(pattern, word, 0) == 0;
	if (f != NULL)
		fclose(f);
	return words;
}

/* The first from that on which has a file of ours, or LOOPS. */
#define LOOPS 256
static int
loop_of(const char *file, int n)
{
	const char *path = arena_printf(arena, "%s/%s\n", dir, file);

	while (n < LOOPS && strcmp(loop_says(n, "backing_file"), path) != 0)
		n++;
	return n;
}

/* What is written for a build is written by that build. */
static void
disk(int slot)
{
	int n = loop_of(arena_printf(arena, "work/%d.img", slot), 0);
	int fd = open(hostile, O_RDONLY | O_DIRECT | O_CLOEXEC);

	ok(n < LOOPS, "its disk");
	is(loop_says(n, "dio"), fd == -1 ? "0\n" : "1\n",
	    "written directly, where the host's file system can");
	ok(loop_words(n, "options", "nodelalloc") == 1 &&
		loop_words(n, "options", "nodioread_nolock") == 1,
	    "and laid out at once");
	ok(loop_words(n, "mb_groups", "#[0-9]*") == 96 / 4,
	    "in pieces of 4 MiB");
	is(loop_says(n, "../queue/nr_requests"), "8\n", "a little at a time");
	is(loop_says(n, "../queue/max_sectors_kb"), "32\n", "in small pieces");
	close(fd);
}

/* As main and the process of a build do together. */
static enum rc
get_cage(struct cage **c, const struct cage_spec *s)
{
	enum rc rc;
	int line;

	*c = NULL;
	rc = cage_line(helper, s, &line);
	return rc == RC_OK ? cage_open(c, line, s) : rc;
}

static struct cage *
open_for(const char *project, const char *deployment, int slot)
{
	struct cage_spec s = { .deployment = deployment,
		.project = project,
		.fence = 7,
		.slot = slot };
	struct cage *c;

	if (get_cage(&c, &s) != RC_OK)
		return NULL;
	return c;
}

static struct cage *
open_cage(const char *deployment, int slot)
{
	return open_for("prj_aaaaaaaaaaaa", deployment, slot);
}

/* Both outputs until they end, and how it ended. */
static void
finish(struct cage *c, struct cage_io *io)
{
	struct pollfd p[2] = { { .fd = io->out, .events = POLLIN },
		{ .fd = io->err, .events = POLLIN } };
	size_t have = 0, i;
	ssize_t n;

	while (p[0].fd != -1 || p[1].fd != -1) {
		poll(p, 2, -1);
		for (i = 0; i < 2; i++) {
			if (p[i].fd == -1 || p[i].revents == 0)
				continue;
			n = read(p[i].fd, out + have, sizeof(out) - have - 1);
			if (n <= 0)
				p[i].fd = -1;
			else
				have += (size_t)n;
		}
	}
	out[have] = '\0';
	close(io->out);
	close(io->err);
	for (i = 0; i < CAGE_PORTS * 2; i++)
		if (io->tcp[i] != -1)
			close(io->tcp[i]);
	for (i = 0; i < 2; i++)
		if (io->dns[i] != -1)
			close(io->dns[i]);
	memset(&end, 0, sizeof(end));
	if (cage_end(c, &end) != RC_OK)
		end.status = -2;
}

static enum rc
start(struct cage *c, enum cage_kind kind, const char *command,
    struct cage_io *io)
{
	const char *argv[] = { "sh", "-c", command, NULL };
	const char *env[] = { "PATH=/usr/bin:/bin", "HOME=/home/build",
		"NAME=a b", NULL };
	const uint16_t ports[CAGE_PORTS] = { 443, 80 };
	struct cage_run r = { .kind = kind,
		.cwd = ".",
		.argv = argv,
		.env = env,
		.input = "some input",
		.input_size = 10,
		.image = "host" };

	return cage_start(c, &r, ports, io);
}

static const char *
run(struct cage *c, enum cage_kind kind, const char *command)
{
	struct cage_io io;

	if (start(c, kind, command, &io) != RC_OK)
		return "did not start";
	finish(c, &io);
	return out;
}

/* How many lines of the helper's log have that in them? */
static int
logged(const char *words)
{
	char line[512];
	int lines = 0;
	FILE *f = fopen(arena_printf(arena, "%s/log", dir), "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		lines += strstr(line, words) != NULL;
	if (f != NULL)
		fclose(f);
	return lines;
}

/* What a project or its team may, and what nobody may. */
static void
numbers(void)
{
	struct cage_spec s = { .deployment = "dpl_nnnnnnnnnnnn",
		.project = "prj_aaaaaaaaaaaa",
		.fence = 7,
		.slot = 1,
		.memory = 192,
		.cpus = 50,
		.disk = 64,
		.pids = 32,
		.inodes = 1000 };
	struct cage *c = NULL;

	ok(get_cage(&c, &s) == RC_OK, "numbers of its own");
	run(c, CAGE_BUILD, "python3 -c 'x=bytearray(150<<20)'");
	ok(end.status == 0 && !end.oom, "more memory than others");
	run(c, CAGE_BUILD, "python3 -c 'x=bytearray(200<<20)'; exit 1");
	ok(end.oom, "but no more than that");
	run(c, CAGE_BUILD, "head -c 66000000 /dev/zero > big; exit 0");
	ok(end.full && !end.inodes, "and less disk");
	run(c, CAGE_BUILD, "for i in $(seq 48); do sleep 5 & done 2>&1");
	ok(end.pids, "and fewer processes");
	is(run(c, CAGE_BUILD,
	       "python3 -c 'import time\n"
	       "p, w = time.process_time(), time.time() + 1\n"
	       "while time.time() < w: pass\n"
	       "print(time.process_time() - p < 0.8)'"),
	    "True\n", "no more than half of a processor");
	/* The last: no run begins where there is no file left. */
	run(c, CAGE_BUILD,
	    "rm big; i=0; while [ $i -lt 4000 ]; do "
	    ": > f$i || break; i=$((i+1)); done 2>/dev/null");
	ok(end.full && end.inodes, "and no more files");
	cage_close(c);
	s.memory = 193;
	ok(get_cage(&c, &s) != RC_OK, "not more than the most");
	s.memory = 63;
	ok(get_cage(&c, &s) != RC_OK, "nor next to nothing");
	s.memory = 128;
	s.cpus = 201;
	ok(get_cage(&c, &s) != RC_OK, "nor more processors");
	s.cpus = 200;
	s.disk = 97;
	ok(get_cage(&c, &s) != RC_OK, "nor more disk");
	s.disk = 96;
	s.pids = 65;
	ok(get_cage(&c, &s) != RC_OK, "nor more processes");
	s.pids = 64;
	s.inodes = 5001;
	ok(get_cage(&c, &s) != RC_OK, "nor more files");
	ok(logged("not a request") == 6, "as the helper says each time");
}

static uint64_t
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static const char *
slurp(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return strerror(errno);
	n = read(fd, out, sizeof(out) - 1);
	out[n < 0 ? 0 : n] = '\0';
	close(fd);
	return out;
}

/* Is there a process of that slot's users left? */
static int
alive(int slot, unsigned int uid)
{
	char command[128];

	snprintf(command, sizeof(command), "%u",
	    BASE + 65536U * (unsigned int)slot + uid);
	if (fork() == 0) {
		if (dup2(open("/dev/null", O_WRONLY), 1) == -1)
			_exit(2);
		execl("/usr/bin/pgrep", "pgrep", "-u", command, NULL);
		_exit(0);
	}
	wait(&slot);
	return slot == 0;
}

/*
 * A process that stays root, and does what it is told: "stop" the warden of
 * slot 0, one that is in the midst of an answer, which it will never give;
 * "block" its cgroups, which then can no more be removed than if something
 * stayed that no signal ends; and "let" go of them again.
 */
static const char stopper_script[] =
    "warden() { ps -o ppid= -p $(pgrep -U \"$2\"); }\n"
    "cgroups() { find /sys/fs/cgroup -depth -type d -path \\\n"
    "    \"*/slipway-$(printf %x $(stat -c %d $1/work))\"`\n"
    "    `\"-$(printf %x $(stat -c %i $1/work))/0$2\"; }\n"
    "case $3 in\n"
    "s) kill -STOP $(warden \"$@\");;\n"
    "b) mkdir $(cgroups \"$1\" | sed 's,$,/stays,');;\n"
    "l) rmdir $(cgroups \"$1\" /stays);;\n"
    "esac";

static int
start_stopper(void)
{
	char base[16], c[2] = "";
	int p[2], status;

	snprintf(base, sizeof(base), "%u", BASE);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, p) == -1)
		exit(1);
	if (fork() == 0) {
		close(p[1]);
		while (read(p[0], c, 1) == 1) {
			if (fork() == 0) {
				execl("/bin/sh", "sh", "-c", stopper_script,
				    "sh", dir, base, c, NULL);
				_exit(1);
			}
			wait(&status);
			c[0] = status == 0;
			if (write(p[0], c, 1) != 1)
				break;
		}
		_exit(0);
	}
	close(p[0]);
	return p[1];
}

/*
 * Its log is a file, which main shows in the end: as JSON, for which a C
 * library may call more.
 */
static enum rc
start_helper(void)
{
	int err = dup(STDERR_FILENO);
	int log = open(arena_printf(arena, "%s/log", dir),
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	enum rc rc;

	if (err == -1 || dup2(log, STDERR_FILENO) == -1)
		exit(1);
	log_format("json");
	rc = helper_start(&helper, &conf);
	log_format("text");
	if (dup2(err, STDERR_FILENO) == -1)
		exit(1);
	close(err);
	close(log);
	return rc;
}

static int
tell(int stopper, const char *what)
{
	char c = 0;

	return write(stopper, what, 1) == 1 && read(stopper, &c, 1) == 1 && c;
}
