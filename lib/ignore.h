/*
 * ignore -- which files of a folder stay out: the rules of .gitignore.
 *
 * Files like it add patterns, a folder's after those of the folders around it;
 * the last one that fits decides.  What is below an ignored folder is never
 * looked at, so "!" cannot bring it back.
 */
#ifndef IGNORE_H
#define IGNORE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

struct ignore;

/* base: the folder the patterns are of, as "a/b/"; up may be NULL. */
struct ignore *ignore_new(struct arena *, struct ignore *up, const char *base);
void ignore_add(struct ignore *, const char *text, size_t);
/* The path is from the top. */
bool ignored(const struct ignore *, const char *path, bool dir);
/* Whatever the rules say, of what is sent to be built, or is ready made. */
bool ignored_always(const char *name, bool prebuilt);

#endif
