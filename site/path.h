/*
 * path -- from a request target to a key in a manifest, and back.
 */
#ifndef PATH_H
#define PATH_H

#include "arena.h"

#define PATH_BYTES 4096 /* of the target, as sent */

/*
 * Decodes what stands before the '?'.  The result begins with '/', is valid
 * UTF-8 without control characters, and has neither "." nor ".." for a part.
 * *canonical is 0 if it had empty parts, which are gone.
 *
 * RC_MALFORMED: not a target.  RC_NOT_FOUND: one that can name no file.
 * RC_TOO_LARGE: longer than any file's name.
 */
enum rc path_decode(struct arena *, const char *target, const char *host,
    char **path, const char **query, int *canonical) MUST_CHECK;

/* The same as it may stand in a Location header. */
char *path_encode(struct arena *, const char *path);

#endif
