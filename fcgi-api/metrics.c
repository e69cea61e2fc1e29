/*
 * Counters over all workers, in memory that they share.
 */
#include <sys/mman.h>

#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "log.h"

#define ROUTES_MAX 96 /* one more for what matched no route */
#define CLASSES    6  /* of status: [2] is 2xx */

struct metrics {
	struct {
		unsigned long long n[CLASSES];
		unsigned long long us;
	} route[ROUTES_MAX + 1];
};

struct metrics *
metrics_new(void)
{
	struct metrics *m;

	if (nroutes > ROUTES_MAX)
		fatalx("too many routes");
	m = mmap(NULL, sizeof(*m), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		fatal("mmap");
	return m;
}

void
metrics_count(struct metrics *m, const struct route *route, int status,
    long long us)
{
	size_t i = route != NULL ? (size_t)(route - routes) : nroutes;

	__atomic_add_fetch(&m->route[i].n[status / 100 % CLASSES], 1,
	    __ATOMIC_RELAXED);
	__atomic_add_fetch(&m->route[i].us, (unsigned long long)us,
	    __ATOMIC_RELAXED);
}

static const char *
of_routes(struct arena *a, const struct metrics *m)
{
	const char *counts = "", *times = "", *method, *path;
	unsigned long long n, all;
	size_t i;
	int c;

	for (i = 0; i <= nroutes; i++) {
		method = i < nroutes ? routes[i].method : "";
		path = i < nroutes ? routes[i].path : "";
		for (c = 0, all = 0; c < CLASSES; c++) {
			n = __atomic_load_n(&m->route[i].n[c],
			    __ATOMIC_RELAXED);
			all += n;
			if (n > 0)
				counts = arena_printf(a,
				    "%sslipway_api_requests_total{method="
				    "\"%s\",route=\"%s\",status=\"%dxx\"} "
				    "%llu\n",
				    counts, method, path, c, n);
		}
		if (all > 0)
			times = arena_printf(a,
			    "%sslipway_api_request_seconds_sum{method=\"%s\","
			    "route=\"%s\"} %.6f\n"
			    "slipway_api_request_seconds_count{method=\"%s\","
			    "route=\"%s\"} %llu\n",
			    times, method, path, (double)m->route[i].us / 1e6,
			    method, path, all);
	}
	return arena_printf(a,
	    "# HELP slipway_api_requests_total Requests answered.\n"
	    "# TYPE slipway_api_requests_total counter\n%s"
	    "# HELP slipway_api_request_seconds Time taken to answer.\n"
	    "# TYPE slipway_api_request_seconds summary\n%s",
	    counts, times);
}

/* PostgreSQL makes it, as it makes the JSON of others. */
static const char *
of_database(struct req *r, int query, int operator)
{
	const char *all = "";

	if (operator)
		db_enter(r->w->db, -1, NULL); /* it is everybody's */
	if (db_json(r->w->db, r->arena, query,
		(const char *[]){ operator ? "t" : "f" }, &all) != RC_OK)
		return "";
	return all;
}

/*
 * 200 for this machine and for tokens of scope admin, which see of teams only
 * their own; 403 for others.
 */
enum rc
metrics_show(struct req *r)
{
	int operator= strncmp(r->addr, "127.", 4) == 0 ||
	    strcmp(r->addr, "::1") == 0;
	const char *scope;

	if (!operator&&(r->api_token == NULL ||
		db_json(r->w->db, r->arena, Q_TOKEN_SCOPE, NULL, &scope) !=
		    RC_OK ||
		strcmp(scope, "admin") != 0))
		return r->signed_in ? RC_DENIED : RC_UNAUTHORIZED;
	r->type = "text/plain; version=0.0.4; charset=utf-8";
	r->reply =
	    arena_printf(r->arena, "%s%s%s", of_routes(r->arena, r->w->metrics),
		of_database(r, Q_QUEUE, operator),
		of_database(r, Q_STORAGE, operator));
	return RC_OK;
}
