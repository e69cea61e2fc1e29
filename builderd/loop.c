/*
 * loop -- takes builds while there is a free slot.
 *
 * Three things wake it: Redis' bell, PostgreSQL's notifications and the
 * clock, which alone would do.  A build is a process of its own with its own
 * process group; what it says in PostgreSQL is fenced by its claim, so here
 * it is only kept alive, or ended, and its end is noted where it could not do
 * that itself.
 */
#include <sys/wait.h>

#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bell.h"
#include "inject.h"
#include "lease.h"
#include "log.h"
#include "loop.h"
#include "reaper.h"
#include "renewer.h"
#include "room.h"
#include "signals.h"

#define REPORT LEASE_RENEW /* ms between two words of ours to others */
#define REAP   LEASE_GRACE /* and between two looks for lost builds */
#define LOOK   1000        /* and at the queue while a bell is silent */
#define JITTER 1000        /* so that many builders do not come together */
#define CHORES 86400000    /* a day */
#define POST   300000      /* and at the outbox, while nothing is due */
#define MORE   1000        /* until those that could not be done at once */

/* Sees whether a notice is due, and has a process deliver what is. */
static void
post(struct loop *l)
{
	uint64_t now = clock_ms();
	pid_t parent = getpid();
	PGresult *res;
	long ms = 0;
	enum rc rc;

	if (l->poster != 0 || signals_stop || now < l->next_post)
		return;
	rc = db_run(l->db, l->arena, Q_OUTBOX_WAIT, NULL, &res);
	if (rc == RC_OK)
		ms = atol(PQgetvalue(res, 0, 0));
	if (rc != RC_OK || ms > 0) {
		l->next_post =
		    now + (rc == RC_OK && ms < POST ? (uint64_t)ms : POST);
		return;
	}
	l->next_post = now + LOOK;
	if ((l->poster = fork()) == 0) {
		loop_leave(l, parent);
		outbox_run(l->conf, l->opener);
	}
	if (l->poster == -1) {
		log_warn("fork");
		l->poster = 0;
	}
}

static struct slot *
free_slot(struct loop *l)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (!l->slots[i].taken && !helper_stuck(l->helper, i))
			return &l->slots[i];
	return NULL;
}

/*
 * A claim whose answer was lost may have been made: nothing of it was begun,
 * so it is given back rather than left until its lease ends.
 */
static enum rc
unclaim(struct loop *l, struct slot *s, const char *who)
{
	PGresult *res;
	enum rc rc;

	if (!s->unsure)
		return RC_OK;
	rc = db_run(l->db, s->arena, Q_UNCLAIM, (const char *[]){ who }, &res);
	if (rc == RC_OK) {
		log_info("%s: claimed unknowingly; %s now",
		    PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
		query_tell(l->db, l->arena, PQgetvalue(res, 0, 0));
	}
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		s->unsure = 0;
	return s->unsure ? rc : RC_OK;
}

/* Is there room on the disk?  Others hear of it when that changes. */
static int
room(struct loop *l)
{
	int full = !room_for_build(l->conf);

	if (full != l->full)
		l->next_report = 0;
	l->full = full;
	return !full;
}

/* Takes builds until there is none, or no slot. */
static void
claim(struct loop *l)
{
	const char *params[2];
	char hash[SLOT_HEX];
	struct slot *s;
	uint64_t asked;
	PGresult *res;
	enum rc rc;

	while (!signals_stop && (s = free_slot(l)) != NULL && room(l)) {
		params[0] =
		    arena_printf(l->arena, "%s:%d", l->id, (int)(s - l->slots));
		rc = unclaim(l, s, params[0]);
		slot_secret(s, hash);
		params[1] = hash;
		asked = clock_boot_ms();
		if (rc == RC_OK) {
			rc = db_run(l->db, s->arena, Q_CLAIM, params, &res);
			s->unsure = rc == RC_BUSY;
		}
		if (rc != RC_OK) {
			sodium_memzero(s->secret, sizeof(s->secret));
			arena_reset(s->arena);
			l->look = rc != RC_NOT_FOUND;
			return;
		}
		claim_fill(&s->c, res);
		s->taken = 1;
		INJECT_AT("claimed", "");
		s->ending = s->ended = 0;
		s->end = END_CRASHED;
		s->kill_at = 0;
		slot_keep(l, s, asked + LEASE_SAFE);
		slot_start(l, s);
	}
	l->look = 0;
}

/*
 * Says that it is here, with how many slots, and why it takes nothing; none: it
 * leaves.
 */
static void
report(struct loop *l, int slots)
{
	const char *const params[] = { l->id,
		arena_printf(l->arena, "%d", slots),
		l->full ? "the disk of the build host is full" : NULL };
	PGresult *res;

	(void)!db_run(l->db, l->arena, Q_ALIVE, params, &res);
}

static struct slot *
find(struct loop *l, const char *id)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (l->slots[i].taken && strcmp(l->slots[i].c.id, id) == 0)
			return &l->slots[i];
	return NULL;
}

