/*
 * child -- other programs, by absolute path, without a shell.
 *
 * Their environment is made here: what a download may need (proxies,
 * certificates, the user's npm configuration) is passed on, and no more.
 */
#ifndef CHILD_H
#define CHILD_H

#include "rc.h"

/* To its end; quiet: without its standard output. */
enum rc child_run(const char *const argv[]) MUST_CHECK;
enum rc child_run_quiet(const char *const argv[]) MUST_CHECK;

#endif
