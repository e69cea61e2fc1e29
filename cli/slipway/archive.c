/*
 * archive -- a tar or zip becomes an upload, as it is.
 *
 * What is in it is for the server to say, in a cage.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "slipway.h"

bool
archive_is(const char *name)
{
	struct stat st;

	return strcmp(name, "-") == 0 ||
	    (stat(name, &st) == 0 && S_ISREG(st.st_mode));
}

/* Standard input may have no end that is known beforehand. */
static int
spool(void)
{
	char buf[65536];
	ssize_t n;
	FILE *f = tmpfile();

	if (f == NULL)
		return -1;
	while ((n = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		if (fwrite(buf, 1, (size_t)n, f) != (size_t)n)
			return -1;
	return n < 0 || fflush(f) != 0 ? -1 : fileno(f);
}

enum rc
archive_send(struct cli *c, const char *project, const char *name,
    const char **id)
{
	struct json_object *answer;
	struct stat st;
	enum rc rc;
	int fd;

	fd =
	    strcmp(name, "-") == 0 ? spool() : open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0)
		return complain(RC_NOT_FOUND, "%s: %s", clean(c, name),
		    strerror(errno));
	if (st.st_size == 0)
		return complain(RC_INVALID, "%s: it is empty", clean(c, name));
	rc = api_file(c,
	    arena_printf(c->arena, "/api/projects/%s/archives",
		esc(c, project)),
	    fd, (long long)st.st_size, &answer);
	close(fd);
	progress_end();
	if (rc != RC_OK)
		return rc;
	*id = str_or(answer, "upload", "");
	tell("%s sent.", amount(c, (long long)st.st_size));
	return RC_OK;
}
