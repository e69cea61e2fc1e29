/*
 * watch -- looks at the queue once a second, past the proxy.
 *
 * A look that could be had is a pulse of the machine: what has to happen "in
 * time" has to happen within so many of them, however slow it is.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "torture.h"

#define PULSE 1000 /* ms */
#define STUCK 60   /* pulses without any change: it will never end */

/* How many are not finished, and how far the log is; -1: no answer. */
static int
look(PGconn *c, char last[24])
{
	PGresult *res = PQexecParams(c,
	    "SELECT (SELECT count(*) FROM deployments WHERE state IN"
	    "   ('queued', 'building', 'canceling')),"
	    " coalesce((SELECT max(n) FROM torture.log), 0)",
	    0, NULL, NULL, NULL, NULL, 0);
	int n = -1;

	if (PQresultStatus(res) == PGRES_TUPLES_OK) {
		n = atoi(PQgetvalue(res, 0, 0));
		snprintf(last, 24, "%s", PQgetvalue(res, 0, 1));
	}
	PQclear(res);
	return n;
}

static int
pulse(struct torture *t, PGconn **c, char last[24])
{
	int n;

	if (PQstatus(*c) != CONNECTION_OK) {
		PQfinish(*c);
		*c = connect_as(t, "postgres");
	}
	if ((n = look(*c, last)) != -1) {
		record("pulse %s %d %d", last, atomic_load(&t->control->slots),
		    n);
		atomic_store(&t->control->left, n);
	}
	poll(NULL, 0, PULSE);
	return n;
}

void
watch_run(struct torture *t)
{
	PGconn *c = connect_as(t, "postgres");
	char last[24];

	for (;;)
		(void)pulse(t, &c, last);
}

int
watch_drained(struct torture *t)
{
	PGconn *c = connect_as(t, "postgres");
	char last[24] = "", was[24] = "";
	int n = -1, same = 0, i;

	while (n != 0 && same < STUCK) {
		for (i = 0; i < SERVER__MAX; i++)
			if (t->servers[i].pid == 0)
				server_start(t, &t->servers[i]);
		n = pulse(t, &c, last);
		same = strcmp(last, was) == 0 ? same + 1 : 0;
		memcpy(was, last, sizeof(was));
		server_reap(t);
	}
	PQfinish(c);
	return n == 0;
}
