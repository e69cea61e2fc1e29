#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "colour.h"
#include "journal.h"
#include "log.h"
#include "secret.h"
#include "text.h"

#define CUT        (JOURNAL_LINE - sizeof(REDACTED)) /* leaves room for one */
#define EVERY      100                               /* ms between two sends */
#define SAFE       1000                              /* and to make them safe */
#define BATCH      500                               /* lines of one */
#define BATCH_SIZE (1 << 20)                         /* and bytes, about */
#define FULL       (8 << 20)                         /* bytes that may wait */
#define TOKEN      2048                              /* bytes of one, mostly */
#define BURST      5                                 /* seconds' worth */
#define TAIL       5                                 /* lines an error shows */

static const char *const stream_names[STREAM__MAX] = {
	[STREAM_OUT] = "out",
	[STREAM_ERR] = "err",
	[STREAM_INFO] = "info",
};

struct line {
	struct line *next;
	double at;
	const char *step;
	enum stream stream;
	const char *colours; /* or NULL */
	size_t size;         /* of all this */
	char text[];
};

/* The line that a stream has not finished. */
struct partial {
	struct text clean;
	char *buf;
	size_t len, size;
	int cr;  /* the last one ended in \r: a \n that follows is its */
	int key; /* it is within a private key (secret.h) */
	struct colours colours;
};

struct journal {
	struct db *db;
	const char *deployment, *fence;
	struct redactor *redactor;
	const char *step;
	struct partial partial[STREAM__MAX];
	struct line *head, **tail; /* from the first that is not safe on */
	struct line *unsent;       /* the first of those; NULL: none */
	size_t waiting;            /* bytes of them all */
	unsigned long lines;
	unsigned long theirs, max;     /* of programs; 0: no limit */
	unsigned long safe, sent;      /* numbers of the last of each */
	unsigned int connection;       /* which has those that are not safe */
	uint64_t last_send, last_safe; /* monotonic ms */
	uint64_t printed;              /* bytes of programs */
	long rate, credit; /* lines a second; lines, may be negative */
	uint64_t credited; /* monotonic ms */
	char *last[TAIL];
	unsigned int nlast;
};

static uint64_t
now_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static void
drop(void *arg)
{
	struct journal *j = arg;
	struct line *l;
	int i;

	while ((l = j->head) != NULL) {
		j->head = l->next;
		free(l);
	}
	for (i = 0; i < STREAM__MAX; i++)
		free(j->partial[i].buf);
	for (i = 0; i < TAIL; i++)
		free(j->last[i]);
}

struct journal *
journal_new(struct arena *a, struct db *db, const char *deployment,
    const char *fence, struct redactor *r)
{
	struct journal *j = arena_alloc(a, sizeof(*j));

	arena_defer(a, drop, j);
	j->db = db;
	j->deployment = deployment;
	j->fence = fence;
	j->redactor = r;
	j->step = "";
	j->tail = &j->head;
	return j;
}

void
journal_step(struct journal *j, const char *name)
{
	j->step = name;
	j->nlast = 0;
}

static void
put(struct journal *j, enum stream stream, const char *text, size_t n,
    const char *colours)
{
	size_t more = colours != NULL ? strlen(colours) + 1 : 0;
	struct line *l;

	if ((l = malloc(sizeof(*l) + n + 1 + more)) == NULL)
		fatalx("out of memory");
	*l = (struct line){ .at = (double)now_ms(CLOCK_REALTIME) / 1000,
		.step = j->step,
		.stream = stream,
		.size = sizeof(*l) + n + 1 + more };
	memcpy(l->text, text, n);
	l->text[n] = '\0';
	if (more > 0)
		l->colours = memcpy(l->text + n + 1, colours, more);
	*j->tail = l;
	j->tail = &l->next;
	if (j->unsent == NULL)
		j->unsent = l;
	j->waiting += l->size;
	j->lines++;
}

static void
remember(struct journal *j, const char *text, size_t n)
{
	char **last = &j->last[j->nlast++ % TAIL];

	free(*last);
	if ((*last = strndup(text, n)) == NULL)
		fatalx("out of memory");
}

/* Programs have a limit, Slipway's own words have none. */
static void
keep(struct journal *j, enum stream stream, const char *text, size_t n,
    const char *colours)
{
	if (stream != STREAM_INFO && n > 0)
		remember(j, text, n);
	if (stream == STREAM_INFO || j->max == 0 || j->theirs < j->max) {
		put(j, stream, text, n, colours);
		j->credit -= stream != STREAM_INFO;
	}
	if (stream != STREAM_INFO && j->theirs++ == j->max && j->max != 0)
		journal_say(j,
		    "more than %lu lines: the rest is not kept (build-log-max)",
		    j->max);
}

