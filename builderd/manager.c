#include <stdlib.h>
#include <string.h>

#include "manager.h"
#include "package.h"
#include "range.h"
#include "tree.h"

#define LOCK_MAX (64 << 20)

/* In the order in which they are believed, of the nearest folder. */
/* clang-format off */
static const struct {
	const char *file;
	enum manager manager;
} locks[] = {
	{ "yarn.lock",		 YARN },
	{ "pnpm-lock.yaml",	 PNPM },
	{ "package-lock.json",	 NPM },
	{ "npm-shrinkwrap.json", NPM },
	{ "bun.lock",		 BUN },
	{ "bun.lockb",		 BUN },
	{ "vlt-lock.json",	 VLT },
};

/*
 * Over what an earlier build installed "npm ci" would first remove it all, and
 * that takes longer than to install it.  "npm install" does not, but takes a
 * lock file that disagrees with package.json; so "npm ci" is asked beforehand.
 * Yarn since 2 notes in what it installs what that is, and changes only the
 * rest.  Yarn 1 is not here: it unpacks every package anew, and since that is
 * newer than what is there it copies every file again.
 */
static const struct {
	const char *name;
	const char *plain;	/* without a lock file */
	const char *locked;
	const char *update;	/* locked, over an earlier one's; or NULL */
	int majors[7];		/* that images have, what is usual first; see
				   slipwayctl/tarball.c */
} managers[MANAGER__MAX] = {
	[NPM]	     = { "npm",  "npm install",		"npm ci",
			 "npm ci --dry-run --silent >/dev/null && npm install --no-save --prefer-offline", { 10, 11 } },
	[PNPM]	     = { "pnpm", "pnpm install --no-frozen-lockfile", "pnpm install --frozen-lockfile",
			 "pnpm install --frozen-lockfile --prefer-offline", { 10, 12, 11, 9, 8, 7 } },
	[YARN]	     = { "yarn", "yarn install --non-interactive", "yarn install --frozen-lockfile --non-interactive", NULL, { 1 } },
	[YARN_BERRY] = { "yarn", "yarn install --no-immutable",	"yarn install --immutable",
			 "yarn install --immutable", { 4, 3 } },
	[BUN]	     = { "bun",	 "bun install",		"bun install --frozen-lockfile", NULL, { 0 } },
	[VLT]	     = { "vlt",	 "vlt install",		"vlt install --frozen-lockfile", NULL, { 0 } },
};

/* Those that run with no older Node than that. */
static const struct {
	enum manager manager;
	int major, node;
} since[] = {
	{ NPM,		11,	20 },
	{ PNPM,		11,	22 },
};

/* Which major wrote a lock file of that number, or of the next below. */
static const struct {
	enum manager manager;
	double number;
	int major;
} writers[] = {
	{ PNPM,		9.0,	10 },
	{ PNPM,		7.0,	9 },
	{ PNPM,		6.0,	8 },
	{ PNPM,		5.4,	7 },
	{ PNPM,		0.0,	6 },
	{ YARN_BERRY,	8.0,	4 },
	{ YARN_BERRY,	6.0,	3 },
	{ YARN_BERRY,	0.0,	2 },
	{ YARN,		0.0,	1 },
};
/* clang-format on */

/* "pnpm@9.1.0+sha512.abc": does it name that manager?  Then its version. */
static const char *
named(struct json_object *json, enum manager m)
{
	const char *s = package_string(json, "packageManager");
	size_t n;

	if (s == NULL)
		return NULL;
	n = strcspn(s, "@");
	if (strlen(managers[m].name) != n ||
	    strncmp(s, managers[m].name, n) != 0)
		return NULL;
	s += n + (s[n] == '@');
	/* Two managers have one name. */
	if (m == YARN && *s != '\0' && strtol(s, NULL, 10) != 1)
		return NULL;
	if (m == YARN_BERRY && strtol(s, NULL, 10) < 2)
		return NULL;
	return s;
}

/* What names the manager: the project itself, or its workspace. */
static const char *
asked(const struct package *p, enum manager m)
{
	const char *s = named(p->json, m);

	return s != NULL ? s : named(p->workspace.json, m);
}

/* "lockfileVersion: '9.0'" of pnpm, "  version: 8" of Yarn. */
static void
read_lock(struct package *p, struct arena *a, int root)
{
	const char *text, *at;

	text = tree_read(a, root, p->lock, LOCK_MAX, &p->lock_size);
	if ((p->lock_text = text) == NULL)
		return;
	if (p->manager == YARN &&
	    (at = strstr(text, "\n__metadata:")) != NULL) {
		p->manager = YARN_BERRY;
		if ((text = strstr(at, "version:")) == NULL)
			return;
		at = text + 8 + strspn(text + 8, " ");
	} else if (p->manager == PNPM &&
	    strncmp(text, "lockfileVersion:", 16) == 0)
		at = text + 16 + strspn(text + 16, " '\"");
	else
		return;
	p->lock_version = arena_strndup(a, at, strspn(at, "0123456789."));
}

