/*
 * package -- what package.json and its lock file say about a project.
 */
#ifndef PACKAGE_H
#define PACKAGE_H

#include <json-c/json_object.h>

#include "arena.h"
#include "manager.h"
#include "workspace.h"

struct package {
	struct json_object *json; /* NULL: no package.json */
	struct workspace workspace;
	enum manager manager;
	const char *manager_name; /* as it is called: "npm" */
	int manager_major;        /* 0: whichever there is */
	const char *manager_dir;  /* where an image has it: "pnpm-9", or NULL */
	const char *manager_note; /* it is another than was asked for */
	const char *dir;          /* where it is installed */
	const char *runs;         /* what its workspace builds it by, or NULL */
	int runs_alone;           /* without a script of package.json */
	const char *output;       /* where that leaves it, or NULL */
	const char *lock;         /* path of the lock file, or NULL */
	const char *lock_text;    /* of the checkout; NULL if it is too large */
	size_t lock_size;
	const char *lock_version; /* its own number, or "" */
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
/* The same of an object in it: group "engines", name "node". */
const char *package_string_in(struct json_object *, const char *group,
    const char *name);

/* The version that is asked for; NULL if it is no dependency. */
const char *package_depends(const struct package *, const char *name);
const char *package_script(const struct package *, const char *name);
/* The same of where it is installed: a project's own, or its workspace's. */
const char *package_hook(const struct package *, const char *name);

/* Nothing to install, and nothing that installing would run? */
int package_empty(const struct package *);

/*
 * The text of each file that may have settings of a manager that installs in
 * dir, "" where there is none, and NULL at the end.  NULL if one cannot be
 * read, or is a link: then nobody knows what they say.
 */
const char **package_settings(struct arena *, int root, const char *dir);

/*
 * 64 hexadecimal digits that stand for the dependencies, if command installs
 * them in dir; NULL: no lock file, or settings that nobody knows.
 */
const char *package_key(const struct package *, struct arena *, int root,
    const char *dir, const char *node, const char *command);

#endif
