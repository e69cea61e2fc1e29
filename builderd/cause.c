#include <json-c/json.h>

#include <dirent.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "cause.h"
#include "log.h"
#include "tree.h"

#define NAME_LONG 120   /* bytes of a name that is repeated */
#define LOOKED    20000 /* most entries that are compared with an import */
#define DEEP      12
#define WORKSPACE "/workspace/" /* where the checkout is in the cage */

#define IMPORT_OF(what)                                           \
	"Cannot find module '(" what "[^']*)'"                    \
	"|[Cc]an't resolve '(" what "[^']*)'"                     \
	"|([Ff]ailed to|Could not) resolve (import )?[\"'](" what \
	"[^\"']*)[\"']"

typedef const char *look_fn(struct arena *, const char *name,
    const struct package *, int root);
static look_fn import, package;

/*
 * Of the rows that fit the first is the cause, so what is particular stands
 * above what is general.  The name is the last group that matched.
 */
/* clang-format off */
static const struct row {
	const char *code, *pattern;
	const char *why;	/* in which %s is the name; or NULL: what */
	look_fn *look;		/* says of the checkout */
} rows[] = {
	{ "openssl", "ERR_OSSL_EVP_UNSUPPORTED|digital envelope routines::unsupported",
	    "a tool of the build needs OpenSSL's legacy provider: update it (webpack 5, react-scripts 5), "
	    "or set the variable NODE_OPTIONS to --openssl-legacy-provider", NULL },
	{ "memory", "JavaScript heap out of memory|Reached heap limit Allocation failed",
	    "Node ran out of memory: raise the project's build_memory, or make the build smaller", NULL },
	{ "engines", "(ERR!|error) code EBADENGINE|ERR_PNPM_UNSUPPORTED_ENGINE"
	    "|The engine \"node\" is incompatible|Node\\.js version \"?[>^v~0-9. |=]+\"? is required"
	    "|requires Node\\.js (version )?[>^v0-9]|requires a minimum Node\\.js version"
	    "|Node\\.js v[0-9.]+ is not supported",
	    "the project needs another version of Node: set node_version, or \"engines\": "
	    "{ \"node\": \"...\" } in package.json", NULL },
	{ "lockfile", "can only install with an existing package-lock\\.json|ERR_PNPM_NO_LOCKFILE",
	    "there is no lock file: run the install on your machine and commit the lock file", NULL },
	{ "lockfile", "can only install packages when your package\\.json and (package-lock|npm-shrinkwrap)"
	    "|ERR_PNPM_OUTDATED_LOCKFILE|Your lockfile needs to be updated|YN0028"
	    "|lockfile would have been (modified|created) by this install",
	    "the lock file does not fit package.json: run the install on your machine and commit the "
	    "lock file", NULL },
	{ "lockfile", "ERR_PNPM_BROKEN_LOCKFILE|ERR_PNPM_LOCKFILE_BREAKING_CHANGE"
	    "|Merge conflict detected in (package-lock|yarn)",
	    "the lock file cannot be read: make it anew with the package manager's version that "
	    "package.json names, and commit it", NULL },
	{ "builds", "ERR_PNPM_IGNORED_BUILDS",
	    "pnpm runs a dependency's build script only where pnpm-workspace.yaml says whether it may: "
	    "run pnpm approve-builds on your machine, and commit what it writes", NULL },
	{ "workspace", "Unsupported URL Type \"workspace:\"|EUNSUPPORTEDPROTOCOL",
	    "npm cannot install what pnpm or yarn wrote: commit their lock file, or name them as "
	    "packageManager in package.json", NULL },
	{ "peers", "(ERR!|error) code ERESOLVE",
	    "dependencies want different versions of the same package: settle that on your machine and "
	    "commit the lock file, or put legacy-peer-deps=true into .npmrc", NULL },
	{ "registry", "(ERR!|error) code (E401|E403|ENEEDAUTH)|ERR_PNPM_FETCH_40[13]"
	    "|YN0041|Response Code: 401",
	    "the package registry refuses: set the variable that .npmrc reads its token from", NULL },
	{ "registry", "(ERR!|error) code E404|ERR_PNPM_FETCH_404|YN0035",
	    "a package is not in the registry: its name is wrong, or it is private and wants a token", NULL },
	{ "script", "Missing script: \"?([A-Za-z0-9:_.-]+)|Couldn't find a script named \"([^\"]+)\""
	    "|error Command \"([^\"]+)\" not found",
	    "package.json has no script \"%s\": add it, or set the project's build command", NULL },
	{ "warnings", "Treating warnings as errors because process\\.env\\.CI",
	    "warnings are errors where CI is set: mend them, or set the variable CI to false", NULL },
	{ "native", "gyp ERR! (find Python|stack Error: not found: make|stack Error: `make`)"
	    "|gyp ERR! build error",
	    "a package wants to compile native code, and the build image has no compiler: take a version "
	    "of it that comes compiled", NULL },
	{ "executable", "(sh|bash): ?[^\n]*: ([^ :\n]+): Permission denied",
	    "a script that the build runs may not be executed: git update-index --chmod=+x, and commit", NULL },
	{ "command", "(sh|bash): ([0-9]+: |line [0-9]+: )?([A-Za-z0-9@_][A-Za-z0-9@._-]*): [a-z ]*not found",
	    "there is no command \"%s\": add the package that brings it to package.json; where NODE_ENV "
	    "is production, devDependencies are not installed", NULL },
	{ "import", "[Ff]ile name '[^']+' differs from [a-z ]*file name '([^']+)' only in casing",
	    "there are two files called \"%s\" but for upper and lower case: keep one of them, and import "
	    "it by its name", NULL },
	/* Without quotes up to Node 18. */
	{ "import", "Did you mean to import \"?([^\"\n]+[^\"?\n])\"?\\?",
	    "Node takes an import of a file by its whole path, with the extension: write \"%s\"", NULL },
	{ "module", "(Cannot find module '|Could not load |Cannot read file: )"
	    "(/[^' \n]*/node_modules/[^' \n]*)",
	    "\"%s\" is a package's file, and not there: add the package to package.json, or take another "
	    "version of it", NULL },
	/* "./" and "../", aliases as "@/", "~/", "#/", and the whole path. */
	{ "import", IMPORT_OF("[.@~#]*/") "|Could not load (/[^ \n]+)[^\n]*: ENOENT"
	    "|UNLOADABLE_DEPENDENCY\\] Could not load ([^ \n]+)|Cannot read file: (/[^\n]+)", NULL, import },
	{ "module", IMPORT_OF("[@a-zA-Z_]") "|Cannot find package '([^']+)'", NULL, package },
	{ "network", "getaddrinfo (ENOTFOUND|EAI_AGAIN) ([^ \n]+)|Could not resolve host: ([^ \n]+)"
	    "|request to https?://([^/ \n]+)[^\n]* failed",
	    "the command could not reach \"%s\": the host is unknown or private, or the project's setting "
	    "network does not let builds reach it", NULL },
	{ "network", "connect ECONNREFUSED|read ECONNRESET|TypeError: fetch failed|ETIMEDOUT",
	    "the command needs the network and was refused: private addresses are not reached from a "
	    "build, and the project's setting network may say less", NULL },
};
/* clang-format on */

