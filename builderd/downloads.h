/*
 * downloads -- what package managers fetched, for every project.
 *
 * A file is named by the SHA-512 of its bytes, as lock files name packages.
 * After an install builderd takes from the cage what the lock file of the
 * checkout names, and hashes it itself; nothing is believed of what a build
 * says that a file is.  Cages see the folder read only, and cannot list it:
 * who knows a hash may have the bytes.  Lock files are published, so what a
 * registry may have given for a password alone is not taken.
 */
#ifndef DOWNLOADS_H
#define DOWNLOADS_H

#include "builderd.h"

/* In the workspace, after a build: a copy of downloads_folder(). */
#define DOWNLOADS ".slipway-downloads"

/* Before an install: give the cage what the lock file names and is there. */
enum rc downloads_offer(struct build *) MUST_CHECK;

/* The folder in the cage where its manager keeps what it fetched; NULL: none.
 */
const char *downloads_folder(struct build *);

/* After a good build, with that folder's copy: take what is new from a view of
 * the workspace. */
void downloads_take(struct build *, int root);

#endif
