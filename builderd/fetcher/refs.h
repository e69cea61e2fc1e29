/*
 * refs -- which of a repository's branches, tags and commits is wanted.
 */
#ifndef REFS_H
#define REFS_H

#include <git2.h>

#include "fetcher.h"

#define REFS_NAME_MAX 512
#define REFS_SPEC_MAX (REFS_NAME_MAX + 128)

struct wanted {
	git_oid id;
	char name[REFS_NAME_MAX];   /* "refs/heads/main"; "" for none */
	char branch[REFS_NAME_MAX]; /* the default branch, if that is it */
	size_t branches;            /* how many there are */
};

/* Gives up, with the names there are, if it is not there. */
void refs_find(git_remote *, const struct order *, struct wanted *);

/* Where the mirror keeps it. */
void refs_spec(const char *name, char spec[REFS_SPEC_MAX]);

#endif