/* The lock file in one folder: of the manager that is asked for, if it can. */
static int
lock_in(struct package *p, struct arena *a, int root, const char *dir)
{
	const char *path, *found[NITEMS(locks)];
	size_t i, best = NITEMS(locks);
	int bun = 0;

	for (i = 0; i < NITEMS(locks); i++) {
		path = tree_join(a, dir, locks[i].file);
		found[i] = tree_is_file(root, path) ? path : NULL;
		bun |= found[i] != NULL && locks[i].manager == BUN;
	}
	for (i = NITEMS(locks); i-- > 0;)
		/* Bun writes a yarn.lock beside its own. */
		if (found[i] != NULL && (!bun || locks[i].manager != YARN))
			best = i;
	for (i = NITEMS(locks); i-- > 0;)
		if (found[i] != NULL &&
		    (asked(p, locks[i].manager) != NULL ||
			(locks[i].manager == YARN &&
			    asked(p, YARN_BERRY) != NULL)))
			best = i;
	if (best == NITEMS(locks))
		return 0;
	p->lock = found[best];
	p->manager = locks[best].manager;
	read_lock(p, a, root);
	return 1;
}

/*
 * The nearest lock file, up to the root of the repository.  One above the
 * project is its own only within a workspace; else it tells who installs.
 */
static void
find_lock(struct package *p, struct arena *a, int root, const char *dir)
{
	const char *up, *top = p->workspace.dir;
	enum manager m;

	for (up = dir; up != NULL; up = workspace_parent(a, up)) {
		if (!lock_in(p, a, root, up))
			continue;
		if (strcmp(up, dir) == 0 ||
		    (top != NULL && strcmp(up, top) == 0)) {
			p->dir = up;
			return;
		}
		p->lock = p->lock_text = NULL;
		p->lock_version = "";
		break;
	}
	if (top != NULL)
		p->dir = top;
	for (m = 0; m < MANAGER__MAX; m++)
		if (asked(p, m) != NULL)
			p->manager = m;
	if (up == NULL && p->manager == NPM && top != NULL &&
	    strcmp(p->workspace.from, "pnpm-workspace.yaml") == 0)
		p->manager = PNPM;
}

/* That major, or the next newer, which reads what older ones wrote. */
static int
nearest(const int majors[], long want)
{
	int best = 0;

	for (; *majors != 0; majors++)
		if (best < want ? *majors > best :
				  *majors >= want && *majors < best)
			best = *majors;
	return best;
}

/* What a range allows: the usual one if it does, else the newest. */
static int
allowed(const char *range, const int majors[])
{
	const int usual[] = { majors[0], 0 };
	int major = range_major(range, usual);

	return major != 0 ? major : range_major(range, majors);
}

static void
take_major(struct package *p, struct arena *a, int major)
{
	p->manager_major = major;
	/* The usual npm is in every PATH. */
	p->manager_dir = p->manager == NPM && major == managers[NPM].majors[0] ?
	    NULL :
	    arena_printf(a, "%s-%d", p->manager_name, major);
}

/* Which major of its manager: as it is asked for, or as the lock file is. */
static void
find_version(struct package *p, struct arena *a)
{
	const int *majors = managers[p->manager].majors;
	const char *name = managers[p->manager].name, *s, *from;
	long want = 0;
	int major;
	size_t i;

	if (majors[0] == 0)
		return;
	from = "packageManager";
	if ((s = asked(p, p->manager)) != NULL)
		want = strtol(s, NULL, 10);
	if (want == 0) {
		from = "engines";
		s = package_string_in(p->json, from, name);
		if (s == NULL)
			s = package_string_in(p->workspace.json, from, name);
		if (s != NULL)
			want = allowed(s, majors);
	}
	if (want == 0 && *p->lock_version != '\0') {
		from = "the lock file";
		for (i = 0; want == 0 && i < NITEMS(writers); i++)
			if (writers[i].manager == p->manager &&
			    strtod(p->lock_version, NULL) >= writers[i].number)
				want = writers[i].major;
	}
	major = want != 0 ? nearest(majors, want) : majors[0];
	take_major(p, a, major);
	if (want != 0 && want != major)
		p->manager_note = arena_printf(a,
		    "%s asks for %s %ld, which build images do not have; "
		    "going on with %s %d",
		    from, name, want, name, major);
}

void
manager_find(struct package *p, struct arena *a, int root, const char *dir)
{
	if (p->json != NULL)
		find_lock(p, a, root, dir);
	p->manager_name = managers[p->manager].name;
	find_version(p, a);
}

void
manager_fit(struct package *p, struct arena *a, int node)
{
	int usual = managers[p->manager].majors[0], major = p->manager_major;
	size_t i;

	for (i = 0; i < NITEMS(since); i++) {
		if (since[i].manager != p->manager || since[i].major != major ||
		    node >= since[i].node)
			continue;
		take_major(p, a, usual);
		p->manager_note = arena_printf(a,
		    "%s %d needs Node %d or newer; going on with %s %d",
		    p->manager_name, major, since[i].node, p->manager_name,
		    usual);
	}
}

int
manager_usual(const struct package *p)
{
	return p->manager != BUN && p->manager != VLT;
}

const char *
manager_install(const struct package *p)
{
	return p->lock != NULL ? managers[p->manager].locked :
				 managers[p->manager].plain;
}

const char *
manager_update(const struct package *p, const char *install)
{
	if (p->lock == NULL || strcmp(install, manager_install(p)) != 0)
		return NULL; /* somebody's own command */
	return managers[p->manager].update;
}
