/*
 * remote -- what git knows of a folder: where it came from, and how far it is
 * ahead of there.  Reads only; runs nothing that the repository names.
 */
#include <git2.h>
#include <string.h>

#include "slipway.h"

static void
repo_clear(void *r)
{
	git_repository_free(r);
	git_libgit2_shutdown();
}

/*
 * git@host:path, ssh://git@host/path and https://user:token@host/path, as a
 * builder can fetch them.
 */
char *
remote_https(struct arena *a, const char *url)
{
	const char *host, *colon, *at;

	if (strncmp(url, "ssh://", 6) == 0) {
		host = url + 6;
		if ((at = strchr(host, '@')) != NULL &&
		    at < host + strcspn(host, "/"))
			host = at + 1;
		if (host[strcspn(host, ":/")] == ':')
			return arena_printf(a, "%s", url);
		return arena_printf(a, "https://%s", host);
	}
	/* A token that git was given there is nobody else's business. */
	if (strncmp(url, "https://", 8) == 0) {
		host = url + 8 + strcspn(url + 8, "/?#");
		while (host > url + 8 && host[-1] != '@')
			host--;
		return arena_printf(a, "https://%s", host);
	}
	colon = strchr(url, ':');
	if (colon == NULL || strstr(url, "://") != NULL ||
	    memchr(url, '/', (size_t)(colon - url)) != NULL)
		return arena_printf(a, "%s", url);
	at = memchr(url, '@', (size_t)(colon - url));
	host = at != NULL ? at + 1 : url;
	return arena_printf(a, "https://%.*s/%s", (int)(colon - host), host,
	    colon + 1 + (colon[1] == '/'));
}

/* Where origin's HEAD pointed when it was cloned. */
static const char *
trunk(struct arena *a, git_repository *repo)
{
	static const char prefix[] = "refs/remotes/origin/";
	const char *to, *name = NULL;
	git_reference *ref;

	if (git_reference_lookup(&ref, repo, "refs/remotes/origin/HEAD") != 0)
		return NULL;
	to = git_reference_symbolic_target(ref);
	if (to != NULL && strncmp(to, prefix, sizeof(prefix) - 1) == 0)
		name = arena_printf(a, "%s", to + sizeof(prefix) - 1);
	git_reference_free(ref);
	return name;
}

static void
head(struct arena *a, git_repository *repo, struct remote *r)
{
	git_status_options opts;
	git_reference *h = NULL, *up = NULL;
	git_status_list *list = NULL;
	size_t behind;

	if (git_repository_head(&h, repo) != 0)
		return;
	if (git_reference_is_branch(h)) {
		r->branch = arena_printf(a, "%s", git_reference_shorthand(h));
		if (git_reference_lookup(&up, repo,
			arena_printf(a, "refs/remotes/origin/%s", r->branch)) ==
		    0) {
			if (git_graph_ahead_behind(&r->ahead, &behind, repo,
				git_reference_target(h),
				git_reference_target(up)) != 0)
				r->ahead = 0;
			git_reference_free(up);
		}
	}
	git_reference_free(h);
	git_status_options_init(&opts, GIT_STATUS_OPTIONS_VERSION);
	opts.flags = GIT_STATUS_OPT_INCLUDE_UNTRACKED;
	opts.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
	if (git_status_list_new(&list, repo, &opts) == 0) {
		r->dirty = git_status_list_entrycount(list) > 0;
		git_status_list_free(list);
	}
}

/* RC_NOT_FOUND, without a word: no repository, or one without an origin. */
enum rc
remote_find(struct cli *c, const char *folder, struct remote *out)
{
	struct remote r = { 0 };
	git_repository *repo;
	git_remote *origin;

	git_libgit2_init();
	if (git_repository_open_ext(&repo, folder, 0, NULL) != 0) {
		git_libgit2_shutdown();
		return RC_NOT_FOUND;
	}
	arena_defer(c->arena, repo_clear, repo);
	if (git_repository_workdir(repo) == NULL ||
	    git_remote_lookup(&origin, repo, "origin") != 0)
		return RC_NOT_FOUND;
	r.url = git_remote_url(origin) != NULL ?
	    remote_https(c->arena, git_remote_url(origin)) :
	    NULL;
	git_remote_free(origin);
	if (r.url == NULL)
		return RC_NOT_FOUND;
	r.root = git_repository_workdir(repo);
	r.trunk = trunk(c->arena, repo);
	head(c->arena, repo, &r);
	*out = r;
	return RC_OK;
}
