#include <stdio.h>
#include <stdlib.h>

#include "builderd.h"
#include "clock.h"
#include "journal-lines.h"
#include "log.h"
#include "signals.h"

#define EVERY      200       /* ms between the ticks to send lines at */
#define SAFE       1000      /* and to make them safe at */
#define ALONE      2000      /* and to do both at, if nobody reads along */
#define FOLLOWED   30000     /* ms that a reader counts */
#define AGAIN      500       /* ms until it is tried again */
#define LOUD       2000      /* lines that do not wait for a tick */
#define BATCH      500       /* lines of one statement */
#define BATCH_SIZE (1 << 20) /* and bytes, about */
#define FULL       (8 << 20) /* bytes that may wait */

static const char *const stream_names[STREAM__MAX] = {
	[STREAM_OUT] = "out",
	[STREAM_ERR] = "err",
	[STREAM_INFO] = "info",
};

void
journal_follow(struct journal *j)
{
	j->followed = clock_ms() + FOLLOWED;
}

int
journal_followed(struct journal *j)
{
	if (signals_news())
		journal_follow(j);
	return clock_ms() < j->followed;
}

int
journal_full(const struct journal *j)
{
	return j->waiting > FULL;
}

int
journal_due(struct journal *j)
{
	uint64_t now = clock_ms(), due;
	int followed = journal_followed(j);

	if (j->head == NULL && !(followed && j->untold))
		return -1;
	if ((followed && j->untold) || j->lines - j->sent >= LOUD ||
	    (j->unsent != NULL && j->waiting > FULL / 2))
		due = now;
	else if (j->unsent == NULL)
		due = clock_tick(j->last_safe, SAFE);
	else
		due = clock_tick(j->last_send, followed ? EVERY : ALONE);
	if (due < j->again)
		due = j->again;
	return due > now ? (int)(due - now) : 0;
}

/* An element of a PostgreSQL array. */
static void
element(FILE *f, const char *s)
{
	putc('"', f);
	for (; *s != '\0'; s++) {
		if (*s == '"' || *s == '\\')
			putc('\\', f);
		putc(*s, f);
	}
	putc('"', f);
}

#define OWN 3 /* parameters that say which attempt it is */

enum column { AT, STEP, STREAM, LINE, HUES, COLUMN__MAX };

/* After them, how. */
enum { FIRST = OWN, COLUMNS, TELL = COLUMNS + COLUMN__MAX, DISK, PARAM__MAX };

static enum rc
send_batch(struct journal *j, int tell, struct line **end, unsigned long *count)
{
	const struct claim *c = j->claim;
	const char *params[PARAM__MAX] = { c->id, c->fence, c->secret };
	char *cols[COLUMN__MAX], first[24];
	size_t sizes[COLUMN__MAX], bytes = 0;
	FILE *f[COLUMN__MAX];
	struct arena *a;
	struct line *l;
	PGresult *res;
	int i, hues = 0;
	enum rc rc;

	for (i = 0; i < COLUMN__MAX; i++) {
		if ((f[i] = open_memstream(&cols[i], &sizes[i])) == NULL)
			fatalx("out of memory");
		putc('{', f[i]);
	}
	*count = 0;
	for (l = j->unsent; l != NULL && *count < BATCH && bytes < BATCH_SIZE;
	     l = l->next) {
		for (i = 0; *count > 0 && i < COLUMN__MAX; i++)
			putc(',', f[i]);
		fprintf(f[AT], "%.3f", l->at);
		element(f[STEP], l->step);
		element(f[STREAM], stream_names[l->stream]);
		element(f[LINE], l->text);
		if (l->colours != NULL)
			element(f[HUES], l->colours);
		else
			fputs("NULL", f[HUES]);
		hues |= l->colours != NULL;
		bytes += l->size;
		++*count;
	}
	*end = l;
	snprintf(first, sizeof(first), "%lu", j->sent + 1);
	params[FIRST] = first;
	for (i = 0; i < COLUMN__MAX; i++) {
		putc('}', f[i]);
		fclose(f[i]);
		params[COLUMNS + i] = cols[i];
	}
	if (!hues)
		params[COLUMNS + HUES] = NULL;
	params[TELL] = tell ? "t" : "f";
	params[DISK] = !tell && l == NULL ? "t" : "f";
	a = arena_new();
	rc = db_run(j->db, a, Q_LOG, params, &res);
	if (rc == RC_OK && *PQgetvalue(res, 0, 0) != 't')
		rc = RC_CONFLICT;
	arena_free(a);
	for (i = 0; i < COLUMN__MAX; i++)
		free(cols[i]);
	return rc;
}

/*
 * What was sent on another connection may be lost with the server that it went
 * to; so it is all sent again.  Lines that are there already stay as they are.
 */
static int
lost(struct journal *j)
{
	unsigned int now = db_connections(j->db);
	int yes = j->connection != now && j->head != j->unsent;

	j->connection = now;
	if (yes) {
		j->unsent = j->head;
		j->sent = j->safe;
	}
	return yes;
}

/* All that was sent is on the disk: it is not sent again. */
static void
forget(struct journal *j)
{
	struct line *next;

	for (; j->head != j->unsent; j->head = next) {
		next = j->head->next;
		j->waiting -= j->head->size;
		free(j->head);
	}
	if (j->head == NULL)
		j->tail = &j->head;
	j->safe = j->sent;
	j->last_safe = clock_ms();
}

/* Waits for the disk. */
static enum rc
make_safe(struct journal *j)
{
	struct arena *a = arena_new();
	PGresult *res;
	enum rc rc;

	rc = db_run(j->db, a, Q_LOG_SAFE, NULL, &res);
	arena_free(a);
	if (rc == RC_OK && !lost(j))
		forget(j);
	return rc;
}

enum rc
journal_send(struct journal *j)
{
	struct line *end;
	unsigned long count;
	int tell = journal_followed(j);
	enum rc rc = RC_OK;

	while (rc == RC_OK && (j->unsent != NULL || (tell && j->untold))) {
		j->last_send = clock_ms();
		rc = send_batch(j, tell, &end, &count);
		if (rc != RC_OK || lost(j))
			continue;
		if (j->safe == j->sent)
			j->last_safe = j->last_send;
		j->sent += count;
		j->unsent = end;
		j->untold = !tell;
		if (!tell && end == NULL)
			forget(j);
	}
	if (rc == RC_OK && j->head != NULL &&
	    (clock_ms() >= clock_tick(j->last_safe, SAFE) ||
		j->waiting > FULL / 2))
		rc = make_safe(j);
	j->again = rc == RC_OK ? 0 : clock_ms() + AGAIN;
	return rc;
}

enum rc
journal_flush(struct journal *j)
{
	enum rc rc = RC_OK;

	while (j->head != NULL && rc == RC_OK)
		if ((rc = journal_send(j)) == RC_OK && j->head != NULL)
			rc = make_safe(j);
	return rc;
}
