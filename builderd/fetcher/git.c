#include <sys/statvfs.h>

#include <errno.h>
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "fetcher.h"
#include "git.h"
#include "history.h"
#include "lfs.h"
#include "login.h"
#include "mirror.h"
#include "refs.h"
#include "submodule.h"

#define CA_FILE     "/etc/ssl/certs/ca-certificates.crt"
#define OBJECT_MAX  (256UL * 1024 * 1024)
#define OBJECTS_MAX 5000000UL
#define SEARCH_MAX  20000UL /* branches: a file each in the mirror */
#define DEEP_MAX    4000    /* bytes of a path */
#define NEWEST      10      /* commits of a branch, the first time */
#define EVERY       3       /* seconds between lines of progress */

static struct login login;
static git_fetch_options fetching; /* of what is connected to */
static uint64_t room;              /* bytes that may be received, or kept */
static uint64_t received;          /* of fetches that are over */
static uint64_t inodes; /* files and folders that may be checked out */
static int too_large;

/*
 * libgit2 says what went wrong in words only.  The first that is found in them
 * tells what to tell.
 */
/* clang-format off */
static const struct {
	const char *words, *code, *sentence;
} causes[] = {
	{ "resolve address", "host",
	    "the host does not exist, or its name cannot be resolved" },
	{ "failed to connect", "connect",
	    "the host cannot be reached" },
	{ "could not connect", "connect",
	    "the host cannot be reached" },
	{ "connection reset", "connect",
	    "the host cannot be reached, or builds may not reach it: see "
	    "net-allow" },
	{ "SSH session", "connect",
	    "the host does not answer as an SSH server, or builds may not "
	    "reach it: see net-allow" },
	{ "early EOF", "connect",
	    "the host ended the connection" },
	{ "certificate", "certificate",
	    "the certificate of the host is not valid" },
	{ "SSL", "certificate",
	    "no secure connection to the host could be made" },
	{ "status code: 401", "auth",
	    "the repository does not exist, or it is private" },
	{ "status code: 403", "auth",
	    "the host does not allow to read this repository" },
	{ "status code: 404", "not_found",
	    "there is no repository at this URL" },
	{ "status code: 410", "not_found",
	    "there is no repository at this URL any more" },
	{ "redirect", "redirect",
	    "the repository has moved: use the URL it has now, often the same "
	    "with \".git\" at its end" },
	{ "status code: 30", "redirect",
	    "the repository has moved: use the URL it has now, often the same "
	    "with \".git\" at its end" },
	{ "content-type", "not_git",
	    "there is no Git repository at this URL" },
	{ "invalid packet", "not_git",
	    "there is no Git repository at this URL" },
	{ "No space left", "too_large",
	    "the repository is larger than the disk of a build" },
	{ "too many objects", "too_large",
	    "the repository has more objects than are taken" },
	{ "overly large", "too_large",
	    "a file in the repository is larger than 256 MiB" },
	{ "too large", "too_large",
	    "a file in the repository is larger than 256 MiB" },
	{ "exceeds", "too_large",
	    "a file in the repository is larger than 256 MiB" },
};
/* clang-format on */

void
git_give_up(void)
{
	const git_error *e = git_error_last();
	const char *words = e == NULL ? "" : e->message;
	size_t i;

	if (too_large)
		give_up("too_large",
		    "the repository is larger than the disk of a build: "
		    "%llu MiB",
		    (unsigned long long)(room >> 20));
	/* They may be a stranger's: for the log, and not for the error. */
	if (*words != '\0')
		line("git: %.500s", words);
	login_refused(&login, words);
	for (i = 0; i < NITEMS(causes); i++)
		if (strcasestr(words, causes[i].words) != NULL)
			give_up(causes[i].code, "%s: %s", causes[i].sentence,
			    login.text != NULL ? login.text : "");
	give_up("fetch",
	    "the repository cannot be fetched; the log has what "
	    "Git said");
}

static int
progress(const git_indexer_progress *p, void *arg)
{
	static time_t last;
	time_t t = time(NULL);

	(void)arg;
	if (received + p->received_bytes > room) {
		too_large = 1;
		return GIT_EUSER;
	}
	if (last == 0)
		last = t;
	if (t < last + EVERY || p->total_objects == 0)
		return 0;
	last = t;
	line("received %u of %u objects, %.1f MiB", p->received_objects,
	    p->total_objects, (double)p->received_bytes / 1048576);
	return 0;
}

static void
set_up(void)
{
	struct statvfs fs;

	/* It fails without one; the keys of hosts come with the order. */
	if (setenv("HOME", "/nonexistent", 1) == -1 || git_libgit2_init() < 0)
		git_give_up();
	git_libgit2_opts(GIT_OPT_SET_SSL_CERT_LOCATIONS, CA_FILE, NULL);
	/* Also where it looks for .ssh/known_hosts, and fails if it has none.
	 */
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_GLOBAL,
	    "/nonexistent");
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, "");
	git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, "");
	git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECTS, (size_t)OBJECTS_MAX);
