#include <ctype.h>
#include <regex.h>
#include <string.h>

#include "framework.h"
#include "hashed.h"
#include "log.h"
#include "tree.h"

#define CONFIG_MAX (1 << 20)

/* clang-format off */
static const struct framework frameworks[] = {
#include "builderd/frameworks.inc"
};
/* clang-format on */

#define STATIC (&frameworks[NITEMS(frameworks) - 1])
#define OTHER  (&frameworks[NITEMS(frameworks) - 2])

const char *
framework_part(const char **list, size_t *n)
{
	const char *part = *list;

	if (part == NULL || *part == '\0')
		return NULL;
	*n = strcspn(part, "|");
	*list = part + *n + (part[*n] == '|');
	return part;
}

/* Calls fn with each part of "a|b|c" until one answers not 0. */
static int
any(const char *list, int (*fn)(void *, const char *, size_t), void *arg)
{
	const char *part;
	size_t n;

	while ((part = framework_part(&list, &n)) != NULL)
		if (fn(arg, part, n))
			return 1;
	return 0;
}

struct search {
	struct arena *arena;
	const struct package *package;
	int root;
	const char *dir;
};

/* "vite", or "nuxt=2." for versions that begin so. */
static int
has_package(struct search *s, char *name)
{
	const char *version, *begins;
	char *eq = strchr(name, '=');

	if (eq != NULL)
		*eq = '\0';
	if ((version = package_depends(s->package, name)) == NULL)
		return 0;
	begins = eq != NULL ? eq + 1 : "";
	version += strspn(version, "^~=v ");
	return strncmp(version, begins, strlen(begins)) == 0;
}

/* A pattern of ours in a text of theirs. */
static int
matches(const char *pattern, const char *text)
{
	regex_t re;
	int found;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) != 0)
		fatalx("frameworks.def: %s", pattern);
	found = regexec(&re, text, 0, NULL, 0) == 0;
	regfree(&re);
	return found;
}

static int
is_there(struct search *s, char *what)
{
	const char *path, *text;
	char *pattern;

	if (strncmp(what, "dep:", 4) == 0)
		return has_package(s, what + 4);
	if ((pattern = strchr(what, '~')) != NULL)
		*pattern++ = '\0';
	path = tree_join(s->arena, s->dir, what);
	if (!tree_is_file(s->root, path))
		return 0;
	if (pattern == NULL)
		return 1;
	text = tree_read(s->arena, s->root, path, CONFIG_MAX, NULL);
	return text != NULL && matches(pattern, text);
}

/* How many of the detectors find something: all of them, or up to one. */
static size_t
count(struct search *s, const char *list, int all)
{
	size_t found = 0;
	char *rest, *what;

	if (list == NULL)
		return 0;
	rest = arena_printf(s->arena, "%s", list);
	while ((what = strsep(&rest, " ")) != NULL) {
		if (is_there(s, what))
			found++;
		else if (all)
			return 0;
		if (found > 0 && !all)
			break;
	}
	return found;
}

static int
fits(struct search *s, const struct framework *f)
{
	int every = f->every == NULL || count(s, f->every, 1) > 0;
	int some = f->some == NULL || count(s, f->some, 0) > 0;

	if (every && some && (f->every != NULL || f->some != NULL))
		return 1;
	return count(s, f->config, 0) > 0;
}

/* What stands under it goes, and what stands under that. */
static void
supersede(int found[], const struct framework *f, struct arena *a)
{
	const struct framework *under;
	char *rest, *name;

	if (f->supersedes == NULL)
		return;
	rest = arena_printf(a, "%s", f->supersedes);
	while ((name = strsep(&rest, " ")) != NULL)
		if ((under = framework_find(name)) != NULL &&
		    found[under - frameworks]) {
			found[under - frameworks] = 0;
			supersede(found, under, a);
		}
}

const struct framework *
framework_detect(struct arena *a, const struct package *p, int root,
    const char *dir)
{
	struct search s = { a, p, root, dir };
	int found[NITEMS(frameworks)] = { 0 };
	const struct framework *f;
	size_t i;

	for (i = 0; &frameworks[i] < OTHER; i++)
		found[i] = fits(&s, &frameworks[i]);
	for (i = 0; i < NITEMS(found); i++)
		if (found[i])
			supersede(found, &frameworks[i], a);
	for (i = 0; i < NITEMS(found) && !found[i]; i++)
		;
	f = i < NITEMS(found) ? &frameworks[i] : NULL;
	/* Notes of a program beside a page do not make it one. */
	if (f != NULL &&
	    ((f->flags & FRAMEWORK_WEAK) == 0 ||
		!tree_is_file(root, tree_join(a, dir, "index.html"))))
		return f;
	if (package_script(p, "build") != NULL ||
	    package_script(p, "vercel-build") != NULL ||
	    package_script(p, "now-build") != NULL)
		return OTHER;
	return STATIC;
}

static int
in_list(const char *list, const char *name)
{
	size_t n;

	for (; list != NULL && *list != '\0'; list += n + (list[n] == ' ')) {
		n = strcspn(list, " ");
		if (n == strlen(name) && strncmp(list, name, n) == 0)
			return 1;
	}
	return 0;
}

const struct framework *
framework_find(const char *name)
{
	size_t i;

	for (i = 0; i < NITEMS(frameworks); i++)
		if (strcmp(frameworks[i].name, name) == 0 ||
		    (*name != '\0' && in_list(frameworks[i].alias, name)))
			return &frameworks[i];
	return NULL;
}

const char *
framework_command(const struct framework *f, const struct package *p,
    struct arena *a, int *own)
{
	const char *list = f->scripts, *part, *name;
	size_t n;

	*own = 0;
	while ((part = framework_part(&list, &n)) != NULL) {
		name = arena_strndup(a, part, n);
		if (package_script(p, name) == NULL)
			continue;
		if (strcmp(name, "build") == 0 && p->runs != NULL)
			return p->runs;
		return arena_printf(a, "%s run %s", p->manager_name, name);
	}
	if (p->runs_alone)
		return p->runs;
	*own = 1;
	return f->command;
}

struct hashed {
	const char *path;
	int sure;  /* everything there is */
	int maybe; /* where a name looks like it, it is */
};

static int
in_dir(void *arg, const char *dir, size_t n)
{
	struct hashed *h = arg;
	int maybe = dir[n - 1] == '~';

	if (strncmp(h->path, dir, n - maybe) != 0)
		return 0;
	h->maybe |= maybe;
	h->sure |= !maybe;
	return 1;
}

int
framework_hashed(const struct framework *f, const char *path)
{
	const char *dot = strrchr(path, '.');
	struct hashed h = { .path = path };

	if (dot == NULL || strcmp(dot, ".html") == 0)
		return 0;
	any(f->hashed, in_dir, &h);
	return h.sure || hashed_name(path, h.maybe);
}
