#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>

#include "git.h"
#include "mirror.h"

#define MODULES FETCH_MIRROR "/modules"
#define HALF    "pack_git2_" /* how libgit2 calls a pack on its way */

static uint64_t kept;

/* Another build of this project may be fetching as well. */
static void
lock(void)
{
	int fd;

	fd = open(FETCH_MIRROR "/slipway.lock", O_RDWR | O_CREAT | O_CLOEXEC,
	    0600);
	if (fd == -1 || flock(fd, LOCK_EX) == -1)
		give_up("internal", "the mirror: %s", strerror(errno));
}

/* And away with what a fetch that was killed left half done. */
static int
count(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type;
	if (strncmp(path + ftw->base, HALF, sizeof(HALF) - 1) == 0)
		return remove(path);
	kept += (uint64_t)st->st_blocks * 512;
	return 0;
}

static int
discard(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	if (ftw->level == 0 || strcmp(path, FETCH_MIRROR "/slipway.lock") == 0)
		return 0;
	return remove(path);
}

git_repository *
mirror_open(uint64_t room)
{
	const int flags = FTW_PHYS | FTW_MOUNT;
	git_repository *repo;

	lock();
	nftw(FETCH_MIRROR, count, 32, flags);
	if (kept <= room && git_repository_open_bare(&repo, FETCH_MIRROR) == 0)
		return repo;
	nftw(FETCH_MIRROR, discard, 32, flags | FTW_DEPTH);
	if (git_repository_init(&repo, FETCH_MIRROR, 1) != 0)
		git_give_up();
	return repo;
}

/* By a hash of its URL: what a repository calls it names no file. */
git_repository *
mirror_of(const char *url)
{
	char hex[GIT_OID_HEXSZ + 1], path[sizeof(MODULES) + sizeof(hex)];
	git_repository *repo;
	git_oid id;

	if (git_odb_hash(&id, url, strlen(url), GIT_OBJECT_BLOB) != 0)
		git_give_up();
	git_oid_tostr(hex, sizeof(hex), &id);
	snprintf(path, sizeof(path), MODULES "/%s", hex);
	if (mkdir(MODULES, 0700) == -1 && errno != EEXIST)
		give_up("internal", "the mirror: %s", strerror(errno));
	if (git_repository_open_bare(&repo, path) != 0 &&
	    git_repository_init(&repo, path, 1) != 0)
		git_give_up();
	return repo;
}
