#include <string.h>

#include "package.h"
#include "tree.h"
#include "workspace.h"

#define FILE_MAX    (1 << 20)
#define ITEMS_MAX   512
#define PATTERN_MAX 1024
#define TRIES       5000

const char *
workspace_parent(struct arena *a, const char *dir)
{
	const char *slash = strrchr(dir, '/');

	if (strcmp(dir, ".") == 0)
		return NULL;
	return slash == NULL ? "." :
			       arena_strndup(a, dir, (size_t)(slash - dir));
}

/* ---- pnpm-workspace.yaml ------------------------------------------------ */

struct items {
	struct arena *arena;
	const char **v;
	size_t n;
};

static void
add(struct items *l, const char *s, size_t n)
{
	while (n > 0 && strchr(" \t\r", s[n - 1]) != NULL)
		n--;
	if (n > 0 && l->n < ITEMS_MAX)
		l->v[l->n++] = arena_strndup(l->arena, s, n);
}

/* One scalar, quoted or plain; its end. */
static const char *
scalar(struct items *l, const char *s, const char *stop)
{
	const char *end;
	size_t n;

	if (*s == '\'' || *s == '"') {
		n = strcspn(s + 1, *s == '"' ? "\"\n" : "'\n");
		add(l, s + 1, n);
		return s + 1 + n + (s[1 + n] == *s);
	}
	n = strcspn(s, stop);
	for (end = s; end < s + n; end++) /* " #" begins a comment */
		if (*end == '#' && end > s && (end[-1] == ' '))
			break;
	add(l, s, (size_t)(end - s));
	return s + n;
}

/* ["a", "b"], over as many lines as it likes. */
static void
flow(struct items *l, const char *s)
{
	while (*s != '\0' && *s != ']') {
		s += strspn(s, " \t\r\n,");
		if (*s == '#')
			s += strcspn(s, "\n");
		else if (*s != '\0' && *s != ']')
			s = scalar(l, s, ",]\n");
	}
}

static const char *
next_line(const char *s)
{
	s += strcspn(s, "\n");
	return s + (*s == '\n');
}

static void
block(struct items *l, const char *s)
{
	const char *p;

	for (; *s != '\0'; s = next_line(s)) {
		p = s + strspn(s, " \t\r");
		if (*p == '\n' || *p == '\0' || *p == '#')
			continue;
		if (*p != '-' || strchr(" \t", p[1]) == NULL)
			return; /* the next key */
		p++;
		scalar(l, p + strspn(p, " \t"), "\r\n");
	}
}

const char **
workspace_yaml(struct arena *a, const char *text)
{
	struct items l = { a, arena_alloc(a, (ITEMS_MAX + 1) * sizeof(char *)),
		0 };
	const char *s;

	for (s = text; *s != '\0'; s = next_line(s)) {
		if (strncmp(s, "packages:", 9) != 0)
			continue;
		s += 9;
		s += strspn(s, " \t\r");
		if (*s == '[')
			flow(&l, s + 1);
		else if (*s == '\n' || *s == '#')
			block(&l, next_line(s));
		break;
	}
	l.v[l.n] = NULL;
	return l.v;
}

/* ---- patterns ----------------------------------------------------------- */

/* What a stranger writes may fit in more ways than there is time to try. */
struct search {
	struct arena *arena;
	const char *path;
	int tries;
};

/* One name: "*" is anything but a first dot, "?" one byte. */
static int
star(const char *pattern, size_t n, const char *name, size_t m)
{
	size_t i = 0, j = 0, at = n, from = 0;

	if (m > 0 && *name == '.' && (n == 0 || *pattern != '.'))
		return 0;
	while (j < m)
		if (i < n && pattern[i] == '*') {
			at = i++;
			from = j;
		} else if (i < n &&
		    (pattern[i] == '?' || pattern[i] == name[j])) {
			i++;
			j++;
		} else if (at < n) {
			i = at + 1;
			j = ++from;
		} else
			return 0;
	while (i < n && pattern[i] == '*')
		i++;
	return i == n;
}

