#include "query.h"

/* clang-format off */
const struct db_query queries[Q__MAX] = {
	[Q_RESOLVE] = { "resolve", 2,
	    "SELECT deployment_id, project, project_id, manifest, production,"
	    "  spa, gone, primary_host, skew, password_hash, cookie_key, tokens,"
	    "  serve_team(project_id) FROM serve_resolve($1, $2)" },

	[Q_GUARDS] = { "guards", 0,
	    "SELECT project_id, hosts, key_hash, tokens FROM serve_guards()" },

	[Q_LISTEN] = { "listen", 0,
	    "LISTEN slipway_serve" },
};
/* clang-format on */
