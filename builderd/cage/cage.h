/*
 * cage -- where what a stranger wrote is run.
 *
 * builderd has no privileges.  A helper that it starts before it drops its own
 * (root/) keeps them, with a process for each slot; asked for a cage, that
 * forks a warden, which makes the cage's disk and cgroup.  When whoever asked
 * is gone, or the lease's deadline has passed, it is killed, and everything
 * with it.  The rest is done by a keeper (keeper.c), who is root only among the
 * ids of the cage: the OCI runtime, its bundle, the network.  Messages are
 * fixed structs (cage-msg.h) in which every field is checked; commands and
 * environments travel to the cage itself, on its standard input, and neither
 * sees them.
 *
 * A cage has one work image, a sparse file with a file system of its own: bytes
 * and inodes end where it ends.  On it the user of a build is always 1000;
 * mounts map that to a range of user ids which this cage alone has.
 *
 *	/workspace	the checkout, writable; beneath it, read only, what
 *			earlier builds kept (cage_layer)
 *	/home/build	of the build; beneath it .downloads, read only, what
 *			other builds fetched (CAGE_BUILD)
 *	/mirror		the project's bare repository (CAGE_FETCH); its objects,
 *			read only (CAGE_BUILD)
 *	/upload		its uploaded files, read only (CAGE_FETCH)
 *
 * All of this is released by cage_close(), or by the end of the caller.
 */
#ifndef CAGE_H
#define CAGE_H

#include <stdint.h>

#include "arena.h"
#include "conf.h"

#define CAGE_PORTS 8 /* most TCP ports that lead out */

struct helper; /* our end of the line to it */
struct cage;

/* Who runs in it: our own fetcher, or commands of the project. */
enum cage_kind { CAGE_FETCH, CAGE_BUILD };

/* Whose it is, which cage_line() is told, and what of, cage_open(). */
struct cage_spec {
	const char *deployment; /* "dpl_..." */
	const char *project;    /* "prj_..." */
	uint64_t fence;
	int slot; /* 0 .. build-slots - 1; gives the user ids */
	/* MiB, hundredths, MiB, numbers; 0 is what the configuration says. */
	int memory, cpus, disk, pids, inodes;
	/* Of the CAGE_BUILD runs that name none; NULL is "default". */
	const char *image;
};

struct cage_run {
	enum cage_kind kind;
	const char *image;       /* CAGE_BUILD: NULL is that of cage_spec */
	const char *cwd;         /* below /workspace: "." or "packages/site" */
	const char *const *argv; /* run as it is, without a shell */
	const char *const *env;  /* "NAME=value", all of it */
	const void *input;       /* its standard input */
	size_t input_size;
};

/* What became of a run, with what the cgroup counted. */
struct cage_end {
	int status; /* exit code, or -1 */
	int signal; /* or 0 */
	int oom;    /* something in it was killed for memory */
	int pids;   /* it ran into the limit on processes */
	int full;   /* the work image has no bytes or inodes left */
	int inodes; /* and it is those */
	uint64_t memory_peak;
	uint64_t cpu_usec;
};

/* In builderd's main, as root, before priv_drop(): start the helper. */
enum rc helper_start(struct helper **, const struct conf *) MUST_CHECK;
int helper_fd(const struct helper *); /* readable when the helper is gone */
void helper_stop(struct helper *);    /* waits until nothing is left of it */

/*
 * Until when (CLOCK_BOOTTIME, milliseconds) the cage in that slot may live: a
 * cage whose deadline passes dies, even while all of builderd is stopped.  The
 * loop sets it before it makes the first line; whoever renews leases can only
 * put it off.
 */
enum rc helper_deadline(struct helper *, int slot, uint64_t ms) MUST_CHECK;
enum rc helper_extend(struct helper *, int slot, uint64_t ms) MUST_CHECK;
uint64_t helper_until(const struct helper *, int slot);
/* Something stays of the last cage there: until it is gone, there is none. */
int helper_stuck(const struct helper *, int slot);

/*
 * Main makes a line for each build, which it inherits: on that it can have this
 * one cage.  What leads to others' it must not inherit, so it forgets the
 * helper before anything else.
 */
enum rc cage_line(struct helper *, const struct cage_spec *,
    int *line) MUST_CHECK;
void helper_forget(struct helper *);

/* The rest is for the process of one build; the line is the cage's then. */
enum rc cage_open(struct cage **, int line,
    const struct cage_spec *) MUST_CHECK;
/* Waits until nothing is left of it; NULL is fine. */
void cage_close(struct cage *);

/*
 * Start something.  out and err are the read ends of its output; tcp are
 * listening sockets, one a port, and dns a datagram socket, all inside its
 * otherwise empty network: what it dials arrives there (proxy.h).
 */
struct cage_io {
	int out, err;
	int tcp[CAGE_PORTS * 2]; /* IPv4 and IPv6 of each port, or -1 */
	int dns[2];
};
enum rc cage_start(struct cage *, const struct cage_run *,
    const uint16_t ports[CAGE_PORTS], struct cage_io *) MUST_CHECK;

/* Readable when what runs has ended; then ask how. */
int cage_fd(const struct cage *);
enum rc cage_end(struct cage *, struct cage_end *) MUST_CHECK;
enum rc cage_kill(struct cage *) MUST_CHECK; /* cage_end() still follows */

/*
 * A read-only view of /workspace (after a fetch: of the checkout), in which
 * everybody may read everything, and later runs find it so.  The caller closes
 * it before the next run.
 */
enum rc cage_tree(struct cage *, int *dirfd) MUST_CHECK;

/*
 * Lay what was saved under key (64 hexadecimal digits; of this project alone)
 * beneath the next runs, above what was laid before: two layers at most.
 * cage_layer_like() takes the one used last whose key has the same first half.
 * RC_NOT_FOUND: there is none.
 */
enum rc cage_layer(struct cage *, const char *key) MUST_CHECK;
enum rc cage_layer_like(struct cage *, const char *key) MUST_CHECK;

/* The checkout as it was fetched: no layers, and nothing of what ran since. */
enum rc cage_reset(struct cage *) MUST_CHECK;

/*
 * Keep the directory CAGE_KEEP of the workspace, as the workspace of builds to
 * come, under key.  It must be whole: what it shows of a layer is not kept.
 * The last thing done with a cage.  RC_NOT_FOUND: there is no such directory.
 */
#define CAGE_KEEP ".slipway-keep"
enum rc cage_save(struct cage *, const char *key) MUST_CHECK;

/*
 * Until this one is closed, others of its project can see that there is, or may
 * be, something to come.
 */
void cage_saving(const struct cage *);
int cage_others_save(const struct cage *);

#endif
