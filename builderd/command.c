/*
 * command -- one run in the cage: its lines, its clocks, its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"
#include "builderd.h"
#include "cause.h"
#include "disk.h"
#include "log.h"
#include "proxy/proxy.h"
#include "room.h"
#include "signals.h"

#define SAID  262144 /* bytes that a proxy may say; it has less to */
#define LOOK  1000   /* ms between two looks at the server's disk */
#define MIB   ((uint64_t)1 << 20)
#define PIPE  64    /* reads that empty a pipe, whatever its size */
#define REST  200   /* ms in which more comes of what has just printed */
#define SOON  50    /* the same, while somebody reads along */
#define MUCH  16384 /* bytes in that time, a quarter of a pipe: read at once */
#define DRAIN 2000  /* ms for what is left in the pipes after the end */

struct run {
	struct build *b;
	const struct command *c;
	struct cage_io io;
	pid_t proxy;
	int net;     /* lines of the proxy, or -1 */
	size_t said; /* how much it said */
	char line[PROXY_LINE];
	size_t len;            /* of the line it has begun */
	uint64_t heard;        /* when it last printed something */
	enum stream last;      /* and to which of its streams */
	uint64_t look;         /* when the disk is looked at next */
	uint64_t rest;         /* until then that is not read */
	uint64_t tick;         /* the end of a rest */
	size_t before, since;  /* bytes read in the one before, and in that */
	int killed;            /* and why is said */
	size_t ntail;          /* bytes of output so far */
	char tail[CAUSE_TAIL]; /* the last of them, as a ring */
};

static void
remember(struct run *r, const char *buf, size_t n)
{
	size_t at, part;

	if (n > sizeof(r->tail)) {
		buf += n - sizeof(r->tail);
		n = sizeof(r->tail);
	}
	for (; n > 0; n -= part, buf += part, r->ntail += part) {
		at = r->ntail % sizeof(r->tail);
		part = sizeof(r->tail) - at < n ? sizeof(r->tail) - at : n;
		memcpy(r->tail + at, buf, part);
	}
}

/* Does the end of the output say what is known to be wrong? */
static int
known(struct run *r, struct cause *cause)
{
	struct build *b = r->b;
	size_t max = sizeof(r->tail), at = r->ntail % max, n, cut;
	char *text = arena_alloc(b->arena, max);
	int root, yes;

	n = r->ntail < max ? r->ntail : max;
	if (r->ntail > max) {
		memcpy(text, r->tail + at, max - at);
		memcpy(text + max - at, r->tail, at);
	} else
		memcpy(text, r->tail, n);
	/* What is said of it may end in the middle of a secret. */
	cut = n;
	n = redact(b->redactor, text, n, &cut);
	if (cage_tree(b->cage, &root) != RC_OK)
		root = -1;
	yes = cause_find(cause, b->arena, text, n, &b->package, root);
	if (root != -1)
		close(root);
	return yes;
}

static int
ask(void *arg, const char *line)
{
	struct run *r = arg;

	return r->c->line(r->b, line);
}

/*
 * Nobody waits for what is in a log, or not so soon.  But whoever prints much
 * waits for room in the pipe.
 */
static void
rest(struct run *r, size_t n, int all)
{
	uint64_t every = journal_followed(r->b->journal) ? SOON : REST;
	uint64_t tick = clock_tick(r->heard, every);

	if (tick != r->tick) {
		r->before = tick == r->tick + every ? r->since : 0;
		r->since = 0;
		r->tick = tick;
	}
	r->since += n;
	r->rest = all && r->before < MUCH && r->since < MUCH ? tick : 0;
}

