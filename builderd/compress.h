/*
 * compress -- the same bytes, smaller, in each encoding browsers take.
 */
#ifndef COMPRESS_H
#define COMPRESS_H

#include <stddef.h>

#include "manifest.h"

#define COMPRESS_MIN 1024       /* bytes; less is one packet anyway */
#define COMPRESS_MAX (64 << 20) /* more than this is not text */

extern const char *const compress_suffix[MANIFEST__ENCODINGS];

/*
 * 0 if it does not save a twentieth; else how many bytes there are in *out,
 * which the caller frees.  before: how much of the same site was compressed
 * already; the more it was, the less time is taken.
 */
size_t compress_make(enum manifest_encoding, const void *, size_t,
    size_t before, unsigned char **out);

#endif
