/*
 * member -- the name of something in an archive, and where it goes.
 */
#ifndef MEMBER_H
#define MEMBER_H

#include "valid.h"

enum member {
	MEMBER_OK,    /* path says where */
	MEMBER_TOP,   /* the folder itself */
	MEMBER_APART, /* .git, .slipway: not part of any site */
	MEMBER_BAD    /* it would lead out, or cannot be a name */
};

/* name may be any bytes; path is one that valid_path() takes. */
enum member member_path(const char *name, char path[VALID_PATH_MAX + 1]);

#endif