/* -1: nothing more will come of it. */
static int
drain(struct run *r, int fd, enum stream stream)
{
	journal_fn fn = r->c->line != NULL && stream == STREAM_OUT ? ask : NULL;
	char buf[MUCH];
	ssize_t n;

	n = read(fd, buf, sizeof(buf));
	if (n > 0) {
		r->heard = clock_ms();
		r->last = stream;
		rest(r, (size_t)n, (size_t)n < sizeof(buf) && fn == NULL);
		remember(r, buf, (size_t)n);
		journal_feed(r->b->journal, stream, buf, (size_t)n, fn, r);
		return fd;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return fd;
	journal_end(r->b->journal, stream, fn, r);
	close(fd);
	return -1;
}

static void
drain_stream(struct run *r, enum stream stream)
{
	int *fd = stream == STREAM_OUT ? &r->io.out : &r->io.err;

	if (*fd != -1)
		*fd = drain(r, *fd, stream);
}

/* The same for what the proxy says. */
static int
hear(struct run *r)
{
	char buf[4096];
	ssize_t i, n;

	n = read(r->net, buf, sizeof(buf));
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return r->net;
	if (n > 0 && (r->said += (size_t)n) > SAID) {
		log_warnx("the proxy says too much");
		n = 0;
	}
	for (i = 0; i < n; i++) {
		if (buf[i] != '\n') {
			if (r->len < sizeof(r->line) - 1)
				r->line[r->len++] = buf[i];
			continue;
		}
		r->line[r->len] = '\0';
		r->len = 0;
		account_line(r->b, r->line);
	}
	if (n > 0)
		return r->net;
	close(r->net);
	return -1;
}

static void
stop(struct run *r)
{
	r->killed = 1;
	if (cage_kill(r->b->cage) != RC_OK)
		log_warnx("cannot kill what runs");
}

/* Has it used up what it may? */
static void
limits(struct run *r)
{
	const struct limits *l = &r->b->limits;
	int printed = l->value[LIMIT_OUTPUT], silent = l->value[LIMIT_SILENCE];

	if (r->killed)
		return;
	if (clock_ms() >= r->look) {
		r->look = clock_ms() + LOOK;
		if (disk_full(r->b->conf)) {
			room_collect();
			build_disk(r->b);
			stop(r);
			return;
		}
	}
	if (journal_printed(r->b->journal) > (uint64_t)printed * MIB)
		build_fail(r->b, "output_limit",
		    "killed: printed more than %d MiB; %s: %s", printed,
		    l->raise[LIMIT_OUTPUT], r->c->what);
	if (r->b->code != NULL || build_overdue(r->b))
		stop(r);
	else if (clock_ms() >= r->heard + (uint64_t)silent * 1000) {
		build_fail(r->b, "silence",
		    "killed: no output for %d seconds; if that is normal, %s: "
		    "%s",
		    silent, l->raise[LIMIT_SILENCE], r->c->what);
		stop(r);
	}
}

/* Until the next thing that a clock brings about. */
static int
patience(const struct run *r, uint64_t wait, uint64_t ended)
{
	uint64_t now = clock_ms(), next;
	int due = journal_due(r->b->journal);

	next = r->heard + (uint64_t)r->b->limits.value[LIMIT_SILENCE] * 1000;
	if (r->b->step_until < next)
		next = r->b->step_until;
	if (r->look < next)
		next = r->look;
	if (r->killed)
		next = now + 1000;
	if (ended)
		next = ended + DRAIN + 1;
	next = next > now ? next - now : 0;
	if (wait > 0 && wait < next)
		next = wait;
	return due >= 0 && (uint64_t)due < next ? due : (int)next;
}

/*
 * How long what printed last is not read.  A program prints line by line, and
 * to wake for each costs more than what is done with it.  But when its other
 * stream has something both are read, in the order in which they began.
 */
static uint64_t
pause_for(const struct run *r)
{
	uint64_t now = clock_ms(), wait = journal_wait(r->b->journal);

	return now < r->rest && r->rest - now > wait ? r->rest - now : wait;
}

static enum rc
listen_to(struct run *r)
{
	enum rc rc = RC_OK;
	uint64_t ended = 0;
	enum stream first;

	r->heard = clock_ms();
	while (r->io.out != -1 || r->io.err != -1 || ended == 0) {
		/* What has ended prints no more than its pipes hold. */
		uint64_t wait = ended ? 0 : pause_for(r);
		int full = journal_full(r->b->journal) ||
		    (!ended && journal_wait(r->b->journal) > 0);
		int rests = wait > 0 ? (int)r->last : -1;
		struct pollfd p[] = {
			{ .fd = full || rests == STREAM_OUT ? -1 : r->io.out,
			    .events = POLLIN },
			{ .fd = full || rests == STREAM_ERR ? -1 : r->io.err,
			    .events = POLLIN },
			{ .fd = ended ? -1 : cage_fd(r->b->cage),
			    .events = POLLIN },
			{ .fd = r->net, .events = POLLIN },
		};

		if (signals_poll(p, NITEMS(p), patience(r, wait, ended)) ==
		    -1) {
			if (signals_stop)
				return RC_CONFLICT; /* told to */
			continue;
		}
		/* First what was printed meanwhile, then what is sent. */
		if (wait > 0 && pause_for(r) == 0)
			continue;
		if (p[0].revents != 0 || p[1].revents != 0) {
			first = r->last;
			drain_stream(r, first);
			if (p[!first].revents != 0)
				drain_stream(r, !first);
		}
		if (p[2].revents != 0)
			ended = clock_ms();
		if (p[3].revents != 0)
			r->net = hear(r);
		if (ended != 0 && clock_ms() > ended + DRAIN)
			break;
		if (full)
			r->heard = clock_ms(); /* the silence is ours */
		if (ended == 0)
			limits(r);
		if (journal_due(r->b->journal) == 0)
			rc = journal_send(r->b->journal);
		if (rc == RC_CONFLICT || rc == RC_FAIL)
			return rc; /* not ours any more */
	}
	return RC_OK;
}

/* Somebody may hold the other end, but is not heard any more. */
static void
empty(struct run *r, int fd, enum stream stream)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int i;

	for (i = 0; i < PIPE && p.fd != -1 && poll(&p, 1, 0) == 1; i++)
		p.fd = drain(r, p.fd, stream);
	if (p.fd == -1)
		return;
	journal_end(r->b->journal, stream,
	    r->c->line != NULL && stream == STREAM_OUT ? ask : NULL, r);
	close(p.fd);
}

