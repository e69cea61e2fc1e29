#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "builderd.h"
#include "giturl.h"
#include "log.h"
#include "opener.h"

#define VARS_MAX 400 /* of ours; the project's come on top */

/* What git calls a tree without files. */
#define NOTHING "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

enum rc
env_load(struct build *b)
{
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret };
	const char *name, *value;
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
		name = PQgetvalue(res, i, 0);
		box = PQunescapeBytea((unsigned char *)PQgetvalue(res, i, 1),
		    &len);
		if (box == NULL)
			fatalx("out of memory");
		rc = opener_open(b->opener, b->arena, b->c.target, name, box,
		    len, &value);
		PQfreemem(box);
		if (rc != RC_OK)
			return build_fail(b, "env",
			    "the variable %s cannot be opened; set it again",
			    name);
		redact_add(b->redactor, name, value);
		b->vars[i] = arena_printf(b->arena, "%s=%s", name, value);
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
	const char *prefixes; /* of the framework, 'a|b', or NULL */
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
	const char *list = l->prefixes, *prefix;
	size_t n;

	put(l, name, value);
	while ((prefix = framework_part(&list, &n)) != NULL)
		put(l, arena_printf(l->arena, "%.*s%s", (int)n, prefix, name),
		    value);
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
		{ "LANG", "C.UTF-8" }, /* en_US is in no image of ours */
		{ "TERM", "dumb" },
		{ "CI", "1" },
		{ "SLIPWAY", "1" },
		{ "NODE_EXTRA_CA_CERTS", ca },
		{ "SSL_CERT_FILE", ca },
		{ "npm_config_cafile", ca },
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
		{ "TURBO_TELEMETRY_DISABLED", "1" },
		{ "HUSKY", "0" },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < NITEMS(pairs); i++)
		put(l, pairs[i][0], pairs[i][1]);
	/*
	 * The image's version, and no other that it would fetch.  pnpm 10 hands
	 * a variable of npm's that is false on as an empty one, which the pnpm
	 * that a script starts takes for none; under Corepack it does not look.
	 * From 11 on it reads pnpm_config_ alone.
	 */
	if (b->package.manager == PNPM) {
		put(l, "COREPACK_ROOT", "none");
		put(l, "pnpm_config_pm_on_fail", "ignore");
	}
}

/* Who has the repository, what it is called, and whose it is, from its URL. */
struct origin {
	const char *provider, *owner, *name;
};

static struct origin
origin(struct build *b)
{
	static const char *const hosts[][2] = {
		{ "github.com", "github" },
		{ "gitlab.com", "gitlab" },
		{ "bitbucket.org", "bitbucket" },
	};
	struct origin o = { "", "", b->c.slug };
	struct giturl url;
	const char *path, *end, *p;
	size_t i;

	if (giturl_parse(&url, b->c.repo, NULL) != NULL)
		return o;
	for (i = 0; i < NITEMS(hosts); i++)
		if (strcmp(url.host, hosts[i][0]) == 0)
			o.provider = hosts[i][1];
	path = url.path + (*url.path == '/');
	end = path + strlen(path);
	if (end - path > 4 && strcmp(end - 4, ".git") == 0)
		end -= 4;
	for (p = end; p > path && p[-1] != '/'; p--)
		;
	o.name = arena_strndup(b->arena, p, (size_t)(end - p));
	if (p > path)
		o.owner = arena_strndup(b->arena, path, (size_t)(p - 1 - path));
	return o;
}

