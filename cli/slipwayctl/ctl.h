/*
 * ctl -- what the commands of slipwayctl(8) share.
 *
 * A command gets its own arguments, argv[0] being its name, and answers with
 * an exit status: EXIT_SUCCESS, EXIT_FAILURE, or EXIT_USAGE for a command line
 * that makes no sense.
 */
#ifndef CTL_H
#define CTL_H

#include "arena.h"
#include "conf.h"

#define EXIT_USAGE 2

struct ctl {
	struct conf conf;
	const char *conf_file;
	struct arena *arena;
};

struct command {
	const char *name;
	int (*run)(struct ctl *, int argc, char **argv);
	const char *args;    /* as in a synopsis */
	const char *summary; /* one line */
	const char *help;    /* the rest, in lines of at most 76 */
	const char *example; /* a whole line */
	int lenient;         /* runs although slipway.conf has mistakes */
};

extern const struct command commands[]; /* ends with a NULL name */

int image_main(struct ctl *, int argc, char **argv);
int migrate_main(struct ctl *, int argc, char **argv);
int user_main(struct ctl *, int argc, char **argv);
int keys_main(struct ctl *, int argc, char **argv);
int doctor_main(struct ctl *, int argc, char **argv);
int disk_main(struct ctl *, int argc, char **argv);
int fsck_main(struct ctl *, int argc, char **argv);
int gc_main(struct ctl *, int argc, char **argv);
int queue_main(struct ctl *, int argc, char **argv);

/* "slipwayctl keys: what is wrong", then how it is meant; EXIT_USAGE. */
int usage_error(const char *command, const char *, ...) PRINTF(2, 3);

#endif
