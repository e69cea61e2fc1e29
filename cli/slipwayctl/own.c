/*
 * Layers of the operator's own: a program that they have, or a folder of an
 * installed one.  An archive is theirs to unpack: what is in it says which of
 * the two it is.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "image.h"
#include "layer.h"
#include "log.h"

static enum rc
bad_name(const char *name)
{
	log_warnx("%s: not a layer's name: at most %d of a-z, 0-9, - and _, "
		  "and neither base nor node and a number, which are the "
		  "image's own",
	    name, LAYER_NAME);
	return RC_INVALID;
}

/* One more than a root directory is made of is refused here, and not there. */
static enum rc
room(const struct making *m, const char *name)
{
	struct layers extras;
	enum rc rc;

	if (!image_have(m, "base")) {
		log_warnx("there is no image in %s yet: make it first, with "
			  "slipwayctl image",
		    m->dir);
		return RC_NOT_FOUND;
	}
	if ((rc = layer_extras(m->dir, &extras)) != RC_OK)
		return rc;
	if (extras.n < LAYER_EXTRAS || image_have(m, name))
		return RC_OK;
	log_warnx("%s: there are %d layers besides base and Node, which is all "
		  "that an image may have: remove one with slipwayctl image "
		  "--remove",
	    name, LAYER_EXTRAS);
	return RC_TOO_LARGE;
}

static int
is_dir(struct arena *a, const char *path, const char *name)
{
	struct stat st;

	return lstat(arena_printf(a, "%s/%s", path, name), &st) == 0 &&
	    S_ISDIR(st.st_mode);
}

/*
 * Laid over the base, a folder adds to the one there; whatever is none would
 * hide it, and a build would have no /usr/bin.
 */
static enum rc
check_folders(struct arena *a, const char *path, const char *below)
{
	static const char *const dirs[] = { "bin", "include", "lib", "lib64",
		"libexec", "local", "sbin", "share" };
	struct stat st;
	size_t i;

	for (i = 0; i < NITEMS(dirs); i++) {
		const char *one =
		    arena_printf(a, "%s%s/%s", path, below, dirs[i]);

		if (lstat(one, &st) == 0 && !S_ISDIR(st.st_mode)) {
			log_warnx("%s: not a folder: it would hide the image's "
				  "own",
			    one);
			return RC_INVALID;
		}
	}
	return RC_OK;
}

static enum rc
check_root(struct arena *a, const char *path)
{
	struct dirent *e;
	enum rc rc = RC_OK;
	DIR *d;

	if ((d = opendir(path)) == NULL) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	while (rc == RC_OK && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && strcmp(e->d_name, "usr") != 0) {
			log_warnx("%s/%s: of a folder with usr in it nothing "
				  "else is taken: move it away",
			    path, e->d_name);
			rc = RC_INVALID;
		}
	closedir(d);
	if (rc == RC_OK)
		rc = check_folders(a, path, "/usr");
	return rc == RC_OK ? check_folders(a, path, "/usr/local") : rc;
}

/*
 * What is there goes into the tree.  Whose it was, and who else may read it, is
 * no matter of the image.
 */
static enum rc
copy_program(struct arena *a, const char *path, const char *tree,
    const char *name)
{
	return child_run((const char *const[]){ "/usr/bin/install", "-D",
	    "--mode=755", "--", path,
	    arena_printf(a, "%s/usr/local/bin/%s", tree, name), NULL });
}

static enum rc
copy_folder(struct arena *a, const char *path, const char *to)
{
	enum rc rc;

	rc = child_run(
	    (const char *const[]){ "/bin/mkdir", "-p", "--", to, NULL });
	if (rc == RC_OK)
		rc = child_run((const char *const[]){ "/bin/cp", "-RP",
		    "--preserve=mode,timestamps,links", "--",
		    arena_printf(a, "%s/.", path), to, NULL });
	if (rc == RC_OK)
		rc = child_run((const char *const[]){ "/bin/chmod", "-R",
		    "a+rX", "--", to, NULL });
	return rc;
}

/* Which of them it is says where it goes. */
static enum rc
copy(struct arena *a, const char *path, const char *tree, const char *name)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		log_warn("%s", path);
		return RC_NOT_FOUND;
	}
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IXUSR) != 0)
		return copy_program(a, path, tree, name);
	if (!S_ISDIR(st.st_mode)) {
		log_warnx("%s: may not be executed: chmod +x makes it a "
			  "program; of an archive, unpack it, and name the "
			  "program or the folder that was in it",
		    path);
		return RC_INVALID;
	}
	if (is_dir(a, path, "usr"))
		return check_root(a, path) == RC_OK ?
		    copy_folder(a, path, tree) :
		    RC_INVALID;
	if (is_dir(a, path, "bin"))
		return check_folders(a, path, "") == RC_OK ?
		    copy_folder(a, path,
			arena_printf(a, "%s/usr/local", tree)) :
		    RC_INVALID;
	log_warnx("%s: has neither bin nor usr in it: name the folder that "
		  "has, or the program itself",
	    path);
	return RC_INVALID;
}

enum rc
own_add(const struct making *m, const char *spec)
{
	struct arena *a = m->ctl->arena;
	const char *tree = arena_printf(a, "%s/tree", m->tmp);
	const char *path = strchr(spec, '='), *name;
	enum rc rc;

	if (path == NULL || path[1] == '\0') {
		log_warnx("--add %s: not NAME=PATH, as in zola=/root/zola",
		    spec);
		return RC_INVALID;
	}
	name = arena_strndup(a, spec, (size_t)(path - spec));
	if (!layer_is_extra(name))
		return bad_name(name);
	if ((rc = room(m, name)) != RC_OK ||
	    (rc = copy(a, path + 1, tree, name)) != RC_OK)
		return rc;
	return pack(m, tree, name);
}

enum rc
own_remove(const struct making *m, const char *layer)
{
	struct arena *a = m->ctl->arena;

	if (!layer_is_extra(layer))
		return bad_name(layer);
	if (!image_have(m, layer)) {
		log_warnx("there is no layer %s; slipwayctl image --list says "
			  "what there is",
		    layer);
		return RC_NOT_FOUND;
	}
	/* Without its layer a record says nothing. */
	if (unlink(arena_printf(a, "%s/%s.sqfs", m->dir, layer)) == -1 ||
	    (unlink(arena_printf(a, "%s/%s.programs", m->dir, layer)) == -1 &&
		errno != ENOENT)) {
		log_warn("%s/%s", m->dir, layer);
		return RC_FAIL;
	}
	return RC_OK;
}