static int
glob(struct search *s, const char *pattern, const char *path)
{
	size_t n = strcspn(pattern, "/"), m = strcspn(path, "/");
	const char *rest = pattern + n + (pattern[n] == '/');
	const char *below = path + m + (path[m] == '/');

	if (*pattern == '\0' || *path == '\0')
		return *pattern == *path ||
		    (*path == '\0' && strcmp(pattern, "**") == 0);
	if (--s->tries < 0)
		return 0;
	if (n == 2 && strncmp(pattern, "**", 2) == 0)
		return glob(s, rest, path) ||
		    glob(s, *rest == '\0' ? "**" : pattern, below);
	return star(pattern, n, path, m) && glob(s, rest, below);
}

/* "{a,b}/c" is "a/c" or "b/c". */
static int
braces(struct search *s, const char *pattern)
{
	const char *open = strchr(pattern, '{'), *close, *one;
	size_t n;

	if (open == NULL || (close = strchr(open, '}')) == NULL)
		return glob(s, pattern, s->path);
	for (one = open + 1; one <= close && --s->tries > 0; one += n + 1) {
		n = strcspn(one, ",}");
		if (braces(s,
			arena_printf(s->arena, "%.*s%.*s%s",
			    (int)(open - pattern), pattern, (int)n, one,
			    close + 1)))
			return 1;
	}
	return 0;
}

int
workspace_has(struct arena *a, const char *const patterns[], const char *path)
{
	struct search search = { a, path, TRIES };
	int has = 0, not ;
	const char *s;
	size_t i, n;

	for (i = 0; patterns[i] != NULL; i++) {
		s = patterns[i];
		not = *s == '!';
		s += not ;
		while (strncmp(s, "./", 2) == 0)
			s += 2;
		n = strlen(s);
		while (n > 1 && s[n - 1] == '/')
			n--;
		if (n > PATTERN_MAX || !braces(&search, arena_strndup(a, s, n)))
			continue;
		if (not )
			return 0;
		has = 1;
	}
	return has;
}

/* ---- the root ----------------------------------------------------------- */

/* "workspaces" of package.json: a list, or { "packages": a list }. */
static const char **
listed(struct arena *a, struct json_object *json)
{
	struct json_object *o, *one;
	const char **v;
	size_t i, n;

	if (json == NULL || !json_object_object_get_ex(json, "workspaces", &o))
		return NULL;
	if (json_object_is_type(o, json_type_object) &&
	    !json_object_object_get_ex(o, "packages", &o))
		return NULL;
	if (!json_object_is_type(o, json_type_array))
		return NULL;
	n = json_object_array_length(o);
	if (n > ITEMS_MAX)
		n = ITEMS_MAX;
	v = arena_alloc(a, (n + 1) * sizeof(*v));
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(o, i);
		v[i] = json_object_is_type(one, json_type_string) ?
		    json_object_get_string(one) :
		    "";
	}
	v[n] = NULL;
	return v;
}

/* What of dir is below top; "" for top itself. */
static const char *
below(const char *top, const char *dir)
{
	if (strcmp(top, dir) == 0)
		return "";
	return strcmp(top, ".") == 0 ? dir : dir + strlen(top) + 1;
}

static int
is_root(struct workspace *w, struct arena *a, int root, const char *top,
    const char *dir)
{
	const char **list, *text, *why;

	if (package_json(a, root, tree_join(a, top, "package.json"), &w->json,
		&why) != RC_OK)
		w->json = NULL;
	w->from = "pnpm-workspace.yaml";
	text = tree_read(a, root, tree_join(a, top, w->from), FILE_MAX, NULL);
	list = text != NULL ? workspace_yaml(a, text) : NULL;
	if (list == NULL || *list == NULL) {
		w->from = "package.json";
		list = listed(a, w->json);
	}
	return list != NULL && *list != NULL &&
	    (strcmp(top, dir) == 0 || workspace_has(a, list, below(top, dir)));
}

