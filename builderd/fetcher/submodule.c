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

/* The same path at the same host over https, of an ssh URL. */
static int
over_https(const struct giturl *u, char out[GITURL_MAX + 1])
{
	int n = snprintf(out, GITURL_MAX + 1, "https://%s%s%s%s%s",
	    u->bracketed ? "[" : "", u->host, u->bracketed ? "]" : "",
	    *u->path == '/' ? "" : "/", u->path);

	return n > 0 && n <= GITURL_MAX;
}

/*
 * The same path at the same host over ssh, of an https URL: as the project's
 * own is written, if that is there.
 */
static int
over_ssh(const struct giturl *u, char out[GITURL_MAX + 1])
{
	const struct order *o = all.order;
	char origin[GITURL_ORIGIN];
	struct giturl own, ssh = *u;
	int n;

	if (giturl_parse(&own, o->url, o->allow) != NULL)
		return 0;
	if (own.scheme != GITURL_SSH)
		own = (struct giturl){ .user = "git", .port = 22, .path = "/" };
	ssh.scheme = GITURL_SSH;
	ssh.port = own.port;
	giturl_origin(&ssh, origin);
	if (login_key(o, origin) == NULL)
		return 0;
	if (*own.path == '/')
		n = snprintf(out, GITURL_MAX + 1, "ssh://%s@%s%s%s:%u%s",
		    own.user, u->bracketed ? "[" : "", u->host,
		    u->bracketed ? "]" : "", (unsigned int)own.port, u->path);
	else
		n = snprintf(out, GITURL_MAX + 1, "%s@%s:%s", own.user, u->host,
		    u->path + 1);
	return n > 0 && n <= GITURL_MAX;
}

/*
 * The other of deploy key and token, for where the host does not open url by
 * what it is written for: many take a key for one repository alone.  Each goes
 * to the origin that it was given for, as everywhere.  NULL, or what url is
 * not opened by.
 */
static const char *
other_way(const char *url, char out[GITURL_MAX + 1])
{
	const struct order *o = all.order;
	char origin[GITURL_ORIGIN], user[128];
	const char *secret, *by = NULL;
	struct giturl u;
	int token;

	if (giturl_parse(&u, url, o->allow) != NULL)
		return NULL;
	giturl_token_origin(&u, origin);
	token = login_token(o, origin, user, &secret);
	if (u.scheme == GITURL_SSH && token && over_https(&u, out))
		by = "the deploy key";
	else if (u.scheme == GITURL_HTTPS && u.port == 443 && over_ssh(&u, out))
		by = token ? "the token" : "https without a token";
	return by != NULL && giturl_check(out, o->allow) == NULL ? by : NULL;
}

/*
 * Where there is no key for its host, the same repository over https: it may be
 * public, or there is a token for it.
 */
static void
without_key(char url[GITURL_MAX + 1])
{
	char origin[GITURL_ORIGIN], other[GITURL_MAX + 1];
	struct giturl u;

	if (giturl_parse(&u, url, all.order->allow) != NULL ||
	    u.scheme != GITURL_SSH)
		return;
	giturl_origin(&u, origin);
	if (login_key(all.order, origin) != NULL || !over_https(&u, other))
		return;
	line("there is no deploy key for %s: %s instead", u.host, other);
	strcpy(url, other);
}

/* Sets url to what opened it. */
static git_remote *
dial(git_repository *repo, const char *path, char url[GITURL_MAX + 1])
{
	char other[GITURL_MAX + 1];
	const char *by = other_way(url, other);
	git_remote *remote = git_dial(repo, url, all.order, by != NULL);

	if (remote != NULL)
		return remote;
	line("it is not opened by %s: %s", by, other);
	about("submodule %s, which is not opened by %s", path, by);
	strcpy(url, other);
	remote = git_dial(repo, url, all.order, 0);
	about("submodule %s", path);
	return remote;
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
	git_remote *remote;
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
	line("submodule %s: %s at %.12s", p->path, url, hex);
	remote = dial(p->repo, p->path, url);
	strcpy(p->url, url);
	p->id = git_get(p->repo, remote, &o);
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
