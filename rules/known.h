/*
 * known -- which keys of netlify.toml do something here.
 *
 * What stands in a table of redirects or headers is for netlify.c to say.
 */
#ifndef KNOWN_H
#define KNOWN_H

#include "rule.h"

struct json_object;

/*
 * Tells of each key that does nothing, lest it fails in silence.  Is one among
 * them whose value counts?
 */
int known_tell(struct rules *, const char *file, struct json_object *,
    int (*counts)(struct json_object *));

#endif
