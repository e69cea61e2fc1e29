#include <err.h>
#include <search.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "history.h"
#include "rc.h"

#define STARVED 30 /* pulses that a team may wait while it need not */
#define WORK    8  /* lines that each build says between the others */
#define SHOWN   80 /* lines of a counterexample */

static const char *const promises[I__MAX] = {
	[I1] = "I1 what was acknowledged is kept, and ends exactly once",
	[I2] = "I2 each is published at most once, by the last who took it",
	[I3] = "I3 no more builds of a project than it may have",
	[I4] = "I4 the work of two attempts never overlaps",
	[I5] = "I5 production only moves on, unless told to move back",
	[I6] = "I6 what is ready is stored, every byte of it",
	[I7] = "I7 no more builds of a team than it may have",
	[I8] = "I8 no team waits long while it may run and a slot is free",
	[I9] = "I9 after all was lost but the rows, the queue empties itself",
	[I10] =
	    "I10 the log of what is ready is whole, in order, of one attempt",
};

static struct history h;
static struct verdict *verdicts;
static int restarted, drained; /* phases */
static size_t next_pulse;

static void PRINTF(3, 4)
    bad(enum invariant i, const char *about, const char *fmt, ...)
{
	struct verdict *v = &verdicts[i];
	va_list ap;

	if (v->bad++ > 0)
		return;
	va_start(ap, fmt);
	vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
	snprintf(v->about, sizeof(v->about), "%s", about);
}

static uint64_t
num(const char *s)
{
	return strtoull(s, NULL, 10);
}

static int
compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* One copy of each. */
static const char *
keep(const char *s)
{
	static void *strings;
	char **found = tfind(s, &strings, compare), *p;

	if (found != NULL)
		return *found;
	if ((p = strdup(s)) == NULL ||
	    (found = tsearch(p, &strings, compare)) == NULL)
		err(1, "check");
	return p;
}

static int
is(const char *a, const char *b)
{
	return a != NULL && strcmp(a, b) == 0;
}

static int
runs(const char *state)
{
	return is(state, "building") || is(state, "canceling");
}

static int
last(const char *state)
{
	return is(state, "ready") || is(state, "failed") ||
	    is(state, "canceled") || is(state, "superseded");
}

/* ---- what was seen from outside ------------------------------------------ */

static void
asked(char *f[])
{
	struct deployment *d = history_deployment(&h, f[2]);

	d->asked++;
	d->project = keep(f[3]);
}

static void
canceled(char *f[])
{
	history_deployment(&h, f[2])->answer = keep(f[3]);
}

static void
work(char *f[])
{
	history_beat(&h, history_deployment(&h, f[2]), num(f[0]), num(f[3]));
}

static void
pulse(char *f[])
{
	history_pulse(&h, num(f[2]), atoi(f[3]));
}

static void
phase(char *f[])
{
	restarted |= is(f[2], "restarted");
	drained |= restarted && is(f[2], "drained");
	if (is(f[2], "stuck"))
		bad(I9, "pulse", "deployments are left, and nothing moves");
}

static void
team(char *f[])
{
	history_group(&h, f[2])->cap = atoi(f[3]);
}

static void
project(char *f[])
{
	struct group *g = history_group(&h, f[2]);

	g->team = keep(f[3]);
	g->cap = atoi(f[4]);
}

/* ---- the rows, in the order in which they were written --------------------
 */