/* What is still in the pipes, and the end of the proxy. */
static void
finish(struct run *r)
{
	struct pollfd p = { .fd = r->net, .events = POLLIN };

	proxy_stop(r->proxy);
	while (r->net != -1 && poll(&p, 1, DRAIN) == 1)
		r->net = hear(r);
	if (r->net != -1)
		close(r->net);
	proxy_wait(r->proxy);
	empty(r, r->io.out, STREAM_OUT);
	empty(r, r->io.err, STREAM_ERR);
}

/* The kernel kills builds first when the machine has none left, too. */
static enum rc
no_memory(const struct run *r, uint64_t peak, const char *tail)
{
	const struct limits *l = &r->b->limits;
	int most = l->value[LIMIT_MEMORY];

	if (peak < (uint64_t)most * 9 / 10)
		return build_fail(r->b, "memory",
		    "killed: the server has no memory left; the build had used "
		    "%d of its %d MiB: %s%s",
		    (int)peak, most, r->c->what, tail);
	return build_fail(r->b, "memory",
	    "killed: used more than %d MiB of memory; %s: %s%s", most,
	    l->raise[LIMIT_MEMORY], r->c->what, tail);
}

static enum rc
too_many(const struct run *r, const char *how, const char *tail)
{
	const struct limits *l = &r->b->limits;

	return build_fail(r->b, "processes",
	    "%sit wanted more than %d processes; %s: %s%s", how,
	    l->value[LIMIT_PIDS], l->raise[LIMIT_PIDS], r->c->what, tail);
}

