#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "builderd.h"
#include "log.h"
#include "seal.h"

#define VARS_MAX 400 /* of ours; the project's come on top */

enum rc
env_load(struct build *b)
{
	const char *const params[] = { b->c.project, b->c.target };
	struct seal_place place = { b->c.project, b->c.target, NULL };
	const char *value;
	unsigned char *box;
	PGresult *res;
	size_t len;
	enum rc rc;
	int i, n;

	b->vars = arena_alloc(b->arena, sizeof(*b->vars));
	rc = db_run(b->db, b->arena, Q_VARIABLES, params, &res);
	if (rc == RC_NOT_FOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	n = PQntuples(res);
	b->vars = arena_alloc(b->arena, (size_t)(n + 1) * sizeof(*b->vars));
	for (i = 0; i < n; i++) {
		place.name = PQgetvalue(res, i, 0);
		box = PQunescapeBytea((unsigned char *)PQgetvalue(res, i, 1),
		    &len);
		if (box == NULL)
			fatalx("out of memory");
		rc = seal_open(b->arena, b->seal, &place, box, len, &value);
		PQfreemem(box);
		if (rc != RC_OK)
			return build_fail(b, "env",
			    "the variable %s cannot be opened; set it again",
			    place.name);
		redact_add(b->redactor, value);
		b->vars[i] = arena_printf(b->arena, "%s=%s", place.name, value);
	}
	return RC_OK;
}

static const char *
url(struct build *b, const char *label)
{
	const struct conf *c = b->conf;
	char port[16] = "";

	if (c->site_port != 0)
		snprintf(port, sizeof(port), ":%d", c->site_port);
	return arena_printf(b->arena, "%s%s%s.%s%s", label,
	    *label != '\0' ? "--" : "", b->c.slug, c->base_domain, port);
}

struct list {
	struct arena *arena;
	const char **v;
	size_t n, max;
	const char *prefix; /* of the framework, or NULL */
};

static void
put(struct list *l, const char *name, const char *value)
{
	if (l->n < l->max)
		l->v[l->n++] = arena_printf(l->arena, "%s=%s", name, value);
}

/* What Vercel calls it, and once more where the site may see it. */
static void
vercel(struct list *l, const char *name, const char *value)
{
	put(l, name, value);
	if (l->prefix != NULL)
		put(l, arena_printf(l->arena, "%s%s", l->prefix, name), value);
}

static void
paths(struct build *b, struct list *l, const char *cwd)
{
	static const char system[] =
	    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	const char *own = "", *pm = b->package.manager_dir;
	const char *top = b->package.dir;

	if (strcmp(cwd, ".") != 0)
		own = arena_printf(b->arena,
		    "/workspace/%s/node_modules/.bin:", cwd);
	if (top != NULL && strcmp(top, ".") != 0 && strcmp(top, cwd) != 0)
		own = arena_printf(b->arena,
		    "%s/workspace/%s/node_modules/.bin:", own, top);
	pm = pm == NULL ?
	    "" :
	    arena_printf(b->arena, "/usr/local/lib/pm/%s/path:", pm);
	put(l, "PATH",
	    arena_printf(b->arena, "%s/workspace/node_modules/.bin:%s%s", own,
		pm, system));
}

/* What the tools of the image need to work quietly in a cage. */
static void
tools(struct build *b, struct list *l)
{
	const char *ca = "/etc/ssl/certs/ca-certificates.crt";
	/* clang-format off */
	const char *const pairs[][2] = {
		{ "HOME", "/home/build" },
		{ "USER", "build" },
		{ "SHELL", "/bin/sh" },
		{ "TMPDIR", "/tmp" },
		{ "LANG", "C.UTF-8" },
		{ "TERM", "dumb" },
		{ "CI", "1" },
		{ "SLIPWAY", "1" },
		{ "NODE_EXTRA_CA_CERTS", ca },
		{ "SSL_CERT_FILE", ca },
		{ "npm_config_cafile", ca },
		{ "YARN_HTTPS_CA_FILE_PATH", ca },
		{ "npm_config_update_notifier", "false" },
		{ "npm_config_fund", "false" },
		{ "npm_config_audit", "false" },
		{ "YARN_ENABLE_TELEMETRY", "0" },
		{ "YARN_ENABLE_GLOBAL_CACHE", "0" },
		{ "NEXT_TELEMETRY_DISABLED", "1" },
		{ "GATSBY_TELEMETRY_DISABLED", "1" },
		{ "NUXT_TELEMETRY_DISABLED", "1" },
		{ "ASTRO_TELEMETRY_DISABLED", "1" },
		{ "NG_CLI_ANALYTICS", "false" },
		{ "HUSKY", "0" },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < NITEMS(pairs); i++)
		put(l, pairs[i][0], pairs[i][1]);
	if (b->package.manager == PNPM) { /* npm would warn about it */
		put(l, "npm_config_manage_package_manager_versions", "false");
		put(l, "npm_config_package_manager_strict", "false");
	}
	put(l, "NODE_OPTIONS",
	    arena_printf(b->arena, "--max-old-space-size=%d",
		b->limits.value[LIMIT_MEMORY] / 4 * 3));
}

static void
about(struct build *b, struct list *l)
{
	const struct claim *c = &b->c;
	const char *id = c->id + strcspn(c->id, "_") + 1;
	const char *own = url(b, id), *main = url(b, "");
	const char *scheme = b->conf->site_scheme;
	const char *branch = b->branch != NULL ? b->branch : "";
	const char *label =
	    *c->branch_label != '\0' ? url(b, c->branch_label) : own;
	int live = strcmp(c->target, "production") == 0;
	/* clang-format off */
	const char *const theirs[][2] = {
		{ "VERCEL_ENV", c->target },
		{ "VERCEL_TARGET_ENV", c->target },
		{ "VERCEL_URL", own },
		{ "VERCEL_BRANCH_URL", label },
		{ "VERCEL_PROJECT_PRODUCTION_URL", main },
		{ "VERCEL_DEPLOYMENT_ID", c->id },
		{ "VERCEL_PROJECT_ID", c->project },
		{ "VERCEL_GIT_COMMIT_SHA", b->commit },
		{ "VERCEL_GIT_COMMIT_REF", branch },
		{ "VERCEL_GIT_COMMIT_MESSAGE", b->message },
		{ "VERCEL_GIT_COMMIT_AUTHOR_NAME", b->author },
		{ "VERCEL_GIT_REPO_SLUG", c->slug },
	};
	const char *const others[][2] = {
		{ "VERCEL", "1" },
		{ "SITE_ID", c->project },
		{ "SITE_NAME", c->slug },
		{ "ACCOUNT_ID", c->team },
		{ "DEPLOY_ID", c->id },
		{ "BUILD_ID", c->id },
		{ "CONTEXT", live ? "production" : "deploy-preview" },
		{ "COMMIT_REF", b->commit },
		{ "BRANCH", branch },
		{ "HEAD", branch },
		{ "REPOSITORY_URL", c->repo },
		{ "PULL_REQUEST", "false" },
		{ "SLIPWAY_DEPLOYMENT_ID", c->id },
		{ "SLIPWAY_PROJECT", c->slug },
		{ "SLIPWAY_TARGET", c->target },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < NITEMS(theirs); i++)
		vercel(l, theirs[i][0],
		    theirs[i][1] != NULL ? theirs[i][1] : "");
	for (i = 0; i < NITEMS(others); i++)
		put(l, others[i][0], others[i][1] != NULL ? others[i][1] : "");
	put(l, "URL", arena_printf(b->arena, "%s://%s", scheme, main));
	put(l, "DEPLOY_URL", arena_printf(b->arena, "%s://%s", scheme, own));
	put(l, "DEPLOY_PRIME_URL",
	    arena_printf(b->arena, "%s://%s", scheme, live ? main : label));
}

static int
same_name(const char *x, const char *y)
{
	size_t n = strcspn(x, "=");

	return strncmp(x, y, n) == 0 && y[n] == '=';
}

const char *const *
env_make(struct build *b, const char *cwd)
{
	struct list l = { .arena = b->arena, .max = VARS_MAX };
	size_t i, j, nvars = 0, keep = 0;

	while (b->vars != NULL && b->vars[nvars] != NULL)
		nvars++;
	l.prefix = b->framework != NULL ? b->framework->prefix : NULL;
	l.v = arena_alloc(b->arena, (l.max + nvars + 1) * sizeof(*l.v));
	paths(b, &l, cwd);
	tools(b, &l);
	about(b, &l);
	/* The project's own word is the last. */
	for (i = 0; i < l.n; i++) {
		for (j = 0; j < nvars && !same_name(b->vars[j], l.v[i]); j++)
			;
		if (j == nvars)
			l.v[keep++] = l.v[i];
	}
	for (j = 0; j < nvars; j++)
		l.v[keep++] = b->vars[j];
	l.v[keep] = NULL;
	return l.v;
}
