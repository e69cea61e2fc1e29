/*
 * valid -- what strings from outside may look like.
 *
 * Each answers NULL for a good one, or what is wrong with it: a code for
 * programs, the limit that was not kept, and a sentence that names the cure.
 * They take bytes, not promises: any string without a NUL may be given.
 */
#ifndef VALID_H
#define VALID_H

#include <stddef.h>

#define VALID_SLUG_MAX     48
#define VALID_LABEL_MAX    32
#define VALID_REF_MAX      250
#define VALID_EMAIL_MAX    254
#define VALID_ENV_MAX      128
#define VALID_DIR_MAX      1024
#define VALID_PATH_MAX     1024
#define VALID_PATH_DEPTH   32
#define VALID_COMMAND_MAX  4096
#define VALID_PASSWORD_MIN 10

struct fault {
	const char *code;
	const char *limit;
	const char *message;
};

const struct fault *valid_slug(const char *);     /* of a project */
const struct fault *valid_label(const char *);    /* of an alias */
const struct fault *valid_ref(const char *);      /* branch or tag */
const struct fault *valid_branch(const char *);   /* the same, or empty */
const struct fault *valid_commit(const char *);   /* whole, lower case */
const struct fault *valid_email(const char *);    /* lower or upper case */
const struct fault *valid_env_name(const char *); /* of a variable */
const struct fault *valid_name(const char *);     /* of a person or token */
const struct fault *valid_dir(const char *);      /* relative, or empty */
const struct fault *valid_path(const char *);     /* of an uploaded file */
const struct fault *valid_command(const char *);  /* one line, or empty */
const struct fault *valid_version(const char *);  /* of Node, or empty */
const struct fault *valid_host(const char *);     /* lower case, or empty */
const struct fault *valid_word(const char *);     /* a-z 0-9 -, or empty */
const struct fault *valid_password(const char *);

/* How many of the bytes are whole, shortest-form UTF-8 without surrogates. */
size_t valid_utf8(const char *, size_t);

/*
 * Is it, by its last part, a file that says how a site is served?  From 1 on,
 * in the order in which they are obeyed.
 */
int valid_rule_file(const char *path);

#endif
