/*
 * What hosts showed when last heard, one small file each, so that a restart
 * without a database still serves.  Only a cache: whatever goes wrong here is
 * no reason not to answer.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "serve.h"

#define NAME_MAX_ 40
#define FILE_MAX  (ROUTE_TEXTS_MAX + 1)

static void
name_of(const char *host, char name[NAME_MAX_])
{
	snprintf(name, NAME_MAX_, "%016lx", hash_of(host));
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
routefile_write(int dir, const struct route *r)
{
	char name[NAME_MAX_], tmp[NAME_MAX_ + 16], buf[FILE_MAX], old[FILE_MAX];
	size_t n;
	int fd;

	if (dir == -1)
		return;
	n = format(r, buf);
	name_of(r->host, name);
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
routefile_remove(int dir, const char *host)
{
	char name[NAME_MAX_], buf[FILE_MAX];
	size_t n = strlen(host);

	if (dir == -1)
		return;
	name_of(host, name);
	if (load(dir, name, buf) > n && memcmp(buf, host, n) == 0 &&
	    buf[n] == '\n')
		unlinkat(dir, name, 0);
}

enum rc
routefile_read(int dir, const char *host, struct route **out)
{
	const char *text[ROUTE_TEXTS];
	char name[NAME_MAX_], buf[FILE_MAX], *s = buf;
	struct route *r;
	int i;

	if (dir == -1)
		return RC_NOT_FOUND;
	name_of(host, name);
	(void)load(dir, name, buf);
	for (i = 0; i < ROUTE_TEXTS; i++)
		if ((text[i] = strsep(&s, "\n")) == NULL || s == NULL)
			return RC_NOT_FOUND;
	if (strcmp(text[0], host) != 0 || route_new(text, &r) != RC_OK)
		return RC_NOT_FOUND;
	if (!r->gone && !store_name_ok(r->manifest)) {
		free(r);
		return RC_NOT_FOUND;
	}
	*out = r;
	return RC_OK;
}
