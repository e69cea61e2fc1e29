/*
 * Which file answers a path.
 *
 *	1. the file of that name
 *	2. its index.html, for a path that ends in '/'
 *	3. the same with .html, for one that does not
 *	4. a redirect to the spelling under which there is one
 *	5. for what looks like a page: the fallback of a single-page application
 *	6. the nearest 404.html, with status 404
 *
 * Rules of the site (rule.c) come before 1 (forced ones) and between 4 and 5,
 * after what older deployments have (skew.c).
 * With a vercel.json there is no 4: both spellings are answered, unless it has
 * a rule for one; and without its cleanUrls 3 comes after the rules.
 * What looks like an asset is never answered by a page: a script that is gone
 * must be seen to be gone.  Below /.well-known/ there are only 1 and 2.
 */
#include <ctype.h>
#include <string.h>

#include "site.h"

#define EXTENSION_MAX 10

struct search {
	const struct site *site;
	struct arena *arena;
	struct found *found;
};

/* Is there this file?  If so, it is what was found. */
static enum rc
try(struct search *s, const char *path, int status)
{
	enum rc rc;

	rc = manifest_find(s->site->m, path, strlen(path), &s->found->file);
	if (rc == RC_OK) {
		s->found->path = path;
		s->found->status = status;
	}
	return rc;
}

static enum rc
redirect(struct search *s, const char *path)
{
	s->found->status = 301;
	s->found->path = NULL;
	s->found->location = path_encode(s->arena, path);
	return RC_OK;
}

/* What others look for under fixed names: it is there, or it is not. */
static int
is_well_known(const char *path)
{
	return strncmp(path, "/.well-known/", 13) == 0;
}

/* A name that ends in letters and digits after a dot, other than .html. */
int
find_is_asset(const char *path)
{
	const char *dot = strrchr(path, '.'), *p;
	int letter = 0;

	if (is_well_known(path))
		return 1;
	if (dot == NULL || strchr(dot, '/') != NULL ||
	    strcmp(dot, ".html") == 0 || strlen(dot + 1) > EXTENSION_MAX)
		return 0;
	for (p = dot + 1; isalnum((unsigned char)*p); p++)
		letter |= isalpha((unsigned char)*p);
	return letter && *p == '\0';
}

/* "/about/" */
static enum rc
folder(struct search *s, const char *path)
{
	size_t n = strlen(path);
	char *other;
	enum rc rc;

	other = arena_printf(s->arena, "%sindex.html", path);
	if ((rc = try(s, other, 200)) != RC_NOT_FOUND || n == 1 ||
	    is_well_known(path))
		return rc;
	other = arena_printf(s->arena, "%.*s.html", (int)n - 1, path);
	if ((rc = try(s, other, 200)) == RC_NOT_FOUND)
		rc = try(s, arena_strndup(s->arena, path, n - 1), 200);
	if (rc != RC_OK)
		return rc;
	return redirect(s, arena_strndup(s->arena, path, n - 1));
}

/* "/about" */
static enum rc
clean(struct search *s, const char *path)
{
	enum rc rc;

	if (is_well_known(path))
		return RC_NOT_FOUND;
	rc = try(s, arena_printf(s->arena, "%s.html", path), 200);
	if (rc != RC_NOT_FOUND)
		return rc;
	rc = try(s, arena_printf(s->arena, "%s/index.html", path), 200);
	if (rc != RC_OK)
		return rc;
	return redirect(s, arena_printf(s->arena, "%s/", path));
}

/* The page that every unknown path gets, or NULL. */
static const char *
fallback(const struct site *site, const struct route *r)
{
	const char *index = "/index.html";

	if (strcmp(r->spa, "off") == 0)
		return NULL;
	if (*site->spa == '/')
		return site->spa;
	if (strcmp(r->spa, "on") == 0 || strcmp(site->spa, "on") == 0)
		return index;
	if (strcmp(site->spa, "off") == 0 || site->has_404)
		return NULL;
	return index;
}

static enum rc
nearest_404(struct search *s, const char *path)
{
	char *dir = arena_strndup(s->arena, path, strlen(path)), *slash;
	enum rc rc = RC_NOT_FOUND;

	while (rc == RC_NOT_FOUND && (slash = strrchr(dir, '/')) != NULL) {
		*slash = '\0';
		rc = try(s, arena_printf(s->arena, "%s/404.html", dir), 404);
	}
	return rc;
}

/* Has a page's address no ".html"?  A vercel.json must say so. */
static int
is_clean(const struct site *site)
{
	return site->settings.vercel != 1 || site->settings.clean_urls == 1;
}

/* Index and ".html", wherever they are; what is asked for stays as it is. */
static enum rc
either(struct search *s, const char *path)
{
	size_t n = strlen(path);
	enum rc rc;

	if (path[n - 1] == '/') {
		rc = try(s, arena_printf(s->arena, "%sindex.html", path), 200);
		if (rc != RC_NOT_FOUND || n == 1 || !is_clean(s->site))
			return rc;
		path = arena_strndup(s->arena, path, n - 1);
		if ((rc = try(s, path, 200)) != RC_NOT_FOUND)
			return rc;
		return try(s, arena_printf(s->arena, "%s.html", path), 200);
	}
	rc = RC_NOT_FOUND;
	if (is_clean(s->site))
		rc = try(s, arena_printf(s->arena, "%s.html", path), 200);
	if (rc == RC_NOT_FOUND)
		rc = try(s, arena_printf(s->arena, "%s/index.html", path), 200);
	return rc;
}

/* What a vercel.json's rewrites did not want may be a page all the same. */
static enum rc
unclean(struct search *s, const char *path)
{
	size_t n = strlen(path);

	if (is_clean(s->site))
		return RC_NOT_FOUND;
	n -= n > 1 && path[n - 1] == '/';
	return try(s, arena_printf(s->arena, "%.*s.html", (int)n, path), 200);
}

enum rc
find_target(const struct site *site, struct arena *a, const char *path,
    struct found *out)
{
	struct search s = { .site = site, .arena = a, .found = out };
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if ((rc = try(&s, path, 200)) == RC_NOT_FOUND)
		rc = either(&s, path);
	return rc;
}

enum rc
find_file(const struct site *site, struct arena *a, const char *path,
    struct found *out)
{
	struct search s = { .site = site, .arena = a, .found = out };
	enum rc rc;

	/* A vercel.json says by itself what is sent where. */
	if (site->settings.vercel == 1)
		return find_target(site, a, path, out);
	memset(out, 0, sizeof(*out));
	if ((rc = try(&s, path, 200)) == RC_NOT_FOUND)
		rc = path[strlen(path) - 1] == '/' ? folder(&s, path) :
						     clean(&s, path);
	return rc;
}

enum rc
find_page(const struct site *site, const struct route *r, struct arena *a,
    const char *path, struct found *out)
{
	struct search s = { .site = site, .arena = a, .found = out };
	const char *page;
	enum rc rc;

	memset(out, 0, sizeof(*out));
	if (find_is_asset(path)) {
		out->status = 404;
		out->asset = 1;
		return RC_OK;
	}
	rc = unclean(&s, path);
	if (rc == RC_NOT_FOUND && (page = fallback(site, r)) != NULL)
		rc = try(&s, page, 200);
	if (rc == RC_NOT_FOUND)
		rc = nearest_404(&s, path);
	if (rc == RC_NOT_FOUND) {
		out->status = 404;
		rc = RC_OK;
	}
	return rc;
}
