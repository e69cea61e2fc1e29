/*
 * Build images: squashfs layers that every cage mounts read only.
 *
 * base.sqfs is a minimal Debian of this machine's release, from this machine's
 * package sources.  nodeNN.sqfs lies over it: Node, and the package managers
 * unpacked beside it, each of a version and a checksum that stand here; a
 * tarball that differs is not used.  Others, such as hugo.sqfs, have what a
 * Debian with that package has over the base; lib/rootfs.c lists them.  Those
 * of the operator's own are made in own.c.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "image.h"
#include "log.h"
#include "rootfs.h"
#include "subtract.h"
#include "tarball.h"

#define ARGS_MAX 40
#define PACKAGES "ca-certificates,git" /* of a base */

/* What the command line asks for. */
struct wish {
	char *majors; /* "20,22" */
	char *extras; /* "hugo,bun", or NULL */
	int again;
	const char *add; /* or this alone */
};

void
image_say(const struct making *m, const char *what)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	printf("[%3ld s] %s\n", (long)(now.tv_sec - m->began.tv_sec), what);
	fflush(stdout);
}

static enum rc
remove_tree(const char *path)
{
	return child_run((const char *const[]){ "/bin/rm", "-rf",
	    "--one-file-system", "--", path, NULL });
}

static const char *
under(const struct making *m, const char *name)
{
	return arena_printf(m->ctl->arena, "%s/%s", m->tmp, name);
}

/* The release this machine runs, as in "bookworm"; NULL if it does not say. */
static const char *
codename(struct arena *a)
{
	char line[256], *v = NULL;
	FILE *f;

	if ((f = fopen("/etc/os-release", "re")) == NULL)
		return NULL;
	while (v == NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "VERSION_CODENAME=", 17) == 0) {
			line[strcspn(line, "\n")] = '\0';
			v = arena_printf(a, "%s", line + 17);
		}
	fclose(f);
	return v;
}

/* Does a file of apt sources speak of that release? */
static int
speaks_of(const char *path, const char *release)
{
	size_t n = strlen(release);
	char line[1024], *p;
	int found = 0;
	FILE *f;

	if ((f = fopen(path, "re")) == NULL)
		return 0;
	while (!found && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "Suites:", 7) == 0 ||
		    strncmp(line, "deb ", 4) == 0)
			for (p = line; (p = strstr(p, release)) != NULL; p++)
				found |= p[-1] == ' ' &&
				    strchr(" -/\n", p[n]) != NULL;
	fclose(f);
	return found;
}

/* This machine's apt sources for its own release become argv's last words. */
static enum rc
sources(struct arena *a, const char *release, const char *argv[], size_t n)
{
	static const char dir[] = "/etc/apt/sources.list.d";
	size_t before = n;
	struct dirent *e;
	const char *path;
	DIR *d;

	if (speaks_of("/etc/apt/sources.list", release))
		argv[n++] = "/etc/apt/sources.list";
	d = opendir(dir);
	while (d != NULL && n < ARGS_MAX - 1 && (e = readdir(d)) != NULL) {
		path = arena_printf(a, "%s/%s", dir, e->d_name);
		if (speaks_of(path, release))
			argv[n++] = path;
	}
	if (d != NULL)
		closedir(d);
	argv[n] = NULL;
	if (n > before)
		return RC_OK;
	log_warnx("no apt source for %s in /etc/apt: the image is made from "
		  "this machine's own",
	    release);
	return RC_NOT_FOUND;
}

/* A minimal Debian with these packages. */
static enum rc
debian(const struct making *m, const char *tree, const char *packages)
{
	struct arena *a = m->ctl->arena;
	const char *release = codename(a);
	const char *argv[ARGS_MAX] = { "/usr/bin/mmdebstrap", "--quiet",
		"--variant=minbase", "--mode=root", "--format=dir",
		arena_printf(a, "--include=%s", packages),
		"--dpkgopt=path-exclude=/usr/share/man/*",
		"--dpkgopt=path-exclude=/usr/share/doc/*",
		"--dpkgopt=path-exclude=/usr/share/info/*",
		"--dpkgopt=path-exclude=/usr/share/locale/*",
		"--aptopt=Acquire::Languages \"none\"", release, tree };
	size_t n = 0;
	enum rc rc;

	if (release == NULL) {
		log_warnx("/etc/os-release does not say which Debian this is");
		return RC_FAIL;
	}
	while (argv[n] != NULL)
		n++;
	if ((rc = sources(a, release, argv, n)) != RC_OK ||
	    (rc = child_run(argv)) != RC_OK)
		return rc;
	return rootfs_skeleton(tree);
}

