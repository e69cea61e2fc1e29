/*
 * What hosts showed when last heard, one small file each, so that a restart
 * without a database still serves.  Only a cache: whatever goes wrong here is
 * no reason not to answer.
 *
 * The name has two hashes: of what changes are announced under, and of the
 * host.  So all that a change is about is found without a look into any, and
 * removed even where there is no room to write.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "serve.h"

#define HASH_LEN 16
#define NAME_LEN (2 * HASH_LEN + 1)
#define FILE_MAX (ROUTE_TEXTS_MAX + 1)

static void
name_of(const struct host *h, char name[NAME_LEN + 1])
{
	snprintf(name, NAME_LEN + 1, "%016lx.%016lx", hash_of(h->key),
	    hash_of(h->name));
}

int
routefile_dir(const struct conf *conf, struct arena *a)
{
	const char *path = arena_printf(a, "%s/routes", conf->state_dir);
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir == -1)
		log_warn("%s", path);
	return dir;
}

static size_t
format(const struct route *r, char buf[FILE_MAX])
{
	char *p = buf;
	int i;

	for (i = 0; i < ROUTE_TEXTS; i++) {
		p = stpcpy(p, route_text(r, i));
		*p++ = '\n';
	}
	return (size_t)(p - buf);
}

static size_t
load(int dir, const char *name, char buf[FILE_MAX])
{
	ssize_t n;
	int fd;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return 0;
	n = read(fd, buf, FILE_MAX - 1);
	close(fd);
	if (n < 0)
		n = 0;
	buf[n] = '\0';
	return (size_t)n;
}

void
routefile_write(int dir, const struct host *h, const struct route *r)
{
	char name[NAME_LEN + 1], tmp[NAME_LEN + 16], buf[FILE_MAX],
	    old[FILE_MAX];
	size_t n;
	int fd;

	if (dir == -1)
		return;
	n = format(r, buf);
	name_of(h, name);
	if (load(dir, name, old) == n && memcmp(old, buf, n) == 0)
		return;
	snprintf(tmp, sizeof(tmp), "%s.%d", name, (int)getpid());
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, buf, n) != (ssize_t)n ||
	    renameat(dir, tmp, dir, name) == -1)
		log_warn("route of %s is not written", r->host);
	if (fd != -1)
		close(fd);
}

void
routefile_remove(int dir, const struct host *h)
{
	char name[NAME_LEN + 1], buf[FILE_MAX];
	size_t n = strlen(h->name);

	if (dir == -1)
		return;
	name_of(h, name);
	if (load(dir, name, buf) > n && memcmp(buf, h->name, n) == 0 &&
	    buf[n] == '\n')
		unlinkat(dir, name, 0);
}

static enum rc
parse(int dir, const char *name, struct route **out)
{
	const char *text[ROUTE_TEXTS];
	char buf[FILE_MAX], *s = buf;
	int i;

	(void)load(dir, name, buf);
	for (i = 0; i < ROUTE_TEXTS; i++)
		if ((text[i] = strsep(&s, "\n")) == NULL || s == NULL)
			return RC_NOT_FOUND;
	return route_new(text, out);
}

enum rc
routefile_read(int dir, const struct host *h, struct route **out)
{
	char name[NAME_LEN + 1];
	struct route *r;

	if (dir == -1)
		return RC_NOT_FOUND;
	name_of(h, name);
	if (parse(dir, name, &r) != RC_OK)
		return RC_NOT_FOUND;
	if (strcmp(r->host, h->name) != 0 ||
	    (!r->gone && !store_name_ok(r->manifest))) {
		free(r);
		return RC_NOT_FOUND;
	}
	*out = r;
	return RC_OK;
}

static DIR *
names(int dir)
{
	DIR *d = NULL;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		log_warn("routes");
		if (fd != -1)
			close(fd);
	}
	return d;
}

static void
drop(int dir, const char *name)
{
	if (unlinkat(dir, name, 0) == -1 && errno != ENOENT)
		log_warn("routes/%s", name);
}

/* What is being written has a longer name, and whoever writes looks again. */
void
routefile_drop(int dir, const char *key)
{
	char prefix[HASH_LEN + 2];
	struct dirent *e;
	DIR *d;

	if (dir == -1 || (d = names(dir)) == NULL)
		return;
	snprintf(prefix, sizeof(prefix), "%016lx.", hash_of(key));
	while ((e = readdir(d)) != NULL)
		if (strncmp(e->d_name, prefix, HASH_LEN + 1) == 0 &&
		    strlen(e->d_name) == NAME_LEN)
			drop(dir, e->d_name);
	closedir(d);
}

void
routefile_sift(int dir, int (*keep)(const struct route *, void *), void *arg)
{
	struct dirent *e;
	struct route *r;
	DIR *d;

	if (dir == -1 || (d = names(dir)) == NULL)
		return;
	while ((e = readdir(d)) != NULL) {
		if (strlen(e->d_name) != NAME_LEN)
			continue;
		r = NULL;
		if (parse(dir, e->d_name, &r) != RC_OK || !keep(r, arg))
			drop(dir, e->d_name);
		free(r);
	}
	closedir(d);
}