/* What to tell whoever asked for the build. */
static enum rc
verdict(struct run *r, const struct cage_end *e)
{
	const struct limits *l = &r->b->limits;
	const char *what = r->c->what;
	struct build *b = r->b;
	const char *tail = journal_tail(b->journal, b->arena), *end;
	struct cause cause;

	if (b->code != NULL) /* it was said already */
		return RC_INVALID;
	if (e->oom)
		return no_memory(r, e->memory_peak >> 20, tail);
	if (e->pids && e->signal == SIGKILL)
		return too_many(r, "killed: ", tail);
	/* An exit with more than 128 looks like a signal, as git's 129 does. */
	if (r->c->status != NULL) {
		*r->c->status = e->signal != 0 ? 128 + e->signal : e->status;
		return RC_OK;
	}
	if (e->status == 0 && e->signal == 0)
		return RC_OK;
	if (e->full)
		return build_fail(b, "disk",
		    "the disk of the build is full: %d MiB or %d files; %s: "
		    "%s%s",
		    l->value[LIMIT_DISK], l->value[LIMIT_INODES],
		    l->raise[e->inodes ? LIMIT_INODES : LIMIT_DISK], what,
		    tail);
	if (e->pids)
		return too_many(r, "", tail);
	end = arena_printf(b->arena, "%s %d",
	    e->signal != 0 ? "was killed by signal" : "exited with",
	    e->signal != 0 ? e->signal : e->status);
	b->exited = e->signal == 0;
	/* Node aborts when its heap is full: that is a signal, and known. */
	if (r->c->kind == CAGE_BUILD && known(r, &cause))
		return build_fail(b, cause.code, "%s\nThe %s command %s: %s%s",
		    cause.why, b->step, end, what, tail);
	return build_fail(b, r->c->code, "the %s command %s: %s%s", b->step,
	    end, what, tail);
}

/*
 * Which ports lead out: 443 and 80, the one of the repository, and for the
 * project's own commands those that net-allow names.
 */
static void
ways_out(uint16_t ports[CAGE_PORTS], const struct command *c,
    const struct conf *conf)
{
	struct addr_list list = { .n = 0 };
	char bad[ADDR_TEXT];
	size_t i, k, n = 2;

	ports[0] = 443;
	ports[1] = 80;
	if (c->port != 0 && c->port != 443 && c->port != 80)
		ports[n++] = c->port;
	if (c->kind != CAGE_BUILD ||
	    addr_list_parse(&list, conf->net_allow, bad) != NULL)
		return;
	for (i = 0; i < list.n && n < CAGE_PORTS; i++) {
		for (k = 0; k < n && ports[k] != list.net[i].port; k++)
			continue;
		if (k == n && list.net[i].port != 0)
			ports[n++] = list.net[i].port;
	}
}

enum rc
command_run(struct build *b, const struct command *c)
{
	uint16_t ports[CAGE_PORTS] = { 0 };
	const struct cage_run run = { .kind = c->kind,
		.image = c->kind == CAGE_BUILD ? b->image : NULL,
		.cwd = c->cwd,
		.argv = c->argv,
		.env = c->env,
		.input = c->input,
		.input_size = c->input_size };
	const struct proxy_way way = { .port = c->port,
		.names = c->names,
		.budget = account_left(b) };
	struct run r = { .b = b, .c = c, .net = -1 };
	struct cage_end end;
	enum rc rc;

	ways_out(ports, c, b->conf);
	if ((rc = cage_start(b->cage, &run, ports, &r.io)) != RC_OK)
		return build_fail(b, INTERNAL, "the cage did not start");
	fcntl(r.io.out, F_SETFL, O_NONBLOCK);
	fcntl(r.io.err, F_SETFL, O_NONBLOCK);
	if (c->names != NULL && *c->names == '\0')
		proxy_none(&r.io);
	else if (proxy_start(&r.proxy, &r.net, b->conf, &way, &r.io) != RC_OK)
		log_warnx("%s: without a network", b->step);
	rc = listen_to(&r);
	finish(&r);
	if (rc != RC_OK) /* the build ends, and the cage with it */
		return rc;
	if (cage_end(b->cage, &end) != RC_OK)
		return build_fail(b, INTERNAL, "the cage was lost");
	log_info("%s: exit %d, signal %d, %llu KiB, %llu ms of CPU", b->step,
	    end.status, end.signal, (unsigned long long)end.memory_peak / 1024,
	    (unsigned long long)end.cpu_usec / 1000);
	return verdict(&r, &end);
}
