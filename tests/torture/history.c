#include <err.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "history.h"

static void *deployments, *groups; /* by id: trees of tsearch(3) */

/* A longer array, twice as long when it is full. */
static void *
grow(void *p, size_t n, size_t size)
{
	if ((n & (n - 1)) != 0)
		return p;
	if ((p = realloc(p, (n == 0 ? 1 : n * 2) * size)) == NULL)
		err(1, "history");
	return p;
}

static void *
make(size_t size)
{
	void *p = calloc(1, size);

	if (p == NULL)
		err(1, "history");
	return p;
}

static char *
copy_of(const char *s)
{
	char *p = strdup(s);

	if (p == NULL)
		err(1, "history");
	return p;
}

void
history_read(struct history *h, FILE *f)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	memset(h, 0, sizeof(*h));
	deployments = groups = NULL;
	while ((n = getline(&line, &size, f)) > 0) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		h->lines = grow(h->lines, h->nlines, sizeof(*h->lines));
		h->lines[h->nlines++] = copy_of(line);
	}
	free(line);
}

int
history_fields(const char *line, char *copy, size_t size, char *f[FIELDS])
{
	char *p = copy;
	int n = 0;

	snprintf(copy, size, "%s", line);
	while (n < FIELDS) {
		f[n++] = p;
		if (n == FIELDS || (p = strchr(p, ' ')) == NULL)
			break;
		*p++ = '\0';
	}
	for (size = (size_t)n; size < FIELDS; size++)
		f[size] = f[n - 1] + strlen(f[n - 1]); /* "" */
	return n;
}

/* Both structs begin with their id. */
static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

struct deployment *
history_deployment(struct history *h, const char *id)
{
	struct deployment *d, **found = tfind(&id, &deployments, compare);

	if (found != NULL)
		return *found;
	d = make(sizeof(*d));
	d->id = copy_of(id);
	tsearch(d, &deployments, compare);
	h->deployments =
	    grow(h->deployments, h->ndeployments, sizeof(*h->deployments));
	return h->deployments[h->ndeployments++] = d;
}

struct group *
history_group(struct history *h, const char *id)
{
	struct group *g, **found = tfind(&id, &groups, compare);

	if (found != NULL)
		return *found;
	g = make(sizeof(*g));
	g->id = copy_of(id);
	tsearch(g, &groups, compare);
	h->groups = grow(h->groups, h->ngroups, sizeof(*h->groups));
	return h->groups[h->ngroups++] = g;
}

void
history_beat(struct history *h, const struct deployment *d, uint64_t at,
    uint64_t fence)
{
	h->beats = grow(h->beats, h->nbeats, sizeof(*h->beats));
	h->beats[h->nbeats++] = (struct beat){ d, at, fence };
}

void
history_pulse(struct history *h, uint64_t row, int slots)
{
	h->pulses = grow(h->pulses, h->npulses, sizeof(*h->pulses));
	h->pulses[h->npulses++] = (struct pulse){ row, slots };
}
