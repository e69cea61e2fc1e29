/*
 * How many passwords are hashed at once, over all workers: each takes tens of
 * megabytes and a whole core.  As many again may wait for their turn, as long
 * as that leaves a worker for others; beyond, the answer is to come back.
 * Logs are searched by half of the workers at most, since each search may take
 * one for a second.  Downloads have processes of their own, and are counted,
 * those of a team for themselves as well: others are to have places, too.
 */
#include "api.h"
#include "hash.h"
#include "places.h"

/* Where the places of others begin. */
#define SEARCHES  1000
#define DOWNLOADS 2000
#define TEAMS     (1 << 16)

#define TEAMS_MAX  (1 << 22) /* that are told apart */
#define SHARES_MAX 64        /* places of a team */

static int gate = -1, hashes, waiting, searches, downloads, share;

void
gate_open(const struct conf *c)
{
	int n = c->argon2_at_once, workers = c->api_workers;

	gate = places_new("gate");
	hashes = n;
	searches = workers < 4 ? 1 : workers / 2;
	downloads = c->downloads_at_once;
	share = downloads < 4 ? 1 : downloads / 4;
	waiting = workers - 1 - n;
	if (waiting > n)
		waiting = n;
}

enum rc
gate_enter(void)
{
	int i;

	for (i = 0; i < hashes; i++)
		if (place_take(gate, i))
			return RC_OK;
	for (i = 0; i < waiting; i++)
		if (place_take(gate, hashes + i)) {
			if (place_wait(gate, i)) {
				place_leave(gate, hashes + i);
				return RC_OK;
			}
			place_leave(gate, hashes + i);
			break;
		}
	return RC_BUSY;
}

void
gate_leave(void)
{
	int i;

	for (i = 0; i < hashes; i++)
		place_leave(gate, i);
}

/* One of n places, if one is free. */
static enum rc
try(int from, int n)
{
	int i;

	for (i = from; i < from + n; i++)
		if (place_take(gate, i))
			return RC_OK;
	return RC_BUSY;
}

enum rc
gate_search(void)
{
	return try(SEARCHES, searches);
}

enum rc
gate_download(const char *team)
{
	int at = (int)(hash_of(team) % TEAMS_MAX) * SHARES_MAX;

	if (try(TEAMS + at, share) != RC_OK)
		return RC_LIMITED;
	return try(DOWNLOADS, downloads);
}

void
gate_searched(void)
{
	int i;

	for (i = 0; i < searches; i++)
		place_leave(gate, SEARCHES + i);
}
