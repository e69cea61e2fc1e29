/*
 * loop -- takes builds while there is a free slot, and keeps their leases.
 *
 * Three things wake it: Redis' bell, PostgreSQL's notifications and the
 * clock, which alone would do.  A build is a process of its own with its own
 * process group; what it says in PostgreSQL is fenced by its claim, so here
 * it is only kept alive, or ended, and its end is noted where it could not do
 * that itself.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bell.h"
#include "builderd.h"
#include "inject.h"
#include "lease.h"
#include "log.h"
#include "opener.h"
#include "reaper.h"
#include "room.h"
#include "signals.h"

#define RENEW  LEASE_RENEW /* ms between two renewals */
#define REAP   LEASE_GRACE /* and between two looks for lost builds */
#define LOOK   1000        /* and at the queue while a bell is silent */
#define JITTER 1000        /* so that many builders do not come together */
#define STOP   1000        /* what a build may take to go when asked */
#define SAVE   120000      /* what is done after the last word */
#define CHORES 86400000    /* a day */
#define POST   300000      /* and at the outbox, while nothing is due */
#define MORE   1000        /* until those that could not be done at once */

/* What the loop has to say of a build once its process is gone. */
enum end { END_CRASHED, END_LOST, END_CANCELED, END_RELEASED };

static const int end_query[] = { [END_CRASHED] = Q_CRASHED,
	[END_CANCELED] = Q_CANCELED,
	[END_RELEASED] = Q_RELEASE };

struct slot {
	pid_t pid; /* 0: none */
	int taken;
	int unsure;        /* the answer of a claim was lost */
	int tell;          /* pipe from the build, or -1 */
	int ending;        /* it is about to say its last word */
	int ended;         /* it has said it: there is no lease any more */
	uint64_t kill_at;  /* monotonic ms; it was asked to stop, or 0 */
	enum end end;      /* what to say if it has not */
	uint64_t deadline; /* CLOCK_BOOTTIME ms; past it, it is not ours */
	struct claim c;
	struct arena *arena;
};

struct loop {
	const struct conf *conf;
	struct opener *opener;
	struct helper *helper;
	struct db *db;   /* statements */
	struct db *news; /* listens, and nothing else */
	struct bell *bell;
	struct reaper *reaper;
	struct arena *arena; /* of one turn */
	struct slot *slots;
	int n;
	int asked; /* the bell */
	int rang;  /* there is an answer to read */
	int look;  /* at the queue, in this turn */
	uint64_t next_look, next_renew, next_reap, next_chores, next_post;
	pid_t poster; /* delivers the outbox; 0: none */
	char id[96];  /* host:pid */
};

/* Goes on while the machine sleeps, as the lease does. */
static uint64_t
boot_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
keep_until(struct loop *l, struct slot *s, uint64_t deadline)
{
	s->deadline = deadline;
	if (helper_deadline(l->helper, (int)(s - l->slots), deadline) != RC_OK)
		fatalx("the helper is gone");
}

/*
 * Asked to stop, a build takes its cage down before it goes, so that what is
 * said of it afterwards is true.  One that is not ours has no time for that.
 */
static void
end(struct slot *s, enum end why)
{
	if (s->pid == 0 || s->ended)
		return;
	s->end = why;
	if (why == END_LOST)
		kill(-s->pid, SIGKILL);
	else if (s->kill_at == 0) {
		s->kill_at = clock_ms() + STOP;
		kill(s->pid, SIGTERM);
	}
}

static void __attribute__((noreturn))
run(struct loop *l, struct slot *s, int tell, int secrets, int line)
{
	struct build b = { .conf = l->conf,
		.opener = secrets,
		.line = line,
		.slot = (int)(s - l->slots),
		.arena = arena_new(),
		.c = s->c,
		.tell = tell };

	signals_stop = 0; /* from now on it means this build */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	log_tag(b.c.id);
	INJECT_BEGIN(b.c.fence);
	build_run(&b);
	exit(0);
}

