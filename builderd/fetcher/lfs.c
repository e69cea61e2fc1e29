#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "git.h"
#include "giturl.h"
#include "lfs.h"
#include "settings.h"
#include "transfer.h"

#define FILES_MAX 10000

struct file {
	struct pointer p;
	char *path;
	int executable;
};

struct search {
	git_repository *repo;
	const git_oid *commit;
	int marked; /* some .gitattributes speaks of lfs */
	struct file *file;
	size_t n;
	uint64_t bytes;
};

static char *
joined(const char *in, const char *name)
{
	char *path;

	if (asprintf(&path, "%s%s", in, name) == -1)
		give_up("internal", "no memory");
	return path;
}

static git_blob *
blob_of(git_repository *repo, const git_tree_entry *e)
{
	git_blob *b;

	if (git_blob_lookup(&b, repo, git_tree_entry_id(e)) != 0)
		git_give_up();
	return b;
}

/* Most repositories have none, and are not read for them. */
static int
find_marks(const char *in, const git_tree_entry *e, void *arg)
{
	struct search *s = arg;
	git_blob *b;

	(void)in;
	if (strcmp(git_tree_entry_name(e), ".gitattributes") != 0 ||
	    git_tree_entry_type(e) != GIT_OBJECT_BLOB)
		return 0;
	b = blob_of(s->repo, e);
	s->marked |= memmem(git_blob_rawcontent(b), (size_t)git_blob_rawsize(b),
			 "=lfs", 4) != NULL;
	git_blob_free(b);
	return s->marked ? -1 : 0;
}

static int
is_marked(struct search *s, const char *path)
{
	git_attr_options o = { .version = GIT_ATTR_OPTIONS_VERSION };
	const char *value;

	o.flags = GIT_ATTR_CHECK_INDEX_ONLY | GIT_ATTR_CHECK_NO_SYSTEM |
	    GIT_ATTR_CHECK_INCLUDE_COMMIT;
	git_oid_cpy(&o.attr_commit_id, s->commit);
	return git_attr_get_ext(&value, s->repo, &o, path, "filter") == 0 &&
	    git_attr_value(value) == GIT_ATTR_VALUE_STRING &&
	    strcmp(value, "lfs") == 0;
}

static void
keep(struct search *s, const struct pointer *p, char *path, int executable)
{
	struct file *f;

	if (s->n == FILES_MAX)
		give_up("lfs", "there are more than %d files in Git LFS",
		    FILES_MAX);
	s->file = realloc(s->file, (s->n + 1) * sizeof(*s->file));
	if (s->file == NULL)
		give_up("internal", "no memory");
	f = &s->file[s->n++];
	f->p = *p;
	f->path = path;
	f->executable = executable;
	s->bytes += p->size;
}

static int
find_pointers(const char *in, const git_tree_entry *e, void *arg)
{
	git_filemode_t mode = git_tree_entry_filemode(e);
	struct search *s = arg;
	git_object_t type;
	struct pointer p;
	char *path;
	git_blob *b;
	git_odb *odb;
	size_t size;
	int is;

	if (mode != GIT_FILEMODE_BLOB && mode != GIT_FILEMODE_BLOB_EXECUTABLE)
		return 0;
	if (git_repository_odb(&odb, s->repo) != 0 ||
	    git_odb_read_header(&size, &type, odb, git_tree_entry_id(e)) != 0)
		git_give_up();
	git_odb_free(odb);
	if (size > POINTER_MAX)
		return 0;
	b = blob_of(s->repo, e);
	is = pointer_parse(&p, git_blob_rawcontent(b),
	    (size_t)git_blob_rawsize(b));
	git_blob_free(b);
	if (!is)
		return 0;
	path = joined(in, git_tree_entry_name(e));
	if (is_marked(s, path))
		keep(s, &p, path, mode == GIT_FILEMODE_BLOB_EXECUTABLE);
	else
		free(path);
	return 0;
}

/* As git-lfs has it: by https, and beside the repository. */
static void
endpoint(const struct order *o, git_config *conf, const char *url,
    char out[GITURL_MAX + 1])
{
	const char *given = settings_get(conf, "lfs", NULL, "url");
	const struct fault *f;
	struct giturl u;
	size_t n;
	int len;

	if (given == NULL)
		given = settings_get(conf, "remote", "origin", "lfsurl");
	if (given != NULL)
		len = snprintf(out, GITURL_MAX + 1, "%s", given);
	else if (giturl_parse(&u, url, o->allow) != NULL)
		give_up("lfs", "not a URL that is cloned from");
	else {
		n = strlen(url);
		while (n > 0 && url[n - 1] == '/')
			n--;
		n -= n > 4 && strncmp(url + n - 4, ".git", 4) == 0 ? 4 : 0;
		if (u.scheme == GITURL_SSH)
			len = snprintf(out, GITURL_MAX + 1,
			    "https://%s%s%s%s%.*s.git/info/lfs",
			    u.bracketed ? "[" : "", u.host,
			    u.bracketed ? "]" : "", *u.path == '/' ? "" : "/",
			    (int)(n - (size_t)(u.path - url)), u.path);
		else
			len = snprintf(out, GITURL_MAX + 1, "%.*s.git/info/lfs",
			    (int)n, url);
	}
	if (len < 0 || len > GITURL_MAX)
		give_up("lfs", "the URL of the LFS server is too long");
	if ((f = giturl_parse(&u, out, o->allow)) != NULL)
		give_up("lfs", "lfs.url in .lfsconfig is not taken: %s",
		    f->message);
	if (u.scheme == GITURL_SSH)
		give_up("lfs",
		    "lfs.url in .lfsconfig is one of ssh; give one of https");
}

