#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "clock.h"
#include "journal-lines.h"
#include "log.h"
#include "secret.h"

#define CUT   (JOURNAL_LINE - sizeof(REDACTED)) /* leaves room for one */
#define TOKEN 2048                              /* bytes of one, mostly */
#define BURST 5                                 /* seconds' worth */

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
journal_new(struct arena *a, struct db *db, const struct claim *c,
    struct redactor *r)
{
	struct journal *j = arena_alloc(a, sizeof(*j));

	arena_defer(a, drop, j);
	j->db = db;
	j->claim = c;
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

/* Seconds, as others know the time. */
static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (double)ts.tv_sec + (double)(ts.tv_nsec / 1000000) / 1000;
}

static void
put(struct journal *j, enum stream stream, const char *text, size_t n,
    const char *colours)
{
	size_t more = colours != NULL ? strlen(colours) + 1 : 0;
	struct line *l;

	if ((l = malloc(sizeof(*l) + n + 1 + more)) == NULL)
		fatalx("out of memory");
	*l = (struct line){ .at = now(),
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
		j->credit -= stream != STREAM_INFO ? 1000 : 0;
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
	j->credit = BURST * 1000 * j->rate;
	j->credited = clock_ms();
}

uint64_t
journal_wait(struct journal *j)
{
	uint64_t at = clock_ms(), ms = at - j->credited;
	long most = BURST * 1000 * j->rate;

	if (j->rate == 0)
		return 0;
	j->credit += (long)(ms < BURST * 1000 ? ms : BURST * 1000) * j->rate;
	j->credited = at;
	if (j->credit > most)
		j->credit = most;
	return j->credit >= 0 ? 0 : (uint64_t)(-j->credit / j->rate) + 1;
}

uint64_t
journal_printed(const struct journal *j)
{
	return j->printed;
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
