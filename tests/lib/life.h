/*
 * life -- who publishes, deletes and collects, in the test of that, and what
 * must always be so.
 */
#ifndef LIFE_H
#define LIFE_H

#include "simfs.h"

#include <stdio.h>
#include <ucontext.h>

#include "../../lib/store-sweep.c"
#include "../../lib/store.c"

#include "../../cli/slipwayctl/blobs.c"

#include "tap.h"

#define ACTORS 4
#define STEPS  700
#define STACK  (128 * 1024)
#define START  (100 * BLOBS_DAY)
#define ROWS   8
#define WHERE  "store"

/* A deployment's files are bits: blob i is there if bit i is. */
enum state { NONE, BUILDING, READY, FAILED };
static struct row {
	enum state state;
	unsigned int files, encoded;
	time_t started, deleted;
	int collected;
} rows[ROWS];

struct actor {
	void (*run)(int);
	int arg, over, dead;
	ucontext_t at;
	char *stack;
};
static struct actor actors[ACTORS];
static int nactors;
static ucontext_t scheduler;

/* Which was let on, of how many, at each choice. */
static struct {
	unsigned char took, of;
} choices[STEPS];
static int nchoices, replay, changes, most;
static unsigned long seed;
static unsigned long runs, cuts, wrong;
static const char *what;

/* Of the blobs the first two share a folder, and one has none yet. */
static char blobs[4][STORE_NAME_MAX], brs[4][STORE_NAME_MAX];
static char manifests[16][STORE_NAME_MAX];

static void
name_all(void)
{
	int i;

	for (i = 0; i < 4; i++) {
		snprintf(blobs[i], sizeof(blobs[i]), "a%d%062d",
		    i < 2 ? 0 : i - 1, i + 1);
		snprintf(brs[i], sizeof(brs[i]), "%.64s.br", blobs[i]);
	}
	for (i = 0; i < 16; i++)
		snprintf(manifests[i], sizeof(manifests[i]), "f0%062d", i);
}

/* What must be in it. */
static void
bytes_of(const char *name, char out[BYTES])
{
	memset(out, 0, BYTES);
	snprintf(out, BYTES, "%.2s%s", name, name + 60);
}

static void
bad(const char *why)
{
	if (wrong++ == 0)
		what = why;
}

/* ---- the manifest, as the collector reads it ---- */

struct manifest {
	unsigned int files;
};
static struct manifest opened[ACTORS + 1];

enum rc
manifest_open(struct manifest **m, int fd)
{
	char buf[BYTES + 1] = "";

	*m = &opened[sim.actor];
	if (read(fd, buf, BYTES) < 6 || memcmp(buf, "f0", 2) != 0)
		return RC_FAIL;
	(*m)->files = (unsigned int)atoi(buf + 2);
	return RC_OK;
}

void
manifest_close(struct manifest *m)
{
	(void)m;
}

enum rc
manifest_walk(const struct manifest *m,
    enum rc (*fn)(void *, const char *, size_t, const struct manifest_file *),
    void *arg)
{
	struct manifest_file f = { .size = 1 };
	enum rc rc = RC_OK;
	int i;

	for (i = 0; i < 4 && rc == RC_OK; i++)
		if (m->files & 1U << i) {
			sodium_hex2bin(f.hash, sizeof(f.hash), blobs[i], 64,
			    NULL, NULL, NULL);
			rc = fn(arg, "/", 1, &f);
		}
	return rc;
}

/* ---- what must always be so ---- */

/* lost: how much of unsynced bytes a crash leaves; -1: there was none. */
static int
whole(const struct names *lists[], int n, const char *name, int lost)
{
	char want[BYTES], folder[3] = { name[0], name[1], '\0' };
	int d, file, have;

	for (d = 1; strcmp(folders[d], folder) != 0; d++)
		;
	if (sim_find(lists, n, 0, folder) != 0 ||
	    (file = sim_find(lists, n, d, name + 2)) == -1)
		return 0;
	have = lost == -1 ? sim.files[file].size : sim.files[file].safe;
	if (lost > 0 && have < sim.files[file].size)
		have += lost;
	bytes_of(name, want);
	return have >= (int)strlen(want) &&
	    memcmp(sim.files[file].bytes, want, strlen(want)) == 0;
}

static void
check(const struct names *lists[], int n, int lost, const char *why)
{
	int r, i;

	for (r = 0; r < ROWS; r++) {
		if (rows[r].state != READY || rows[r].collected)
			continue;
		if (!whole(lists, n, manifests[rows[r].files], lost))
			bad(why);
		for (i = 0; i < 4; i++) {
			if (rows[r].files & 1U << i &&
			    !whole(lists, n, blobs[i], lost))
				bad(why);
			if (rows[r].encoded & 1U << i &&
			    !whole(lists, n, brs[i], lost))
				bad(why);
		}
	}
}

static unsigned int
chance(unsigned int n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (unsigned int)(seed >> 33) % n;
}

/* Of each folder's changes a crash keeps as many as luck has it. */
static void
cut(struct names *left, int luck)
{
	int keep[FOLDERS], i;

	for (i = 0; i < FOLDERS; i++)
		keep[i] = luck == 0 ? 0 : luck == 1 ? CHANGES : (int)chance(5);
	*left = sim.disk;
	for (i = 0; i < sim.pending.n; i++)
		if (keep[sim.pending.list[i].folder]-- > 0)
			sim_keep(left, &sim.pending.list[i]);
}

