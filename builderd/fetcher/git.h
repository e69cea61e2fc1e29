/*
 * git -- what one repository is asked for.
 */
#ifndef FETCHER_GIT_H
#define FETCHER_GIT_H

#include <git2.h>

#include "fetcher.h"

/* libgit2 could not: why, as far as it is known. */
void git_give_up(void) __attribute__((noreturn));

/*
 * Connects, with the secrets that whole has.  NULL if there is another way to
 * the same and the host does not open this one to us.
 */
git_remote *git_dial(git_repository *, const char *url,
    const struct order *whole, int other);

/* What the order names, sent if need be; the remote is freed. */
git_oid git_get(git_repository *, git_remote *, const struct order *);

git_commit *git_peel(git_repository *, const git_oid *); /* freed by whom */
void git_check_out(git_repository *, const git_oid *, const char *to);

#endif
