#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "db.h"
#include "inject.h"
#include "log.h"

#define LISTEN_MAX 4

struct db {
	char *conninfo;
	PGconn *conn; /* NULL until first used */
	const struct db_query *table;
	size_t n;
	unsigned char *prepared; /* by query */
	int enter;               /* query, or -1 */
	const char *const *enter_params;
	int listens[LISTEN_MAX]; /* queries */
	int nlistens;
	int reconnected; /* listeners have not been told */
	unsigned int connections;
	int down; /* said so already */
	char reason[256];
};

/* What the first matching SQLSTATE prefix means to our callers. */
/* clang-format off */
static const struct {
	const char	*state;
	enum rc		 rc;
} states[] = {
	{ "SW401",	RC_UNAUTHORIZED },	/* ours, from schema/ */
	{ "SW403",	RC_DENIED },
	{ "SW404",	RC_NOT_FOUND },
	{ "SW409",	RC_CONFLICT },
	{ "SW422",	RC_INVALID },
	{ "23505",	RC_CONFLICT },	/* unique_violation */
	{ "42501",	RC_NOT_FOUND },	/* row level security: not yours */
	{ "23",		RC_INVALID },	/* other constraints */
	{ "22",		RC_INVALID },	/* data exceptions */
	{ "40",		RC_BUSY },	/* serialization, deadlock */
	{ "53",		RC_BUSY },	/* insufficient resources */
	{ "55P03",	RC_BUSY },	/* lock not available */
	{ "57",		RC_BUSY },	/* shutting down, cancelled */
	{ "08",		RC_BUSY },	/* connection gone */
	{ "",		RC_FAIL },
};
/* clang-format on */

static enum rc
failed(struct db *db, const char *what, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *primary = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
	size_t i = 0;

	if (state == NULL) {
		log_warnx("db: %s: %s", what, PQerrorMessage(db->conn));
		return RC_BUSY;
	}
	while (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
		i++;
	if (strncmp(state, "SW", 2) == 0) /* said on purpose: no news */
		snprintf(db->reason, sizeof(db->reason), "%s", primary);
	else if (strcmp(state, "23505") != 0)
		log_warnx("db: %s: %s %s", what, state, primary);
	return states[i].rc;
}

static void
notice(void *unused, const char *msg)
{
	(void)unused;
	log_info("db: %s", msg);
}

static void
clear(void *res)
{
	PQclear(res);
}

/*
 * Did the server hang up while we idled?  The first PQconsumeInput reads its
 * farewell, if any; the second finds the end of the connection.
 */
static int
alive(PGconn *conn)
{
	return PQstatus(conn) == CONNECTION_OK && PQconsumeInput(conn) &&
	    PQconsumeInput(conn);
}

static enum rc
listen_on(struct db *db, int q)
{
	enum rc rc = RC_OK;
	PGresult *res;

	res = PQexecParams(db->conn, db->table[q].sql, 0, NULL, NULL, NULL,
	    NULL, 0);
	if (PQresultStatus(res) != PGRES_COMMAND_OK)
		rc = failed(db, db->table[q].name, res);
	PQclear(res);
	return rc;
}

/* Make sure there is a live connection; a new one has nothing prepared. */
static enum rc
revive(struct db *db)
{
	enum rc rc = RC_OK;
	int i;

	if (db->conn != NULL && alive(db->conn))
		return RC_OK;
	if (db->conn == NULL) {
		db->conn = PQconnectdb(db->conninfo);
		PQsetNoticeProcessor(db->conn, notice, NULL);
	} else
		PQreset(db->conn);
	memset(db->prepared, 0, db->n);
	if (PQstatus(db->conn) != CONNECTION_OK) {
		if (!db->down)
			log_warnx("db: connect: %s", PQerrorMessage(db->conn));
		db->down = 1; /* and that is said once */
		return RC_BUSY;
	}
	if (db->down)
		log_info("db: back");
	db->down = 0;
	for (i = 0; i < db->nlistens && rc == RC_OK; i++)
		rc = listen_on(db, db->listens[i]);
	db->reconnected = 1;
	db->connections++;
	return rc;
}

static enum rc
prepare(struct db *db, int q)
{
	const struct db_query *def = &db->table[q];
	enum rc rc = RC_OK;
	PGresult *res;

	if (db->prepared[q])
		return RC_OK;
	res = PQprepare(db->conn, def->name, def->sql, def->nparams, NULL);
	if (PQresultStatus(res) == PGRES_COMMAND_OK)
		db->prepared[q] = 1;
	else
		rc = failed(db, def->name, res);
	PQclear(res);
	return rc;
}

struct db *
db_open(const char *conninfo, const char *user, const struct db_query *table,
    size_t n)
{
	const char *more = "connect_timeout=5 client_encoding=UTF8 "
			   "application_name=slipway";
	struct db *db;

	if ((db = calloc(1, sizeof(*db))) == NULL ||
	    (db->prepared = calloc(n, 1)) == NULL ||
	    asprintf(&db->conninfo, "%s %s%s %s", conninfo,
		user != NULL ? "user=" : "", user != NULL ? user : "",
		more) == -1)
		fatalx("out of memory");
	db->table = table;
	db->n = n;
	db->enter = -1;
	return db;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	PQfinish(db->conn);
	explicit_bzero(db->conninfo, strlen(db->conninfo));
	free(db->conninfo);
	free(db->prepared);
	free(db);
}

/* libpq would say goodbye in the parent's name: so it has nobody to say it to.
 */
void
db_forget(struct db *db)
{
	int sock = db->conn != NULL ? PQsocket(db->conn) : -1;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null == -1 || (sock != -1 && dup3(null, sock, O_CLOEXEC) == -1))
		fatal("/dev/null");
	close(null);
	db_close(db);
}

