/*
 * package -- what package.json and its lock file say about a project.
 */
#ifndef PACKAGE_H
#define PACKAGE_H

#include <json-c/json_object.h>

#include "arena.h"

enum manager { NPM, PNPM, YARN, YARN_BERRY, MANAGER__MAX };

struct package {
	struct json_object *json; /* NULL: no package.json */
	enum manager manager;
	const char *manager_name; /* as it is called: "npm" */
	const char *dir;          /* where it is installed: of the lock file */
	const char *lock;         /* path of the lock file, or NULL */
	const char *lock_version; /* pnpm's own number, or "" */
	const char *node;         /* what it asks for: ">=20", or "" */
	const char *node_from;    /* which file says so */
};

/*
 * Reads them for the project in dir ("." for the whole repository).  What is
 * wrong comes out as words for people; RC_INVALID then.
 */
enum rc package_load(struct package *, struct arena *, int root,
    const char *dir, const char **why) MUST_CHECK;

/*
 * An object in a file; RC_NOT_FOUND if there is no such file, RC_INVALID and
 * words for people if it is something else.
 */
enum rc package_json(struct arena *, int root, const char *path,
    struct json_object **, const char **why) MUST_CHECK;
const char *package_string(struct json_object *, const char *name); /* NULL */

/* The version that is asked for; NULL if it is no dependency. */
const char *package_depends(const struct package *, const char *name);
const char *package_script(const struct package *, const char *name);

/* Nothing to install, and nothing that installing would run? */
int package_empty(const struct package *);

/* Where an image has the right version of the manager: "pnpm-9", or NULL. */
const char *package_manager_dir(const struct package *);

/* What installs exactly what the lock file says, where there is one. */
const char *package_install(const struct package *);

/*
 * What does the same over what an earlier build installed, where install is
 * that command; or NULL.
 */
const char *package_update(const struct package *, const char *install);

/* 64 hexadecimal digits that stand for the dependencies; NULL: no lock file. */
const char *package_key(const struct package *, struct arena *, int root,
    const char *node, const char *command);

/* The newest of the majors (0 ends them) that a range allows; 0 for none. */
int package_node(const char *range, const int majors[]);

#endif