static const char *
find_runner(const struct workspace *w, struct arena *a, int root)
{
	struct package p = { .json = w->json };

	if (package_depends(&p, "turbo") != NULL &&
	    (tree_is_file(root, tree_join(a, w->dir, "turbo.json")) ||
		tree_is_file(root, tree_join(a, w->dir, "turbo.jsonc"))))
		return "turbo";
	if (package_depends(&p, "nx") != NULL &&
	    tree_is_file(root, tree_join(a, w->dir, "nx.json")))
		return "nx";
	return NULL;
}

void
workspace_find(struct workspace *w, struct arena *a, int root, const char *dir)
{
	const char *top;

	*w = (struct workspace){ 0 };
	for (top = dir; top != NULL; top = workspace_parent(a, top))
		if (is_root(w, a, root, top, dir)) {
			w->dir = top;
			w->runner = find_runner(w, a, root);
			return;
		}
	*w = (struct workspace){ 0 };
}

int
workspace_nx(struct workspace *w, struct arena *a, int root, const char *dir)
{
	const char *top, *why;

	*w = (struct workspace){ .from = "nx.json" };
	for (top = dir; top != NULL; top = workspace_parent(a, top))
		if (tree_is_file(root, tree_join(a, top, "nx.json")) &&
		    package_json(a, root, tree_join(a, top, "package.json"),
			&w->json, &why) == RC_OK) {
			w->dir = top;
			w->runner = find_runner(w, a, root);
			return 1;
		}
	*w = (struct workspace){ 0 };
	return 0;
}

/* ---- what builds a member ----------------------------------------------- */

static struct json_object *
object(struct json_object *o, const char *name)
{
	if (o == NULL || !json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, name, &o))
		return NULL;
	return o;
}

static struct json_object *
load(struct arena *a, int root, const char *dir, const char *name)
{
	struct json_object *o;
	const char *why;

	return package_json(a, root, tree_join(a, dir, name), &o, &why) ==
		RC_OK ?
	    o :
	    NULL;
}

const char *
workspace_command(const struct workspace *w, struct arena *a, int root,
    const char *dir, struct json_object *json)
{
	struct json_object *o, *p;
	const char *name;

	if (w->runner == NULL || json == NULL)
		return NULL;
	if (strcmp(w->runner, "turbo") == 0) {
		/* It has comments, which it may: it is asked by its text. */
		name = tree_read(a, root, tree_join(a, w->dir, "turbo.json"),
		    FILE_MAX, NULL);
		if (name == NULL)
			name = tree_read(a, root,
			    tree_join(a, w->dir, "turbo.jsonc"), FILE_MAX,
			    NULL);
		return name != NULL && strstr(name, "\"build\"") != NULL ?
		    "turbo run build" :
		    NULL;
	}
	o = load(a, root, w->dir, "nx.json");
	p = load(a, root, dir, "project.json");
	if (object(object(o, "targetDefaults"), "build") == NULL &&
	    object(object(p, "targets"), "build") == NULL &&
	    object(object(object(json, "nx"), "targets"), "build") == NULL)
		return NULL;
	if ((name = package_string(p, "name")) == NULL &&
	    (name = package_string(object(json, "nx"), "name")) == NULL &&
	    (name = package_string(json, "name")) == NULL)
		return NULL;
	return strspn(name,
		   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		   "YZ0123456789-_.@/") == strlen(name) ?
	    arena_printf(a, "nx build %s", name) :
	    NULL;
}

/* "../../" for two folders down. */
static const char *
up_from(struct arena *a, const char *path)
{
	const char *up = "";

	for (; *path != '\0'; path += strcspn(path, "/"), path += *path == '/')
		up = arena_printf(a, "%s../", up);
	return up;
}

const char *
workspace_output(const struct workspace *w, struct arena *a, int root,
    const char *dir)
{
	struct json_object *build;
	const char *s;

	build = object(object(load(a, root, dir, "project.json"), "targets"),
	    "build");
	s = package_string(object(build, "options"), "outputPath");
	if (s == NULL && strcmp(w->from, "nx.json") != 0)
		return NULL;
	if (s == NULL || strchr(s, '{') != NULL)
		s = arena_printf(a, "dist/%s", below(w->dir, dir));
	s = arena_printf(a, "%s%s", up_from(a, below(w->dir, dir)), s);
	return arena_printf(a, "%s|%s/browser", s, s);
}