void
journal_say(struct journal *j, const char *fmt, ...)
{
	char text[2048], clean[sizeof(text) * 3];
	struct text t = { 0 };
	size_t i, n = 0, cut;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (i = 0; text[i] != '\0'; i++)
		n += text_byte(&t, (unsigned char)text[i], clean + n);
	n += text_end(&t, clean + n);
	cut = n;
	n = redact(j->redactor, clean, n, &cut);
	keep(j, STREAM_INFO, clean, n, NULL);
}

/* The numbers are a program's: they may be a secret too. */
static const char *
hues(const struct journal *j, const struct partial *p, size_t n, char *out)
{
	const char *s = colour_json(&p->colours, p->buf, n, out);

	if (s != NULL && redact_find(j->redactor, s, strlen(s)) != NULL)
		return NULL;
	return s;
}

static void
give(struct journal *j, enum stream stream, char *text, size_t n,
    journal_fn line, void *arg)
{
	char was = text[n], colours[COLOUR_JSON];
	struct partial *p = &j->partial[stream];
	int kept;

	if (secret_key(&p->key, text, n)) {
		keep(j, stream, REDACTED, sizeof(REDACTED) - 1, NULL);
		return;
	}
	text[n] = '\0';
	kept = line == NULL || !line(arg, text);
	if (kept)
		keep(j, stream, text, n,
		    p->colours.n > 0 ? hues(j, p, n, colours) : NULL);
	text[n] = was;
}

/*
 * Of a line that has a secret the colours go: they may be within it, and they
 * are not where they were.
 */
static void
hide(struct journal *j, struct partial *p, size_t *cut)
{
	size_t start, end;

	if (p->colours.n > 0) {
		secret_next(p->buf, p->len, 0, &start, &end);
		if (start < p->len ||
		    redact_find(j->redactor, p->buf, p->len) != NULL)
			p->colours.n = 0;
	}
	p->len = redact(j->redactor, p->buf, p->len, cut);
}

/*
 * Too long for a line: give its beginning away.  The buffer holds the longest
 * secret beyond that, so one that begins before the cut is seen whole.
 */
static void
divide(struct journal *j, enum stream stream, journal_fn line, void *arg)
{
	struct partial *p = &j->partial[stream];
	size_t cut = text_cut(p->buf, p->len, CUT);

	hide(j, p, &cut);
	give(j, stream, p->buf, cut, line, arg);
	colour_cut(&p->colours, cut);
	memmove(p->buf, p->buf + cut, p->len - cut);
	p->len -= cut;
}

static void
finish(struct journal *j, enum stream stream, journal_fn line, void *arg)
{
	struct partial *p = &j->partial[stream];
	size_t cut;

	p->len += text_end(&p->clean, p->buf + p->len);
	while (p->len > JOURNAL_LINE)
		divide(j, stream, line, arg);
	cut = p->len;
	hide(j, p, &cut);
	give(j, stream, p->buf, p->len, line, arg);
	p->len = 0;
	p->colours.n = 0;
}

static void
room(struct journal *j, struct partial *p)
{
	size_t secret = redact_longest(j->redactor), size;

	if (secret < TOKEN)
		secret = TOKEN;
	size = JOURNAL_LINE + secret + 4 * TEXT_GROWS;

	if (p->size >= size)
		return;
	if ((p->buf = realloc(p->buf, size)) == NULL)
		fatalx("out of memory");
	p->size = size;
}

void
journal_feed(struct journal *j, enum stream stream, const char *s, size_t n,
    journal_fn line, void *arg)
{
	struct partial *p = &j->partial[stream];
	const char *codes;
	size_t i = 0, k, room_left;

	j->printed += n;
	room(j, p);
	while (i < n) {
		/* Mostly it is text, and nothing is to be done to it. */
		room_left = p->size - 2 * TEXT_GROWS - p->len;
		k = text_run(&p->clean, s + i,
		    n - i < room_left ? n - i : room_left);
		if (k > 0) {
			memcpy(p->buf + p->len, s + i, k);
			p->len += k;
			i += k;
			p->cr = 0;
		} else if (s[i] == '\n') {
			if (!p->cr)
				finish(j, stream, line, arg);
			p->cr = 0;
			i++;
		} else if (s[i] == '\r') { /* a progress bar begins anew */
			p->cr = p->len > 0;
			if (p->cr)
				finish(j, stream, line, arg);
			i++;
		} else {
			p->cr = 0;
			p->len += text_byte(&p->clean, (unsigned char)s[i++],
			    p->buf + p->len);
			if ((codes = text_colour(&p->clean)) != NULL)
				colour_add(&p->colours, p->len, codes);
		}
		if (p->len + 2 * TEXT_GROWS >= p->size)
			divide(j, stream, line, arg);
	}
}

void
journal_end(struct journal *j, enum stream stream, journal_fn line, void *arg)
{
	struct partial *p = &j->partial[stream];

	room(j, p);
	p->cr = 0;
	if (p->len > 0 || p->clean.have > 0)
		finish(j, stream, line, arg);
	p->clean = (struct text){ 0 };
	p->key = 0;
	p->colours.n = 0;
}

