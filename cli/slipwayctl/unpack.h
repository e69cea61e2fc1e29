/*
 * unpack -- what compress (builderd) has packed.
 */
#ifndef UNPACK_H
#define UNPACK_H

#include <stddef.h>

#include "manifest.h"

extern const char *const unpack_suffix[MANIFEST__ENCODINGS];

/* Into exactly so many bytes, or RC_INVALID: never more, whatever it says. */
enum rc unpack(enum manifest_encoding, const void *, size_t, void *out,
    size_t size) MUST_CHECK;

#endif
