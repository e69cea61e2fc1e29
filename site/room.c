/*
 * Whether the front server has room for what it keeps.  It puts an answer there
 * before it sends it, and without room cuts it off; so it is told to keep
 * nothing before that.
 */
#include <sys/vfs.h>

#include <time.h>

#include "req.h"

#define ON_THE_WAY 64   /* answers that may be kept at the same time */
#define BESIDE     8192 /* bytes of each: its head, and the rest of a block */

static int
look(const struct req *r)
{
	uint64_t want =
	    ON_THE_WAY * ((uint64_t)r->w->conf->inline_max + BESIDE);
	struct statfs fs;

	/* What is not there yet is made by whoever keeps the first. */
	if (statfs(r->cache, &fs) == -1)
		return 1;
	return (uint64_t)fs.f_bavail * (uint64_t)fs.f_bsize >= want &&
	    (fs.f_files == 0 || fs.f_ffree >= 4 * ON_THE_WAY);
}

/* Once in each tick of that clock, some milliseconds, is often enough. */
int
room_to_keep(const struct req *r)
{
	struct timespec ts;
	long now;

	if (*r->cache == '\0')
		return 1;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	now = ts.tv_sec * 1000000000L + ts.tv_nsec;
	if (now != r->w->room_seen) {
		r->w->room_seen = now;
		r->w->room = look(r);
	}
	return r->w->room;
}