#if HAVE_DECL_GIT_OPT_SET_PACK_MAX_OBJECT_SIZE
	git_libgit2_opts(GIT_OPT_SET_PACK_MAX_OBJECT_SIZE, (size_t)OBJECT_MAX);
#endif
	if (statvfs(FETCH_TO, &fs) == -1)
		give_up("internal", "no " FETCH_TO);
	room = (uint64_t)fs.f_blocks * fs.f_frsize;
	inodes = fs.f_files;
}

static int
have(git_repository *repo, const git_oid *id)
{
	git_object *o;

	if (git_object_lookup(&o, repo, id, GIT_OBJECT_ANY) != 0)
		return 0;
	git_object_free(o);
	return 1;
}

static void
download(git_remote *remote, const char *spec)
{
	char *specs[] = { (char *)(uintptr_t)spec };
	const git_strarray list = { specs, 1 };
	const git_indexer_progress *p;

	if (git_remote_fetch(remote, &list, &fetching, NULL) != 0)
		git_give_up();
	p = git_remote_stats(remote);
	received += p->received_bytes;
	line("received %u object%s, %zu KiB", p->received_objects,
	    p->received_objects == 1 ? "" : "s",
	    (p->received_bytes + 1023) / 1024);
}

/* Before all branches are asked for: a name may have become a directory. */
static void
forget_all(git_repository *repo)
{
	git_reference_iterator *i;
	git_reference *ref;

	if (git_reference_iterator_glob_new(&i, repo, "refs/all/*") != 0)
		git_give_up();
	while (git_reference_next(&ref, i) == 0) {
		if (git_reference_delete(ref) != 0)
			git_give_up();
		git_reference_free(ref);
	}
	git_reference_iterator_free(i);
}

/*
 * The first time, only the newest commits, where libgit2 can; later what is
 * new.  An older one is looked for in all there is.
 */
static void
reach(git_repository *repo, int all)
{
#ifdef HAVE_GIT_FETCH_OPTIONS_DEPTH
	if (all)
		fetching.depth = git_repository_is_shallow(repo) == 1 ?
		    GIT_FETCH_DEPTH_UNSHALLOW :
		    GIT_FETCH_DEPTH_FULL;
	else if (git_repository_is_empty(repo) == 1)
		fetching.depth = NEWEST;
#else
	(void)repo;
	(void)all;
#endif
}

git_remote *
git_dial(git_repository *repo, const char *url, const struct order *whole,
    int other)
{
	git_remote_connect_options how;
	const git_error *e;
	git_remote *remote;

	git_fetch_options_init(&fetching, GIT_FETCH_OPTIONS_VERSION);
	git_remote_connect_options_init(&how,
	    GIT_REMOTE_CONNECT_OPTIONS_VERSION);
	fetching.callbacks.transfer_progress = progress;
	login_begin(&login, whole, url, other, &fetching.callbacks);
	fetching.follow_redirects = GIT_REMOTE_REDIRECT_NONE;
	fetching.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
	fetching.update_fetchhead = 0;
	how.callbacks = fetching.callbacks;
	how.follow_redirects = fetching.follow_redirects;
	if (git_remote_create_anonymous(&remote, repo, url) != 0)
		git_give_up();
	if (git_remote_connect_ext(remote, GIT_DIRECTION_FETCH, &how) == 0)
		return remote;
	e = git_error_last();
	if (!login_elsewhere(&login, e == NULL ? "" : e->message))
		git_give_up();
	git_remote_free(remote);
	return NULL;
}

git_oid
git_get(git_repository *repo, git_remote *remote, const struct order *o)
{
	/* Where to look for a commit: tags may have what no branch has. */
	static const char *const everywhere[] = { "+refs/heads/*:refs/all/*",
		"+refs/tags/*:refs/all/tags/*" };
	char spec[REFS_SPEC_MAX];
	struct wanted w;
	size_t i;

	refs_find(remote, o, &w);
	if (w.branch[0] != '\0' && o == login.order) /* the project's own */
		tell("branch", w.branch);
	if (!have(repo, &w.id) && w.name[0] != '\0') {
		refs_spec(w.name, spec);
		reach(repo, 0);
		download(remote, spec);
	}
	/* An older commit of a branch, or one that only another has. */
	for (i = 0; i < NITEMS(everywhere) && !have(repo, &w.id); i++) {
		if (w.branches > SEARCH_MAX)
			give_up("too_large",
			    "the commit is not the newest of its branch, and "
			    "there are more than %lu branches to look for it",
			    SEARCH_MAX);
		forget_all(repo);
		reach(repo, 1);
		download(remote, everywhere[i]);
	}
	if (!have(repo, &w.id))
		give_up("ref",
		    "there is no commit %.12s in the repository any more, or "
		    "it was not pushed",
		    o->commit);
	git_remote_free(remote);
	return w.id;
}