static void
start(struct loop *l, struct slot *s)
{
	const struct cage_spec spec = { .deployment = s->c.id,
		.project = s->c.project,
		.fence = strtoull(s->c.fence, NULL, 10),
		.slot = (int)(s - l->slots) };
	pid_t parent = getpid();
	int p[2], secrets, line;

	if (pipe2(p, O_CLOEXEC) == -1)
		fatal("pipe");
	if (opener_socket(l->opener, s->c.project, &secrets) != RC_OK)
		fatalx("slipway-open is gone");
	if (cage_line(l->helper, &spec, &line) != RC_OK)
		fatalx("the helper is gone");
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	log_info("%s: attempt %s of %s, slot %d", s->c.id, s->c.attempt,
	    s->c.slug, (int)(s - l->slots));
	switch (s->pid = fork()) {
	case -1:
		log_warn("fork");
		s->pid = 0; /* and is given back */
		s->end = END_RELEASED;
		close(p[0]);
		p[0] = -1;
		break;
	case 0:
		setpgid(0, 0);
		close(p[0]);
		/* What belongs to the loop must not outlive it here. */
		helper_forget(l->helper);
		close(opener_fd(l->opener));
		close(db_fd(l->db));
		close(db_fd(l->news));
		close(bell_fd(l->bell));
		if (getppid() != parent)
			_exit(1);
		run(l, s, p[1], secrets, line);
	default:
		setpgid(s->pid, s->pid); /* whoever comes first */
	}
	close(p[1]);
	close(secrets);
	close(line);
	s->tell = p[0];
}

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
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		helper_forget(l->helper);
		close(db_fd(l->db));
		close(db_fd(l->news));
		close(bell_fd(l->bell));
		if (getppid() != parent)
			_exit(1);
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
		if (!l->slots[i].taken)
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
	if (rc == RC_OK)
		log_info("%s: claimed unknowingly; %s now",
		    PQgetvalue(res, 0, 0), PQgetvalue(res, 0, 1));
	if (rc == RC_OK || rc == RC_NOT_FOUND)
		s->unsure = 0;
	return s->unsure ? rc : RC_OK;
}

/* Takes builds until there is none, or no slot. */
static void
claim(struct loop *l)
{
	const char *params[1];
	struct slot *s;
	uint64_t asked;
	PGresult *res;
	enum rc rc;

	while (!signals_stop && (s = free_slot(l)) != NULL &&
	    room_for_build(l->conf)) {
		params[0] =
		    arena_printf(l->arena, "%s:%d", l->id, (int)(s - l->slots));
		rc = unclaim(l, s, params[0]);
		asked = boot_ms();
		if (rc == RC_OK) {
			rc = db_run(l->db, s->arena, Q_CLAIM, params, &res);
			s->unsure = rc == RC_BUSY;
		}
		if (rc != RC_OK) {
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
		keep_until(l, s, asked + LEASE_SAFE);
		start(l, s);
	}
	l->look = 0;
}

/* Says that it is here, and with how many slots; none: it leaves. */
static void
report(struct loop *l, int slots)
{
	const char *const params[] = { l->id,
		arena_printf(l->arena, "%d", slots) };
	PGresult *res;

	(void)!db_run(l->db, l->arena, Q_ALIVE, params, &res);
}

static const char *
array(struct arena *a, const char *list, const char *item)
{
	return arena_printf(a, "%s%s%s", list, *list != '\0' ? "," : "{", item);
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

static void
heed(struct loop *l, struct slot *s, const char *verdict, uint64_t asked)
{
	if (strcmp(verdict, "lost") != 0)
		keep_until(l, s, asked + LEASE_SAFE);
	else if (!s->ending) { /* else the last word may have been heard */
		log_warnx("%s: no longer ours", s->c.id);
		end(s, END_LOST);
	}
	if (strcmp(verdict, "cancel") == 0 && s->pid != 0) {
		log_info("%s: cancelled", s->c.id);
		end(s, END_CANCELED);
	}
}

/* All leases in one statement. */
static void
renew(struct loop *l)
{
	const char *ids = "", *fences = "";
	uint64_t asked = boot_ms();
	PGresult *res;
	int i;

	for (i = 0; i < l->n; i++) {
		struct slot *s = &l->slots[i];

		if (!s->taken || s->pid == 0)
			continue;
		if (s->ended) { /* saves; nobody else wants the cage */
			if (helper_deadline(l->helper, i, asked + LEASE_SAFE) !=
			    RC_OK)
				fatalx("the helper is gone");
			continue;
		}
		ids = array(l->arena, ids, s->c.id);
		fences = array(l->arena, fences, s->c.fence);
	}
	if (*ids == '\0')
		return;
	ids = arena_printf(l->arena, "%s}", ids);
	fences = arena_printf(l->arena, "%s}", fences);
	if (db_run(l->db, l->arena, Q_RENEW, (const char *[]){ ids, fences },
		&res) != RC_OK)
		return; /* the deadline stays where it is */
	for (i = 0; i < PQntuples(res); i++) {
		struct slot *s = find(l, PQgetvalue(res, i, 0));

		if (s != NULL)
			heed(l, s, PQgetvalue(res, i, 1), asked);
	}
}

static void
hear(struct slot *s)
{
	char buf[8];
	ssize_t n, i;

	if (s->tell == -1)
		return;
	n = read(s->tell, buf, sizeof(buf));
	for (i = 0; i < n; i++) {
		s->ending |= buf[i] == TELL_ENDING;
		if (buf[i] == TELL_ENDED) {
			s->ended = 1;
			s->deadline = boot_ms() + SAVE;
		}
	}
	if (n == 0) {
		close(s->tell);
		s->tell = -1;
	}
}

/* Its process is gone: say what it could not, and have the slot again. */
static void
settle(struct loop *l, struct slot *s)
{
	const char *params[2];
	PGresult *res;

	if (!s->ended && s->end != END_LOST && boot_ms() < s->deadline) {
		params[0] = s->c.id;
		params[1] = s->c.fence;
		if (db_run(l->db, l->arena, end_query[s->end], params, &res) ==
		    RC_BUSY)
			return; /* in the next turn, while it is ours */
	}
	if (s->tell != -1)
		close(s->tell);
	s->tell = -1;
	s->taken = 0;
	arena_reset(s->arena);
	l->look = 1;
}

static void
reap(struct loop *l)
{
	int i, status;
	pid_t pid;

	for (i = 0; i < l->n; i++)
		hear(&l->slots[i]);
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == l->poster)
			l->poster = 0;
		for (i = 0; i < l->n && l->slots[i].pid != pid; i++)
			;
		if (i == l->n)
			continue;
		kill(-pid, SIGKILL); /* whatever it left behind */
		hear(&l->slots[i]);
		l->slots[i].pid = 0;
		if (status != 0)
			log_warnx("%s: its process ended with status %#x",
			    l->slots[i].c.id, (unsigned int)status);
	}
	for (i = 0; i < l->n; i++)
		if (l->slots[i].taken && l->slots[i].pid == 0)
			settle(l, &l->slots[i]);
}