/* A folder that the checkout made, and no link in its place. */
static int
open_folder(const char *path)
{
	int dir = open(FETCH_TO, O_PATH | O_DIRECTORY | O_CLOEXEC), next;
	const char *end;
	char part[256];

	for (; dir != -1 && (end = strchr(path, '/')) != NULL;
	     path = end + 1, dir = next) {
		snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
		next = *part == '\0' ?
		    dup(dir) :
		    openat(dir, part,
			O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
	}
	return dir;
}

static void
put(const struct file *f, const char *in)
{
	char from[128], buf[65536];
	char *path;
	const char *name;
	int dir, src, dst;
	ssize_t n;

	if (asprintf(&path, "%s/%s", in, f->path) == -1)
		give_up("internal", "no memory");
	name = strrchr(path, '/') + 1;
	transfer_path(&f->p, from);
	if ((src = open(from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)) == -1 ||
	    (dir = open_folder(path)) == -1 || unlinkat(dir, name, 0) == -1 ||
	    (dst = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
		 f->executable ? 0755 : 0644)) == -1)
		give_up("lfs", "%s: %s", f->path, strerror(errno));
	while ((n = read(src, buf, sizeof(buf))) > 0)
		if (write(dst, buf, (size_t)n) != n)
			give_up(errno == ENOSPC ? "too_large" : "lfs", "%s: %s",
			    f->path, strerror(errno));
	if (n == -1 || close(dst) == -1)
		give_up("lfs", "%s: %s", f->path, strerror(errno));
	close(src);
	close(dir);
	free(path);
}

/* Of each object once, and only what the mirror lacks. */
static size_t
missing(const struct search *s, struct object *want)
{
	char path[128];
	struct stat st;
	size_t i, k, n = 0;

	for (i = 0; i < s->n; i++) {
		transfer_path(&s->file[i].p, path);
		if (stat(path, &st) == 0 &&
		    (uint64_t)st.st_size == s->file[i].p.size)
			continue;
		for (k = 0; k < n; k++)
			if (strcmp(want[k].p.oid, s->file[i].p.oid) == 0)
				break;
		if (k < n)
			continue;
		want[n].p = s->file[i].p;
		want[n++].path = s->file[i].path;
	}
	return n;
}

void
lfs_fill(const struct order *o, git_repository *repo, const git_oid *id,
    const char *url, const char *path, uint64_t room)
{
	static uint64_t total; /* of all repositories */
	struct search s = { .repo = repo };
	char base[GITURL_MAX + 1];
	git_commit *commit = git_peel(repo, id);
	struct object *want;
	git_config *conf;
	git_tree *tree;
	size_t i, n;

	s.commit = git_commit_id(commit);
	if (git_commit_tree(&tree, commit) != 0)
		git_give_up();
	git_tree_walk(tree, GIT_TREEWALK_PRE, find_marks, &s);
	if (s.marked &&
	    git_tree_walk(tree, GIT_TREEWALK_PRE, find_pointers, &s) != 0)
		git_give_up();
	if (s.n > 0) {
		if ((total += s.bytes) > room)
			give_up("too_large",
			    "the files in Git LFS are larger than the disk of "
			    "a build: %llu MiB",
			    (unsigned long long)(room >> 20));
		conf = settings_open(repo, tree, ".lfsconfig");
		endpoint(o, conf, url, base);
		git_config_free(conf);
		if ((want = calloc(s.n, sizeof(*want))) == NULL)
			give_up("internal", "no memory");
		if ((n = missing(&s, want)) > 0)
			transfer(o, base, want, n);
		free(want);
		for (i = 0; i < s.n; i++)
			put(&s.file[i], path);
		line("Git LFS: %zu files, %.1f MiB; %zu new", s.n,
		    (double)s.bytes / 1048576, n);
	}
	for (i = 0; i < s.n; i++)
		free(s.file[i].path);
	free(s.file);
	git_tree_free(tree);
	git_commit_free(commit);
}
