/*
 * How many passwords are hashed at once, over all workers: each takes tens of
 * megabytes and a whole core.  As many again may wait for their turn, as long
 * as that leaves a worker for others; beyond, the answer is to come back.
 * Logs are searched by half of the workers at most, since each search may take
 * one for a second.  Downloads have processes of their own, and are counted,
 * those of a team and those of a client's network for themselves as well:
 * others are to have places, too, and somebody may have made many accounts.
 */
#include "api.h"
#include "hash.h"
#include "places.h"

/* Where the places of others begin. */
#define SEARCHES  1000
#define DOWNLOADS 2000
#define TEAMS     (1 << 16)
#define NETS      (1 << 30)

#define TEAMS_MAX  (1 << 22) /* that are told apart, and so many networks */
#define SHARES_MAX 128       /* places of one */

static int gate = -1, hashes, waiting, searches, downloads;

void
gate_open(const struct conf *c)
{
	int n = c->argon2_at_once, workers = c->api_workers;

	gate = places_new("gate");
	hashes = n;
	searches = workers < 4 ? 1 : workers / 2;
	downloads = c->downloads_at_once;
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

/* One of a part of all downloads, for whom. */
static enum rc
share(int from, const char *whom, int part)
{
	int at = (int)(hash_of(whom) % TEAMS_MAX) * SHARES_MAX;

	return try(from + at, downloads < part ? 1 : downloads / part);
}

enum rc
gate_download(const char *team, const char *net)
{
	if (share(TEAMS, team, 4) != RC_OK || share(NETS, net, 2) != RC_OK)
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