void
journal_limit(struct journal *j, unsigned long lines)
{
	j->max = lines;
}

void
journal_rate(struct journal *j, unsigned long lines)
{
	j->rate = (long)lines;
	j->credit = BURST * j->rate;
	j->credited = now_ms(CLOCK_MONOTONIC);
}

uint64_t
journal_wait(struct journal *j)
{
	uint64_t now = now_ms(CLOCK_MONOTONIC), ms;
	long more;

	if (j->rate == 0)
		return 0;
	ms = now - j->credited;
	more = (long)(ms < BURST * 1000 ? ms : BURST * 1000) * j->rate / 1000;
	if (more > 0) {
		j->credit += more;
		j->credited = now;
	}
	if (j->credit > BURST * j->rate)
		j->credit = BURST * j->rate;
	return j->credit >= 0 ? 0 : (uint64_t)(-j->credit * 1000 / j->rate) + 1;
}

uint64_t
journal_printed(const struct journal *j)
{
	return j->printed;
}

int
journal_full(const struct journal *j)
{
	return j->waiting > FULL;
}

int
journal_due(const struct journal *j)
{
	uint64_t now = now_ms(CLOCK_MONOTONIC), due;

	if (j->head == NULL)
		return -1;
	due = j->unsent != NULL ? j->last_send + EVERY : j->last_safe + SAFE;
	if (now >= due || j->lines - j->sent >= BATCH)
		return 0;
	return (int)(due - now);
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

enum column { AT, STEP, STREAM, LINE, HUES, COLUMN__MAX };

static enum rc
send_batch(struct journal *j, struct line **end, unsigned long *count)
{
	const char *params[8] = { j->deployment, j->fence };
	char *cols[COLUMN__MAX], first[24];
	size_t sizes[COLUMN__MAX], bytes = 0;
	FILE *f[COLUMN__MAX];
	struct arena *a;
	struct line *l;
	PGresult *res;
	int i, hues = 0;
	enum rc rc;

	for (i = 0; i < COLUMN__MAX; i++)
		if ((f[i] = open_memstream(&cols[i], &sizes[i])) == NULL)
			fatalx("out of memory");
	*count = 0;
	for (l = j->unsent; l != NULL && *count < BATCH && bytes < BATCH_SIZE;
	     l = l->next) {
		for (i = 0; i < COLUMN__MAX; i++)
			putc(*count == 0 ? '{' : ',', f[i]);
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
	params[2] = first;
	for (i = 0; i < COLUMN__MAX; i++) {
		putc('}', f[i]);
		fclose(f[i]);
		params[3 + i] = cols[i];
	}
	if (!hues)
		params[3 + HUES] = NULL;
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

/* Waits for the disk, and forgets what is on it. */
static enum rc
make_safe(struct journal *j)
{
	struct arena *a = arena_new();
	struct line *next;
	PGresult *res;
	enum rc rc;

	rc = db_run(j->db, a, Q_LOG_SAFE, NULL, &res);
	arena_free(a);
	if (rc != RC_OK || lost(j))
		return rc;
	for (; j->head != j->unsent; j->head = next) {
		next = j->head->next;
		j->waiting -= j->head->size;
		free(j->head);
	}
	if (j->head == NULL)
		j->tail = &j->head;
	j->safe = j->sent;
	j->last_safe = now_ms(CLOCK_MONOTONIC);
	return RC_OK;
}

enum rc
journal_send(struct journal *j)
{
	struct line *end;
	unsigned long count;
	enum rc rc = RC_OK;

	while (j->unsent != NULL && rc == RC_OK) {
		j->last_send = now_ms(CLOCK_MONOTONIC);
		if ((rc = send_batch(j, &end, &count)) != RC_OK || lost(j))
			continue;
		if (j->safe == j->sent)
			j->last_safe = j->last_send;
		j->sent += count;
		j->unsent = end;
	}
	if (rc == RC_OK && j->head != NULL &&
	    (now_ms(CLOCK_MONOTONIC) >= j->last_safe + SAFE ||
		j->waiting > FULL / 2))
		rc = make_safe(j);
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

const char *
journal_tail(const struct journal *j, struct arena *a)
{
	unsigned int i = j->nlast > TAIL ? j->nlast - TAIL : 0;
	const char *s = "";

	for (; i < j->nlast; i++)
		s = arena_printf(a, "%s\n%.300s", s, j->last[i % TAIL]);
	return s;
}

static const struct line *
kept(const struct journal *j, size_t n)
{
	const struct line *l = j->head;

	while (l != NULL && n-- > 0)
		l = l->next;
	return l;
}

const char *
journal_kept(const struct journal *j, size_t n)
{
	const struct line *l = kept(j, n);

	return l != NULL ? l->text : NULL;
}

const char *
journal_colours(const struct journal *j, size_t n)
{
	const struct line *l = kept(j, n);

	return l != NULL ? l->colours : NULL;
}
