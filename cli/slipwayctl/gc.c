#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"
#include "db.h"
#include "disk.h"
#include "log.h"
#include "manifest.h"
#include "marks.h"
#include "priv.h"
#include "query.h"
#include "remains.h"
#include "store.h"

/*
 * Collection: mark the files of every deployment that can be shown, then sweep
 * what is not marked and was not used for a day.  A publisher counts as a user
 * of every file it stores or finds stored, long before its manifest is known
 * to the database, and no build takes a day.
 *
 * Only what is certainly not needed goes: if one manifest cannot be read,
 * nothing is swept.
 *
 * Uploads are remains.c's, caches disk.c's; they have the same day.
 */

#define DAY 86400

struct gc {
	struct arena *arena;
	struct store *store;
	struct marks marked;
	struct remains remains;
	time_t before;
	int dry;
	size_t kept, swept, failed;
	uint64_t kept_bytes, swept_bytes;
};

static enum rc
mark_file(void *arg, const char *path, size_t len,
    const struct manifest_file *file)
{
	struct gc *gc = arg;

	(void)path;
	(void)len;
	marks_add(&gc->marked, file->hash);
	return RC_OK;
}

static enum rc
mark_manifest(struct gc *gc, const char *name)
{
	unsigned char hash[32];
	struct manifest *m;
	uint64_t size;
	enum rc rc;
	int fd;

	if (sodium_hex2bin(hash, sizeof(hash), name, strlen(name), NULL, NULL,
		NULL) != 0)
		return RC_FAIL;
	marks_add(&gc->marked, hash);
	if ((rc = store_get(gc->store, name, &fd, &size)) != RC_OK) {
		log_warnx("manifest %s: %s", name, rc_title(rc));
		return rc;
	}
	rc = manifest_open(&m, fd);
	close(fd);
	if (rc == RC_OK) {
		rc = manifest_walk(m, mark_file, gc);
		manifest_close(m);
	}
	if (rc != RC_OK)
		log_warnx("manifest %s cannot be read", name);
	return rc;
}

/*
 * Row security would hide rows rather than refuse; a deployment that is not
 * seen here would lose its files.  So it is told to refuse.
 */
static enum rc
mark_all(struct gc *gc, const char *conninfo)
{
	struct db *db =
	    db_open(arena_printf(gc->arena, "%s options='-c row_security=off'",
			conninfo),
		NULL, queries, Q__MAX);
	enum rc rc;
	PGresult *res;
	int i;

	rc = db_run(db, gc->arena, Q_MANIFESTS, NULL, &res);
	for (i = 1; rc == RC_OK && i < PQntuples(res); i++)
		rc = mark_manifest(gc, PQgetvalue(res, i, 0));
	if (rc == RC_OK)
		rc = db_run(db, gc->arena, Q_PROJECTS, NULL,
		    &gc->remains.projects);
	if (rc == RC_OK)
		rc = db_run(db, gc->arena, Q_UPLOADS, NULL,
		    &gc->remains.uploads);
	db_close(db);
	marks_sort(&gc->marked);
	return rc;
}

static enum rc
sweep(void *arg, const char *name, uint64_t size, time_t used)
{
	struct gc *gc = arg;

	enum rc rc = used >= gc->before || marks_has(&gc->marked, name) ?
	    RC_CONFLICT :
	    RC_OK;

	if (rc == RC_OK && !gc->dry)
		rc = store_remove(gc->store, name, gc->before);
	if (rc == RC_OK) {
		log_debug("%s", name);
		gc->swept++;
		gc->swept_bytes += size;
	} else {
		gc->failed += rc != RC_CONFLICT;
		gc->kept++;
		gc->kept_bytes += size;
	}
	return RC_OK;
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
	enum rc rc;

	drop(conf);
	if ((rc = store_walk(gc->store, sweep, gc)) != RC_OK)
		return rc;
	printf("%s %zu files, %llu bytes; %zu files, %llu bytes stay\n",
	    gc->dry ? "would sweep" : "swept", gc->swept,
	    (unsigned long long)gc->swept_bytes, gc->kept,
	    (unsigned long long)gc->kept_bytes);
	if (gc->failed == 0)
		return RC_OK;
	log_warnx("%zu files could not be removed", gc->failed);
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
		.before = gc->before,
		.dry = gc->dry };
	struct disk_count count[DISK__KINDS];
	enum rc rc = disk_collect(conf, &rules, count);
	enum disk_kind k;

	for (k = 0; k < DISK__KINDS; k++) {
		if (disk_budget(conf, k) == 0 && count[k].files == 0)
			continue;
		printf("%s: %s %zu files, %llu bytes\n", disk_name(k),
		    gc->dry ? "would sweep" : "swept", count[k].files,
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

static enum rc
collect(struct ctl *ctl, int dry)
{
	time_t before = time(NULL) - DAY;
	struct gc gc = { .arena = ctl->arena,
		.dry = dry,
		.before = before,
		.remains = { &ctl->conf, ctl->arena, NULL, NULL, before,
		    dry } };
	enum rc rc, rest;

	rc = store_open(&gc.store,
	    arena_printf(ctl->arena, "%s/blobs", ctl->conf.state_dir));
	if (rc != RC_OK)
		return rc;
	if ((rc = mark_all(&gc, ctl->conf.database)) != RC_OK)
		log_warnx("nothing was swept");
	else {
		rest = remains_sweep(&gc.remains);
		if ((rc = sweep_caches(&gc, &ctl->conf)) != RC_OK)
			rest = rc;
		if ((rc = sweep_blobs(&gc, &ctl->conf)) == RC_OK)
			rc = rest;
	}
	store_close(gc.store);
	marks_free(&gc.marked);
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