/* What came of leases, of builds that are still in their slots. */
static void
heed(struct loop *l)
{
	struct renewer_news news;
	struct slot *s;

	while (renewer_hear(l->renewer, &news)) {
		s = &l->slots[news.slot];
		if (s->pid == 0 || strcmp(s->c.fence, news.fence) != 0)
			continue;
		if (!news.lost) {
			log_info("%s: cancelled", s->c.id);
			slot_end(s, END_CANCELED);
		} else if (!s->ending) { /* else the last word may be heard */
			log_warnx("%s: no longer ours", s->c.id);
			slot_end(s, END_LOST);
		}
	}
}

static void
reap(struct loop *l)
{
	int i, status;
	pid_t pid;

	for (i = 0; i < l->n; i++)
		slot_hear(l, &l->slots[i]);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->poster)
			l->poster = 0;
		for (i = 0; i < l->n && l->slots[i].pid != pid; i++)
			;
		if (i == l->n)
			continue;
		kill(-pid, SIGKILL); /* whatever it left behind */
		slot_hear(l, &l->slots[i]);
		l->slots[i].pid = 0;
		renewer_drop(l->renewer, i);
		if (status != 0)
			log_warnx("%s: its process ended with status %#x",
			    l->slots[i].c.id, (unsigned int)status);
	}
	for (i = 0; i < l->n; i++)
		if (l->slots[i].taken && l->slots[i].pid == 0)
			slot_settle(l, &l->slots[i]);
}

static void
read_news(struct loop *l)
{
	const char *channel, *payload;
	int all, urgent = 0, i;

	while (db_notified(l->news, l->arena, &channel, &payload)) {
		all = *channel == '\0'; /* we may have missed any */
		if (all || strcmp(channel, "slipway_outbox") == 0)
			l->next_post = 0;
		if (all || strcmp(channel, "slipway_queue") == 0)
			l->look = 1;
		if (all || strcmp(channel, "slipway_cancel") == 0)
			urgent |= all || find(l, payload) != NULL;
		if (strcmp(channel, "slipway_follow") == 0)
			slot_follow(l, find(l, payload), payload);
		for (i = 0; all && i < l->n; i++)
			if (l->slots[i].taken)
				slot_follow(l, &l->slots[i], l->slots[i].c.id);
	}
	if (urgent)
		renewer_hurry(l->renewer);
}

static void
listen_bell(struct loop *l)
{
	switch (l->rang ? bell_take(l->bell) : RC_NOT_FOUND) {
	case RC_OK:
		l->look = 1;
		l->asked = 0;
		break;
	case RC_NOT_FOUND:
		break;
	default:
		l->asked = 0;
	}
	l->rang = 0;
	if (!l->asked && !signals_stop && free_slot(l) != NULL)
		l->asked = bell_ask(l->bell) == RC_OK;
}

static uint64_t
later(uint64_t now, uint64_t ms)
{
	return now + ms + (uint64_t)(random() % JITTER);
}

static void
by_the_clock(struct loop *l)
{
	uint64_t now = clock_ms();

	if (now >= l->next_report) {
		room(l);
		report(l, signals_stop ? 0 : l->n);
		l->next_report = now + REPORT;
	}
	if (now >= l->next_reap) {
		reaper_look(l->reaper, l->db, l->arena);
		l->look = 1; /* for what was put off */
		l->next_reap = later(now, REAP);
	}
	if (now >= l->next_look) {
		if (!l->asked || db_fd(l->news) == -1)
			l->look = 1;
		l->next_look = later(now, LOOK);
	}
	if (now >= l->next_chores) {
		l->next_chores = now +
		    (chores_run(l->conf, l->db, l->arena) ? MORE : CHORES);
	}
	post(l);
}

