/*
 * toml -- TOML 1.0, strictly, as a tree of json-c.
 *
 * Dates and times are strings as they were written; whole numbers fit in 64
 * bits, and what does not is an error, as the standard wants.  Beyond it,
 * there is no NUL in a string or key, a mark of byte order is passed over,
 * and there are limits to depth and size.
 */
#ifndef TOML_H
#define TOML_H

#include <stddef.h>

#include "arena.h"

#define TOML_MAX       (1024 * 1024) /* bytes */
#define TOML_DEPTH_MAX 64            /* arrays and tables in one another */
#define TOML_KEY_MAX   64            /* parts of a dotted key */

struct json_object;

/* The tree dies with the arena.  RC_INVALID, and why, with the line. */
enum rc toml_parse(struct arena *, const char *, size_t, struct json_object **,
    const char **why) MUST_CHECK;

/* The line on which a value, a table or an array of that tree begins. */
unsigned int toml_line(struct json_object *);

#endif
