/*
 * disk -- what is in state-dir, whose it is, and how much of it may stay.
 *
 * Caches can be made again, so they have budgets, and what was used least
 * recently goes first; what is under a project's own folder and not of our
 * making is counted and left alone.  Nothing here follows a link, or removes
 * a file whose name is not of the shape that we give it.
 */
#ifndef DISK_H
#define DISK_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "conf.h"

#define DISK_PROJECT 16 /* "prj_" and what new_id() makes */

enum disk_kind {
	DISK_BLOBS,
	DISK_UPLOADS,
	DISK_MIRRORS,
	DISK_DEPS,
	DISK_DOWNLOADS,
	DISK_IMAGES,
	DISK_WORK,
	DISK_ROUTES,
	DISK_OTHER, /* whatever else somebody put there */
	DISK__KINDS
};

const char *disk_name(enum disk_kind);
uint64_t disk_budget(const struct conf *, enum disk_kind); /* 0: none */

int disk_by_project(enum disk_kind); /* are its folders those of projects? */

/* What is used and removed as one. */
struct disk_entry {
	enum disk_kind kind;
	char folder[DISK_PROJECT + 1]; /* a project's, "ab/cd", or "" */
	char name[128];                /* in it; "" for all that it has */
	size_t files;
	uint64_t bytes;
	time_t used;
	int known; /* we made it */
};

struct disk {
	struct disk_entry *entries; /* by kind, folder, name */
	size_t n, room;
};

enum rc disk_look(struct disk *, const struct conf *) MUST_CHECK;
void disk_free(struct disk *);

/* What goes beside what is over its budget. */
struct disk_rules {
	uint64_t want;                            /* so many bytes more */
	int (*gone)(void *, const char *project); /* all it has; or NULL */
	void *arg;
	time_t before; /* unless it was used since */
	int dry;
};
struct disk_count {
	size_t files, failed;
	size_t unknown; /* files that are not ours, and stay */
	uint64_t bytes;
};

/* RC_FAIL if something is there that could not be removed. */
enum rc disk_collect(const struct conf *, const struct disk_rules *,
    struct disk_count[DISK__KINDS]) MUST_CHECK;

/* Is there less than a build needs?  In want: how much less. */
struct disk_space {
	uint64_t free, size, want;
	uint64_t inodes; /* free; UINT64_MAX where they do not end */
};
int disk_short(const struct conf *, struct disk_space *);
/* Is it less than a quarter of that?  Then what writes must stop. */
int disk_full(const struct conf *);

/* "3.1 GiB" */
const char *disk_text(uint64_t bytes, char text[16]);

#endif
