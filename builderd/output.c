/*
 * output -- where the build left the site, and what is in it.
 */
#include <dirent.h>
#include <string.h>
#include <unistd.h>

#include "builderd.h"
#include "collect.h"
#include "tree.h"

#define MIB   ((uint64_t)1 << 20)
#define SHOWN 20 /* directories that an error names */

/* What is there instead, for whoever looks for the right name. */
static const char *
directories(struct build *b, int root)
{
	const char *list = "";
	struct dirent *e;
	int fd, n = 0;
	DIR *d;

	if ((fd = tree_dir(root, ".")) == -1 || (d = fdopendir(fd)) == NULL)
		return "";
	while ((e = readdir(d)) != NULL && n < SHOWN)
		if (*e->d_name != '.' &&
		    strcmp(e->d_name, "node_modules") != 0 &&
		    tree_is_dir(dirfd(d), e->d_name)) {
			list = arena_printf(b->arena, "%s%s%s", list,
			    n++ > 0 ? ", " : "", e->d_name);
		}
	closedir(d);
	return *list != '\0' ? list : "none";
}

/*
 * The output directory: of the names it may have the first with an index.html,
 * or else the first that is there.  A workspace may put it beside the project.
 */
static const char *
choose(struct build *b, int tree, const char *base, int *plain)
{
	const char *found = NULL, *one, *path, *list = b->output, *part;
	size_t n;

	if (b->output_set) { /* a name may have '|' in it */
		path = tree_join(b->arena, base, list);
		*plain = strcmp(list, ".") == 0;
		return tree_is_dir(tree, path) ? path : NULL;
	}
	while ((part = framework_part(&list, &n)) != NULL) {
		one = arena_strndup(b->arena, part, n);
		path = tree_join(b->arena, base, one);
		if ((path = tree_match(b->arena, tree, path)) == NULL)
			continue;
		*plain = strcmp(one, ".") == 0;
		if (tree_is_file(tree, tree_join(b->arena, path, "index.html")))
			return path;
		if (found == NULL && (!*plain || *b->command == '\0'))
			found = path;
	}
	*plain = found != NULL && strcmp(found, base) == 0;
	return found;
}

static enum rc
missing(struct build *b, int root)
{
	const char *hint = b->framework->hint, * or = "";
	const char *p;

	for (p = b->output; !b->output_set && *p != '\0'; p++)
		or = *p == '|' ? arena_printf(b->arena, "%s or ", or) :
				 arena_printf(b->arena, "%s%c", or, *p);
	return build_fail(b, "output",
	    "there is no output directory: looked for %s; the directories "
	    "there are: %s%s%s",
	    b->output_set ? b->output : or, directories(b, root),
	    hint != NULL ? "; " : "", hint != NULL ? hint : "");
}

static void
say_skipped(void *arg, const char *path, const char *why)
{
	struct build *b = arg;

	journal_say(b->journal, "left out %s: %s", path, why);
}

/* A folder that nobody described is a site if there is a page in it. */
static int
has_page(const struct collect *c)
{
	const char *dot;
	size_t i;

	for (i = 0; i < c->nfiles; i++) {
		dot = strrchr(c->files[i].path, '.');
		if (dot != NULL &&
		    (strcasecmp(dot, ".html") == 0 ||
			strcasecmp(dot, ".htm") == 0))
			return 1;
	}
	return 0;
}

static enum rc
gather(struct build *b, int tree, int root, const char *base)
{
	const struct conf *conf = b->conf;
	struct collect c = { .arena = b->arena,
		.files_max = (size_t)conf->output_files,
		.bytes_max = (uint64_t)conf->output_bytes * MIB,
		.file_max = (uint64_t)conf->output_file_size * MIB,
		.skipped = say_skipped,
		.arg = b };
	const char *dir;
	int plain = 0;
	enum rc rc;

	if ((dir = choose(b, tree, base, &plain)) == NULL)
		return missing(b, root);
	c.plain = plain;
	if (!b->output_set && *b->framework->command != '\0' &&
	    b->framework->hint != NULL &&
	    !tree_is_file(tree, tree_join(b->arena, dir, "index.html")))
		return build_fail(b, "output",
		    "there is no index.html in %s; %s", dir,
		    b->framework->hint);
	if ((b->output_fd = tree_dir(tree, dir)) == -1)
		return missing(b, root);
	rc = collect(&c, b->output_fd);
	if (c.nskipped > COLLECT_TOLD)
		journal_say(b->journal, "left out %zu more like these",
		    c.nskipped - COLLECT_TOLD);
	if (rc != RC_OK) {
		if (strcmp(c.code, "nothing_to_serve") == 0)
			return build_fail(b, c.code, "%s: %s is empty", c.why,
			    c.plain ? "the project's directory" : dir);
		return build_fail(b, c.code, "%s", c.why);
	}
	if (c.plain && !b->output_set && *b->command == '\0' &&
	    strcmp(b->c.source, "prebuilt") != 0 && !has_page(&c))
		return build_fail(b, "nothing_to_serve",
		    "there is nothing to serve: no index.html or other page, "
		    "and no package.json with a build script");
	b->files = c.files;
	b->nfiles = c.nfiles;
	b->bytes = c.bytes;
	b->output_dir = c.plain ? "the project's directory" : dir;
	journal_say(b->journal, "%zu file%s, %llu KiB in %s", b->nfiles,
	    b->nfiles == 1 ? "" : "s",
	    (unsigned long long)(b->bytes + 1023) / 1024, b->output_dir);
	return RC_OK;
}

/* Whoever left rules there believes that they are obeyed. */
static void
find_strays(struct build *b, int tree)
{
	static const char *const names[] = { "_redirects", "_headers" };
	const char *const dirs[] = { "", b->c.root_dir };
	const char *path;
	size_t i, k;

	for (i = 0; i < NITEMS(names); i++)
		for (k = 0; k < (*b->c.root_dir != '\0' ? 2u : 1u); k++) {
			path = tree_join(b->arena, dirs[k], names[i]);
			if (!tree_is_file(b->output_fd, names[i]) &&
			    tree_is_file(tree, path))
				b->strays[b->nstrays++] = path;
		}
}

enum rc
step_collect(struct build *b)
{
	const char *dir = b->c.root_dir;
	int tree, root;
	enum rc rc;

	if (strcmp(b->c.source, "prebuilt") == 0)
		dir = ""; /* the upload is the output */
	if (cage_tree(b->cage, &tree) != RC_OK)
		return build_fail(b, INTERNAL, "cannot read the output");
	if ((root = tree_dir(tree, dir)) == -1)
		rc = build_fail(b, "root_dir",
		    "the project's root directory \"%s\" is gone", dir);
	else {
		rc = gather(b, tree, root, tree_join(b->arena, dir, ""));
		if (rc == RC_OK)
			find_strays(b, tree);
		close(root);
	}
	close(tree);
	return rc;
}
