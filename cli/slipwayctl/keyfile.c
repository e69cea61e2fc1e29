#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keyfile.h"
#include "log.h"

enum rc
keyfile_add(struct keys *keys, const char *id,
    const unsigned char key[KEY_SIZE])
{
	if (keys->n == KEYS_MAX)
		return RC_CONFLICT;
	memmove(&keys->k[1], &keys->k[0], sizeof(keys->k[0]) * (size_t)keys->n);
	snprintf(keys->k[0].id, sizeof(keys->k[0].id), "%s", id);
	memcpy(keys->k[0].key, key, KEY_SIZE);
	keys->n++;
	return RC_OK;
}

static enum rc
put(int fd, const struct keys *keys, mode_t mode, uid_t uid, gid_t gid)
{
	char hex[KEY_SIZE * 2 + 1];
	int i, bad = 0;

	for (i = 0; i < keys->n; i++) {
		sodium_bin2hex(hex, sizeof(hex), keys->k[i].key, KEY_SIZE);
		bad |= dprintf(fd, "%s %s\n", keys->k[i].id, hex) < 0;
	}
	sodium_memzero(hex, sizeof(hex));
	if (bad || (geteuid() == 0 && fchown(fd, uid, gid) == -1) ||
	    fchmod(fd, mode) == -1 || fsync(fd) == -1)
		return RC_FAIL;
	return RC_OK;
}

static void
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	int fd;

	snprintf(dir, sizeof(dir), "%.*s",
	    slash != NULL ? (int)(slash - path) + 1 : 1,
	    slash != NULL ? path : ".");
	if ((fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return;
	fsync(fd);
	close(fd);
}

enum rc
keyfile_write(const struct keys *keys, const char *path, mode_t mode, uid_t uid,
    gid_t gid)
{
	enum rc rc = RC_FAIL;
	char *tmp;
	int fd;

	if (asprintf(&tmp, "%s.XXXXXX", path) == -1)
		fatalx("out of memory");
	if ((fd = mkostemp(tmp, O_CLOEXEC)) == -1) {
		log_warn("%s", path);
		free(tmp);
		return RC_FAIL;
	}
	if ((rc = put(fd, keys, mode, uid, gid)) != RC_OK ||
	    rename(tmp, path) == -1) {
		log_warn("%s", path);
		unlink(tmp);
		rc = RC_FAIL;
	} else
		sync_folder(path);
	close(fd);
	free(tmp);
	return rc;
}
