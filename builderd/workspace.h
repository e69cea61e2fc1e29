/*
 * workspace -- the folder whose packages are installed together with a
 * project's, and what runs their scripts.
 */
#ifndef WORKSPACE_H
#define WORKSPACE_H

#include <json-c/json_object.h>

#include "arena.h"

struct workspace {
	const char *dir;          /* its root, or NULL if there is none */
	struct json_object *json; /* package.json there, or NULL */
	const char *from;         /* which file says so */
	const char *runner;       /* "turbo", "nx" or NULL */
};

/* The nearest folder, dir or above it, that counts dir among its packages. */
void workspace_find(struct workspace *, struct arena *, int root,
    const char *dir);

/* The same for a folder of which only nx knows: nx.json above it. */
int workspace_nx(struct workspace *, struct arena *, int root, const char *dir);

/* "a/b" -> "a" -> "." -> NULL */
const char *workspace_parent(struct arena *, const char *dir);

/* The list "packages" of a pnpm-workspace.yaml, NULL at its end. */
const char **workspace_yaml(struct arena *, const char *text);

/* Is a path one of what such a list means?  "!x" takes away. */
int workspace_has(struct arena *, const char *const patterns[],
    const char *path);

/*
 * What builds the project in dir, which is of that name, by turbo or nx where
 * the workspace uses one of them and it knows how; else NULL.
 */
const char *workspace_command(const struct workspace *, struct arena *,
    int root, const char *dir, struct json_object *json);

/* Where nx leaves it, as seen from dir; NULL if that is not told. */
const char *workspace_output(const struct workspace *, struct arena *, int root,
    const char *dir);

#endif
