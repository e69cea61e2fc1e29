#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "rootfs.h"

/* clang-format off */
static const char *const dirs[] = {
	"dev", "etc", "etc/ssl", "etc/ssl/certs", "home", "home/build",
	"mirror", "proc", "run", "slipway", "sys", "tmp", "upload", "usr",
	"var", "var/tmp", "workspace",
};

static const struct {
	const char *path, *text;
} files[] = {
	{ "etc/passwd",
	    "root:x:0:0::/:/usr/sbin/nologin\n"
	    "build:x:1000:1000::/home/build:/bin/sh\n" },
	{ "etc/group", "root:x:0:\nbuild:x:1000:\n" },
	{ "etc/hosts", "127.0.0.1 localhost build\n::1 localhost\n" },
	{ "etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n" },
	{ "etc/hostname", "build\n" },
	{ "etc/resolv.conf", "" },			/* mounted over */
	{ "etc/ssl/certs/ca-certificates.crt", "" },	/* mounted over */
};

/* Gems are compiled where they are installed. */
const struct rootfs_extra rootfs_extras[] = {
	{ "bun",    NULL,	" bun bunx " },
	{ "hugo",   "hugo",	" hugo " },
	{ "jekyll", "jekyll,ruby-jekyll-feed,ruby-jekyll-seo-tag,ruby-jekyll-sitemap,"
		    "ruby-jekyll-paginate,ruby-kramdown-parser-gfm,ruby-webrick,"
		    "bundler,ruby-dev,gcc,g++,make,libc6-dev",
				" jekyll bundle ruby gem " },
	{ NULL, NULL, NULL },
};
/* clang-format on */

/* Whatever is there is replaced: it may be a link that leads elsewhere. */
static int
write_file(const char *path, const char *text)
{
	size_t n = strlen(text);
	int bad, fd;

	if (unlink(path) == -1 && errno != ENOENT)
		return -1;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1)
		return -1;
	bad = write(fd, text, n) != (ssize_t)n;
	bad |= close(fd) == -1;
	return bad ? -1 : 0;
}

enum rc
rootfs_skeleton(const char *root)
{
	char path[PATH_MAX];
	size_t i;

	for (i = 0; i < NITEMS(dirs); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, dirs[i]);
		if (mkdir(path, 0755) == -1 && errno != EEXIST)
			goto bad;
	}
	for (i = 0; i < NITEMS(files); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, files[i].path);
		if (write_file(path, files[i].text) == -1)
			goto bad;
	}
	return RC_OK;
bad:
	log_warn("%s", path);
	return RC_FAIL;
}
