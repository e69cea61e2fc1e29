/*
 * What the root side of cages may still call, and what becomes of it otherwise:
 * for tests that wrap work_reset() and cgroup_kill().
 */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <linux/loop.h>

#include "builderd/cage/root/root.h"

/* What one that was taken over might go on with. */
static const struct {
	const char *name;
	long call, arg[4];
} attempts[] = {
	{ "make a process", SYS_clone, { SIGCHLD } },
	{ "run a program", SYS_execve, { 0 } },
	{ "open a socket", SYS_socket, { AF_INET, SOCK_STREAM } },
	{ "trace another", SYS_ptrace, { 0 } },
	{ "signal another", SYS_kill, { 1, 0 } },
	{ "load a module", SYS_finit_module, { -1 } },
	{ "mount devices", SYS_mount, { 0, 0, 0, MS_NOSUID } },
	{ "run what it wrote", SYS_mprotect, { 0, 0, PROT_EXEC } },
	{ "take a loop device away", SYS_ioctl, { -1, LOOP_CLR_FD } },
	{ "leave a mark", SYS_prctl, { PR_SET_NAME, 0 } },
};

void __real_work_reset(struct warden *);
void __wrap_work_reset(struct warden *);

void
__wrap_work_reset(struct warden *w)
{
	struct stat st;
	const long *arg;

	/* As long as the number of what it is to try. */
	if (stat(beyond, &st) == 0 && st.st_size > 0) {
		arg = attempts[st.st_size - 1].arg;
		if (syscall(attempts[st.st_size - 1].call, arg[0], arg[1],
			arg[2], arg[3], 0, 0) == 0)
			_exit(0);
	}
	__real_work_reset(w);
}

void __real_cgroup_kill(const char *);
void __wrap_cgroup_kill(const char *);

/* By a slot that was; and before, by the helper, who may. */
void
__wrap_cgroup_kill(const char *id)
{
	if (syscall(SYS_swapoff, "/nonexistent") == -1 && errno == EPERM &&
	    chmod(beyond, 0644) == -1)
		_exit(1);
	__real_cgroup_kill(id);
}

#ifdef SANITIZE /* which calls what no list has */
static void
filters(void)
{
}
#else
static void
filters(void)
{
	struct cage *c = open_cage("dpl_wwwwwwwwwwww", 0);
	char command[512];
	struct stat st;
	int did;
	size_t i;
	FILE *p;

	snprintf(command, sizeof(command),
	    "h=$(pgrep -o -P %d); s=$(pgrep -d, -P $h);"
	    "for p in $h $(pgrep -P $h) $(pgrep -U 0 -P $s)"
	    "    $(pgrep -U 1500000000); do"
	    "  sed -n 's/^Seccomp_filters:\t//p' /proc/$p/status;"
	    "done | tr '\n' ' '",
	    (int)getpid());
	p = popen(command, "r");
	out[fread(out, 1, sizeof(out) - 1, p)] = '\0';
	pclose(p);
	is(out, "1 1 1 2 1 ",
	    "filters of the helper, two slots, a warden and a keeper");
	ok(stat(beyond, &st) == 0 && (st.st_mode & S_IROTH) != 0,
	    "a slot cannot do what none of its cages may");
	cage_close(c);
	for (i = 0; i < NITEMS(attempts); i++) {
		c = open_cage("dpl_wwwwwwwwwwww", 0);
		did = c == NULL || truncate(beyond, (off_t)i + 1) == -1 ||
		    cage_reset(c) == RC_OK;
		cage_close(c);
		ok(!did && logged("called what it may not") == (int)i + 1,
		    "a warden that would %s is killed for it",
		    attempts[i].name);
	}
	if (truncate(beyond, 0) == -1)
		exit(1);
	c = open_cage("dpl_wwwwwwwwwwww", 0);
	ok(cage_reset(c) == RC_OK, "the next does what it may");
	is(run(c, CAGE_BUILD, "echo on"), "on\n", "and its cage is one");
	cage_close(c);
}
#endif