/* Whoever could start and does not: counted at each pulse before the row. */
static void
starve(const struct pulse *p)
{
	int used = 0, may[h.ngroups];
	struct group *t, *g;
	size_t i, k;

	for (i = 0; i < h.ngroups; i++) {
		may[i] = 0;
		if (h.groups[i]->team == NULL)
			used += h.groups[i]->running;
	}
	for (i = 0; i < h.ndeployments; i++) {
		const struct deployment *d = h.deployments[i];

		if (!is(d->state, "queued"))
			continue;
		t = history_group(&h, d->team);
		g = history_group(&h, d->project);
		if (t->running >= t->cap || g->running >= g->cap)
			continue;
		for (k = 0; h.groups[k] != t; k++)
			;
		may[k] = 1;
	}
	for (i = 0; i < h.ngroups; i++) {
		t = h.groups[i];
		if (t->team != NULL)
			continue;
		verdicts[I8].seen += (unsigned int)may[i];
		t->waits = may[i] && p->slots > used ? t->waits + 1 : 0;
		if (t->waits == STARVED)
			bad(I8, t->id,
			    "%s has had a build that may start, and %d of %d "
			    "slots were free, for %d pulses up to row %llu",
			    t->id, p->slots - used, p->slots, STARVED,
			    (unsigned long long)p->row);
	}
}

static void
begin(struct deployment *d, uint64_t fence)
{
	struct group *t = history_group(&h, d->team);
	struct group *p = history_group(&h, d->project);

	if (fence <= d->fence)
		bad(I2, d->id, "%s is taken with fence %llu after %llu", d->id,
		    (unsigned long long)fence, (unsigned long long)d->fence);
	if (d->published > 0)
		bad(I2, d->id, "%s is built again after it was published",
		    d->id);
	d->began++;
	t->waits = 0;
	t->running++;
	p->running++;
	verdicts[I3].seen++;
	verdicts[I7].seen++;
	if (p->running > p->cap)
		bad(I3, p->id, "%d builds of %s, which may have %d, with %s",
		    p->running, p->id, p->cap, d->id);
	if (t->running > t->cap)
		bad(I7, t->id, "%d builds of %s, which may have %d, with %s",
		    t->running, t->id, t->cap, d->id);
}

static void
publish(struct deployment *d, uint64_t fence, const char *manifest)
{
	struct group *p = history_group(&h, d->project);

	verdicts[I2].seen++;
	if (d->published++ > 0)
		bad(I2, d->id, "%s is published twice", d->id);
	d->publisher = fence;
	d->manifest = keep(manifest);
	if (!is(d->target, "production"))
		return;
	d->want_live = d->seq > p->newest_ready && d->seq > p->live;
	if (d->seq > p->newest_ready)
		p->newest_ready = d->seq;
}

/* ID PROJECT TEAM SEQ TARGET STATE FENCE ATTEMPT MANIFEST ROLE */
static void
change(char *f[])
{
	struct deployment *d = history_deployment(&h, f[0]);
	const char *was = d->state;
	uint64_t fence = num(f[6]);

	if (was == NULL) {
		d->project = keep(f[1]);
		d->team = keep(f[2]);
		d->seq = num(f[3]);
		d->target = keep(f[4]);
		if (!is(f[5], "queued"))
			bad(I1, d->id, "%s begins as %s", d->id, f[5]);
	}
	d->state = keep(f[5]);
	if (last(was))
		bad(I1, d->id, "%s was %s, and then %s", d->id, was, d->state);
	d->ended += last(d->state);
	if (runs(was) && !runs(d->state)) {
		history_group(&h, d->team)->running--;
		history_group(&h, d->project)->running--;
	}
	if (runs(d->state) && (!runs(was) || fence != d->fence))
		begin(d, fence);
	d->fence = fence;
	if (is(d->state, "ready") && !is(was, "ready"))
		publish(d, fence, f[8]);
}

/* PROJECT DEPLOYMENT SEQ ROLE */
static void
live(char *f[])
{
	struct group *p = history_group(&h, f[0]);
	struct deployment *d = history_deployment(&h, f[1]);
	uint64_t seq = num(f[2]);

	verdicts[I5].seen++;
	d->got_live = 1;
	if (!is(d->state, "ready") || !is(d->project, p->id))
		bad(I5, p->id, "%s shows %s, which is %s", p->id, f[1],
		    d->state != NULL ? d->state : "unknown");
	if (is(f[3], "slipway_build")) {
		if (seq <= p->live || seq <= p->newest)
			bad(I5, p->id,
			    "%s: a build puts number %llu in the place of "
			    "%llu (the newest so far was %llu)",
			    p->id, (unsigned long long)seq,
			    (unsigned long long)p->live,
			    (unsigned long long)p->newest);
		p->newest = seq;
	}
	p->live = seq;
}

