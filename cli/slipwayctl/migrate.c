#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "log.h"
#include "schema.h"

/* Any number, as long as every slipwayctl takes the same. */
#define LOCK "7310241152190047"

static const char record_table[] =
    "CREATE TABLE IF NOT EXISTS slipway_migrations ("
    " name text PRIMARY KEY,"
    " sha256 text NOT NULL,"
    " applied_at timestamptz NOT NULL DEFAULT now());"
    "COMMENT ON TABLE slipway_migrations IS"
    " 'Schema files that slipwayctl migrate has applied';"
    "COMMENT ON COLUMN slipway_migrations.name IS 'Name of the file';"
    "COMMENT ON COLUMN slipway_migrations.sha256 IS"
    " 'What was in it, as a hash, so that an edit is noticed';"
    "COMMENT ON COLUMN slipway_migrations.applied_at IS 'When';";

static enum rc
run(PGconn *conn, const char *sql)
{
	enum rc rc = RC_OK;
	PGresult *res;

	res = PQexec(conn, sql);
	if (PQresultStatus(res) != PGRES_COMMAND_OK &&
	    PQresultStatus(res) != PGRES_TUPLES_OK) {
		log_warnx("db: %s", PQresultErrorMessage(res));
		rc = RC_FAIL;
	}
	PQclear(res);
	return rc;
}

static enum rc
keep_record(PGconn *conn, const struct schema_file *f)
{
	const char *params[] = { f->name, f->hash };
	enum rc rc = RC_OK;
	PGresult *res;

	res = PQexecParams(conn,
	    "INSERT INTO slipway_migrations (name, sha256) VALUES ($1, $2)", 2,
	    NULL, params, NULL, NULL, 0);
	if (PQresultStatus(res) != PGRES_COMMAND_OK) {
		log_warnx("db: %s", PQresultErrorMessage(res));
		rc = RC_FAIL;
	}
	PQclear(res);
	return rc;
}

/* The file and its record, in the transaction that is open. */
static enum rc
apply(PGconn *conn, const struct schema_file *f)
{
	enum rc rc;

	if ((rc = run(conn, f->sql)) != RC_OK ||
	    (rc = keep_record(conn, f)) != RC_OK)
		log_warnx("%s: not applied", f->name);
	return rc;
}

/* A dry run is one transaction around everything, so that files build on one
 * another, and then none of it has happened. */
static enum rc
apply_all(PGconn *conn, const struct schema *s, int dry)
{
	enum rc rc = RC_OK;
	size_t i;

	if (dry)
		rc = run(conn, "BEGIN");
	if (rc == RC_OK)
		rc = run(conn, record_table);
	for (i = 0; i < s->n && rc == RC_OK; i++) {
		if (s->files[i].state != SCHEMA_NEW)
			continue;
		if ((!dry && (rc = run(conn, "BEGIN")) != RC_OK) ||
		    (rc = apply(conn, &s->files[i])) != RC_OK ||
		    (!dry && (rc = run(conn, "COMMIT")) != RC_OK))
			break;
		printf("%s %s\n", dry ? "would apply" : "applied",
		    s->files[i].name);
		fflush(stdout);
	}
	if (PQtransactionStatus(conn) != PQTRANS_IDLE &&
	    run(conn, "ROLLBACK") != RC_OK)
		rc = RC_FAIL;
	return rc;
}

static void
status(const struct schema *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		printf("%-8s %s\n", schema_state_name(s->files[i].state),
		    s->files[i].name);
	if (s->count[SCHEMA_MISSING] > 0)
		printf("%zu applied by a later version of slipwayctl\n",
		    s->count[SCHEMA_MISSING]);
}

/* Is the database one that these files can go on from? */
static enum rc
sound(const struct schema *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->files[i].state == SCHEMA_CHANGED)
			log_warnx("%s has changed since it was applied; put "
				  "it back and write a new file",
			    s->files[i].name);
	if (s->count[SCHEMA_MISSING] > 0)
		log_warnx("the database is of a later version than this "
			  "slipwayctl");
	return s->count[SCHEMA_CHANGED] + s->count[SCHEMA_MISSING] == 0 ?
	    RC_OK :
	    RC_CONFLICT;
}

static void
notice(void *unused, const char *msg)
{
	(void)unused;
	if (strncmp(msg, "NOTICE", 6) != 0)
		log_info("db: %s", msg);
}

static PGconn *
connect_to(const char *conninfo)
{
	PGconn *conn = PQconnectdb(conninfo);

	PQsetNoticeProcessor(conn, notice, NULL);
	if (PQstatus(conn) == CONNECTION_OK)
		return conn;
	log_warnx("db: %s", PQerrorMessage(conn));
	log_warnx("run it as whoever owns the database (sudo -u postgres "
		  "slipwayctl migrate), or say where it is with -d");
	PQfinish(conn);
	return NULL;
}

static enum rc
migrate(struct ctl *ctl, const char *dir, int dry, int only_status)
{
	struct schema s;
	PGconn *conn;
	enum rc rc;

	if ((rc = schema_read(&s, ctl->arena, dir)) != RC_OK)
		return rc;
	if ((conn = connect_to(ctl->conf.database)) == NULL)
		return RC_BUSY;
	if (only_status) {
		if ((rc = schema_compare(&s, ctl->arena, conn)) == RC_OK)
			status(&s);
	} else if ((rc = run(conn, "SELECT pg_advisory_lock(" LOCK ")")) ==
		RC_OK &&
	    (rc = schema_compare(&s, ctl->arena, conn)) == RC_OK &&
	    (rc = sound(&s)) == RC_OK &&
	    (rc = apply_all(conn, &s, dry)) == RC_OK &&
	    s.count[SCHEMA_NEW] == 0)
		puts("nothing to do");
	PQfinish(conn);
	return rc;
}

int
migrate_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "schema", required_argument, NULL, 'S' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "status", no_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	const char *dir = SCHEMA_DIR;
	int opt, dry = 0, only_status = 0;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		switch (opt) {
		case 'S':
			dir = optarg;
			break;
		case 'n':
			dry = 1;
			break;
		case 's':
			only_status = 1;
			break;
		default:
			return usage_error("migrate", "no such option");
		}
	if (optind != argc)
		return usage_error("migrate", "takes no argument");
	return migrate(ctl, dir, dry, only_status) == RC_OK ? EXIT_SUCCESS :
							      EXIT_FAILURE;
}