/* Whoever is past its deadline may be somebody else's by now. */
static void
overdue(struct loop *l)
{
	uint64_t now = boot_ms();
	int i;

	for (i = 0; i < l->n; i++) {
		struct slot *s = &l->slots[i];

		if (s->pid != 0 && s->kill_at != 0 && clock_ms() >= s->kill_at)
			kill(-s->pid, SIGKILL);
		if (s->pid == 0 || now < s->deadline)
			continue;
		log_warnx("%s: %s", s->c.id,
		    s->ended ? "saving takes too long" : "its lease ran out");
		s->end = END_LOST;
		kill(-s->pid, SIGKILL);
	}
}

static void
read_news(struct loop *l)
{
	const char *channel, *payload;
	int urgent = 0;

	while (db_notified(l->news, l->arena, &channel, &payload)) {
		if (*channel == '\0' || strcmp(channel, "slipway_outbox") == 0)
			l->next_post = 0;
		if (strcmp(channel, "slipway_outbox") == 0)
			continue;
		if (strcmp(channel, "slipway_cancel") != 0)
			l->look = 1;
		if (strcmp(channel, "slipway_queue") != 0)
			urgent |= *payload == '\0' || find(l, payload) != NULL;
	}
	if (urgent)
		l->next_renew = 0;
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

	if (now >= l->next_renew) {
		renew(l);
		report(l, signals_stop ? 0 : l->n);
		l->next_renew = now + RENEW;
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
	struct pollfd p[4 + l->n];
	uint64_t now = clock_ms(), next = l->next_reap;
	int i, k = 0, settling = 0;

	p[k++] = (struct pollfd){ helper_fd(l->helper), POLLIN, 0 };
	p[k++] = (struct pollfd){ db_fd(l->news), POLLIN, 0 };
	p[k++] = (struct pollfd){ l->asked ? bell_fd(l->bell) : -1, POLLIN, 0 };
	p[k++] = (struct pollfd){ opener_fd(l->opener), POLLIN, 0 };
	for (i = 0; i < l->n; i++) {
		p[k++] = (struct pollfd){ l->slots[i].tell, POLLIN, 0 };
		settling |= l->slots[i].taken && l->slots[i].pid == 0;
		if (l->slots[i].pid != 0 && l->slots[i].kill_at > now &&
		    l->slots[i].kill_at < next)
			next = l->slots[i].kill_at;
	}
	if (l->next_renew < next)
		next = l->next_renew;
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
			end(&l->slots[i], END_RELEASED);
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
	l.arena = arena_new();
	l.db = query_open(conf->database);
	l.news = query_open(conf->database);
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
	    db_listen(l.news, Q_LISTEN_OUTBOX) != RC_OK)
		log_warnx("not listening yet");
	for (;;) {
		reap(&l);
		if (signals_stop > 1)
			hurry(&l);
		if (signals_stop && busy(&l) == 0)
			break;
		listen_bell(&l);
		read_news(&l);
		by_the_clock(&l);
		overdue(&l);
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