void
db_enter(struct db *db, int q, const char *const params[])
{
	db->enter = q;
	db->enter_params = params;
}

static int
send_one(struct db *db, int q, const char *const params[])
{
	const struct db_query *def = &db->table[q];

	return PQsendQueryPrepared(db->conn, def->name, def->nparams, params,
	    NULL, NULL, 0);
}

/*
 * Both statements go out at once; up to the sync they are one transaction, so
 * if the first fails the second has not run.  The result is the second's, or
 * the first failure.
 */
static PGresult *
pipeline(struct db *db, int q, const char *const params[])
{
	PGresult *keep = NULL, *res;
	int ends = 0;

	if (!PQenterPipelineMode(db->conn))
		return NULL;
	if (!send_one(db, db->enter, db->enter_params) ||
	    !send_one(db, q, params) || !PQpipelineSync(db->conn)) {
		PQexitPipelineMode(db->conn);
		return NULL;
	}
	/* Each statement's results end with a NULL; so may a dead line. */
	while (ends < 3 && PQstatus(db->conn) == CONNECTION_OK) {
		if ((res = PQgetResult(db->conn)) == NULL) {
			ends++;
			continue;
		}
		if (PQresultStatus(res) == PGRES_PIPELINE_SYNC) {
			PQclear(res);
			break;
		}
		if (keep == NULL || PQresultStatus(keep) == PGRES_TUPLES_OK) {
			PQclear(keep);
			keep = res;
		} else
			PQclear(res);
	}
	PQexitPipelineMode(db->conn);
	return keep;
}

enum rc
db_run(struct db *db, struct arena *a, int q, const char *const params[],
    PGresult **out)
{
	const struct db_query *def = &db->table[q];
	PGresult *res;
	enum rc rc;

	*db->reason = '\0';
	if (INJECT_FAIL("asking", def->name))
		return RC_BUSY;
	if ((rc = revive(db)) != RC_OK || (rc = prepare(db, q)) != RC_OK)
		return rc;
	if (db->enter == -1)
		res = PQexecPrepared(db->conn, def->name, def->nparams, params,
		    NULL, NULL, 0);
	else if ((rc = prepare(db, db->enter)) != RC_OK)
		return rc;
	else
		res = pipeline(db, q, params);
	arena_defer(a, clear, res);
	if (INJECT_FAIL("asked", def->name))
		return RC_BUSY;
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		return failed(db, def->name, res);
	if (PQntuples(res) == 0)
		return RC_NOT_FOUND;
	*out = res;
	return RC_OK;
}

enum rc
db_json(struct db *db, struct arena *a, int q, const char *const params[],
    const char **json)
{
	PGresult *res;
	enum rc rc;

	if ((rc = db_run(db, a, q, params, &res)) == RC_OK)
		*json = PQgetvalue(res, 0, 0);
	return rc;
}

unsigned int
db_connections(const struct db *db)
{
	return db->connections;
}

const char *
db_reason(const struct db *db)
{
	return db->reason;
}

enum rc
db_listen(struct db *db, int q)
{
	enum rc rc;

	if (db->nlistens == LISTEN_MAX)
		fatalx("too many channels");
	/* Kept first: if there is no server now, revive() will listen. */
	db->listens[db->nlistens++] = q;
	if (db->conn == NULL || !alive(db->conn))
		return revive(db);
	if ((rc = listen_on(db, q)) == RC_OK)
		db->reconnected = 1;
	return rc;
}

int
db_fd(const struct db *db)
{
	/* libpq keeps the socket of a lost connection, always readable. */
	return db->conn != NULL && PQstatus(db->conn) == CONNECTION_OK ?
	    PQsocket(db->conn) :
	    -1;
}

static void
notify_free(void *n)
{
	PQfreemem(n);
}

int
db_notified(struct db *db, struct arena *a, const char **channel,
    const char **payload)
{
	PGnotify *n;

	if (revive(db) != RC_OK)
		return 0;
	if (db->reconnected) {
		db->reconnected = 0;
		*channel = *payload = "";
		return 1;
	}
	if ((n = PQnotifies(db->conn)) == NULL)
		return 0;
	arena_defer(a, notify_free, n);
	*channel = n->relname;
	*payload = n->extra;
	return 1;
}
