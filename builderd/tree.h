/*
 * tree -- reading files that a stranger left in a directory.
 *
 * Every path is opened beneath the directory, through no symbolic link of any
 * kind, and only regular files and directories are opened at all.
 */
#ifndef TREE_H
#define TREE_H

#include <sys/types.h>

#include "arena.h"

/* A directory; -1 and errno if it is none, or a link leads there. */
int tree_dir(int root, const char *path);

/* A regular file, for reading; -1 and errno. */
int tree_file(int root, const char *path);

int tree_is_dir(int root, const char *path);
int tree_is_file(int root, const char *path);
/* Is there something else than a regular file, such as a link? */
int tree_is_odd(int root, const char *path);

/*
 * The file, with a NUL after it; NULL if there is none, it is over max, or
 * cannot be read to its end.
 */
char *tree_read(struct arena *, int root, const char *path, size_t max,
    size_t *len);

/*
 * A path in which one segment may be "*": the only directory that is there.
 * NULL if that is no directory.
 */
const char *tree_match(struct arena *, int root, const char *pattern);

/* "a/b" of "a" and "b"; "." and "" are nothing. */
const char *tree_join(struct arena *, const char *, const char *);

#endif
