#include <sys/mount.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image.h"
#include "keep.h"
#include "log.h"
#include "rootfs.h"

/*
 * Root file systems.  "host" is this machine's /usr under a skeleton; any
 * other is a directory of layers that slipwayctl(8) made, of which a build sees
 * base.sqfs, the nodeNN.sqfs it asked for, and those of lib/rootfs.c.
 */

/* The Node majors there are; the highest comes first. */
size_t
image_majors(const struct conf *conf, int majors[IMAGE_MAJORS])
{
	char path[PATH_MAX], end;
	struct dirent *e;
	size_t i, n = 0;
	DIR *d;
	int v;

	snprintf(path, sizeof(path), "%s/images/%s", conf->state_dir,
	    conf->build_image);
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

static int
is_made(const struct conf *conf, const char *layer)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/images/%s/%s.sqfs", conf->state_dir,
	    conf->build_image, layer);
	return access(path, F_OK) == 0;
}

int
image_has(const struct conf *conf, const char *program)
{
	static const char *const dirs[] = { "/usr/local/bin", "/usr/bin" };
	const struct rootfs_extra *e;
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
	snprintf(path, sizeof(path), " %s ", program);
	for (e = rootfs_extras; e->name != NULL; e++)
		if (strstr(e->programs, path) != NULL && is_made(conf, e->name))
			return 1;
	return 0;
}

const char *
image_layer(const char *program)
{
	const struct rootfs_extra *e;
	char word[64];

	snprintf(word, sizeof(word), " %s ", program);
	for (e = rootfs_extras; e->name != NULL; e++)
		if (strstr(e->programs, word) != NULL)
			return e->name;
	return NULL;
}

static int
name_ok(const char *s)
{
	return *s != '\0' && strlen(s) <= 32 &&
	    strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_") == strlen(s);
}

enum rc
image_check(const struct conf *conf)
{
	int majors[IMAGE_MAJORS];

	if (!name_ok(conf->build_image)) {
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
		} else if (make_dir(to) == -1 ||
		    mount_bind(from, to, 1) != RC_OK)
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
	if (mount_bind("/usr", path, 1) != RC_OK)
		return RC_FAIL;
	snprintf(path, sizeof(path), "%s/etc/alternatives", root);
	if (access("/etc/alternatives", F_OK) == 0 &&
	    (make_dir(path) == -1 ||
		mount_bind("/etc/alternatives", path, 1) != RC_OK))
		return RC_FAIL;
	return RC_OK;
}

/* Mount one layer, unless it already is. */
static enum rc
layer(const struct conf *conf, const char *name, char at[PATH_MAX])
{
	char file[PATH_MAX];

	snprintf(file, sizeof(file), "%s/images/%s/%s.sqfs", conf->state_dir,
	    conf->build_image, name);
	snprintf(at, PATH_MAX, KEEP_IMAGE "/%s", name);
	if (access(at, F_OK) == 0)
		return RC_OK;
	if (access(file, F_OK) == -1)
		return RC_NOT_FOUND;
	if (make_dir(at) == -1)
		return RC_FAIL;
	if (mount_loop(file, at, "squashfs",
		MS_RDONLY | MS_NOSUID | MS_NODEV) != RC_OK) {
		rmdir(at);
		return RC_FAIL;
	}
	return RC_OK;
}

/* name is "node22", and "+hugo" for whatever else there is. */
static enum rc
layers(const struct conf *conf, char *name, const char *root)
{
	char at[PATH_MAX], options[PATH_MAX * 2], *one, *rest = name;
	size_t n = (size_t)snprintf(options, sizeof(options), "lowerdir=");
	enum rc rc;

	while ((one = strsep(&rest, "+")) != NULL) {
		if ((rc = layer(conf, one, at)) != RC_OK) {
			log_warnx("image %s: no layer %s", conf->build_image,
			    one);
			return rc;
		}
		n += (size_t)snprintf(options + n, sizeof(options) - n,
		    "%s:", at);
		if (n >= sizeof(options))
			return RC_FAIL;
	}
	if ((rc = layer(conf, "base", at)) != RC_OK)
		return rc;
	if (n + strlen(at) >= sizeof(options))
		return RC_FAIL;
	strcpy(options + n, at);
	return mount_overlay(root, options, MS_RDONLY);
}

/* Mount what is not yet mounted, for keepers to find. */
enum rc
image_mount(const struct conf *conf)
{
	int majors[IMAGE_MAJORS];
	size_t i, n = image_majors(conf, majors);
	char root[PATH_MAX], node[32];
	enum rc rc;

	rc = image_root(conf, "host", root, 1);
	for (i = 0; rc == RC_OK && i < n; i++) {
		snprintf(node, sizeof(node), "node%d", majors[i]);
		rc = image_root(conf, node, root, 1);
	}
	return rc;
}

/* "node22+hugo": every build sees what the image has, and its own Node. */
static enum rc
stack(const struct conf *conf, const char *name, char node[NAME_MAX])
{
	const struct rootfs_extra *e;
	int majors[IMAGE_MAJORS], v;
	size_t n;
	char end;

	if (strcmp(conf->build_image, "host") == 0 ||
	    strcmp(name, "host") == 0) {
		snprintf(node, NAME_MAX, "host");
		return RC_OK;
	}
	if (sscanf(name, "node%3d%c", &v, &end) != 1) {
		if (image_majors(conf, majors) == 0)
			return RC_NOT_FOUND;
		v = majors[0];
	}
	n = (size_t)snprintf(node, NAME_MAX, "node%d", v);
	for (e = rootfs_extras; e->name != NULL && n < NAME_MAX; e++)
		if (is_made(conf, e->name))
			n += (size_t)snprintf(node + n, NAME_MAX - n, "+%s",
			    e->name);
	return n < NAME_MAX ? RC_OK : RC_FAIL;
}

/* Where the root of an image is; RC_NOT_FOUND if it is not mounted. */
enum rc
image_root(const struct conf *conf, const char *name, char root[PATH_MAX],
    int may_mount)
{
	char node[NAME_MAX], whole[PATH_MAX];
	enum rc rc;

	if ((rc = stack(conf, name, node)) != RC_OK)
		return rc;
	snprintf(root, PATH_MAX, KEEP_IMAGE "/root-%s", node);
	snprintf(whole, sizeof(whole), KEEP_IMAGE "/whole-%s", node);
	if (access(whole, F_OK) == 0)
		return RC_OK;
	if (!may_mount)
		return RC_NOT_FOUND;
	if (make_dir(root) == -1)
		return RC_FAIL;
	rc = strcmp(node, "host") == 0 ? host(root) : layers(conf, node, root);
	if (rc == RC_OK && make_dir(whole) == -1)
		rc = RC_FAIL;
	return rc;
}
