/*
 * Sets of a few places each.  Which of them makes room is left to chance: a
 * site with more patterns than there is room for then loses some of them at
 * each request, and not all.
 */
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "regex.h"
#include "share.h"
#include "stopwatch.h"

#define SETS       512
#define WAYS       8
#define REQUEST_NS 20000000 /* of the processor, for all of a request */
#define FREE_NS    1000000  /* of a request, which nobody is charged */
#define LOGGED     120      /* bytes of a pattern */
#define WHO_MAX    32

struct entry {
	struct regex *regex; /* NULL: empty */
	char *text;
	size_t n, size;
	unsigned int flags;
	int told; /* that it runs into its limits */
};

struct regexes {
	size_t bytes, bytes_max;
	uint64_t chance;
	struct stopwatch watch;
	int asked, late;
	struct entry *last;
	struct shares *shares;
	char who[WHO_MAX]; /* "": nobody is charged */
	uint64_t began;    /* of the processor, when it first asked */
	struct entry sets[SETS][WAYS];
};

struct regexes *
regexes_new(size_t bytes)
{
	struct regexes *c;

	/* Pages of it that are never used cost nothing. */
	if ((c = calloc(1, sizeof(*c))) == NULL)
		fatalx("out of memory");
	c->bytes_max = bytes;
	c->chance = 1;
	c->shares = shares_new();
	return c;
}

static void
drop(struct regexes *c, struct entry *e)
{
	if (e->regex == NULL)
		return;
	regex_free(e->regex);
	free(e->text);
	c->bytes -= e->size;
	*e = (struct entry){ 0 };
}

void
regexes_free(struct regexes *c)
{
	size_t i;

	if (c == NULL)
		return;
	for (i = 0; i < SETS * WAYS; i++)
		drop(c, &c->sets[i / WAYS][i % WAYS]);
	shares_free(c->shares);
	free(c);
}

static uint64_t
hash(const char *s, size_t n)
{
	uint64_t h = 14695981039346656037U;

	for (; n > 0; n--)
		h = (h ^ (unsigned char)*s++) * 1099511628211U;
	return h ^ h >> 32;
}

static uint64_t
chance(struct regexes *c)
{
	c->chance ^= c->chance << 13;
	c->chance ^= c->chance >> 7;
	c->chance ^= c->chance << 17;
	return c->chance;
}

/* A place of the set, once there is room for so many bytes. */
static struct entry *
place(struct regexes *c, struct entry set[WAYS], size_t size)
{
	size_t i, at = (size_t)(chance(c) % (SETS * WAYS));

	for (i = 0; i < SETS * WAYS && c->bytes + size > c->bytes_max; i++) {
		at = (at + 1) % (SETS * WAYS);
		drop(c, &c->sets[at / WAYS][at % WAYS]);
	}
	for (i = 0; i < WAYS; i++)
		if (set[i].regex == NULL)
			return &set[i];
	i = chance(c) % WAYS;
	drop(c, &set[i]);
	return &set[i];
}

static struct entry *
compile(struct regexes *c, struct entry set[WAYS], const char *text, size_t n,
    unsigned int flags)
{
	struct arena *a = arena_new();
	struct regex *r;
	struct entry *e;
	const char *why;
	enum rc rc;

	if ((rc = regex_new(&r, text, n, flags, a, &why)) != RC_OK)
		log_warnx("a regular expression is none any more: %s", why);
	arena_free(a);
	if (rc != RC_OK)
		return NULL;
	e = place(c, set, n + regex_size(r));
	*e = (struct entry){ .regex = r,
		.n = n,
		.size = n + regex_size(r),
		.flags = flags };
	if ((e->text = malloc(n + 1)) == NULL)
		fatalx("out of memory");
	memcpy(e->text, text, n);
	e->text[n] = '\0';
	c->bytes += e->size;
	return e;
}

void
regexes_begin(struct regexes *c)
{
	c->asked = c->late = 0;
	*c->who = '\0';
}

int
regexes_may(struct regexes *c, const char *who)
{
	snprintf(c->who, sizeof(c->who), "%s", who);
	return shares_may(c->shares, c->who, stopwatch_now(CLOCK_MONOTONIC));
}

void
regexes_end(struct regexes *c)
{
	uint64_t used;

	if (c->asked && *c->who != '\0') {
		used = stopwatch_now(CLOCK_THREAD_CPUTIME_ID) - c->began;
		if (used > FREE_NS)
			shares_charge(c->shares, c->who, used - FREE_NS,
			    stopwatch_now(CLOCK_MONOTONIC));
	}
	regexes_begin(c);
}

const struct regex *
regexes_get(struct regexes *c, const char *text, size_t n, unsigned int flags)
{
	struct entry *set = c->sets[(hash(text, n) + flags) % SETS];
	int i;

	for (i = 0; i < WAYS; i++)
		if (set[i].regex != NULL && set[i].n == n &&
		    set[i].flags == flags && memcmp(set[i].text, text, n) == 0)
			break;
	c->last = i < WAYS ? &set[i] : compile(c, set, text, n, flags);
	return c->last != NULL ? c->last->regex : NULL;
}

enum rc
regexes_match(struct regexes *c, const struct regex *r, const char *subject,
    size_t n, struct regex_group *groups, size_t max)
{
	enum rc rc;

	if (!c->asked) {
		stopwatch_start(&c->watch, REQUEST_NS);
		c->began = stopwatch_now(CLOCK_THREAD_CPUTIME_ID);
		c->asked = 1;
	} else if (!c->late && stopwatch_late(&c->watch)) {
		log_warnx("the rules of this site are too slow: the rest of "
			  "its regular expressions is taken not to match");
		c->late = 1;
	}
	if (c->late)
		return RC_LIMITED;
	rc = regex_match(r, subject, n, groups, max);
	if (rc == RC_LIMITED && c->last != NULL && !c->last->told) {
		log_warnx("a regular expression takes too long, which is taken "
			  "not to match: %.*s",
		    LOGGED, c->last->text);
		c->last->told = 1;
	}
	return rc;
}