static enum rc
base(const struct making *m)
{
	const char *tree = under(m, "base");
	enum rc rc;

	image_say(m,
	    "base: fetching and unpacking Debian (about 180 MB, half a "
	    "minute)");
	if ((rc = debian(m, tree, PACKAGES)) != RC_OK)
		return rc;
	return pack(m, tree, "base");
}

/* One package of the npm registry, checked, and unpacked below the tree. */
static enum rc
unpack(const struct making *m, const struct tarball *t, const char *tree)
{
	struct arena *a = m->ctl->arena;
	const char *at = arena_printf(a, "%s%s", tree, t->where);
	const char *file;
	enum rc rc;

	image_say(m, arena_printf(a, "fetching %s %s", t->package, t->version));
	if ((rc = tarball_fetch(a, t, m->tmp, &file)) != RC_OK ||
	    (rc = child_run((const char *const[]){ "/bin/mkdir", "-p", at,
		 NULL })) != RC_OK)
		return rc;
	rc = child_run((const char *const[]){ "/bin/tar", "--extract", "--gzip",
	    "--file", file, "--directory", at, "--strip-components=1",
	    "--no-same-owner", "--no-same-permissions",
	    "--exclude=package/include", "--exclude=package/share",
	    "--exclude=package/CHANGELOG.md", NULL });
	unlink(file);
	return rc;
}

/* "/usr/local/bin/npm" in the tree leads to what it is. */
static enum rc
link_to(const struct making *m, const char *tree, const struct tarball_link *l)
{
	const char *path = arena_printf(m->ctl->arena, "%s%s", tree, l->path);
	char *dir = arena_printf(m->ctl->arena, "%s", path);

	*strrchr(dir, '/') = '\0';
	if (child_run((const char *const[]){ "/bin/mkdir", "-p", dir, NULL }) !=
	    RC_OK)
		return RC_FAIL;
	/* npm sets that bit when it installs; a tarball often lacks it. */
	if (symlink(l->target, path) == -1 || chmod(path, 0755) == -1) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	return RC_OK;
}

static enum rc
node(const struct making *m, int major)
{
	const struct tarball_link *l;
	const struct tarball *t;
	const char *name, *tree;
	enum rc rc = RC_OK;
	size_t i;

	name = arena_printf(m->ctl->arena, "node%d", major);
	tree = under(m, name);
	if ((t = tarball_node(major)) == NULL) {
		log_warnx("there is no Node %d for this machine; there is %s",
		    major, tarball_majors(m->ctl->arena));
		return RC_NOT_FOUND;
	}
	rc = unpack(m, t, tree);
	for (i = 0; rc == RC_OK && (t = tarball_manager(i)) != NULL; i++)
		rc = unpack(m, t, tree);
	for (l = tarball_links; rc == RC_OK && l->path != NULL; l++)
		rc = link_to(m, tree, l);
	return rc == RC_OK ? pack(m, tree, name) : rc;
}

int
image_have(const struct making *m, const char *layer)
{
	const char *path =
	    arena_printf(m->ctl->arena, "%s/%s.sqfs", m->dir, layer);

	return access(path, F_OK) == 0;
}

/* What a Debian with these packages has over the base. */
static enum rc
extra_debian(const struct making *m, const struct rootfs_extra *e,
    const char *tree)
{
	struct arena *a = m->ctl->arena;
	static const char *const notes[] = { "var/lib/dpkg", "var/lib/apt",
		"var/cache", "var/log", "etc/ld.so.cache" };
	const char *whole = under(m, "whole");
	enum rc rc;
	size_t i;

	image_say(m,
	    arena_printf(a, "%s: fetching and unpacking Debian's", e->name));
	if ((rc = debian(m, tree,
		 arena_printf(a, PACKAGES ",%s", e->packages))) != RC_OK ||
	    (rc = child_run((const char *const[]){ "/usr/bin/unsquashfs",
		 "-quiet", "-no-progress", "-no-xattrs", "-dest", whole,
		 arena_printf(a, "%s/base.sqfs", m->dir), NULL })) != RC_OK ||
	    (rc = subtract(tree, whole)) != RC_OK)
		return rc;
	/* Of which an overlay shows one file only. */
	for (i = 0; rc == RC_OK && i < NITEMS(notes); i++)
		rc = remove_tree(arena_printf(a, "%s/%s", tree, notes[i]));
	return rc == RC_OK ? remove_tree(whole) : rc;
}

static enum rc
extra_tarball(const struct making *m, const struct rootfs_extra *e,
    const char *tree)
{
	const struct tarball *t = tarball_layer(e->name);
	const struct tarball_link *l;
	enum rc rc;

	if (t == NULL) {
		log_warnx("there is no %s for this machine", e->name);
		return RC_NOT_FOUND;
	}
	rc = unpack(m, t, tree);
	for (l = tarball_bun; rc == RC_OK && l->path != NULL; l++)
		rc = link_to(m, tree, l);
	return rc;
}

