/*
 * builderd -- what its files share.
 *
 * main.c starts, loop.c gives builds to processes, build.c runs one build: a
 * table of steps, each in a file of its own.  A step that fails says why with
 * build_fail(), once, in words for whoever asked for the build.
 */
#ifndef BUILDERD_H
#define BUILDERD_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "arena.h"
#include "cage/cage.h"
#include "clock.h"
#include "conf.h"
#include "framework.h"
#include "journal.h"
#include "limits.h"
#include "package.h"
#include "query.h"
#include "redact.h"
#include "repofile.h"

/*
 * A deployment to build, and what its project says.  The loop knows of it what
 * build_claim() answers; the rest is read by the build (claim.c), which has the
 * secret of the attempt.
 */
struct claim {
	const char *id, *fence, *secret, *attempt, *project, *team, *slug;
	const char *target, *source, *repo, *ref, *ref_kind, *commit, *upload;
	const char *root_dir, *framework, *install_command, *build_command;
	const char *output_dir, *node_version, *spa, *branch_label;
	const char *previous; /* commit of the last good one of its kind */
	const char *ignore_command, *network;
	const char *submodules, *lfs; /* "t" or "f" */
	/* Of the project and of its team, or "". */
	const char *build_memory, *build_cpus, *build_disk, *build_timeout;
	const char *build_pids, *build_inodes, *build_silence, *build_output;
	const char *team_memory, *team_cpus, *team_disk, *team_timeout;
	const char *team_pids, *team_inodes, *team_silence, *team_output;
};

/* Fills in what the first row has, by the names of its columns. */
void claim_fill(struct claim *, const PGresult *);

/* One file of the output. */
struct output_file {
	const char *path; /* below the output directory, without a slash */
	uint64_t size;
};

struct build {
	const struct conf *conf;
	int opener; /* to slipway-open (opener.h) */
	int line;   /* to what opens its cage (cage/cage.h) */
	struct arena *arena;
	struct db *db;
	struct claim c;
	struct limits limits;
	int slot;
	int tell; /* pipe to the loop */

	struct cage *cage;
	struct journal *journal;
	struct redactor *redactor;
	const char *step;
	int step_seconds;    /* what it may take */
	int step_limited;    /* by a limit that can be raised */
	uint64_t step_until; /* monotonic ms */
	const char *code;    /* why it failed, for programs */
	const char *why;     /* and for people */
	int exited;          /* because a command exited, not killed */

	/* fetch */
	const char *commit, *branch, *message, *author;
	const char *met[16]; /* hosts that are new, as slipway-fetch says */
	size_t nmet;

	/* detect */
	struct repofile repo;
	const struct framework *framework;
	struct package package;
	const char *image;
	const char *node; /* major, or "" */
	const char *install, *install_dir;
	const char *command; /* of the build; "" for none */
	const char *ignore;  /* decides whether to build, or NULL */
	const char *output;  /* candidates, divided by '|' */
	int output_set;      /* the project says so */
	const char **vars;   /* of the project: "NAME=value", NULL */
	const char *deps_key;

	/* restore */
	time_t began;
	int layered; /* something lies beneath the workspace */
	enum { DEPS_NONE, DEPS_SAME, DEPS_NEAR, DEPS_NEW } deps;
	struct download *downloads; /* that the lock file names */
	size_t ndownloads;
	int credentials; /* a registry may have been shown some */

	/* collect */
	int output_fd;
	const char *output_dir; /* for people */
	/* Rules beside the output, which has none of that name: two in two. */
	const char *strays[4];
	size_t nstrays;
	struct output_file *files;
	size_t nfiles;
	uint64_t bytes;

	/* publish */
	struct redactor *secrets; /* that no file may contain */
	const char *manifest;

	struct account *account; /* of the network; NULL: not used */
	const char *registries;  /* hosts.h; NULL: not known yet */
};

/* The code of a build that its project did not want: canceled, not failed. */
#define IGNORED "ignored"

/* What the process of a build tells the loop. */
#define TELL_ENDING 'E' /* asks for the last word now */
#define TELL_ENDED  'F' /* has it: the lease is no more */

struct opener;
void loop_run(const struct conf *, struct opener *, struct helper *);

/* Delivers what is due; for a process of its own, which it ends. */
void outbox_run(const struct conf *, struct opener *) __attribute__((noreturn));

/* Is there more to do soon? */
int chores_run(const struct conf *, struct db *, struct arena *);

/* Runs a claimed build to its end. */
void build_run(struct build *);

/* Says why the build cannot go on; the first to say so is heard. */
#define INTERNAL "internal" /* the server's fault: it is tried again */
enum rc build_fail(struct build *, const char *code, const char *fmt, ...)
    PRINTF(3, 4);
enum rc build_disk(struct build *); /* since the server's disk is full */
enum rc build_progress(struct build *);
/* Has the step used up its time?  Then it failed for that. */
int build_overdue(struct build *);

/*
 * Runs something in the cage and brings its lines to the log.  line, if there
 * is one, sees each line of its standard output first and answers whether it
 * kept it.  Fails for every way in which it can end but an exit with 0, or
 * with whatever where status is set; then what says which command it was.
 */
struct command {
	enum cage_kind kind;
	const char *what;
	const char *cwd;
	const char *const *argv;
	const char *const *env;
	const void *input;
	size_t input_size;
	int (*line)(struct build *, const char *);
	const char *code;  /* error_code of an exit with another status */
	int *status;       /* where any status goes instead, or NULL */
	uint16_t port;     /* leads out besides 443 and 80, or 0 */
	const char *names; /* hosts that it may reach; NULL: any, "": none */
};
enum rc command_run(struct build *, const struct command *) MUST_CHECK;
/* The same for a line of shell, as the project, in a directory of it. */
enum rc command_shell(struct build *, const char *line, const char *cwd,
    const char *code) MUST_CHECK;

/*
 * Which hosts the step's commands may reach, by the setting of the project: for
 * the names of struct command.
 */
enum rc registries(struct build *, const char **names) MUST_CHECK;

/* One line that a proxy said (proxy.h). */
void account_line(struct build *, const char *);
uint64_t account_left(const struct build *); /* bytes of build-network-max */
void account_say(struct build *);            /* all of it, into the log */

/* Which of the project's values must not be published, and what is found. */
void leak_learn(struct build *);
enum rc leak_scan(const struct build *, int fd, const char **name) MUST_CHECK;

/* The environment of the project's commands, run in cwd; NULL at its end. */
const char *const *env_make(struct build *, const char *cwd);
/* Opens the project's variables and makes the log blind to them. */
enum rc env_load(struct build *) MUST_CHECK;

/* Back to the checkout, when what was restored is no good. */
enum rc cache_forget(struct build *) MUST_CHECK;

enum rc step_fetch(struct build *) MUST_CHECK;
enum rc step_detect(struct build *) MUST_CHECK;
enum rc step_ignore(struct build *) MUST_CHECK;
enum rc step_restore(struct build *) MUST_CHECK;
enum rc step_install(struct build *) MUST_CHECK;
enum rc step_build(struct build *) MUST_CHECK;
enum rc step_collect(struct build *) MUST_CHECK;
enum rc step_publish(struct build *) MUST_CHECK;
enum rc step_save(struct build *) MUST_CHECK;

#endif
