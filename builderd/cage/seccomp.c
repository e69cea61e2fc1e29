#include <sys/utsname.h>

#include <stdio.h>
#include <string.h>

#include "keep.h"

/*
 * The system calls a build may make: what compilers, package managers and
 * servers in a test use, and nothing that changes namespaces, mounts, keys,
 * other processes' memory or the machine.  What is not named here does not
 * exist (ENOSYS), so that programs fall back; what is refused is refused in
 * the way that they expect of an ordinary user (EPERM).
 *
 * Only the machine's own ABI is listed: calls of another kill the process.
 */
/* clang-format off */
static const char *const allowed[] = {
	/* files */
	"access", "chdir", "chmod", "chown", "close", "close_range",
	"copy_file_range", "creat", "dup", "dup2", "dup3", "faccessat",
	"faccessat2", "fadvise64", "fallocate", "fchdir", "fchmod", "fchmodat",
	"fchmodat2", "fchown", "fchownat", "fcntl", "fdatasync", "fgetxattr",
	"flistxattr", "flock", "fremovexattr", "fsetxattr", "fstat", "fstatfs",
	"fsync", "ftruncate", "futimesat", "getcwd", "getdents", "getdents64",
	"getxattr", "inotify_add_watch", "inotify_init", "inotify_init1",
	"inotify_rm_watch", "ioctl", "lchown", "lgetxattr", "link", "linkat",
	"listxattr", "llistxattr", "lremovexattr", "lseek", "lsetxattr",
	"lstat", "mkdir", "mkdirat", "newfstatat", "open", "openat", "openat2",
	"pread64", "preadv", "preadv2", "pwrite64", "pwritev", "pwritev2",
	"read", "readahead", "readlink", "readlinkat", "readv", "removexattr",
	"rename", "renameat", "renameat2", "rmdir", "sendfile", "setxattr",
	"splice", "stat", "statfs", "statx", "symlink", "symlinkat", "sync",
	"sync_file_range", "syncfs", "tee", "truncate", "umask", "unlink",
	"unlinkat", "utime", "utimensat", "utimes", "write", "writev",
	/* memory */
	"brk", "get_mempolicy", "madvise", "mbind", "membarrier",
	"memfd_create", "mincore", "mlock", "mlock2", "mlockall", "mmap",
	"mprotect", "mremap", "msync", "munlock", "munlockall", "munmap",
	"pkey_alloc", "pkey_free", "pkey_mprotect", "set_mempolicy",
	/* processes, threads and who they are */
	"arch_prctl", "capget", "capset", "execve", "execveat", "exit",
	"exit_group", "fork", "futex", "futex_waitv", "get_robust_list",
	"getcpu", "getegid", "geteuid", "getgid", "getgroups", "getpgid",
	"getpgrp", "getpid", "getppid", "getpriority", "getresgid",
	"getresuid", "getrlimit", "getrusage", "getsid", "gettid", "getuid",
	"ioprio_get", "ioprio_set", "kill", "landlock_add_rule",
	"landlock_create_ruleset", "landlock_restrict_self", "pidfd_open",
	"pidfd_send_signal", "prctl", "rseq",
	"sched_get_priority_max", "sched_get_priority_min",
	"sched_getaffinity", "sched_getattr", "sched_getparam",
	"sched_getscheduler", "sched_rr_get_interval", "sched_setaffinity",
	"sched_setattr", "sched_setparam", "sched_setscheduler", "sched_yield",
	"seccomp", "set_robust_list", "set_tid_address", "setfsgid",
	"setfsuid", "setgid", "setgroups", "setpgid", "setpriority",
	"setregid", "setresgid", "setresuid", "setreuid",
	"setsid", "setuid", "sysinfo", "tgkill", "times", "tkill", "uname",
	"vfork", "wait4", "waitid",
	/* signals and time */
	"alarm", "clock_getres", "clock_gettime", "clock_nanosleep",
	"getitimer", "gettimeofday", "nanosleep", "pause", "restart_syscall",
	"rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
	"rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait",
	"rt_tgsigqueueinfo", "setitimer", "sigaltstack", "signalfd",
	"signalfd4", "time", "timer_create", "timer_delete",
	"timer_getoverrun", "timer_gettime", "timer_settime",
	"timerfd_create", "timerfd_gettime", "timerfd_settime",
	/* waiting and talking */
	"accept", "accept4", "bind", "connect", "epoll_create",
	"epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_pwait2",
	"epoll_wait", "eventfd", "eventfd2", "getpeername", "getrandom",
	"getsockname", "getsockopt", "listen", "mq_getsetattr", "mq_notify",
	"mq_open", "mq_timedreceive", "mq_timedsend", "mq_unlink", "msgctl",
	"msgget", "msgrcv", "msgsnd", "pipe", "pipe2", "poll", "ppoll",
	"pselect6", "recvfrom", "recvmmsg", "recvmsg", "select", "semctl",
	"semget", "semop", "semtimedop", "sendmmsg", "sendmsg", "sendto",
	"shmat", "shmctl", "shmdt", "shmget", "shutdown",
};

