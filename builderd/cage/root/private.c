#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "root.h"

/*
 * Root makes, mounts and renames files in these by their names, so nobody else
 * may ever write there.  One that is another's, or a link, is a trap or a
 * mistake of whoever made it: it is taken over, or refused.
 */
enum rc
private_dir(const char *path, uid_t owner)
{
	struct stat st;
	int fd, bad;

	if (mkdir(path, 0700) == -1 && errno != EEXIST) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bad = fd == -1 || fstat(fd, &st) == -1 ||
	    ((st.st_uid != owner || (st.st_mode & 07777) != 0700) &&
		(fchown(fd, owner, owner) == -1 || fchmod(fd, 0700) == -1));
	if (bad)
		log_warn("%s", path);
	if (fd != -1)
		close(fd);
	return bad ? RC_FAIL : RC_OK;
}

/* Else whoever may write there could put another in the place of these. */
enum rc
private_top(const char *path)
{
	struct stat st;

	if (stat(path, &st) == -1) {
		log_warn("%s", path);
		return RC_FAIL;
	}
	if (st.st_uid == 0 && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return RC_OK;
	log_warnx("%s: must be root's, and writable by root alone", path);
	return RC_DENIED;
}

/* Made by us, and nobody has another name for it. */
int
private_file(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == 0 &&
	    st.st_nlink == 1;
}