/* Waits for whatever comes first. */
static void
wait_for(struct loop *l)
{
	struct pollfd p[5 + l->n];
	uint64_t now = clock_ms(), next = l->next_reap;
	int i, k = 0, settling = 0;

	p[k++] = (struct pollfd){ helper_fd(l->helper), POLLIN, 0 };
	p[k++] = (struct pollfd){ db_fd(l->news), POLLIN, 0 };
	p[k++] = (struct pollfd){ l->asked ? bell_fd(l->bell) : -1, POLLIN, 0 };
	p[k++] = (struct pollfd){ opener_fd(l->opener), POLLIN, 0 };
	p[k++] = (struct pollfd){ renewer_fd(l->renewer), POLLIN, 0 };
	for (i = 0; i < l->n; i++) {
		p[k++] = (struct pollfd){ l->slots[i].tell, POLLIN, 0 };
		settling |= l->slots[i].taken && l->slots[i].pid == 0;
		if (l->slots[i].pid != 0 && l->slots[i].kill_at > now &&
		    l->slots[i].kill_at < next)
			next = l->slots[i].kill_at;
	}
	if (l->next_report < next)
		next = l->next_report;
	if (l->next_chores < next)
		next = l->next_chores;
	if (l->poster == 0 && !signals_stop && l->next_post < next)
		next = l->next_post;
	if ((!l->asked || db_fd(l->news) == -1 || settling || l->look) &&
	    l->next_look < next)
		next = l->next_look;
	if (signals_poll(p, (nfds_t)k, next > now ? (int)(next - now) : 0) ==
	    -1)
		return;
	if (p[0].revents != 0)
		fatalx("the helper is gone");
	if (p[3].revents != 0)
		fatalx("slipway-open is gone");
	l->rang = p[2].revents != 0;
}

static int
busy(const struct loop *l)
{
	int i, n = 0;

	for (i = 0; i < l->n; i++)
		n += l->slots[i].taken;
	return n;
}

/* Told twice: kill the builds, and give them back. */
static void
hurry(struct loop *l)
{
	int i;

	for (i = 0; i < l->n; i++)
		if (l->slots[i].end == END_CRASHED)
			slot_end(&l->slots[i], END_RELEASED);
}

void
loop_run(const struct conf *conf, struct opener *opener, struct helper *helper)
{
	struct loop l = { .conf = conf,
		.opener = opener,
		.helper = helper,
		.n = conf->build_slots,
		.look = 1 };
	char host[65] = "";
	int i;

	gethostname(host, sizeof(host) - 1);
	snprintf(l.id, sizeof(l.id), "%s:%d", host, (int)getpid());
	srandom((unsigned int)getpid() ^ (unsigned int)time(NULL));
	renewer_start(&l.renewer, conf, helper);
	l.arena = arena_new();
	l.db = query_open(conf);
	l.news = query_open(conf);
	l.bell = bell_open(conf->redis);
	l.reaper = reaper_new();
	if ((l.slots = calloc((size_t)l.n, sizeof(*l.slots))) == NULL)
		fatalx("out of memory");
	for (i = 0; i < l.n; i++) {
		l.slots[i].tell = -1;
		l.slots[i].arena = arena_new();
	}
	if (db_listen(l.news, Q_LISTEN_QUEUE) != RC_OK ||
	    db_listen(l.news, Q_LISTEN_CANCEL) != RC_OK ||
	    db_listen(l.news, Q_LISTEN_FOLLOW) != RC_OK ||
	    db_listen(l.news, Q_LISTEN_OUTBOX) != RC_OK)
		log_warnx("not listening yet");
	for (;;) {
		heed(&l);
		reap(&l);
		if (signals_stop > 1)
			hurry(&l);
		if (signals_stop && busy(&l) == 0)
			break;
		listen_bell(&l);
		read_news(&l);
		by_the_clock(&l);
		for (i = 0; i < l.n; i++)
			slot_overdue(&l, &l.slots[i]);
		if (l.look)
			claim(&l);
		arena_reset(l.arena);
		wait_for(&l);
	}
	report(&l, 0);
	for (i = 0; i < l.n; i++)
		arena_free(l.slots[i].arena);
	free(l.slots);
	reaper_free(l.reaper);
	bell_close(l.bell);
	db_close(l.news);
	db_close(l.db);
	arena_free(l.arena);
}