static void
row(char *f[])
{
	uint64_t n = num(f[2]);

	while (next_pulse < h.npulses && h.pulses[next_pulse].row < n)
		starve(&h.pulses[next_pulse++]);
	if (is(f[3], "live"))
		live(f + 4);
	else
		change(f + 4);
}

/* ---- what was left in the end ----------------------------------------------
 */

static void
line(char *f[])
{
	struct deployment *d = history_deployment(&h, f[2]);
	uint64_t seq = num(f[4]);
	char want[32];

	if (d->line == 0)
		d->log_fence = num(f[3]);
	if (num(f[3]) != d->log_fence)
		bad(I10, d->id, "%s: lines of two attempts", d->id);
	if (seq != d->line + 1)
		bad(I10, d->id, "%s: line %llu follows %llu", d->id,
		    (unsigned long long)seq, (unsigned long long)d->line);
	d->line = seq;
	snprintf(want, sizeof(want), "work %d of %d", d->work + 1, WORK);
	if (strncmp(f[6], "work ", 5) == 0) {
		if (!is(f[6], want))
			bad(I10, d->id, "%s: \"%s\" where \"%s\" was due",
			    d->id, f[6], want);
		d->work++;
	}
	d->done |= strncmp(f[6], "publish: done", 13) == 0;
	d->last = keep(f[6]);
}

static void
final(char *f[])
{
	struct deployment *d = history_deployment(&h, f[2]);

	d->final = keep(f[3]);
	d->final_fence = num(f[4]);
	d->final_manifest = keep(f[5]);
}

static void
stored(char *f[])
{
	history_deployment(&h, f[2])->stored = keep(f[5]);
}

/* Each, when all is known. */
static void
conclude(const struct deployment *d)
{
	verdicts[I1].seen++;
	if (d->asked && d->state == NULL)
		bad(I1, d->id, "%s was acknowledged, and is not there", d->id);
	else if (d->ended != 1 || !last(d->final) || !is(d->state, d->final))
		bad(I1, d->id, "%s ended %d times, and is %s", d->id, d->ended,
		    d->final != NULL ? d->final : "gone");
	if (is(d->answer, "canceled") && !is(d->final, "canceled"))
		bad(I1, d->id, "%s was cancelled, and is %s", d->id, d->final);
	if (is(d->answer, "canceling") && !is(d->final, "canceled") &&
	    !is(d->final, "ready"))
		bad(I1, d->id, "%s was being cancelled, and is %s", d->id,
		    d->final);
	if (d->final != NULL && !last(d->final))
		bad(I9, d->id, "%s is still %s", d->id, d->final);
	if (!is(d->final, "ready"))
		return;
	if (d->published != 1 || d->publisher != d->final_fence ||
	    d->publisher != d->fence || !is(d->final_manifest, d->manifest))
		bad(I2, d->id, "%s: published by %llu, last taken by %llu",
		    d->id, (unsigned long long)d->publisher,
		    (unsigned long long)d->final_fence);
	if (d->want_live && !d->got_live)
		bad(I5, d->project, "%s is the newest, and was never shown",
		    d->id);
	verdicts[I6].seen++;
	if (!is(d->stored, "good"))
		bad(I6, d->id, "%s: %s is not stored", d->id,
		    d->stored != NULL ? d->stored : "it");
	verdicts[I10].seen++;
	if (d->log_fence != d->final_fence || d->work != WORK || !d->done)
		bad(I10, d->id,
		    "%s: %d of %d lines of fence %llu, the last one \"%s\"",
		    d->id, d->work, WORK, (unsigned long long)d->log_fence,
		    d->last != NULL ? d->last : "");
}

static int
by_time(const void *x, const void *y)
{
	const struct beat *a = x, *b = y;

	if (a->d != b->d)
		return a->d < b->d ? -1 : 1;
	return a->at < b->at ? -1 : a->at > b->at;
}

