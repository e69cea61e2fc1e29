/*
 * history -- what a checkout knows of the commits before it.
 *
 * A repository beside the files, so that commands of the project can compare
 * them with what was there before: its objects are the mirror's, which is
 * there to be read (bundle.c).  Where it came from, and what one needs to be
 * let in there, is not in it, and the branches of others have no names in it.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <git2.h>

void history_leave(git_repository *mirror, const git_oid *);

#endif