static void
facts(git_repository *repo, const git_oid *id)
{
	const git_signature *who;
	char hex[GIT_OID_HEXSZ + 1];
	git_commit *commit = git_peel(repo, id);

	git_oid_tostr(hex, sizeof(hex), git_commit_id(commit));
	tell("commit", hex);
	if (git_commit_summary(commit) != NULL)
		tell("message", git_commit_summary(commit));
	if ((who = git_commit_author(commit)) != NULL)
		tell("author", who->name);
	git_commit_free(commit);
}

static int
unpacked(git_checkout_notify_t why, const char *path, const git_diff_file *a,
    const git_diff_file *b, const git_diff_file *c, void *arg)
{
	(void)why;
	(void)a;
	(void)b;
	(void)c;
	(void)arg;
	line("cannot be written: %s", path); /* not first: it is not ours */
	return 0;
}

git_commit *
git_peel(git_repository *repo, const git_oid *id)
{
	git_object *object, *commit;

	if (git_object_lookup(&object, repo, id, GIT_OBJECT_ANY) != 0 ||
	    git_object_peel(&commit, object, GIT_OBJECT_COMMIT) != 0)
		git_give_up();
	git_object_free(object);
	return (git_commit *)commit;
}

struct look {
	uint64_t entries;
	int links; /* to commits of other repositories */
};

static int
look(const char *in, const git_tree_entry *e, void *arg)
{
	struct look *l = arg;

	if (strlen(in) > DEEP_MAX)
		give_up("too_large",
		    "folders in the repository are in one another deeper than "
		    "a path can be");
	if (++l->entries > inodes)
		give_up("too_large",
		    "the repository has more files than a build may: %llu "
		    "(build-inodes, or build_inodes of the project)",
		    (unsigned long long)inodes);
	l->links |= git_tree_entry_type(e) == GIT_OBJECT_COMMIT;
	return 0;
}

/*
 * Met with a link to a commit, libgit2 asks .gitmodules about it, which it has
 * not got in a bare repository.  So it does not meet one.
 */
static int
without_links(git_repository *repo, const git_tree *tree,
    const git_checkout_options *opts)
{
	const git_index_entry *e;
	git_index *index;
	size_t i;
	int rc;

	if (git_index_new(&index) != 0 || git_index_read_tree(index, tree) != 0)
		return -1;
	for (i = git_index_entrycount(index); i-- > 0;) {
		e = git_index_get_byindex(index, i);
		if (e->mode == GIT_FILEMODE_COMMIT &&
		    git_index_remove(index, e->path, 0) != 0)
			return -1;
	}
	rc = git_checkout_index(repo, index, opts);
	git_index_free(index);
	return rc;
}

void
git_check_out(git_repository *repo, const git_oid *id, const char *to)
{
	git_commit *commit = git_peel(repo, id);
	git_checkout_options opts;
	struct look l = { 0 };
	git_tree *tree;
	int rc;

	git_checkout_options_init(&opts, GIT_CHECKOUT_OPTIONS_VERSION);
	opts.target_directory = to;
	opts.checkout_strategy = GIT_CHECKOUT_FORCE |
	    GIT_CHECKOUT_DONT_UPDATE_INDEX | GIT_CHECKOUT_DONT_WRITE_INDEX;
	opts.notify_flags = GIT_CHECKOUT_NOTIFY_CONFLICT;
	opts.notify_cb = unpacked;
	if (git_commit_tree(&tree, commit) != 0 ||
	    git_tree_walk(tree, GIT_TREEWALK_PRE, look, &l) != 0)
		git_give_up();
	rc = l.links ? without_links(repo, tree, &opts) :
		       git_checkout_tree(repo, (git_object *)commit, &opts);
	if (rc != 0)
		git_give_up();
	git_tree_free(tree);
	git_commit_free(commit);
}

/* But for large files, all is sent before anything of it is written. */
void
git_fetch(const struct order *o)
{
	struct part *parts;
	git_repository *repo;
	git_oid id;

	set_up();
	repo = mirror_open(room);
	id = git_get(repo, git_dial(repo, o->url, o, 0), o);
	parts = submodule_get(o, repo, &id);
	if (strcmp(o->lfs, "t") != 0)
		login_forget(o);
	git_check_out(repo, &id, FETCH_TO);
	submodule_check_out(parts);
	history_leave(repo, &id);
	if (strcmp(o->lfs, "t") == 0) {
		lfs_fill(o, repo, &id, o->url, "", room);
		submodule_fill(o, parts, room);
		login_forget(o);
	}
	facts(repo, &id);
}
