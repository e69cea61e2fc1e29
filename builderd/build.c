/*
 * build -- one deployment, from claim to last word.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "builderd.h"
#include "disk.h"
#include "inject.h"
#include "log.h"
#include "room.h"
#include "signals.h"
#include "text.h"

#define AGAIN 300000000L /* ns before PostgreSQL is asked again */

static int
has_ignore(const struct build *b)
{
	return b->ignore != NULL && *b->ignore != '\0' &&
	    strcmp(b->c.source, "git") == 0;
}

static int
has_commands(const struct build *b)
{
	return *b->install != '\0' || *b->command != '\0';
}

/*
 * What a build does, in order.  The first step to fail ends it.  Where there
 * is nothing to run, the steps that do are passed over.
 */
/* clang-format off */
static const struct step {
	const char *name;
	enum rc (*run)(struct build *);
	int seconds; /* 0: LIMIT_TIMEOUT */
	int (*wanted)(const struct build *); /* NULL: always */
} steps[] = {
	{ "fetch",	step_fetch,	 300,	NULL },
	{ "detect",	step_detect,	 30,	NULL },
	{ "ignore",	step_ignore,	 300,	has_ignore },
	{ "restore",	step_restore,	 30,	has_commands },
	{ "install",	step_install,	 0,	has_commands },
	{ "build",	step_build,	 0,	has_commands },
	{ "collect",	step_collect,	 120,	NULL },
	{ "publish",	step_publish,	 600,	NULL },
};
/* clang-format on */

enum rc
build_fail(struct build *b, const char *code, const char *fmt, ...)
{
	char why[2000], clean[sizeof(why) * 3];
	struct text t = { 0 };
	size_t i, n = 0;
	va_list ap;

	if (b->code != NULL)
		return RC_INVALID;
	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	for (i = 0; why[i] != '\0'; i++)
		if (why[i] == '\n')
			clean[n++] = '\n';
		else
			n += text_byte(&t, (unsigned char)why[i], clean + n);
	b->code = code;
	b->why = arena_strndup(b->arena, clean, n);
	return RC_INVALID;
}

int
build_overdue(struct build *b)
{
	if (clock_ms() < b->step_until)
		return 0;
	build_fail(b, "timeout",
	    "killed: the step \"%s\" took more than %d s%s", b->step,
	    b->step_seconds,
	    b->step_limited ? arena_printf(b->arena, "; if that is normal, %s",
				  b->limits.raise[LIMIT_TIMEOUT]) :
			      "");
	return 1;
}

/*
 * Says it to PostgreSQL until it is heard; the loop ends us when the lease has
 * run out.  Where an answer was lost the same question gets it again.
 */
static enum rc
insist(struct build *b, int query, const char *const params[])
{
	const struct timespec again = { .tv_nsec = AGAIN };
	PGresult *res;
	enum rc rc;

	while ((rc = db_run(b->db, b->arena, query, params, &res)) == RC_BUSY)
		nanosleep(&again, NULL);
	if (rc == RC_NOT_FOUND)
		return RC_CONFLICT;
	if (rc == RC_OK && *PQgetvalue(res, 0, 0) != 't')
		return RC_CONFLICT;
	return rc;
}

static enum rc
flush(struct build *b)
{
	const struct timespec again = { .tv_nsec = AGAIN };
	enum rc rc;

	while ((rc = journal_flush(b->journal)) == RC_BUSY)
		nanosleep(&again, NULL);
	return rc;
}

enum rc
build_progress(struct build *b)
{
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret,
		b->step, b->commit, b->message, b->author, b->branch,
		b->framework != NULL ? b->framework->name : NULL };
	enum rc rc;

	if ((rc = journal_send(b->journal)) == RC_BUSY)
		rc = RC_OK;
	return rc == RC_OK ? insist(b, Q_PROGRESS, params) : rc;
}

