#include <sys/mount.h>
#include <sys/stat.h>

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "keep.h"
#include "layer.h"
#include "log.h"
#include "rootfs.h"

/*
 * Root file systems.  "host" is this machine's /usr under a skeleton; any
 * other is a directory of layers that slipwayctl(8) made, of which a build sees
 * base.sqfs, the nodeNN.sqfs it asked for, and all others (lib/layer.h).
 */

static size_t
majors_in(const char *path, int majors[IMAGE_MAJORS])
{
	struct dirent *e;
	size_t i, n = 0;
	char end;
	DIR *d;
	int v;

	if ((d = opendir(path)) == NULL)
		return 0;
	while (n < IMAGE_MAJORS && (e = readdir(d)) != NULL) {
		if (sscanf(e->d_name, "node%3d.sqf%c", &v, &end) != 2 ||
		    end != 's')
			continue;
		for (i = n++; i > 0 && majors[i - 1] < v; i--)
			majors[i] = majors[i - 1];
		majors[i] = v;
	}
	closedir(d);
	return n;
}

/* The Node majors there are; the highest comes first. */
size_t
image_majors(const struct conf *conf, int majors[IMAGE_MAJORS])
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/images/%s", conf->state_dir,
	    conf->build_image);
	return majors_in(path, majors);
}

int
image_has(const struct conf *conf, const char *program)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin" };
	struct layers extras;
	char path[PATH_MAX];
	size_t i;

	if (strcmp(conf->build_image, "host") == 0) {
		for (i = 0; i < NITEMS(dirs); i++) {
			snprintf(path, sizeof(path), "%s/%s", dirs[i], program);
			if (access(path, X_OK) == 0)
				return 1;
		}
		return 0;
	}
	snprintf(path, sizeof(path), "%s/images/%s", conf->state_dir,
	    conf->build_image);
	if (layer_extras(path, &extras) != RC_OK)
		return 0;
	for (i = 0; i < extras.n; i++)
		if (layer_has(path, extras.name[i], program))
			return 1;
	return 0;
}

enum rc
image_check(const struct conf *conf)
{
	int majors[IMAGE_MAJORS];
	char path[64];

	snprintf(path, sizeof(path), "/usr/bin/%s", conf->build_runtime);
	if (access(path, X_OK) == -1) {
		log_warn("build-runtime: %s", path);
		return RC_NOT_FOUND;
	}
	if (!layer_name_ok(conf->build_image)) {
		log_warnx("build-image %s: not a name", conf->build_image);
		return RC_INVALID;
	}
	if (strcmp(conf->build_image, "host") == 0)
		return RC_OK;
	if (image_majors(conf, majors) == 0) {
		log_warnx("there is no build image %s in %s/images: run "
			  "\"slipwayctl image\", or set build-image to host",
		    conf->build_image, conf->state_dir);
		return RC_NOT_FOUND;
	}
	return RC_OK;
}

static int
make_dir(const char *path)
{
	return mkdir(path, 0755) == -1 && errno != EEXIST ? -1 : 0;
}

/* A part of it cannot be had alone. */
enum rc
mount_bind(const char *from, const char *to)
{
	struct mount_attr a = { .attr_set = MOUNT_ATTR_RDONLY |
		    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV };
	int fd, bad;

	fd = open_tree(AT_FDCWD, from,
	    OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	bad = fd == -1 ||
	    mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &a,
		sizeof(a)) == -1 ||
	    move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH) == -1;
	if (bad)
		log_warn("mount %s", from);
	if (fd != -1)
		close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/* What of the host's root a program needs besides /usr: links into it. */
static enum rc
host_links(const char *root)
{
	static const char *const names[] = { "bin", "lib", "lib32", "lib64",
		"libx32", "sbin" };
	char from[PATH_MAX], to[PATH_MAX], link[PATH_MAX];
	struct stat st;
	ssize_t n;
	size_t i;

	for (i = 0; i < NITEMS(names); i++) {
		snprintf(from, sizeof(from), "/%s", names[i]);
		snprintf(to, sizeof(to), "%s/%s", root, names[i]);
		if (lstat(from, &st) == -1)
			continue;
		if (S_ISLNK(st.st_mode)) {
			n = readlink(from, link, sizeof(link) - 1);
			if (n == -1)
				return RC_FAIL;
			link[n] = '\0';
			if (symlink(link, to) == -1)
				return RC_FAIL;
		} else if (make_dir(to) == -1 || mount_bind(from, to) != RC_OK)
			return RC_FAIL;
	}
	return RC_OK;
}

static enum rc
host(const char *root)
{
	char path[PATH_MAX];

	if (rootfs_skeleton(root) != RC_OK || host_links(root) != RC_OK)
		return RC_FAIL;
	snprintf(path, sizeof(path), "%s/usr", root);
	if (mount_bind("/usr", path) != RC_OK)
		return RC_FAIL;
	snprintf(path, sizeof(path), "%s/etc/alternatives", root);
	if (access("/etc/alternatives", F_OK) == 0 &&
	    (make_dir(path) == -1 ||
		mount_bind("/etc/alternatives", path) != RC_OK))
		return RC_FAIL;
	return RC_OK;
}

/*
 * "node22" over the extras over the base, of what the helper has mounted.  Of
 * two that have the same file it is the first one's.
 */
static enum rc
layers(const struct conf *conf, const char *node, const char *root)
{
	/* The kernel takes a page. */
	char options[PATH_MAX];
	struct layers extras;
	enum rc rc;
	size_t i, n;

	static_assert(LAYER_EXTRAS * (sizeof(KEEP_IMAGE) + LAYER_NAME + 6) <
		sizeof(options) - 256,
	    "all that an image can have fits");
	if ((rc = layer_extras(KEEP_IMAGE, &extras)) != RC_OK)
		return rc;
	n = (size_t)snprintf(options, sizeof(options),
	    "lowerdir=" KEEP_IMAGE "/%s.sqfs:", node);
	for (i = 0; i < extras.n; i++)
		n += (size_t)snprintf(options + n, sizeof(options) - n,
		    KEEP_IMAGE "/%s.sqfs:", extras.name[i]);
	snprintf(options + n, sizeof(options) - n, KEEP_IMAGE "/base.sqfs");
	if (mount("overlay", root, "overlay", MS_RDONLY | MS_NOSUID | MS_NODEV,
		options) == 0)
		return RC_OK;
	log_warn("image %s: layer %s", conf->build_image, node);
	return RC_FAIL;
}

enum rc
image_root(const struct conf *conf, const char *name, char root[PATH_MAX])
{
	int majors[IMAGE_MAJORS], v;
	char node[32], end;

	snprintf(node, sizeof(node), "host");
	if (strcmp(conf->build_image, "host") == 0 || strcmp(name, "host") == 0)
		;
	else if (sscanf(name, "node%3d%c", &v, &end) == 1)
		snprintf(node, sizeof(node), "node%d", v);
	else if (majors_in(KEEP_IMAGE, majors) > 0)
		snprintf(node, sizeof(node), "node%d", majors[0]);
	else
		return RC_NOT_FOUND;
	snprintf(root, PATH_MAX, KEEP_CAGE "/root-%s", node);
	if (access(root, F_OK) == 0)
		return RC_OK;
	if (make_dir(root) == -1)
		return RC_FAIL;
	return strcmp(node, "host") == 0 ? host(root) :
					   layers(conf, node, root);
}
