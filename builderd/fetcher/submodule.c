#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "git.h"
#include "giturl.h"
#include "lfs.h"
#include "login.h"
#include "mirror.h"
#include "settings.h"
#include "submodule.h"

#define DEPTH_MAX 5
#define COUNT_MAX 50

struct part {
	git_repository *repo;
	git_oid id;
	char url[GITURL_MAX + 1];
	char path[VALID_PATH_MAX + 1]; /* below the workspace */
	struct part *next;             /* after what it is in */
};

static struct {
	const struct order *order;
	struct part *first, **last;
	int n;
} all;

int
submodule_url(const char *base, const char *url, char *out, size_t size)
{
	const char *join = "/";
	size_t n = strlen(base);

	if (strncmp(url, "./", 2) != 0 && strncmp(url, "../", 3) != 0)
		return (size_t)snprintf(out, size, "%s", url) < size ? 0 : -1;
	while (n > 0 && base[n - 1] == '/')
		n--;
	for (;;) {
		if (strncmp(url, "./", 2) == 0)
			url += 2;
		else if (strncmp(url, "../", 3) == 0) {
			while (
			    n > 0 && base[n - 1] != '/' && base[n - 1] != ':')
				n--;
			if (n == 0)
				return -1;
			join = base[--n] == ':' ? ":" : "/";
			url += 3;
		} else
			break;
	}
	n = (size_t)snprintf(out, size, "%.*s%s%s", (int)n, base, join, url) <
		size ?
	    strlen(out) :
	    0;
	while (n > 0 && out[n - 1] == '/')
		out[--n] = '\0';
	return n > 0 ? 0 : -1;
}

/*
 * Many hosts take a deploy key for one repository alone.  If that is the
 * project's own, what else is there is read by a token, if there is one.
 */
static int
read_by_token(const struct giturl *u)
{
	const struct order *o = all.order;
	char origin[GITURL_ORIGIN], user[128];
	const char *secret;
	struct giturl own;

	giturl_token_origin(u, origin);
	return giturl_parse(&own, o->url, o->allow) == NULL &&
	    own.scheme == GITURL_SSH && login_token(o, origin, user, &secret);
}

/*
 * Where the key is not for it, the same repository over https: it may be
 * public, or there is a token for it.
 */
static void
without_key(char url[GITURL_MAX + 1])
{
	char origin[GITURL_ORIGIN], other[GITURL_MAX + 1];
	struct giturl u;
	int n, keyed;

	if (giturl_parse(&u, url, all.order->allow) != NULL ||
	    u.scheme != GITURL_SSH)
		return;
	giturl_origin(&u, origin);
	keyed = login_key(all.order, origin) != NULL;
	if (keyed && !read_by_token(&u))
		return;
	n = snprintf(other, sizeof(other), "https://%s%s%s%s%s",
	    u.bracketed ? "[" : "", u.host, u.bracketed ? "]" : "",
	    *u.path == '/' ? "" : "/", u.path);
	if (n < 0 || (size_t)n >= sizeof(other))
		return;
	if (keyed)
		line("by the token, not the deploy key: %s", other);
	else
		line("there is no deploy key for %s: %s instead", u.host,
		    other);
	strcpy(url, other);
}

/* No part of it is what Git keeps its own things in. */
static int
path_ok(const char *path)
{
	size_t n;

	if (*path == '-' || valid_path(path) != NULL)
		return 0;
	for (;; path += n + 1) {
		n = strcspn(path, "/");
		if ((n == 4 && strncasecmp(path, ".git", 4) == 0) ||
		    (n == 5 && strncasecmp(path, "git~1", 5) == 0))
			return 0;
		if (path[n] == '\0')
			return 1;
	}
}

static void gather(git_repository *, const git_oid *, const char *url,
    const char *in, int depth);

