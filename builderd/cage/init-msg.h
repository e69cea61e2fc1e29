/*
 * init-msg -- what cage-init reads on its standard input.
 *
 * This head, then cwd, argv and env, each string with its NUL, then the
 * command's own input.  After that nothing comes any more; the end of the
 * stream means that whoever asked for the command is gone.
 */
#ifndef INIT_MSG_H
#define INIT_MSG_H

#include <stdint.h>

#define INIT_STRINGS_MAX (1024 * 1024)

struct init_head {
	uint32_t argc, envc;
	uint32_t strings; /* bytes: cwd, argv, env */
	uint32_t unused;
	uint64_t input; /* bytes */
};

#endif