/* Without colours, which tools put into the middle of their words. */
static char *
plain(struct arena *a, const char *text, size_t n)
{
	char *s = arena_alloc(a, n + 1);
	size_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (text[i] == '\033' && i + 1 < n && text[i + 1] == '[') {
			for (i += 2; i < n && (text[i] < '@' || text[i] > '~');)
				i++;
			continue;
		}
		if (text[i] != '\0' && text[i] != '\r')
			s[k++] = text[i];
	}
	return s;
}

/* The last group that took part: the name, where a pattern has one. */
static const char *
name_of(struct arena *a, const char *text, const regmatch_t m[], size_t n)
{
	size_t len;

	while (--n > 0 && m[n].rm_so == -1)
		;
	if (n == 0)
		return "";
	len = (size_t)(m[n].rm_eo - m[n].rm_so);
	return arena_strndup(a, text + m[n].rm_so,
	    len < NAME_LONG ? len : NAME_LONG);
}

struct look {
	struct arena *arena;
	const char *want; /* "components/Header" */
	size_t len;
	int left;
	const char *found;
};

/* Is path what is wanted but for the case and what comes after a dot? */
static int
alike(const struct look *l, const char *path)
{
	const char *base = strrchr(path, '/'), *dot;
	size_t n = strlen(path), tail = n;

	dot = strchr(base != NULL ? base : path, '.');
	if (dot != NULL && strchr(l->want, '.') == NULL)
		tail = (size_t)(dot - path);
	if (tail < l->len ||
	    strncasecmp(path + tail - l->len, l->want, l->len) != 0)
		return 0;
	if (tail > l->len && path[tail - l->len - 1] != '/')
		return 0;
	return strncmp(path + tail - l->len, l->want, l->len) != 0;
}