/* One step between its two lines; ms is what it took. */
static enum rc
run_step(struct build *b, const struct step *s, uint64_t *ms)
{
	uint64_t start = clock_ms();
	int seconds =
	    s->seconds != 0 ? s->seconds : b->limits.value[LIMIT_TIMEOUT];
	enum rc rc;

	b->step = s->name;
	b->step_seconds = seconds;
	b->step_limited = s->seconds == 0;
	b->step_until = start + (uint64_t)seconds * 1000;
	journal_step(b->journal, s->name);
	journal_say(b->journal, "%s", s->name);
	alarm((unsigned int)seconds + 60); /* if all else hangs */
	INJECT_AT("before", s->name);
	if ((rc = build_progress(b)) == RC_OK)
		rc = s->run(b);
	INJECT_AT("after", s->name);
	alarm(0);
	*ms = clock_ms() - start;
	if (rc == RC_OK)
		journal_say(b->journal, "%s: done in %llu.%03llu s", s->name,
		    (unsigned long long)*ms / 1000,
		    (unsigned long long)*ms % 1000);
	return rc;
}

static void
tell(struct build *b, char what)
{
	if (write(b->tell, &what, 1) != 1)
		log_warn("tell the loop");
}

static enum rc
succeed(struct build *b, const char *timings)
{
	char files[24], bytes[24];
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret,
		b->manifest, files, bytes, timings };
	enum rc rc;

	snprintf(files, sizeof(files), "%zu", b->nfiles);
	snprintf(bytes, sizeof(bytes), "%llu", (unsigned long long)b->bytes);
	rc = insist(b, Q_READY, params);
	/* There was room, and another build has taken it meanwhile. */
	if (rc == RC_CONFLICT && *db_reason(b->db) != '\0')
		return build_fail(b, "quota", "%s", db_reason(b->db));
	return rc;
}

static enum rc
give_up(struct build *b, const char *timings)
{
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret,
		b->code, b->why, timings };
	enum rc rc;

	if (strcmp(b->code, INTERNAL) != 0)
		rc = insist(b, Q_FAILED, params);
	else {
		/* Ours, not the project's: so it is tried again. */
		cage_close(b->cage);
		b->cage = NULL;
		rc = insist(b, Q_FAULT, params);
	}
	if (rc == RC_OK && journal_followed(b->journal))
		query_tell(b->db, b->arena, b->c.id);
	return rc;
}

/* The error and the log are read by the same people. */
static void
hide(struct build *b)
{
	char *why = arena_strndup(b->arena, b->why, strlen(b->why));
	size_t n = strlen(why), cut = n;

	why[redact(b->redactor, why, n, &cut)] = '\0';
	b->why = why;
}

static enum rc
settings(struct build *b)
{
	const struct timespec again = { .tv_nsec = AGAIN };
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret };
	PGresult *res;
	enum rc rc;

	while (
	    (rc = db_run(b->db, b->arena, Q_SETTINGS, params, &res)) == RC_BUSY)
		nanosleep(&again, NULL);
	if (rc == RC_OK)
		claim_fill(&b->c, res);
	return rc == RC_NOT_FOUND ? RC_CONFLICT : rc;
}

static enum rc
open_cage(struct build *b)
{
	struct cage_spec spec = { .memory = b->limits.value[LIMIT_MEMORY],
		.cpus = b->limits.value[LIMIT_CPUS],
		.disk = b->limits.value[LIMIT_DISK],
		.pids = b->limits.value[LIMIT_PIDS],
		.inodes = b->limits.value[LIMIT_INODES],
		.image = strcmp(b->conf->build_image, "host") == 0 ?
		    "host" :
		    "default" };

	if (cage_open(&b->cage, b->line, &spec) == RC_OK)
		return RC_OK;
	return build_fail(b, INTERNAL, "the server could not make a cage");
}

