/*
 * How many passwords are hashed at once, over all workers: each takes tens of
 * megabytes and a whole core.  As many again may wait for their turn, as long
 * as that leaves a worker for others; beyond, the answer is to come back.
 * Logs are searched by half of the workers at most, since each search may take
 * one for a second.  Downloads have processes of their own, and are counted.
 *
 * A place is a record lock on one byte of a file in memory.  The kernel gives
 * the place back when its holder dies.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "api.h"
#include "log.h"

/* Where the places of others begin. */
#define SEARCHES  1000
#define DOWNLOADS 2000

static int fd = -1, places, waiting, searches, downloads;

void
gate_open(const struct conf *c)
{
	int n = c->argon2_at_once, workers = c->api_workers;

	if ((fd = memfd_create("gate", MFD_CLOEXEC)) == -1)
		fatal("memfd_create");
	places = n;
	searches = workers < 4 ? 1 : workers / 2;
	downloads = c->downloads_at_once;
	waiting = workers - 1 - n;
	if (waiting > n)
		waiting = n;
}

static int
lock(int command, short type, int at)
{
	struct flock l = { .l_type = type,
		.l_whence = SEEK_SET,
		.l_start = at,
		.l_len = 1 };
	int e;

	while ((e = fcntl(fd, command, &l)) == -1 && errno == EINTR)
		;
	return e == 0;
}

enum rc
gate_enter(void)
{
	int i;

	for (i = 0; i < places; i++)
		if (lock(F_SETLK, F_WRLCK, i))
			return RC_OK;
	for (i = 0; i < waiting; i++)
		if (lock(F_SETLK, F_WRLCK, places + i)) {
			if (lock(F_SETLKW, F_WRLCK, i)) {
				lock(F_SETLK, F_UNLCK, places + i);
				return RC_OK;
			}
			lock(F_SETLK, F_UNLCK, places + i);
			break;
		}
	return RC_BUSY;
}

void
gate_leave(void)
{
	int i;

	for (i = 0; i < places; i++)
		lock(F_SETLK, F_UNLCK, i);
}

/* One of n places, if one is free. */
static enum rc
try(int from, int n)
{
	int i;

	for (i = from; i < from + n; i++)
		if (lock(F_SETLK, F_WRLCK, i))
			return RC_OK;
	return RC_BUSY;
}

enum rc
gate_search(void)
{
	return try(SEARCHES, searches);
}

enum rc
gate_download(void)
{
	return try(DOWNLOADS, downloads);
}

void
gate_searched(void)
{
	int i;

	for (i = 0; i < searches; i++)
		lock(F_SETLK, F_UNLCK, SEARCHES + i);
}
