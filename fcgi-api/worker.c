/*
 * A worker: one request after another, and some that wait.
 *
 * Whoever follows a log may wait some seconds for its next line.  Such a
 * request is put aside with its connection, and begun again when its
 * deployment has news or its time is over; meanwhile the worker is free.
 *
 * What is sent for as long as its client takes would hold a worker, and those
 * who wait in it; such a request gets a process of its own, which ends with it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sodium.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "log.h"
#include "prefork.h"
#include "store.h"

#define SEATS    64   /* requests that may wait in one worker */
#define RETRY_MS 1000 /* to listen again, when PostgreSQL was away */

struct seat {
	FCGX_Request fcgx;
	int waits;
	char wait_for[24];
	long long arrived, deadline;
};

const struct conf *work_conf;
const char *work_conf_path;

struct metrics *work_metrics;

static struct worker w;
static struct seat seats[SEATS + 1];
static int nwaiting;
static struct db *news; /* listens, and does nothing else */
static int listening;
static int leaving; /* nobody waits any more */
static int listener;
static int handed; /* the request in hand belongs to another process */
static int alone;  /* this is one */

long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (long long)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Answer, or let it wait (again). */
static void
serve(struct seat *s)
{
	int waited = s->waits;

	s->waits = !req_serve(&w, &s->fcgx, s->arrived,
	    !leaving && (waited || nwaiting < SEATS), s->wait_for,
	    &s->deadline);
	nwaiting += s->waits - waited;
	if (handed) {
		handed = 0;
		FCGX_Detach(&s->fcgx);
		FCGX_Free(&s->fcgx, 1);
	} else if (!s->waits) {
		s->fcgx.keepConnection = 0; /* a peer must not hold us */
		FCGX_Finish_r(&s->fcgx);
	}
	if (alone)
		_exit(0);
}

static void
shut(int fd)
{
	if (fd != -1)
		close(fd);
}

/*
 * The child has no business with what its parent holds, and says no goodbye to
 * the server: it only closes its copies.
 */
static void
keep_only(struct req *r)
{
	size_t i;

	for (i = 0; i < NITEMS(seats); i++)
		if (seats[i].waits && &seats[i].fcgx != r->fcgx)
			close(seats[i].fcgx.ipcFd);
	shut(db_fd(w.db));
	shut(db_fd(news));
	shut(listener);
}

enum rc
work_apart(struct req *r)
{
	switch (fork()) {
	case -1:
		log_warn("fork");
		return RC_BUSY;
	case 0:
		alone = 1;
		keep_only(r);
		break;
	default:
		handed = r->apart = 1;
	}
	return RC_OK;
}

/* "" is news of everything: we may have missed some. */
static void
wake(const char *deployment)
{
	size_t i;

	for (i = 0; i < NITEMS(seats); i++)
		if (seats[i].waits &&
		    (*deployment == '\0' ||
			strcmp(seats[i].wait_for, deployment) == 0))
			serve(&seats[i]);
}

static void
hear(void)
{
	char deployment[24];
	const char *channel, *payload;

	while (db_notified(news, w.arena, &channel, &payload)) {
		deployment[0] = '\0';
		if (strlen(payload) < sizeof(deployment))
			strcpy(deployment, payload);
		arena_reset(w.arena); /* serve() uses it from the start */
		wake(deployment);
	}
	arena_reset(w.arena);
}

/* One of those who wait in the listener; no if there is none. */
static int
take(void)
{
	struct seat *s = seats;
	int e;

	while (s->waits)
		s++;
	if ((e = FCGX_Accept_r(&s->fcgx)) < 0) {
		if (e != -EAGAIN) /* else another worker was first */
			log_warnx("accept: %d", e);
		return 0;
	}
	s->arrived = now_ms();
	s->wait_for[0] = '\0';
	serve(s);
	if (!s->waits || listening)
		return 1;
	/* The first to wait.  What came since it looked would go unheard. */
	listening = 1;
	(void)!db_listen(news, Q_LISTEN);
	hear();
	return 1;
}

/* Whose time is over; and how long until the next one's is. */
static int
expire(void)
{
	long long now = now_ms(), left = -1;
	size_t i;

	for (i = 0; i < NITEMS(seats); i++) {
		if (!seats[i].waits)
			continue;
		if (seats[i].deadline <= now)
			serve(&seats[i]);
		else if (left == -1 || seats[i].deadline - now < left)
			left = seats[i].deadline - now;
	}
	if (nwaiting > 0 && db_fd(news) == -1 && left > RETRY_MS)
		left = RETRY_MS;
	return (int)left;
}

/* A hash with today's parameters that no password has. */
static const char *
dummy(struct arena *a, const struct conf *c)
{
	unsigned char random[48];
	char salt[32], hash[64];

	randombytes_buf(random, sizeof(random));
	sodium_bin2base64(salt, sizeof(salt), random, 16,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	sodium_bin2base64(hash, sizeof(hash), random + 16, 32,
	    sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
	return arena_printf(a, "$argon2id$v=19$m=%d,t=%d,p=1$%s$%s",
	    c->argon2_memory, c->argon2_passes, salt, hash);
}

/* The file may have changed since the parent read it. */
static void
set_up(struct arena *a)
{
	struct conf *c = arena_alloc(a, sizeof(*c));

	if (conf_load(c, a, work_conf_path) != RC_OK) {
		log_warnx("%s: going on with the settings of before",
		    work_conf_path);
		*c = *work_conf;
	}
	w.conf = c;
	if (keys_load(&w.token_keys, c->token_keys, 1) != RC_OK ||
	    keys_load(&w.seal_keys, c->seal_public, 0) != RC_OK)
		fatalx("no keys");
	w.dummy = dummy(a, c);
	w.url_prefix = arena_printf(a, "%s://", c->site_scheme);
	w.url_suffix = c->site_port == 0 ?
	    arena_printf(a, ".%s", c->base_domain) :
	    arena_printf(a, ".%s:%d", c->base_domain, c->site_port);
	w.db = db_open(c->database, "slipway_api", queries, Q__MAX);
	news = db_open(c->database, "slipway_api", queries, Q__MAX);
	w.bell = bell_open(c->redis);
}

void
work(int lfd, int i)
{
	struct arena *settings = arena_new();
	struct pollfd pfd[2] = { { .fd = lfd, .events = POLLIN },
		{ .events = POLLIN } };
	size_t n;

	(void)i;
	listener = lfd;
	signal(SIGALRM, SIG_DFL);
	signal(SIGCHLD, SIG_IGN); /* nobody waits for who works apart */
	set_up(settings);
	w.metrics = work_metrics;
	w.arena = arena_new();
	w.limiter = limiter_new();
	explain_open(&w.shelf, w.conf);
	if (FCGX_Init() != 0)
		fatalx("cannot set up FastCGI");
	for (n = 0; n < NITEMS(seats); n++)
		if (FCGX_InitRequest(&seats[n].fcgx, lfd, 0) != 0)
			fatalx("cannot set up FastCGI");
	do {
		pfd[1].fd = db_fd(news);
		if (!prefork_wait(pfd, 2, expire()))
			break;
		if (pfd[1].fd != -1 ? pfd[1].revents != 0 : nwaiting > 0)
			hear();
		if (pfd[0].revents != 0)
			(void)take();
	} while (1);
	/* Who waits is told what there is, rather than nothing. */
	leaving = 1;
	wake("");
	while (prefork_closed(lfd) && take())
		;
	explain_close(&w.shelf);
	store_close(w.store);
	bell_close(w.bell);
	db_close(news);
	db_close(w.db);
	arena_free(w.arena);
	arena_free(settings);
}
