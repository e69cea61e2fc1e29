/*
 * downloads -- what package managers fetched, for every project.
 *
 * A file is named by the SHA-512 of its bytes, as the lock files of npm name
 * packages, and as npm's own cache does.  After an install builderd takes from
 * the cage what the lock file names, and hashes it itself; of npm's index,
 * which says what came from where, nothing is taken.  Cages see the folder
 * read only, and cannot list it: who knows a hash may have the bytes.  Lock
 * files are published, so what a registry may have given for a password alone
 * is not taken.
 */
#ifndef DOWNLOADS_H
#define DOWNLOADS_H

#include "builderd.h"

#define DOWNLOADS ".slipway-downloads" /* in the workspace, after a build */

/* Before an install: give the cage what the lock file names and is there. */
enum rc downloads_offer(struct build *) MUST_CHECK;

/* After a good build: take what is new from a view of the workspace. */
void downloads_take(struct build *, int root);

#endif
