/*
 * repofile -- what vercel.json and netlify.toml say of the build.
 *
 * Both are files of other platforms, and mean here what they mean there.  What
 * a project's settings say wins over them, and where both files speak,
 * vercel.json does.  What serving needs of them is read when it is published.
 */
#ifndef REPOFILE_H
#define REPOFILE_H

#include <stddef.h>

#include "arena.h"

#define REPOFILE_VARS 200 /* most variables that the files may set */

struct json_object;

/* NULL: the files do not say; empty: they say that there is none. */
struct repofile {
	const char *base; /* the folder that is the project */
	const char *framework;
	const char *install, *command, *output, *ignore;
	const char **vars;                      /* "NAME=value", NULL */
	int vercel, netlify;                    /* is it there? */
	const char *netlify_path, *vercel_path; /* or NULL */
	struct json_object *vercel_json;        /* all of it, or NULL */
	const char *netlify_text;               /* all of it, or NULL */
	size_t netlify_size;
};

/* For which build it is asked: netlify.toml has contexts. */
struct repofile_context {
	const char *name;   /* production, deploy-preview, branch-deploy, dev */
	const char *branch; /* or "" */
};

/* Which of Netlify's contexts a build is in. */
const char *repofile_context(const char *target, const char *ref_kind,
    const char *source);

/*
 * Reads them for the project in dir ("." for the whole repository);
 * netlify.toml may stand at the top instead.  RC_INVALID, and why, if one of
 * them is not what it should be.
 */
enum rc repofile_load(struct repofile *, struct arena *, int root,
    const char *dir, const struct repofile_context *,
    const char **why) MUST_CHECK;

/*
 * What netlify.toml or vercel.json, parsed, sets for a build: "build.command,
 * build.publish"; "" if that is nothing.
 */
const char *repofile_settings(struct arena *, struct json_object *);

/* The value in a list of "NAME=value", or NULL; so may be the list. */
const char *env_find(const char *const *list, const char *name);

#endif
