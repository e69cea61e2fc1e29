/*
 * folder -- one, and all below it, whoever made it.
 *
 * No link is followed and no other file system entered, so that who could put
 * something there cannot lead whoever clears up, who may be root, elsewhere.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <sys/types.h>

#include <dirent.h>
#include <stdint.h>
#include <time.h>

#include "rc.h"

struct folder {
	size_t files;
	uint64_t bytes; /* at most what it takes on the disk */
	time_t used;    /* when anything in it last changed */
};

/* The folder of that name, for readdir(3); NULL with errno. */
DIR *folder_open(int dir, const char *name) MUST_CHECK;

/* What is there.  A file, or a link, is a tree of one. */
enum rc folder_look(int dir, const char *name, struct folder *) MUST_CHECK;

enum rc folder_remove(int dir, const char *name) MUST_CHECK;

#endif