/* Once an attempt has worked, no earlier one does. */
static void
overlap(void)
{
	const struct beat *a, *b;
	size_t i;

	qsort(h.beats, h.nbeats, sizeof(*h.beats), by_time);
	for (i = 1; i < h.nbeats; i++) {
		a = &h.beats[i - 1];
		b = &h.beats[i];
		if (a->d != b->d)
			continue;
		verdicts[I4].seen++;
		if (b->fence < a->fence)
			bad(I4, b->d->id,
			    "%s: fence %llu works at %llu, after %llu did",
			    b->d->id, (unsigned long long)b->fence,
			    (unsigned long long)b->at,
			    (unsigned long long)a->fence);
	}
}

/* clang-format off */
static const struct {
	const char *name;
	void (*see)(char *f[]);
} events[] = {
	{ "asked",	asked },
	{ "cancel",	canceled },
	{ "work",	work },
	{ "pulse",	pulse },
	{ "phase",	phase },
	{ "team",	team },
	{ "project",	project },
	{ "row",	row },
	{ "line",	line },
	{ "final",	final },
	{ "stored",	stored },
};
/* clang-format on */

/* The rest of a log's line is one field. */
static void
see(const char *text)
{
	static char copy[16384];
	char *f[FIELDS];
	size_t i;
	int k;

	history_fields(text, copy, sizeof(copy), f);
	for (i = 0; i < NITEMS(events); i++)
		if (strcmp(events[i].name, f[1]) == 0)
			break;
	if (i == NITEMS(events))
		return;
	if (events[i].see == line)
		for (k = 7; k < FIELDS && *f[k] != '\0'; k++)
			f[k][-1] = ' ';
	events[i].see(f);
}

void
check(FILE *f, struct verdict v[I__MAX])
{
	size_t i;

	verdicts = v;
	memset(v, 0, I__MAX * sizeof(*v));
	restarted = drained = 0;
	next_pulse = 0;
	for (i = 0; i < I__MAX; i++)
		v[i].promise = promises[i];
	history_read(&h, f);
	for (i = 0; i < h.nlines; i++)
		see(h.lines[i]);
	for (i = 0; i < h.ndeployments; i++)
		conclude(h.deployments[i]);
	overlap();
	v[I9].seen = (unsigned int)restarted;
	if (!restarted || !drained)
		bad(I9, "phase", "all was not restarted, or not drained");
}

void
check_explain(const char *about)
{
	const char *was = "", *text;
	size_t i, n = 0;

	for (i = 0; i < h.nlines && n < SHOWN; i++) {
		if (strstr(h.lines[i], about) == NULL)
			continue;
		/* Who works says so all the time. */
		text = strchr(h.lines[i], ' ');
		if (strncmp(text, " work ", 6) == 0) {
			if (strcmp(text, was) == 0)
				continue;
			was = text;
		}
		printf("# %s\n", h.lines[i]);
		n++;
	}
	if (n == SHOWN)
		printf("# ...\n");
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

unsigned int
check_faults(int show)
{
	const char **kinds = calloc(h.nlines + 1, sizeof(*kinds));
	char copy[4096], *f[FIELDS];
	size_t i, k, n = 0;

	if (kinds == NULL)
		err(1, "faults");
	for (i = 0; i < h.nlines; i++) {
		history_fields(h.lines[i], copy, sizeof(copy), f);
		if (is(f[1], "fault"))
			kinds[n++] = keep(f[2]);
	}
	qsort(kinds, n, sizeof(*kinds), by_name);
	for (i = 0; show && i < n; i = k) {
		for (k = i; k < n && kinds[k] == kinds[i]; k++)
			;
		printf("# %6zu %s\n", k - i, kinds[i]);
	}
	free(kinds);
	return (unsigned int)n;
}

void
check_totals(unsigned int *all, unsigned int *ready)
{
	size_t i;

	*all = (unsigned int)h.ndeployments;
	for (*ready = 0, i = 0; i < h.ndeployments; i++)
		*ready += (unsigned int)is(h.deployments[i]->final, "ready");
}