/* So that what is compared with what was built before it differs from it. */
static const char *
before(const struct build *b)
{
	return b->commit == NULL   ? NULL :
	    *b->c.previous != '\0' ? b->c.previous :
				     NOTHING;
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
	const struct origin repo = origin(b);
	int live = strcmp(c->target, "production") == 0;
	/* What decides between their adapters is set for one of them only. */
	int netlify = b->repo.netlify && !b->repo.vercel;
	/* clang-format off */
	const char *const theirs[][2] = {
		{ "VERCEL_ENV", c->target },
		{ "VERCEL_TARGET_ENV", c->target },
		{ "VERCEL_URL", own },
		{ "VERCEL_BRANCH_URL", label },
		{ "VERCEL_PROJECT_PRODUCTION_URL", main },
		{ "VERCEL_DEPLOYMENT_ID", c->id },
		{ "VERCEL_PROJECT_ID", c->project },
		{ "VERCEL_GIT_PROVIDER", repo.provider },
		{ "VERCEL_GIT_REPO_OWNER", repo.owner },
		{ "VERCEL_GIT_REPO_SLUG", repo.name },
		{ "VERCEL_GIT_COMMIT_SHA", b->commit },
		{ "VERCEL_GIT_PREVIOUS_SHA", c->previous },
		{ "VERCEL_GIT_COMMIT_REF", branch },
		{ "VERCEL_GIT_COMMIT_MESSAGE", b->message },
		{ "VERCEL_GIT_COMMIT_AUTHOR_NAME", b->author },
		{ "VERCEL_GIT_PULL_REQUEST_ID", "" },
	};
	const char *const others[][2] = {
		{ netlify ? "NETLIFY" : "VERCEL", netlify ? "true" : "1" },
		{ "SITE_ID", c->project },
		{ "SITE_NAME", c->slug },
		{ "ACCOUNT_ID", c->team },
		{ "DEPLOY_ID", c->id },
		{ "BUILD_ID",
		    arena_printf(b->arena, "%s-%s", c->id, c->fence) },
		{ "CONTEXT", repofile_context(c->target, c->ref_kind, c->source) },
		{ "COMMIT_REF", b->commit },
		{ "CACHED_COMMIT_REF", before(b) },
		{ "BRANCH", branch },
		{ "HEAD", branch },
		{ "REPOSITORY_URL", c->repo },
		{ "PULL_REQUEST", "false" },
		{ "SLIPWAY_DEPLOYMENT_ID", c->id },
		{ "SLIPWAY_PROJECT", c->slug },
		{ "SLIPWAY_TARGET", c->target },
	};
	/* clang-format on */
	const char *list = l->prefixes, *prefix;
	size_t i, n;

	/* They differ with each deployment; to Turborepo, all would be new. */
	if ((prefix = framework_part(&list, &n)) != NULL)
		put(l, "TURBO_CI_VENDOR_ENV_KEY",
		    arena_printf(l->arena, "%.*sVERCEL_", (int)n, prefix));
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

/* Lays others over it: of two with the same name theirs stays. */
static void
overlay(struct list *l, const char *const *others)
{
	size_t i, n;

	for (; others != NULL && *others != NULL; others++) {
		n = strcspn(*others, "=") + 1;
		for (i = 0; i < l->n && strncmp(l->v[i], *others, n) != 0; i++)
			;
		if (i < l->max)
			l->v[i] = *others;
		if (i == l->n && i < l->max)
			l->n++;
	}
}

static size_t
count(const char *const *list)
{
	size_t n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/* Node does not see the cage's limit; what the project wants comes after. */
static void
node_options(struct build *b, struct list *l)
{
	const char *theirs = env_find(l->v, "NODE_OPTIONS");
	const char *ours =
	    arena_printf(b->arena, "NODE_OPTIONS=--max-old-space-size=%d%s%s",
		b->limits.value[LIMIT_MEMORY] / 4 * 3,
		theirs != NULL ? " " : "", theirs != NULL ? theirs : "");

	overlay(l, (const char *const[]){ ours, NULL });
}

/* The project's own word is the last, its files' that before. */
const char *const *
env_make(struct build *b, const char *cwd)
{
	struct list l = { .arena = b->arena,
		.max = VARS_MAX + count(b->repo.vars) + count(b->vars) };

	l.prefixes = b->framework != NULL ? b->framework->prefix : NULL;
	l.v = arena_alloc(b->arena, (l.max + 1) * sizeof(*l.v));
	paths(b, &l, cwd);
	tools(b, &l);
	about(b, &l);
	overlay(&l, b->repo.vars);
	overlay(&l, b->vars);
	node_options(b, &l);
	return l.v;
}
