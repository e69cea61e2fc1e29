/*
 * git -- what one repository is asked for.
 */
#ifndef FETCHER_GIT_H
#define FETCHER_GIT_H

#include <git2.h>

#include "fetcher.h"

/* libgit2 could not: why, as far as it is known. */
void git_give_up(void) __attribute__((noreturn));

/* What the order names, sent if need be; whole has the secrets. */
git_oid git_get(git_repository *, const struct order *,
    const struct order *whole);

git_commit *git_peel(git_repository *, const git_oid *); /* freed by whom */
void git_check_out(git_repository *, const git_oid *, const char *to);

#endif
