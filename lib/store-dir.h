/*
 * store-dir -- what the two halves of a store in a directory share: store.c is
 * for those who publish and read, store-sweep.c for those who collect.
 */
#ifndef STORE_DIR_H
#define STORE_DIR_H

#include <sys/file.h>
#include <sys/stat.h>

#include "store.h"

#define TMP      "tmp"
#define TMP_NAME (sizeof(TMP) + 40)
#define FEW      32 /* up to so many files or folders are synced one by one */

/* Written, and not yet under its name. */
struct pending {
	char tmp[TMP_NAME];
	char name[STORE_NAME_MAX];
};

struct store {
	char *where;
	int dir;
	unsigned int seq; /* makes names in tmp */
	struct pending *pending;
	size_t n, size;
	int fd[FEW]; /* of the first FEW; all closed once there are more */
	unsigned char made[256]; /* folders that are there, by first byte */
	unsigned char used[256]; /* whose names are to be on the disk */
	size_t nused;
	int strict; /* only files of this owner are opened */
	uid_t owner;
};

/* Every name that reaches the file system passes here. */
enum rc store_path_of(const char *name, char path[STORE_NAME_MAX + 2]);

/* By errno: nothing is there, or it is logged. */
enum rc store_failed(const struct store *, const char *what);

/* A folder others may enter, whatever the umask says.  Made: 1. */
int store_make_dir(int at, const char *path);

/*
 * What orders users of a blob and whoever removes it: those share, this one
 * has the store for itself while it looks at the time of the last use and
 * unlinks.  So a user either is seen, or finds nothing and puts it again; and
 * a blob is never out of its place, not for a visitor nor for a crash.
 */
enum rc store_lock(const struct store *, int how);

#endif
