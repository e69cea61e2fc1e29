/*
 * submodule -- the repositories that one is made of.
 *
 * What .gitmodules says is a stranger's word: a URL passes the policy of the
 * project's own, a path is one of the tree and leads nowhere else, and a name
 * names nothing but the submodule in a message.
 */
#ifndef SUBMODULE_H
#define SUBMODULE_H

#include <git2.h>

#include "fetcher.h"

struct part; /* NULL is none */

/* Has all of them sent, those of submodules, too. */
struct part *submodule_get(const struct order *, git_repository *,
    const git_oid *);
void submodule_check_out(const struct part *);
void submodule_fill(const struct order *, const struct part *,
    uint64_t room); /* with large files */

/* A URL that may be relative to that of its repository, as Git has it; -1. */
int submodule_url(const char *base, const char *url, char *out, size_t);

#endif
