#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <asm/termbits.h>
#include <errno.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <signal.h>

#include "builderd/cage/confine.h"
#include "log.h"
#include "root.h"

/*
 * Of a call with several names all are here, whichever a C library takes, and
 * those that an allocator or an end need: a list that is too short kills.
 */
/* clang-format off */
#define PLAIN \
	SCMP_SYS(brk), SCMP_SYS(clock_gettime), SCMP_SYS(close), \
	SCMP_SYS(exit), SCMP_SYS(exit_group), SCMP_SYS(futex), \
	SCMP_SYS(getpid), SCMP_SYS(getrandom), SCMP_SYS(gettid), \
	SCMP_SYS(madvise), SCMP_SYS(mremap), SCMP_SYS(munmap), \
	SCMP_SYS(restart_syscall), SCMP_SYS(rt_sigprocmask), \
	SCMP_SYS(rt_sigreturn), SCMP_SYS(wait4), SCMP_SYS(waitid), \
	SCMP_SYS(write), SCMP_SYS(writev)
#define PLAIN_SOME \
	{ SCMP_SYS(mmap), 1, { CONFINE_BITS(2, PROT_EXEC, 0) } }, \
	{ SCMP_SYS(mprotect), 1, { CONFINE_BITS(2, PROT_EXEC, 0) } }, \
	/* to log: is it a terminal? */ \
	{ SCMP_SYS(ioctl), 1, { CONFINE_IS(1, TCGETS) } }, \
	{ SCMP_SYS(ioctl), 1, { CONFINE_IS(1, TCGETS2) } }
/* clang-format on */

/* It waits, and takes directories away. */
void
calls_helper(void)
{
	/* clang-format off */
	static const int calls[] = { PLAIN, SCMP_SYS(rmdir),
		SCMP_SYS(unlinkat) };
	static const struct confine_some some[] = { PLAIN_SOME };
	/* clang-format on */

	confine(&(struct confine){ SCMP_ACT_ALLOW, SCMP_ACT_KILL_PROCESS, calls,
	    NITEMS(calls), some, NITEMS(some) });
}

/* What is of the whole machine, or has been a way into its kernel. */
void
calls_slot(void)
{
	/* clang-format off */
	static const int calls[] = { SCMP_SYS(_sysctl), SCMP_SYS(acct),
		SCMP_SYS(adjtimex), SCMP_SYS(bpf), SCMP_SYS(clock_adjtime),
		SCMP_SYS(clock_settime), SCMP_SYS(create_module),
		SCMP_SYS(delete_module), SCMP_SYS(fanotify_init),
		SCMP_SYS(finit_module), SCMP_SYS(get_kernel_syms),
		SCMP_SYS(init_module), SCMP_SYS(io_uring_enter),
		SCMP_SYS(io_uring_register), SCMP_SYS(io_uring_setup),
		SCMP_SYS(ioperm), SCMP_SYS(iopl), SCMP_SYS(kexec_file_load),
		SCMP_SYS(kexec_load), SCMP_SYS(lookup_dcookie),
		SCMP_SYS(nfsservctl), SCMP_SYS(open_by_handle_at),
		SCMP_SYS(perf_event_open), SCMP_SYS(query_module),
		SCMP_SYS(quotactl), SCMP_SYS(quotactl_fd), SCMP_SYS(reboot),
		SCMP_SYS(settimeofday), SCMP_SYS(stime), SCMP_SYS(swapoff),
		SCMP_SYS(swapon), SCMP_SYS(sysfs), SCMP_SYS(syslog),
		SCMP_SYS(uselib), SCMP_SYS(userfaultfd), SCMP_SYS(ustat),
		SCMP_SYS(vhangup), SCMP_SYS(vm86), SCMP_SYS(vm86old) };
	/* clang-format on */

	confine(&(struct confine){ SCMP_ACT_ERRNO(EPERM), SCMP_ACT_ALLOW, calls,
	    NITEMS(calls), NULL, 0 });
}

/*
 * Files, and mounts; of a new one none honours a device or an id on a program.
 * No process is made, no program run, and none killed but the keeper.  Which
 * files, and what of that is mounted elsewhere, a filter cannot see.
 */
void
calls_warden(pid_t keeper)
{
	/* clang-format off */
	static const int calls[] = { PLAIN, SCMP_SYS(access),
		SCMP_SYS(faccessat), SCMP_SYS(faccessat2), SCMP_SYS(fchmod),
		SCMP_SYS(fchown), SCMP_SYS(fstat), SCMP_SYS(fsync),
		SCMP_SYS(lstat), SCMP_SYS(mkdir), SCMP_SYS(mkdirat),
		SCMP_SYS(mount_setattr), SCMP_SYS(move_mount),
		SCMP_SYS(newfstatat), SCMP_SYS(open), SCMP_SYS(open_tree),
		SCMP_SYS(openat), SCMP_SYS(recvmsg), SCMP_SYS(rename),
		SCMP_SYS(renameat), SCMP_SYS(renameat2), SCMP_SYS(sendmsg),
		SCMP_SYS(setfsgid), SCMP_SYS(setfsuid), SCMP_SYS(stat),
		SCMP_SYS(statx), SCMP_SYS(umount2), SCMP_SYS(unlink),
		SCMP_SYS(unlinkat), SCMP_SYS(utimensat) };
	const struct confine_some some[] = { PLAIN_SOME,
		{ SCMP_SYS(ioctl), 1, { CONFINE_IS(1, LOOP_CTL_GET_FREE) } },
		{ SCMP_SYS(ioctl), 1, { CONFINE_IS(1, LOOP_CONFIGURE) } },
		{ SCMP_SYS(ioctl), 1, { CONFINE_IS(1, FITRIM) } },
		{ SCMP_SYS(kill), 2, { CONFINE_IS(0, (scmp_datum_t)keeper),
		    CONFINE_IS(1, SIGKILL) } },
		{ SCMP_SYS(mount), 1, { CONFINE_BITS(3, MS_NOSUID | MS_NODEV |
		    MS_BIND | MS_MOVE | MS_REC | MS_SHARED | MS_SLAVE |
		    MS_PRIVATE | MS_UNBINDABLE, MS_NOSUID | MS_NODEV) } },
		{ SCMP_SYS(prctl), 1, { CONFINE_IS(0, PR_SET_PDEATHSIG) } },
		{ SCMP_SYS(prctl), 1, { CONFINE_IS(0, PR_SET_SECUREBITS) } },
	};
	/* clang-format on */

	confine(&(struct confine){ SCMP_ACT_ALLOW, SCMP_ACT_KILL_PROCESS, calls,
	    NITEMS(calls), some, NITEMS(some) });
}
