#include <stddef.h>
#include <stdlib.h>

#include "builderd.h"
#include "log.h"

#define CLAIM(m) offsetof(struct claim, m)
#define CONF(m)  offsetof(struct conf, m)
#define NONE     ((size_t)-1)

/* Who sets which, and what to say when it was met. */
/* clang-format off */
static const struct row {
	const char *name;
	size_t project, team, conf, max;
	const char *by_project, *by_team, *by_conf;
} rows[LIMIT__MAX] = {
#define ROW(n, max_, unit) OF(n, CONF(build_##n), "build-" #n, max_, unit)
#define OF(n, conf_, option, max_, unit)				\
	{ option, CLAIM(build_##n), CLAIM(team_##n), conf_, max_,	\
	    "raise build_" #n " (slipway project set build_" #n "=" unit ")", \
	    "the server's operator can raise build_" #n " of the team",	\
	    "the server's operator can raise " option " in slipway.conf" }
	[LIMIT_MEMORY] = ROW(memory, CONF(build_memory_max), "MiB"),
	[LIMIT_CPUS] = ROW(cpus, CONF(build_cpus_max), "HUNDREDTHS"),
	[LIMIT_DISK] = ROW(disk, CONF(build_disk_max), "MiB"),
	[LIMIT_PIDS] = ROW(pids, CONF(build_pids_max), "NUMBER"),
	[LIMIT_INODES] = ROW(inodes, CONF(build_inodes_max), "NUMBER"),
	[LIMIT_TIMEOUT] = ROW(timeout, NONE, "SECONDS"),
	[LIMIT_SILENCE] = ROW(silence, NONE, "SECONDS"),
	[LIMIT_OUTPUT] = OF(output, CONF(build_output_max), "build-output-max", NONE, "MiB"),
#undef OF
#undef ROW
};
/* clang-format on */

/* 0 where a column is null. */
static int
column(const struct claim *c, size_t at)
{
	const char *text = *(const char *const *)((const char *)c + at);

	return text == NULL ? 0 : (int)strtol(text, NULL, 10);
}

void
limits_set(struct limits *l, const struct claim *c, const struct conf *conf)
{
	const struct row *r;
	int n, v, max;

	for (r = rows; r < rows + LIMIT__MAX; r++) {
		const char *raise = r->by_conf;

		v = *(const int *)((const char *)conf + r->conf);
		max = r->max == NONE ?
		    0 :
		    *(const int *)((const char *)conf + r->max);
		if (max < v && r->max != NONE)
			max = v;
		if ((n = column(c, r->team)) > 0) {
			v = n;
			raise = r->by_team;
		}
		if (max != 0 && v > max) {
			log_warnx("team %s: %s-max is %d, not %d", c->team,
			    r->name, max, v);
			v = max;
			raise = r->by_conf;
		}
		if ((n = column(c, r->project)) > 0 && n < v) {
			v = n;
			raise = r->by_project;
		}
		l->value[r - rows] = v;
		l->raise[r - rows] = raise;
	}
}
