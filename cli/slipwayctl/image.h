/*
 * image -- a build image that is made: its folder, and what is packed there.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <time.h>

#include "ctl.h"

struct making {
	struct ctl *ctl;
	const char *dir; /* images/<build-image> */
	const char *tmp; /* a fresh folder beside the layers */
	struct timespec began;
};

/* "[ 12 s] what": something is always moving. */
void image_say(const struct making *, const char *what);
int image_have(const struct making *, const char *layer);

/*
 * pack.c: a tree becomes a layer, which appears when it is whole.  An extra
 * says what programs it has; RC_NOT_FOUND if it has none.
 */
enum rc pack(const struct making *, const char *tree,
    const char *layer) MUST_CHECK;

/* layers.c: those there are, on standard output; an exit status. */
int layers_list(const struct making *);

/* own.c: a layer of the operator's own, of "zola=/root/zola"; an extra's end.
 */
enum rc own_add(const struct making *, const char *spec) MUST_CHECK;
enum rc own_remove(const struct making *, const char *layer) MUST_CHECK;

#endif
