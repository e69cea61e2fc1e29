#include <sys/timex.h>

#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bell.h"
#include "doctor.h"
#include "query.h"
#include "schema.h"

struct login {
	const char *conninfo, *role;
};

static PGconn *
connect_as(const struct login *l)
{
	const char *keys[] = { "dbname", "user", "connect_timeout", NULL };
	const char *values[] = { l->conninfo, l->role, "3", NULL };

	return PQconnectdbParams(keys, values, 1);
}

/* Connects, as a daemon would. */
static int
try_login(const void *arg, char answer[ANSWER_MAX])
{
	PGconn *conn = connect_as(arg);
	int r = PQstatus(conn) == CONNECTION_OK ? 0 : -1;

	snprintf(answer, ANSWER_MAX, "%s", PQerrorMessage(conn));
	PQfinish(conn);
	return r;
}

static struct login
build_login(const struct conf *c)
{
	return (struct login){ *c->build_database != '\0' ? c->build_database :
							    c->database,
		"slipway_build" };
}

void
check_database(struct doctor *d)
{
	const struct {
		const char *user;
		struct login login;
	} who[] = {
		{ d->conf->api_user, { d->conf->database, "slipway_api" } },
		{ d->conf->serve_user, { d->conf->database, "slipway_serve" } },
		{ d->conf->queue_user, { d->conf->database, "slipway_queue" } },
		{ d->conf->build_user, build_login(d->conf) },
	};
	char answer[ANSWER_MAX];
	size_t i;

	for (i = 0; i < NITEMS(who); i++)
		if (as_user(who[i].user, try_login, &who[i].login, answer) !=
		    0) {
			found(d, BAD,
			    "is PostgreSQL up, the schema applied (slipwayctl "
			    "migrate), and does pg_hba.conf let this user be "
			    "that role?",
			    "%s cannot connect as %s: %s", who[i].user,
			    who[i].login.role, answer);
			return;
		}
	found(d, GOOD, NULL, "each daemon can connect");
}

struct question {
	struct login login;
	enum query query;
};

/* The first value of the first row. */
static int
ask(const void *arg, char answer[ANSWER_MAX])
{
	const struct question *q = arg;
	PGconn *conn = connect_as(&q->login);
	PGresult *res;
	int r = -1;

	res = PQexecParams(conn, queries[q->query].sql, 0, NULL, NULL, NULL,
	    NULL, 0);
	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) > 0) {
		snprintf(answer, ANSWER_MAX, "%s", PQgetvalue(res, 0, 0));
		r = 0;
	} else
		snprintf(answer, ANSWER_MAX, "%s", PQerrorMessage(conn));
	PQclear(res);
	PQfinish(conn);
	return r;
}

/* As whoever owns the database: ourselves, or on Debian postgres. */
static int
ask_owner(const struct doctor *d, enum query query, char answer[ANSWER_MAX])
{
	const struct question q = { { d->conf->database, NULL }, query };

	return as_user("postgres", ask, &q, answer);
}

void
check_schema(struct doctor *d)
{
	char answer[ANSWER_MAX];
	struct schema s;

	if (ask_owner(d, Q_SCHEMA_AT, answer) != 0) {
		found(d, HINT,
		    "sudo -u postgres slipwayctl migrate --status says more",
		    "cannot look: %s", answer);
		return;
	}
	if (access(SCHEMA_DIR, R_OK) == -1 ||
	    schema_read(&s, d->arena, SCHEMA_DIR) != RC_OK)
		found(d, HINT, "make install", "is at %s; no files in %s",
		    answer, SCHEMA_DIR);
	else if (strcmp(answer, s.files[s.n - 1].name) != 0)
		found(d, BAD, "sudo -u postgres slipwayctl migrate",
		    "is at %s, and this version's is %s", answer,
		    s.files[s.n - 1].name);
	else
		found(d, GOOD, NULL, "is at %s", answer);
}

/* A build that somebody took over should find nothing that it may do. */
void
check_rights(struct doctor *d)
{
	const struct question q = { build_login(d->conf), Q_RIGHTS };
	char answer[ANSWER_MAX];

	if (as_user(d->conf->build_user, ask, &q, answer) != 0)
		found(d, HINT, "see database", "cannot look: %s", answer);
	else if (*answer != '\0')
		found(d, BAD, "REVOKE that, from slipway_build or from PUBLIC",
		    "the role of builds reaches more than it needs: %s",
		    answer);
	else
		found(d, GOOD, NULL, "a build reaches its deployment alone");
}