static void
look_in(struct look *l, int root, const char *at, int depth)
{
	struct dirent *e;
	const char *path;
	int fd;
	DIR *d;

	if (depth > DEEP || (fd = tree_dir(root, at)) == -1)
		return;
	if ((d = fdopendir(fd)) == NULL) {
		close(fd);
		return;
	}
	while (l->found == NULL && (e = readdir(d)) != NULL && l->left-- > 0) {
		if (e->d_name[0] == '.' ||
		    strcmp(e->d_name, "node_modules") == 0)
			continue;
		path = tree_join(l->arena, at, e->d_name);
		if (alike(l, path))
			l->found = path;
		else if (e->d_type == DT_DIR)
			look_in(l, root, path, depth + 1);
	}
	closedir(d);
}

/* The file is there, in other letters than want; or NULL. */
static const char *
in_other_case(struct arena *a, const char *name, const char *want, int root)
{
	struct look l = { .arena = a, .want = want, .left = LOOKED };

	l.len = strlen(want);
	if (root != -1 && l.len > 0)
		look_in(&l, root, ".", 0);
	return l.found == NULL ?
	    NULL :
	    arena_printf(a,
		"\"%s\" is imported, and the file is called \"%s\": upper "
		"and lower case are not the same here; rename one of them",
		name, l.found);
}

/* An import of a file that is not there, or not in these letters. */
static const char *
import(struct arena *a, const char *name, const struct package *p, int root)
{
	const char *want = name, *why;
	size_t n;

	(void)p;
	if (strncmp(name, WORKSPACE, strlen(WORKSPACE)) == 0)
		want += strlen(WORKSPACE);
	while (want[n = strspn(want, ".@~#")] == '/')
		want += n + 1;
	if ((why = in_other_case(a, name, want, root)) != NULL)
		return why;
	return arena_printf(a,
	    "\"%s\" is imported, and there is no such file: is it left out by "
	    ".gitignore, or not committed%s?",
	    name, strspn(name, "@~#") > 0 ? ", or the alias not set up" : "");
}

/* Is there, in that list of a package.json, one of its scope or its name? */
static int
lists(struct json_object *json, const char *list, const char *name)
{
	size_t n = strcspn(name, "/");
	struct json_object *o;

	if (!json_object_object_get_ex(json, list, &o) ||
	    !json_object_is_type(o, json_type_object))
		return 0;
	json_object_object_foreach(o, one, ignored)
	{
		(void)ignored;
		if (strncmp(one, name, n) == 0 &&
		    one[n] == (*name == '@' ? '/' : '\0'))
			return 1;
	}
	return 0;
}

/* A workspace installs for the project what either of them names. */
static int
depends(const struct package *p, const char *name)
{
	static const char *const where[] = { "dependencies", "devDependencies",
		"optionalDependencies", "peerDependencies" };
	size_t i;

	for (i = 0; i < NITEMS(where); i++)
		if (lists(p->json, where[i], name) ||
		    lists(p->workspace.json, where[i], name))
			return 1;
	return 0;
}

/* What has a path may be an alias of the project's own, as "@components/X". */
static const char *
package(struct arena *a, const char *name, const struct package *p, int root)
{
	const char *why;

	if (strchr(name, '/') == NULL || depends(p, name))
		return arena_printf(a,
		    "the package \"%s\" is not installed: add it to the "
		    "dependencies in package.json",
		    name);
	why = in_other_case(a, name, name + (*name == '@'), root);
	return why != NULL ?
	    why :
	    arena_printf(a,
		"\"%s\" is not found: if it is a package, add it to the "
		"dependencies in package.json; if it is an alias of your own "
		"(paths in tsconfig.json or jsconfig.json), there is no such "
		"file, or the tool does not know the alias",
		name);
}

static const char *
fill(struct arena *a, const char *why, const char *name)
{
	const char *at = strstr(why, "%s");

	return at == NULL ?
	    why :
	    arena_printf(a, "%.*s%s%s", (int)(at - why), why, name, at + 2);
}

int
cause_find(struct cause *c, struct arena *a, const char *text, size_t n,
    const struct package *p, int root)
{
	const char *s = plain(a, text, n), *name;
	regmatch_t m[12];
	const struct row *r;
	regex_t re;
	int found;

	for (r = rows; r < rows + NITEMS(rows); r++) {
		if (regcomp(&re, r->pattern, REG_EXTENDED | REG_NEWLINE) != 0)
			fatalx("cause: %s", r->pattern);
		found = regexec(&re, s, NITEMS(m), m, 0) == 0;
		regfree(&re);
		if (!found)
			continue;
		name = name_of(a, s, m, NITEMS(m));
		c->code = r->code;
		c->why = r->look != NULL ? r->look(a, name, p, root) :
					   fill(a, r->why, name);
		return 1;
	}
	return 0;
}