static const char *const refused[] = {
	"acct", "add_key", "bpf", "chroot", "clock_adjtime", "clock_settime",
	"adjtimex", "delete_module", "fanotify_init", "finit_module",
	"fsconfig", "fsmount", "fsopen", "fspick", "init_module", "io_uring_enter",
	"io_uring_register", "io_uring_setup", "ioperm", "iopl", "kcmp",
	"kexec_file_load", "kexec_load", "keyctl", "mknod", "mknodat",
	"mount", "mount_setattr", "move_mount", "name_to_handle_at",
	"open_by_handle_at", "open_tree", "perf_event_open", "pidfd_getfd",
	"pivot_root", "process_vm_readv", "process_vm_writev", "ptrace",
	"quotactl", "reboot", "request_key", "setdomainname", "sethostname",
	"setns", "settimeofday", "swapoff", "swapon", "syslog", "umount2",
	"unshare", "userfaultfd", "vhangup",
};

/*
 * Allowed with some arguments only.  Of sockets, TCP and UDP: to name another
 * protocol would have the kernel load its code.  The same goes for TCP_ULP.
 */
struct rule {
	const char *name;
	struct {
		int index;		/* 0 in the second: there is none */
		unsigned long value;
		const char *op;
	} arg[2];
};

static const struct rule exactly[] = {
	{ "setrlimit", { { 0, 4, "NE" } } },		/* RLIMIT_CORE */
	{ "prlimit64", { { 1, 4, "NE" } } },
	{ "prlimit64", { { 1, 4, "EQ" }, { 2, 0, "EQ" } } },
	{ "personality", { { 0, 0, "EQ" } } },
	{ "personality", { { 0, 0xffffffff, "EQ" } } },
	{ "setsockopt", { { 1, 6, "NE" } } },		/* SOL_TCP */
	{ "setsockopt", { { 1, 6, "EQ" }, { 2, 31, "NE" } } },
	{ "socketpair", { { 0, 1, "EQ" } } },		/* AF_UNIX */
	{ "socket", { { 0, 1, "EQ" } } },
	{ "socket", { { 0, 2, "EQ" }, { 2, 0, "EQ" } } },	/* AF_INET */
	{ "socket", { { 0, 2, "EQ" }, { 2, 6, "EQ" } } },
	{ "socket", { { 0, 2, "EQ" }, { 2, 17, "EQ" } } },
	{ "socket", { { 0, 10, "EQ" }, { 2, 0, "EQ" } } },	/* AF_INET6 */
	{ "socket", { { 0, 10, "EQ" }, { 2, 6, "EQ" } } },
	{ "socket", { { 0, 10, "EQ" }, { 2, 17, "EQ" } } },
	/* AF_NETLINK, for getifaddrs() */
	{ "socket", { { 0, 16, "EQ" }, { 2, 0, "EQ" } } },
};

/*
 * Said to have been done.  The limit on cores (RLIMIT_CORE) stays: with 1, and
 * with nothing else, the kernel starts no program of the host for them; and who
 * sets it wants no cores either, and may give up if it cannot (bundle.c).
 */
static const struct rule ignored[] = {
	{ "setrlimit", { { 0, 4, "EQ" } } },
	{ "prlimit64", { { 1, 4, "EQ" }, { 2, 0, "NE" } } },
};
/* clang-format on */

/* Every CLONE_NEW* flag: no namespaces inside. */
#define CLONE_NEW 0x7e020000UL

static void
names(FILE *f, const char *const list[], size_t n, const char *action)
{
	size_t i;

	fprintf(f, "{\"names\":[");
	for (i = 0; i < n; i++)
		fprintf(f, "%s\"%s\"", i == 0 ? "" : ",", list[i]);
	fprintf(f, "],%s}", action);
}

static void
rules(FILE *f, const struct rule *r, size_t n, const char *action)
{
	size_t i;
	int k;

	for (i = 0; i < n; i++) {
		fprintf(f, ",{\"names\":[\"%s\"],%s,\"args\":[", r[i].name,
		    action);
		for (k = 0; k < 2 && (k == 0 || r[i].arg[k].index != 0); k++)
			fprintf(f,
			    "%s{\"index\":%d,\"value\":%lu,"
			    "\"op\":\"SCMP_CMP_%s\"}",
			    k == 0 ? "" : ",", r[i].arg[k].index,
			    r[i].arg[k].value, r[i].arg[k].op);
		fprintf(f, "]}");
	}
}

void
seccomp_write(void *file)
{
	struct utsname u;
	FILE *f = file;

	if (uname(&u) == -1)
		u.machine[0] = '\0';
	fprintf(f,
	    "\"seccomp\":{\"defaultAction\":\"SCMP_ACT_ERRNO\","
	    "\"defaultErrnoRet\":38,\"architectures\":[\"%s\"],"
	    "\"syscalls\":[",
	    strcmp(u.machine, "aarch64") == 0 ? "SCMP_ARCH_AARCH64" :
						"SCMP_ARCH_X86_64");
	names(f, allowed, NITEMS(allowed), "\"action\":\"SCMP_ACT_ALLOW\"");
	fprintf(f, ",");
	names(f, refused, NITEMS(refused),
	    "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":1");
	rules(f, exactly, NITEMS(exactly), "\"action\":\"SCMP_ACT_ALLOW\"");
	rules(f, ignored, NITEMS(ignored),
	    "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":0");
	fprintf(f,
	    ",{\"names\":[\"clone\"],\"action\":\"SCMP_ACT_ALLOW\","
	    "\"args\":[{\"index\":0,\"value\":%lu,\"valueTwo\":0,"
	    "\"op\":\"SCMP_CMP_MASKED_EQ\"}]}]}",
	    CLONE_NEW);
}
