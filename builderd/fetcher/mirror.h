/*
 * mirror -- what was fetched before: a bare repository, and below modules/ one
 * for each URL of a submodule.  All of them together have one budget.
 */
#ifndef MIRROR_H
#define MIRROR_H

#include <git2.h>
#include <stdint.h>

/* Waits for its turn.  More than room bytes, or a broken one, begin anew. */
git_repository *mirror_open(uint64_t room);

/* Only after that. */
git_repository *mirror_of(const char *url);

#endif
