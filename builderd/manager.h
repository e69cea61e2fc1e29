/*
 * manager -- which package manager installs a project, in which of its
 * versions, and by which command.
 */
#ifndef MANAGER_H
#define MANAGER_H

#include "arena.h"

enum manager { NPM, PNPM, YARN, YARN_BERRY, BUN, VLT, MANAGER__MAX };

struct package;

/*
 * Who installs it, where, and by which lock file: as the nearest lock file and
 * "packageManager" say.
 */
void manager_find(struct package *, struct arena *, int root, const char *dir);

/* Takes another major of it if that one does not run with that Node. */
void manager_fit(struct package *, struct arena *, int node);

/* Is it one that images have without being asked? */
int manager_usual(const struct package *);

/* What installs exactly what the lock file says, where there is one. */
const char *manager_install(const struct package *);

/*
 * What does the same over what an earlier build installed, where install is
 * that command; or NULL.
 */
const char *manager_update(const struct package *, const char *install);

#endif