static void
get(const char *base, const char *in, const char *path, const char *given,
    const git_oid *id, int depth)
{
	char url[GITURL_MAX + 1], hex[GIT_OID_HEXSZ + 1];
	struct order o = { .url = url,
		.kind = "commit",
		.ref = "",
		.commit = hex };
	const struct fault *f;
	struct part *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		give_up("internal", "no memory");
	if ((size_t)snprintf(p->path, sizeof(p->path), "%s%s%s", in,
		*in != '\0' ? "/" : "", path) >= sizeof(p->path))
		give_up("submodule", "a path is too long");
	about("submodule %s", p->path);
	if (++all.n > COUNT_MAX || depth > DEPTH_MAX)
		give_up("submodule",
		    "there are more than %d submodules, or they are in one "
		    "another more than %d deep",
		    COUNT_MAX, DEPTH_MAX);
	if (submodule_url(base, given, url, sizeof(url)) == -1)
		give_up("submodule", "its URL leads nowhere");
	without_key(url);
	if ((f = giturl_check(url, all.order->allow)) != NULL)
		give_up("submodule", "its URL in .gitmodules is not taken: %s",
		    f->message);
	git_oid_tostr(hex, sizeof(hex), id);
	p->repo = mirror_of(url);
	strcpy(p->url, url);
	line("submodule %s: %s at %.12s", p->path, url, hex);
	p->id = git_get(p->repo, &o, all.order);
	*all.last = p;
	all.last = &p->next;
	gather(p->repo, &p->id, url, p->path, depth);
	about(NULL);
}

/* Those that the tree has: the others are left from before. */
static void
gather(git_repository *repo, const git_oid *id, const char *url, const char *in,
    int depth)
{
	git_commit *commit = git_peel(repo, id);
	const char *path, *given;
	git_tree_entry *e;
	git_config *conf;
	git_tree *tree;
	size_t i;
	char *name;

	if (git_commit_tree(&tree, commit) != 0)
		git_give_up();
	conf = settings_open(repo, tree, ".gitmodules");
	for (i = 0; (name = settings_section(conf, "submodule", i)) != NULL;
	     i++) {
		path = settings_get(conf, "submodule", name, "path");
		given = settings_get(conf, "submodule", name, "url");
		if (path == NULL || given == NULL)
			give_up("submodule",
			    "%s has no path or no URL in .gitmodules", name);
		if (!path_ok(path))
			give_up("submodule",
			    "the path of %s in .gitmodules cannot be used",
			    name);
		if (git_tree_entry_bypath(&e, tree, path) != 0)
			continue;
		if (git_tree_entry_type(e) == GIT_OBJECT_COMMIT)
			get(url, in, path, given, git_tree_entry_id(e),
			    depth + 1);
		git_tree_entry_free(e);
	}
	git_tree_free(tree);
	git_commit_free(commit);
}

struct part *
submodule_get(const struct order *o, git_repository *repo, const git_oid *id)
{
	all.order = o;
	all.last = &all.first;
	if (strcmp(o->submodules, "t") == 0)
		gather(repo, id, o->url, "", 0);
	return all.first;
}

/*
 * Makes what is missing of a folder, all of which is folders then.  Nobody else
 * is here to change it between this and the writing.
 */
static void
make_folder(const char *path)
{
	char part[VALID_PATH_MAX + 1];
	const char *p;
	struct stat st;

	for (p = path; p != NULL; p = strchr(p, '/')) {
		p += *p == '/';
		snprintf(part, sizeof(part), "%.*s",
		    (int)(p - path + (long)strcspn(p, "/")), path);
		if ((mkdir(part, 0755) == -1 && errno != EEXIST) ||
		    lstat(part, &st) == -1 || !S_ISDIR(st.st_mode))
			give_up("submodule", "%s is not a folder", part);
	}
}

void
submodule_check_out(const struct part *p)
{
	char to[sizeof(FETCH_TO) + VALID_PATH_MAX + 1];

	if (chdir(FETCH_TO) == -1)
		give_up("internal", "no " FETCH_TO);
	for (; p != NULL; p = p->next) {
		about("submodule %s", p->path);
		make_folder(p->path);
		snprintf(to, sizeof(to), FETCH_TO "/%s", p->path);
		git_check_out(p->repo, &p->id, to);
	}
	about(NULL);
}

void
submodule_fill(const struct order *o, const struct part *p, uint64_t room)
{
	for (; p != NULL; p = p->next) {
		about("submodule %s", p->path);
		lfs_fill(o, p->repo, &p->id, p->url, p->path, room);
	}
	about(NULL);
}