static enum rc
open_all(struct build *b)
{
	enum rc rc;

	b->step = "fetch";
	b->db = query_open_build(b->conf);
	b->redactor = redact_new(b->arena);
	b->journal = journal_new(b->arena, b->db, &b->c, b->redactor);
	journal_follow(b->journal); /* mostly, by whoever asked for it */
	journal_limit(b->journal, (unsigned long)b->conf->build_log_max);
	journal_rate(b->journal, (unsigned long)b->conf->build_log_rate);
	b->output_fd = -1;
	rc = settings(b);
	limits_set(&b->limits, &b->c, b->conf);
	return rc == RC_OK ? open_cage(b) : rc;
}

/* Told to stop, or not ours any more: the loop has the last word. */
static void
leave(struct build *b)
{
	log_info(signals_stop ? "stopped" : "no longer ours");
	cage_close(b->cage);
}

/*
 * A disk that is full fails whatever needs it, here or in the cage, in words
 * that help nobody.  What did not fail may have lost what it wrote.
 */
static enum rc
blame_disk(struct build *b, enum rc rc)
{
	static const char *const codes[] = { INTERNAL, "fetch", "exit",
		"disk" };
	size_t i;

	if ((rc != RC_OK && rc != RC_INVALID && rc != RC_FAIL) ||
	    !disk_full(b->conf))
		return rc;
	for (i = 0; b->code != NULL && i < NITEMS(codes); i++)
		if (strcmp(b->code, codes[i]) == 0)
			b->code = NULL;
	return build_disk(b);
}

enum rc
build_disk(struct build *b)
{
	return build_fail(b, "server_disk",
	    "the server's disk is full; deploy again when its operator has "
	    "made room");
}

void
build_run(struct build *b)
{
	uint64_t ms, start = clock_ms();
	const char *timings = "";
	enum rc rc;
	size_t i;

	rc = blame_disk(b, open_all(b));
	for (i = 0; i < NITEMS(steps) && rc == RC_OK && !signals_stop; i++) {
		if (steps[i].wanted != NULL && !steps[i].wanted(b))
			continue;
		rc = blame_disk(b, run_step(b, &steps[i], &ms));
		timings = arena_printf(b->arena, "%s\"%s\": %llu, ", timings,
		    steps[i].name, (unsigned long long)ms);
	}
	timings = arena_printf(b->arena, "{%s\"total\": %llu}", timings,
	    (unsigned long long)(clock_ms() - start));
	account_say(b);
	if (rc == RC_CONFLICT || signals_stop) {
		leave(b);
		return;
	}
	if (rc != RC_OK && b->code == NULL)
		build_fail(b, INTERNAL, "something went wrong on the server");
	if (rc != RC_OK) {
		hide(b);
		journal_say(b->journal, "%s %s: %.*s", b->step,
		    strcmp(b->code, IGNORED) == 0 ? "ended it" : "failed",
		    (int)strcspn(b->why, "\n"), b->why);
	}
	tell(b, TELL_ENDING);
	INJECT_AT("ending", "");
	if (flush(b) == RC_CONFLICT) {
		leave(b);
		return;
	}
	INJECT_AT("flushed", "");
	if (rc == RC_OK) {
		/* Before anybody hears that it is ready. */
		cage_saving(b->cage);
		rc = succeed(b, timings);
		log_info("%s: %zu files, %llu bytes, %s",
		    rc == RC_OK ? "ready" : "not published", b->nfiles,
		    (unsigned long long)b->bytes, timings);
		if (b->code != NULL) {
			journal_say(b->journal, "publish failed: %s", b->why);
			(void)!flush(b);
		}
	}
	if (b->code != NULL) {
		log_info("failed: %s: %s", b->code, b->why);
		rc = give_up(b, timings);
	}
	if (rc != RC_OK && rc != RC_CONFLICT)
		fatalx("the last word was refused: %s", rc_name(rc));
	INJECT_AT("ended", "");
	tell(b, TELL_ENDED);
	if (rc == RC_OK && b->code == NULL)
		(void)!step_save(b);
	cage_close(b->cage);
	room_collect();
}
