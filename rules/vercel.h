/*
 * vercel -- vercel.json, as far as it is about serving.
 *
 * Its cleanUrls, trailingSlash and redirects come before files, its rewrites
 * after them, its headers whatever happens.  What a build needs of it is read
 * by builderd, and what is only for a platform of functions is said to be of no
 * use here.  An entry that is not understood is refused as a whole; the others
 * still apply.
 */
#ifndef VERCEL_H
#define VERCEL_H

#include "rule.h"

#define VERCEL_ENTRIES_MAX 2048 /* of each list */
#define VERCEL_HEADERS_MAX 1024 /* named in one entry */

struct json_object;

/* Adds its rules; file is how people know it. */
void vercel_read(struct rules *, const char *file, struct json_object *);

#endif