static enum rc
extra(const struct making *m, const char *name, int again)
{
	const char *tree = under(m, name), *known = "";
	const struct rootfs_extra *e;
	enum rc rc;

	for (e = rootfs_extras; e->name != NULL; e++) {
		if (strcmp(e->name, name) == 0)
			break;
		known = arena_printf(m->ctl->arena, "%s%s%s", known,
		    *known != '\0' ? ", " : "", e->name);
	}
	if (e->name == NULL) {
		log_warnx("--with %s: not known; there is %s", name, known);
		return RC_INVALID;
	}
	if (!again && image_have(m, name))
		return RC_OK;
	rc = e->packages != NULL ? extra_debian(m, e, tree) :
				   extra_tarball(m, e, tree);
	if (rc == RC_OK)
		rc = pack(m, tree, name);
	/* Two of them at once are a gigabyte. */
	return rc == RC_OK ? remove_tree(tree) : rc;
}

/* What is there already is left alone unless again. */
static enum rc
make(const struct making *m, const struct wish *w)
{
	char *majors = w->majors, *extras = w->extras;
	struct arena *a = m->ctl->arena;
	enum rc rc = RC_OK;
	char *end, *one;
	long v;

	if (w->again || !image_have(m, "base"))
		rc = base(m);
	while (rc == RC_OK && (one = strsep(&majors, ",")) != NULL) {
		v = strtol(one, &end, 10);
		if (end == one || *end != '\0' || v < 1 || v > 999) {
			log_warnx("--node %s: not a version such as 22", one);
			return RC_INVALID;
		}
		if (w->again || !image_have(m, arena_printf(a, "node%ld", v)))
			rc = node(m, (int)v);
	}
	while (rc == RC_OK && (one = strsep(&extras, ",")) != NULL)
		rc = extra(m, one, w->again);
	return rc;
}

/* In a fresh folder beside the layers, which is gone after. */
static enum rc
work(struct making *m, const struct wish *w)
{
	char *tmp = arena_printf(m->ctl->arena, "%s/making.XXXXXX", m->dir);
	enum rc rc;

	if (child_run((const char *const[]){ "/bin/mkdir", "-p", m->dir,
		NULL }) != RC_OK ||
	    mkdtemp(tmp) == NULL) {
		log_warn("%s", m->dir);
		return RC_FAIL;
	}
	m->tmp = tmp;
	rc = w->add != NULL ? own_add(m, w->add) : make(m, w);
	if (remove_tree(tmp) != RC_OK)
		log_warnx("%s: left behind", tmp);
	return rc;
}

int
image_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "node", required_argument, NULL, 'n' },
		{ "with", required_argument, NULL, 'w' },
		{ "again", no_argument, NULL, 'a' },
		{ "add", required_argument, NULL, 'A' },
		{ "remove", required_argument, NULL, 'r' },
		{ "list", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	struct wish w = { .majors =
			      arena_printf(ctl->arena, "%s", TARBALL_NODE) };
	struct making m = { .ctl = ctl };
	const char *remove = NULL;
	int listing = 0, options = 0, opt;
	enum rc rc;

	for (; (opt = getopt_long(argc, argv, "", longs, NULL)) != -1;
	     options++)
		switch (opt) {
		case 'n':
			w.majors = optarg;
			break;
		case 'w':
			w.extras = optarg;
			break;
		case 'a':
			w.again = 1;
			break;
		case 'A':
			w.add = optarg;
			break;
		case 'r':
			remove = optarg;
			break;
		case 'l':
			listing = 1;
			break;
		default:
			return usage_error("image", "no such option");
		}
	if (optind != argc)
		return usage_error("image", "%s: not expected", argv[optind]);
	if ((w.add != NULL || remove != NULL || listing) && options > 1)
		return usage_error("image",
		    "--add, --remove and --list each stand alone, and once");
	if (strcmp(ctl->conf.build_image, "host") == 0) {
		printf("build-image is host: builds see this machine's /usr, "
		       "and there is nothing to make\n");
		return w.add != NULL || remove != NULL ? EXIT_FAILURE :
							 EXIT_SUCCESS;
	}
	clock_gettime(CLOCK_MONOTONIC, &m.began);
	m.dir = arena_printf(ctl->arena, "%s/images/%s", ctl->conf.state_dir,
	    ctl->conf.build_image);
	if (listing)
		return layers_list(&m);
	if (geteuid() != 0) {
		log_warnx("an image is made by root");
		return EXIT_FAILURE;
	}
	rc = remove != NULL ? own_remove(&m, remove) : work(&m, &w);
	if (rc != RC_OK)
		return EXIT_FAILURE;
	image_say(&m, "the image is ready");
	return layers_list(&m);
}
