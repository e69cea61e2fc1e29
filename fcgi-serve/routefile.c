/*
 * What hosts showed when last heard, one small file each, so that a restart
 * without a database still serves.  Only a cache: whatever goes wrong here is
 * no reason not to answer.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "serve.h"

#define NAME_MAX_ 40
#define FILE_MAX  1024

static void
name_of(const char *host, char name[NAME_MAX_])
{
	snprintf(name, NAME_MAX_, "%016lx", hash_of(host));
}

static size_t
format(const struct route *r, char buf[FILE_MAX])
{
	int n;

	n = snprintf(buf, FILE_MAX, "%s\n%s\n%s\n%s\n%s\n%d\n", r->host,
	    r->deployment, r->project, r->manifest, r->spa, r->production);
	return n > 0 && n < FILE_MAX ? (size_t)n : 0;
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

	if (dir == -1 || (n = format(r, buf)) == 0)
		return;
	name_of(r->host, name);
	if (load(dir, name, old) == n && memcmp(old, buf, n) == 0)
		return;
	snprintf(tmp, sizeof(tmp), "%s.%d", name, (int)getpid());
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
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

/* The next line of *s into out; 0 if there is none or it does not fit. */
static int
line(char **s, char *out, size_t size)
{
	char *l = strsep(s, "\n");

	if (l == NULL || *s == NULL || strlen(l) >= size)
		return 0;
	strcpy(out, l);
	return 1;
}

enum rc
routefile_read(int dir, const char *host, struct route *r)
{
	char name[NAME_MAX_], buf[FILE_MAX], production[2], *s = buf;

	if (dir == -1)
		return RC_NOT_FOUND;
	name_of(host, name);
	if (load(dir, name, buf) == 0 || !line(&s, r->host, sizeof(r->host)) ||
	    strcmp(r->host, host) != 0 ||
	    !line(&s, r->deployment, sizeof(r->deployment)) ||
	    !line(&s, r->project, sizeof(r->project)) ||
	    !line(&s, r->manifest, sizeof(r->manifest)) ||
	    !line(&s, r->spa, sizeof(r->spa)) ||
	    !line(&s, production, sizeof(production)) ||
	    !store_name_ok(r->manifest))
		return RC_NOT_FOUND;
	r->production = *production == '1';
	return RC_OK;
}
