/*
 * tar -- the heads of an archive's members, as POSIX.1-2001 has them.
 *
 * Regular files alone, of mode 0644 and nobody's.  A name that is long or not
 * plain ASCII, and a size beyond eight gigabytes, go into an extended head.
 * What is written depends on its arguments alone, so that the same deployment
 * is the same archive, and its size is known beforehand.
 */
#ifndef TAR_H
#define TAR_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define TAR_BLOCK    512
#define TAR_NAME_MAX 8192
#define TAR_HEAD_MAX (TAR_NAME_MAX + 4 * TAR_BLOCK)
#define TAR_END      (2 * TAR_BLOCK) /* of zeroes, at the end */

/* Into buf, which has room for TAR_HEAD_MAX; NULL only counts.  The bytes. */
size_t tar_head(char *buf, const char *name, size_t len, uint64_t size,
    time_t mtime);

/* Zeroes that follow a file of that size. */
size_t tar_padding(uint64_t size);

#endif
