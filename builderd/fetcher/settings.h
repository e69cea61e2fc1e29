/*
 * settings -- .gitmodules and its like: a file of a tree in Git's format.
 */
#ifndef SETTINGS_H
#define SETTINGS_H

#include <git2.h>

/* An empty one if it is not there; gives up if it is not what it should be. */
git_config *settings_open(git_repository *, const git_tree *, const char *name);

/* The i-th name of [kind "name"], or NULL.  Never freed. */
char *settings_section(git_config *, const char *kind, size_t i);
/* Its value, or NULL; of [kind] alone where name is NULL.  Never freed. */
const char *settings_get(git_config *, const char *kind, const char *name,
    const char *key);

#endif