void
check_fsync(struct doctor *d)
{
	char answer[ANSWER_MAX];

	if (ask_owner(d, Q_UNSAFE, answer) != 0)
		found(d, HINT, "see schema", "cannot look: %s", answer);
	else if (*answer != '\0')
		found(d, BAD, "set it on: a crash loses deployments",
		    "PostgreSQL has %s off", answer);
	else
		found(d, GOOD, NULL, "what is committed is on disk");
}

void
check_collection(struct doctor *d)
{
	char answer[ANSWER_MAX];

	if (ask_owner(d, Q_COLLECTED, answer) != 0)
		found(d, HINT, "see schema", "cannot look: %s", answer);
	else if (*answer != '\0')
		found(d, HINT,
		    "systemctl enable --now slipway-gc.timer, or \"slipwayctl "
		    "gc\" from cron each day; its log says what went wrong",
		    "files that nobody needs are not removed: %s", answer);
	else
		found(d, GOOD, NULL, "files that nobody needs are removed");
}

void
check_integrity(struct doctor *d)
{
	static const struct {
		enum query query;
		enum level level;
		const char *cure;
	} looks[] = {
		{ Q_DAMAGED, BAD,
		    "slipwayctl fsck --repair says which and whose, and mends "
		    "what has a good copy" },
		{ Q_UNCHECKED, HINT,
		    "systemctl enable --now slipway-fsck.timer, or "
		    "\"slipwayctl fsck --minutes 60\" from cron each day" },
		{ Q_QUARANTINED, HINT,
		    "remove blobs/quarantine below state-dir, once all is well" },
	};
	char answer[ANSWER_MAX];
	size_t i;

	for (i = 0; i < NITEMS(looks); i++) {
		if (ask_owner(d, looks[i].query, answer) != 0)
			found(d, HINT, "see schema", "cannot look: %s", answer);
		else if (*answer != '\0')
			found(d, looks[i].level, looks[i].cure, "%s", answer);
		else
			continue;
		return;
	}
	found(d, GOOD, NULL, "the files of deployments are what they were");
}

static int
ping(const void *path, char answer[ANSWER_MAX])
{
	struct bell *b = bell_open(path);
	enum rc rc = bell_ping(b);

	bell_close(b);
	snprintf(answer, ANSWER_MAX, "%s", rc_title(rc));
	return rc == RC_OK ? 0 : -1;
}

void
check_redis(struct doctor *d)
{
	const char *users[] = { d->conf->api_user, d->conf->build_user };
	char answer[ANSWER_MAX];
	size_t i;

	for (i = 0; i < NITEMS(users); i++)
		if (as_user(users[i], ping, d->conf->redis, answer) != 0) {
			found(d, BAD,
			    "in redis.conf: unixsocket, unixsocketperm 770, "
			    "and the daemons in its group",
			    "%s does not reach %s", users[i], d->conf->redis);
			return;
		}
	found(d, GOOD, NULL, "%s", d->conf->redis);
}

/* Every project is a name below the base domain. */
void
check_domain(struct doctor *d)
{
	struct addrinfo *list = NULL;
	char *host =
	    arena_printf(d->arena, "slipway-doctor.%s", d->conf->base_domain);

	if (strcmp(d->conf->base_domain, "localhost") == 0)
		found(d, GOOD, NULL,
		    "browsers and curl find *.localhost by themselves");
	else if (getaddrinfo(host, NULL, NULL, &list) != 0)
		found(d, HINT,
		    arena_printf(d->arena,
			"a DNS record for *.%s that leads to this machine",
			d->conf->base_domain),
		    "%s has no address", host);
	else
		found(d, GOOD, NULL, "*.%s resolves", d->conf->base_domain);
	if (list != NULL)
		freeaddrinfo(list);
}

/* Tokens carry times. */
void
check_clock(struct doctor *d)
{
	struct timex tx = { 0 };

	if (adjtimex(&tx) == TIME_ERROR)
		found(d, HINT,
		    "run a time service, such as systemd-timesyncd or chrony",
		    "the clock is not kept in step");
	else
		found(d, GOOD, NULL, "is kept in step");
}
