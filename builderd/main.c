/*
 * builderd -- takes builds from the queue and runs each in its own process.
 *
 * SIGTERM: take no more, wait for the running ones, leave.  A second one: kill
 * them and give them back.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "cage/image.h"
#include "daemon.h"
#include "key.h"
#include "log.h"
#include "opener.h"
#include "priv.h"
#include "ready.h"
#include "room.h"
#include "signals.h"

#define PATIENCE 30 /* seconds that PostgreSQL may take to be there */

static void
check_image(const struct conf *conf)
{
	int majors[IMAGE_MAJORS];

	if (strcmp(conf->build_image, "host") != 0 &&
	    image_majors(conf, majors) == 0)
		fatalx("there is no build image \"%s\"; \"slipwayctl image\" "
		       "makes it",
		    conf->build_image);
}

/* A deployment that is called ready must still be so after a power cut. */
static void
check_database(const struct conf *conf)
{
	struct db *db = query_open(conf);
	struct arena *a = arena_new();
	PGresult *res;
	enum rc rc;
	int i;

	for (i = 0; i < PATIENCE; i++) {
		if ((rc = db_run(db, a, Q_DURABLE, NULL, &res)) != RC_BUSY ||
		    signals_stop)
			break;
		signals_poll(NULL, 0, 1000);
	}
	if (rc == RC_OK)
		fatalx("PostgreSQL runs with %s = off, and what is ready could "
		       "be lost; switch it on",
		    PQgetvalue(res, 0, 0));
	if (rc == RC_BUSY && !signals_stop)
		fatalx("no PostgreSQL at \"%s\"", conf->database);
	if (rc != RC_NOT_FOUND && !signals_stop)
		fatalx("PostgreSQL does not answer; is the schema there?");
	arena_free(a);
	db_close(db);
}

/* Nothing else of builderd reads it: slipway-open has it for itself. */
static int
check_key(const struct conf *conf)
{
	struct keys seal;
	enum rc rc = keys_load(&seal, conf->seal_private, 1);

	sodium_memzero(&seal, sizeof(seal));
	return rc != RC_OK;
}

int
main(int argc, char *argv[])
{
	static struct arena *a; /* for those too that fork from here and exit */
	struct helper *helper;
	struct opener *opener;
	struct daemon d;

	a = arena_new();
	daemon_begin(&d, a, "builderd", argc, argv);
	if (d.check)
		return check_key(&d.conf);
	check_image(&d.conf);
	if (room_start(&d.conf) != RC_OK)
		fatal("cannot start the collector");
	if (helper_start(&helper, &d.conf) != RC_OK)
		fatalx("cannot start the helper");
	if (opener_start(&opener, &d.conf) != RC_OK)
		fatalx("cannot start slipway-open");
	priv_drop_as(d.conf.build_user, d.conf.queue_user);
	signals_init();
	check_database(&d.conf);
	ready();
	log_info("ready: %d slots", d.conf.build_slots);
	loop_run(&d.conf, opener, helper);
	helper_stop(helper);
	log_info("stopped");
	arena_free(a);
	return 0;
}
