/*
 * daemon -- how each of the suite's daemons begins.
 *
 *	-f file		read that configuration
 *	-n		check it, and what it names, and exit
 *	-p		print what is in force, and exit
 *	-v		say more
 */
#ifndef DAEMON_H
#define DAEMON_H

#include "conf.h"

struct daemon {
	const char *conf_path;
	struct conf conf;
	int check; /* -n: look at the rest, and start nothing */
};

/*
 * Options, log and configuration.  Ends the program where there is nothing
 * more to do.  The configuration lives in the arena.
 */
void daemon_begin(struct daemon *, struct arena *, const char *name, int argc,
    char **argv);

#endif
