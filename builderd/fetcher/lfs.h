/*
 * lfs -- the large files of a checkout.
 *
 * A file is one if .gitattributes says filter=lfs of it and it is a pointer.
 * What it points at is kept in the mirror, by its hash.
 */
#ifndef LFS_H
#define LFS_H

#include <git2.h>

#include "fetcher.h"

/*
 * Replaces the pointers of one commit, checked out at path below the
 * workspace; all of them together are at most room bytes.
 */
void lfs_fill(const struct order *, git_repository *, const git_oid *,
    const char *url, const char *path, uint64_t room);

#endif