static void
check_all(void)
{
	const struct names *live[] = { &sim.disk, &sim.pending };
	static struct names left;
	const struct names *after[] = { &left };
	static unsigned long version;
	static struct row seen[ROWS];
	int luck;

	if (version == sim.version && memcmp(seen, rows, sizeof(rows)) == 0)
		return;
	version = sim.version;
	memcpy(seen, rows, sizeof(rows));
	check(live, 2, -1, "a ready deployment is not whole");
	for (luck = 0; luck < 3; luck++) {
		cut(&left, luck);
		check(after, 1, luck == 2 ? (int)chance(4) : 0,
		    "nor is it after a power cut");
		cuts++;
	}
}

/* ---- who does what ---- */

static void
step(void)
{
	if (sim.actor < ACTORS && !actors[sim.actor].over)
		swapcontext(&actors[sim.actor].at, &scheduler);
}

static struct store *
open_it(void)
{
	struct store *s;

	if (store_open(&s, WHERE) != RC_OK)
		abort();
	return s;
}

static enum rc
put(struct store *s, const char *name)
{
	char text[BYTES];

	bytes_of(name, text);
	return store_put(s, name, text, strlen(text));
}

/* As publish.c does it. */
static enum rc
publish_files(struct row *r)
{
	struct store *s = open_it();
	enum rc rc = RC_OK;
	int i, fresh, fd;
	uint64_t size;

	for (i = 0; i < 4 && rc == RC_OK; i++) {
		if (!(r->files & 1U << i))
			continue;
		rc = store_touch(s, blobs[i]);
		fresh = rc == RC_NOT_FOUND;
		if (fresh)
			rc = put(s, blobs[i]);
		if (rc != RC_OK)
			break;
		if (fresh)
			rc = put(s, brs[i]);
		else if ((rc = store_touch(s, brs[i])) == RC_OK &&
		    (rc = store_get(s, brs[i], &fd, &size)) == RC_OK)
			close(fd);
		if (rc == RC_OK)
			r->encoded |= 1U << i;
		else if (rc == RC_NOT_FOUND)
			rc = RC_OK;
	}
	if (rc == RC_OK)
		rc = store_sync(s);
	store_close(s);
	return rc;
}

static enum rc
publish_manifest(const struct row *r)
{
	const char *name = manifests[r->files];
	struct store *s = open_it();
	enum rc rc;

	if ((rc = store_touch(s, name)) == RC_NOT_FOUND)
		rc = put(s, name);
	if (rc == RC_OK)
		rc = store_sync(s);
	store_close(s);
	return rc;
}

static void
publish(int files)
{
	struct row *r = &rows[2 + sim.actor];

	step();
	*r = (struct row){ .state = BUILDING,
		.files = (unsigned int)files,
		.started = sim.now };
	if (publish_files(r) != RC_OK || publish_manifest(r) != RC_OK) {
		bad("it cannot be published");
		r->state = FAILED;
	}
	step();
	if (r->state == BUILDING)
		r->state = READY;
}

static void delete (int row)
{
	step();
	rows[row].deleted = sim.now;
}

static void
restore(int row)
{
	step();
	if (!rows[row].collected)
		rows[row].deleted = 0;
}

static void
wait_days(int days)
{
	step();
	sim.now += days * BLOBS_DAY + 2 * BLOBS_HOUR;
}

/* What the database says, of one moment. */
static void
look(unsigned int kept[ROWS], int *n, time_t *building)
{
	int r;

	for (*n = 0, *building = 0, r = 0; r < ROWS; r++)
		if (rows[r].state == READY && !rows[r].collected &&
		    (sim.broken != EARLY_LOOK || rows[r].deleted == 0 ||
			rows[r].deleted >= sim.now - BLOBS_DAY))
			kept[(*n)++] = rows[r].files;
		else if (rows[r].state == BUILDING &&
		    sim.now - rows[r].started > *building)
			*building = sim.now - rows[r].started;
}

static void
begin(void)
{
	int r;

	for (r = 0; r < ROWS; r++)
		if (rows[r].deleted != 0 &&
		    rows[r].deleted < sim.now - BLOBS_DAY)
			rows[r].collected = 1;
}

static void
collect(int arg)
{
	struct blobs b = { .store = open_it() };
	unsigned int kept[ROWS];
	time_t building;
	int n, i;

	(void)arg;
	if (sim.broken != EARLY_LOOK) {
		step();
		begin();
	}
	step();
	look(kept, &n, &building);
	if (sim.broken == EARLY_LOOK) {
		step();
		begin();
	}
	if (sim.broken == NO_BUILDING)
		building = 0;
	b.before = sim.broken == NO_DAY ? sim.now + 1 :
					  blobs_before(sim.now, building);
	for (i = 0; i < n && sim.broken != NO_MARKS; i++)
		if (blobs_mark(&b, manifests[kept[i]]) != RC_OK) {
			bad("a manifest that is kept is not there");
			break;
		}
	if (i == n || sim.broken == NO_MARKS)
		if (blobs_sweep(&b) != RC_OK || b.failed > 0)
			bad("it cannot be collected");
	marks_free(&b.marked);
	store_close(b.store);
}

#endif
