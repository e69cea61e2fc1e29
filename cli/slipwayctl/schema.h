/*
 * schema -- the migrations: numbered SQL files, and which the database has.
 *
 * The database keeps the SHA-256 of each file it was given.  A file that has
 * changed since is refused: what was released is never edited, a later file
 * changes it.
 */
#ifndef SCHEMA_H
#define SCHEMA_H

#include <libpq-fe.h>

#include "arena.h"

#define SCHEMA_DIR DATADIR "/slipway/schema"

enum schema_state {
	SCHEMA_NEW, /* not applied yet */
	SCHEMA_APPLIED,
	SCHEMA_CHANGED, /* applied, and then the file was edited */
	SCHEMA_MISSING /* applied, and there is no such file: a later version */
};

struct schema_file {
	const char *name; /* "0001-roles.sql" */
	const char *sql;
	char hash[65];
	enum schema_state state;
};

struct schema {
	struct schema_file *files;
	size_t n;
	size_t count[SCHEMA_MISSING + 1]; /* of files in each state */
};

/* The files of a directory, by name; all are SCHEMA_NEW. */
enum rc schema_read(struct schema *, struct arena *,
    const char *dir) MUST_CHECK;

/* Find out which of them the database has. */
enum rc schema_compare(struct schema *, struct arena *, PGconn *) MUST_CHECK;

const char *schema_state_name(enum schema_state);

#endif
