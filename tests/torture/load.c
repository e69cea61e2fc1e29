/*
 * load -- members of teams: they push, cancel, promote and roll back.
 *
 * Each request is one transaction, as fcgi-api sends it.  What was answered is
 * written down; what was not may or may not have happened, and is not.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rc.h"
#include "record.h"
#include "torture.h"

#define PROJECTS 64
#define PAUSE    400 /* ms between two requests, at most */
#define ENOUGH   40  /* deployments that are not finished: no more now */

struct project {
	char id[24], user[24], session[24], epoch[12];
};

static struct project projects[PROJECTS];
static int nprojects;
static uint64_t state;

static PGresult *
ask(PGconn *c, const char *sql, int n, const char *const params[])
{
	return PQexecParams(c, sql, n, NULL, params, NULL, NULL, 0);
}

static int
run(PGconn *c, const char *sql)
{
	PGresult *res = ask(c, sql, 0, NULL);
	int good = PQresultStatus(res) == PGRES_COMMAND_OK &&
	    strcmp(PQcmdStatus(res), "ROLLBACK") != 0;

	PQclear(res);
	return good;
}

static void
find_projects(const struct torture *t)
{
	PGconn *c = connect_as(t, "postgres");
	PGresult *res = ask(c,
	    "SELECT p.id, m.user_id, s.id, u.epoch FROM projects p"
	    " JOIN team_members m ON m.team_id = p.team_id"
	    " JOIN users u ON u.id = m.user_id"
	    " JOIN sessions s ON s.user_id = u.id ORDER BY p.slug",
	    0, NULL);
	int i;

	for (i = 0; i < PQntuples(res) && i < PROJECTS; i++) {
		struct project *p = &projects[nprojects++];

		snprintf(p->id, sizeof(p->id), "%s", PQgetvalue(res, i, 0));
		snprintf(p->user, sizeof(p->user), "%s", PQgetvalue(res, i, 1));
		snprintf(p->session, sizeof(p->session), "%s",
		    PQgetvalue(res, i, 2));
		snprintf(p->epoch, sizeof(p->epoch), "%s",
		    PQgetvalue(res, i, 3));
	}
	PQclear(res);
	PQfinish(c);
}

/* One value; 1 if it was committed, and the server said so. */
static int
request(PGconn *c, const struct project *p, const char *sql, int n,
    const char *const params[], char *answer, size_t size)
{
	const char *const who[] = { p->user, p->session, p->epoch };
	PGresult *res;
	int good;

	if (!run(c, "BEGIN"))
		return 0;
	res = ask(c, "SELECT enter_user($1, $2, $3::int, 'torture', '::1')", 3,
	    who);
	good = PQresultStatus(res) == PGRES_TUPLES_OK;
	PQclear(res);
	if (!good) {
		(void)run(c, "ROLLBACK");
		return 0;
	}
	res = ask(c, sql, n, params);
	good = PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1;
	if (good)
		snprintf(answer, size, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	if (!good) {
		(void)run(c, "ROLLBACK");
		return 0;
	}
	return run(c, "COMMIT");
}

static void
create(PGconn *c, const struct project *p)
{
	static const char *const branches[] = { "", "", "topic", "fix" };
	const char *branch = branches[dice_below(&state, NITEMS(branches))];
	const char *const params[] = { p->id,
		*branch == '\0' ? "production" : "preview", branch };
	char id[32];

	if (request(c, p,
		"SELECT deployment_create($1, $2, 'git', $3, 'branch', NULL, NULL)",
		3, params, id, sizeof(id)))
		record("asked %s %s", id, p->id);
}

static int
any(PGconn *c, const struct project *p, const char *states, char id[32])
{
	const char *const params[] = { p->id, states };

	return request(c, p,
	    "SELECT id FROM (SELECT id FROM deployments WHERE project_id = $1"
	    "  AND state = ANY ($2::text[]) ORDER BY seq DESC LIMIT 6) x"
	    " ORDER BY random() LIMIT 1",
	    2, params, id, 32);
}

static void
cancel(PGconn *c, const struct project *p)
{
	char id[32], answer[32];

	if (any(c, p, "{queued,building}", id) &&
	    request(c, p, "SELECT deployment_cancel($1)", 1,
		(const char *[]){ id }, answer, sizeof(answer)))
		record("cancel %s %s", id, answer);
}

/* Of the newest few: forward or back. */
static void
promote(PGconn *c, const struct project *p)
{
	char id[32], answer[32];

	if (any(c, p, "{ready}", id) &&
	    request(c, p, "SELECT deployment_promote($1)", 1,
		(const char *[]){ id }, answer, sizeof(answer)))
		record("promoted %s %s", id, p->id);
}

void
load_run(struct torture *t, unsigned int n)
{
	const struct project *p;
	unsigned int what;
	PGconn *c;

	state = atomic_load(&t->control->seed) ^ (n + 1) * 0x6c6f6164;
	find_projects(t);
	if (nprojects == 0)
		_Exit(1);
	c = connect_as(t, "slipway_api");
	for (;;) {
		if (PQstatus(c) != CONNECTION_OK) {
			PQfinish(c);
			c = connect_as(t, "slipway_api");
		}
		p = &projects[dice_below(&state, (unsigned int)nprojects)];
		what = dice_below(&state, 100);
		if (what < 12)
			cancel(c, p);
		else if (what < 25)
			promote(c, p);
		else if (atomic_load(&t->control->left) < ENOUGH)
			create(c, p);
		poll(NULL, 0, (int)dice_below(&state, PAUSE));
	}
}
