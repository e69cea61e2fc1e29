/*
 * history -- the lines of a history, and whom they are about.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdint.h>
#include <stdio.h>

#define FIELDS 16

struct deployment {
	const char *id, *project, *team, *target, *state, *manifest;
	uint64_t seq, fence;
	int asked, began, ended, published, moved; /* how often */
	uint64_t publisher;                        /* fence */
	const char *answer;                        /* to a cancel, or NULL */
	const char *final, *final_manifest, *stored;
	uint64_t final_fence;
	int want_live, got_live;
	/* its log */
	uint64_t line, log_fence;
	int work, done;
	const char *last;
};

struct group { /* a team or a project */
	const char *id, *team;
	int cap, running;
	int waits; /* pulses */
	/* what its production host shows */
	uint64_t live, newest, newest_ready;
};

struct beat {
	const struct deployment *d;
	uint64_t at, fence;
};

struct pulse {
	uint64_t row;
	int slots;
};

struct history {
	char **lines;
	size_t nlines;
	struct deployment **deployments;
	size_t ndeployments;
	struct group **groups;
	size_t ngroups;
	struct beat *beats;
	size_t nbeats;
	struct pulse *pulses;
	size_t npulses;
};

void history_read(struct history *, FILE *);
/* Divides a line; the last field has the rest.  How many. */
int history_fields(const char *line, char *copy, size_t, char *f[FIELDS]);

/* Made when they are first named. */
struct deployment *history_deployment(struct history *, const char *id);
struct group *history_group(struct history *, const char *id);

void history_beat(struct history *, const struct deployment *, uint64_t at,
    uint64_t fence);
void history_pulse(struct history *, uint64_t row, int slots);

#endif
