/*
 * db -- one PostgreSQL connection and the statements prepared on it.
 *
 * Each program has one table of statements (query.c in its folder), which is
 * all the SQL it can send; parameters travel as $1, $2 and never as text.
 * Results belong to the arena passed in.  A lost connection is made again
 * before a statement is sent, never after: a statement that may have run is
 * not run twice.
 *
 * db_enter() names a statement that every later one is preceded by, in the
 * same transaction and the same round trip.  fcgi-api says with it whom it
 * works for, so that no handler can forget to.
 */
#ifndef DB_H
#define DB_H

#include <libpq-fe.h>

#include "arena.h"

struct db;

struct db_query {
	const char *name; /* of the prepared statement */
	int nparams;
	const char *sql;
};

/* Connects on first use.  The table must outlive the connection. */
struct db *db_open(const char *conninfo, const char *user,
    const struct db_query *table, size_t n);
void db_close(struct db *); /* NULL is fine */

/* In a child, whose parent goes on with it: nothing of it is left here. */
void db_forget(struct db *);

/* Precede every statement by this one until db_enter(db, -1, NULL). */
void db_enter(struct db *, int query, const char *const params[]);

/*
 * Run a statement.  On RC_OK *res holds at least one row; no row at all is
 * RC_NOT_FOUND, a unique violation RC_CONFLICT, no server RC_BUSY.
 */
enum rc db_run(struct db *, struct arena *, int query,
    const char *const params[], PGresult **res) MUST_CHECK;

/* The same for a statement that answers one JSON value. */
enum rc db_json(struct db *, struct arena *, int query,
    const char *const params[], const char **json) MUST_CHECK;

/* How many there have been: after another one it may be another server. */
unsigned int db_connections(const struct db *);

/* For people, where the last failure came from a RAISE of ours; else "". */
const char *db_reason(const struct db *);

/*
 * Notifications.  db_listen() survives a lost connection; whoever listens
 * must treat a reconnect as news of everything, so db_notified() first gives
 * "" as the channel after each.
 */
enum rc db_listen(struct db *, int query) MUST_CHECK; /* "LISTEN ..." */
int db_fd(const struct db *); /* readable when there may be news; or -1 */
int db_notified(struct db *, struct arena *, const char **channel,
    const char **payload);

#endif
