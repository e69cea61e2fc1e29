#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "blobs.h"
#include "ctl.h"
#include "db.h"
#include "disk.h"
#include "log.h"
#include "owner.h"
#include "priv.h"
#include "query.h"
#include "remains.h"
#include "tally.h"

/*
 * Collection: blobs.c says what goes and why that is safe.
 *
 * Only what is certainly not needed goes: if one manifest cannot be read,
 * nothing is swept.
 *
 * Uploads are remains.c's, caches disk.c's; they have the same day.
 */

struct gc {
	struct arena *arena;
	struct db *db;
	const char *id; /* of this collection; NULL for a dry run */
	struct blobs blobs;
	struct tally tally;
	struct remains remains;
};

/* The first row is no manifest: for how long the oldest build runs. */
static enum rc
mark_all(struct gc *gc)
{
	const char *const dry[] = { gc->blobs.dry ? "t" : "f" };
	PGresult *res;
	enum rc rc = RC_OK;
	int i;

	if (!gc->blobs.dry)
		rc = db_json(gc->db, gc->arena, Q_COLLECTION_BEGIN, NULL,
		    &gc->id);
	if (rc == RC_OK)
		rc = db_run(gc->db, gc->arena, Q_MANIFESTS, dry, &res);
	if (rc == RC_OK)
		gc->blobs.before = blobs_before(time(NULL),
		    (time_t)atoll(PQgetvalue(res, 0, 1)));
	if (!gc->blobs.dry)
		gc->tally.db = gc->db;
	for (i = 1; rc == RC_OK && i < PQntuples(res); i++) {
		tally_turn(&gc->tally, PQgetvalue(res, i, 2),
		    PQgetvalue(res, i, 3));
		rc = blobs_mark(&gc->blobs, PQgetvalue(res, i, 0));
	}
	if (rc == RC_OK)
		rc = tally_end(&gc->tally, gc->id);
	if (rc == RC_OK)
		rc = db_run(gc->db, gc->arena, Q_PROJECTS, NULL,
		    &gc->remains.projects);
	if (rc == RC_OK)
		rc = db_run(gc->db, gc->arena, Q_UPLOADS, NULL,
		    &gc->remains.uploads);
	return rc;
}

/* The store is builderd's, and a link of its making must not be root's way. */
static void
drop(const struct conf *conf)
{
	if (geteuid() == 0)
		priv_drop(conf->build_user);
}

static enum rc
sweep_blobs(struct gc *gc, const struct conf *conf)
{
	struct blobs *b = &gc->blobs;
	enum rc rc;

	drop(conf);
	if ((rc = blobs_sweep(b)) != RC_OK)
		return rc;
	printf("%s %zu files, %llu bytes; %zu files, %llu bytes stay\n",
	    b->dry ? "would sweep" : "swept", b->swept,
	    (unsigned long long)b->swept_bytes, b->kept,
	    (unsigned long long)b->kept_bytes);
	if (b->failed == 0)
		return RC_OK;
	log_warnx("%zu files could not be removed", b->failed);
	return RC_FAIL;
}

static int
is_gone(void *arg, const char *project)
{
	return !remains_known(arg, project);
}

/* Of deleted projects, and what is over a budget. */
static enum rc
sweep_caches(struct gc *gc, const struct conf *conf)
{
	const struct disk_rules rules = { .gone = is_gone,
		.arg = gc->remains.projects,
		.before = gc->remains.before,
		.dry = gc->blobs.dry };
	struct disk_count count[DISK__KINDS];
	enum rc rc = disk_collect(conf, &rules, count);
	enum disk_kind k;

	for (k = 0; k < DISK__KINDS; k++) {
		if (disk_budget(conf, k) == 0 && count[k].files == 0)
			continue;
		printf("%s: %s %zu files, %llu bytes\n", disk_name(k),
		    gc->blobs.dry ? "would sweep" : "swept", count[k].files,
		    (unsigned long long)count[k].bytes);
		if (count[k].unknown > 0)
			log_warnx("%s: %zu files are not ours, and stay",
			    disk_name(k), count[k].unknown);
		if (count[k].failed > 0)
			log_warnx("%s: something could not be removed",
			    disk_name(k));
	}
	return rc;
}

/* What came of it, for doctor and whoever watches. */
static void
note(struct gc *gc, enum rc rc)
{
	const struct blobs *b = &gc->blobs;
	PGresult *res;

	if (gc->id != NULL)
		(void)!db_run(gc->db, gc->arena, Q_COLLECTION_END,
		    (const char *[]){ gc->id, rc == RC_OK ? "t" : "f",
			arena_printf(gc->arena, "%zu", b->swept),
			arena_printf(gc->arena, "%llu",
			    (unsigned long long)b->swept_bytes),
			arena_printf(gc->arena, "%zu", b->kept),
			arena_printf(gc->arena, "%llu",
			    (unsigned long long)b->kept_bytes) },
		    &res);
}

static enum rc
collect(struct ctl *ctl, int dry)
{
	struct gc gc = { .arena = ctl->arena,
		.blobs = { .dry = dry, .found = tally_add },
		.tally = { .arena = ctl->arena },
		.remains = { &ctl->conf, ctl->arena, NULL, NULL,
		    time(NULL) - BLOBS_DAY, dry } };
	enum rc rc, rest;

	gc.blobs.arg = &gc.tally;
	rc = store_open(&gc.blobs.store,
	    arena_printf(ctl->arena, "%s/blobs", ctl->conf.state_dir));
	if (rc != RC_OK)
		return rc;
	store_strict(gc.blobs.store); /* for this is root, as yet */
	gc.db = owner_open(ctl);
	if ((rc = mark_all(&gc)) != RC_OK)
		log_warnx("nothing was swept");
	else {
		rest = remains_sweep(&gc.remains);
		if ((rc = sweep_caches(&gc, &ctl->conf)) != RC_OK)
			rest = rc;
		if ((rc = sweep_blobs(&gc, &ctl->conf)) == RC_OK)
			rc = rest;
	}
	note(&gc, rc);
	db_close(gc.db);
	store_close(gc.blobs.store);
	marks_free(&gc.blobs.marked);
	tally_free(&gc.tally);
	return rc;
}

int
gc_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, dry = 0;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (opt == 'n')
			dry = 1;
		else
			return usage_error("gc", "no such option");
	if (optind != argc)
		return usage_error("gc", "takes no argument");
	return collect(ctl, dry) == RC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
