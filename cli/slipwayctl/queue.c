/*
 * queue -- what waits and why, what is built where, and who builds.
 *
 * The views of schema admin say it; here it is only laid out.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "db.h"
#include "disk.h"
#include "log.h"
#include "query.h"

/* clang-format off */
static const struct part {
	const char *title;
	int query;
	const char *none;
} parts[] = {
	{ "Teams",	Q_QUEUE_TEAMS,		"nothing waits, nothing is built" },
	{ "Running",	Q_QUEUE_RUNNING,	"nothing" },
	{ "Waiting",	Q_QUEUE_WAITING,	"nothing" },
	{ "Builders",	Q_QUEUE_BUILDERS,	"none is there: is builderd running?" },
};
/* clang-format on */

/* Each column as wide as its widest value; the last as it is. */
static void
print_rows(const PGresult *res)
{
	int columns = PQnfields(res), rows = PQntuples(res), i, j, n, width;

	for (i = -1; i < rows; i++) {
		for (j = 0; j < columns; j++) {
			width = (int)strlen(PQfname(res, j));
			for (n = 0; n < rows; n++)
				if (PQgetlength(res, n, j) > width)
					width = PQgetlength(res, n, j);
			printf("%s%-*s", j == 0 ? "  " : "  ",
			    j == columns - 1 ? 0 : width,
			    i == -1 ? PQfname(res, j) : PQgetvalue(res, i, j));
		}
		putchar('\n');
	}
}

static enum rc
print_parts(struct ctl *ctl, struct db *db)
{
	enum rc rc = RC_OK;
	PGresult *res;
	size_t i;

	for (i = 0; i < NITEMS(parts) && rc == RC_OK; i++) {
		printf("%s%s\n", i == 0 ? "" : "\n", parts[i].title);
		rc = db_run(db, ctl->arena, parts[i].query, NULL, &res);
		if (rc == RC_OK)
			print_rows(res);
		else if (rc == RC_NOT_FOUND) {
			printf("  %s\n", parts[i].none);
			rc = RC_OK;
		}
	}
	return rc;
}

/* Why nothing is taken here, whatever waits. */
static void
warn_of_disk(const struct conf *conf)
{
	struct disk_space s;
	char have[16];

	if (disk_short(conf, &s))
		printf("No build is taken on this machine: the disk is full, "
		       "%s free; see slipwayctl disk.\n\n",
		    disk_text(s.free, have));
}

int
queue_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ NULL, 0, NULL, 0 },
	};
	int opt, as_json = 0;
	const char *json;
	struct db *db;
	enum rc rc;

	while ((opt = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (opt == 'j')
			as_json = 1;
		else
			return usage_error("queue", "no such option");
	if (optind < argc)
		return usage_error("queue", "takes no argument");
	db = db_open(ctl->conf.database, NULL, queries, Q__MAX);
	if (!as_json) {
		warn_of_disk(&ctl->conf);
		rc = print_parts(ctl, db);
	} else if ((rc = db_json(db, ctl->arena, Q_QUEUE_JSON, NULL, &json)) ==
	    RC_OK)
		puts(json);
	db_close(db);
	return rc == RC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
