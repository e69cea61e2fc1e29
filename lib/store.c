#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "store-dir.h"

#define CHUNK (64 * 1024)

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int
store_name_ok(const char *name)
{
	size_t i;

	for (i = 0; i < 64; i++)
		if (hex(name[i]) == -1)
			return 0;
	name += 64;
	return *name == '\0' || strcmp(name, ".br") == 0 ||
	    strcmp(name, ".gz") == 0 || strcmp(name, ".zst") == 0;
}

void
store_path(const char *name, char path[STORE_NAME_MAX + 2])
{
	snprintf(path, STORE_NAME_MAX + 2, "%.2s/%s", name, name + 2);
}

enum rc
store_path_of(const char *name, char path[STORE_NAME_MAX + 2])
{
	if (!store_name_ok(name)) {
		log_warnx("store: not the name of a blob");
		return RC_INVALID;
	}
	store_path(name, path);
	return RC_OK;
}

enum rc
store_failed(const struct store *s, const char *what)
{
	enum rc rc = errno == ENOENT ? RC_NOT_FOUND : RC_FAIL;

	if (rc == RC_FAIL)
		log_warn("store: %s/%s", s->where, what);
	return rc;
}

int
store_make_dir(int at, const char *path)
{
	if (mkdirat(at, path, 0755) == -1)
		return errno == EEXIST ? 0 : -1;
	return fchmodat(at, path, 0755, 0) == -1 ? -1 : 1;
}

enum rc
store_open(struct store **out, const char *where)
{
	struct store *s;

	if (sodium_init() == -1)
		fatalx("cannot set up libsodium");
	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->where = strdup(where)) == NULL)
		fatalx("out of memory");
	s->dir = -1;
	/*
	 * What syncfs(2) reports is what went wrong since its descriptor was
	 * opened, so this one stays for as long as there are writes.
	 */
	if (store_make_dir(AT_FDCWD, where) == -1 ||
	    (s->dir = open(where, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1) {
		log_warn("store: %s", where);
		store_close(s);
		return RC_FAIL;
	}
	*out = s;
	return RC_OK;
}

enum rc
store_join(struct store **out, const char *where)
{
	if (access(where, X_OK) == -1) {
		log_warn("store: %s", where);
		return RC_BUSY;
	}
	return store_open(out, where);
}

/* Nothing is pending any more; what still is in tmp goes. */
static void
drop(struct store *s, size_t from)
{
	size_t i;

	for (i = 0; i < s->n && i < FEW; i++)
		if (s->fd[i] != -1)
			close(s->fd[i]);
	for (i = from; i < s->n; i++)
		unlinkat(s->dir, s->pending[i].tmp, 0);
	s->n = 0;
	s->nused = 0;
	memset(s->used, 0, sizeof(s->used));
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	drop(s, 0);
	if (s->dir != -1)
		close(s->dir);
	free(s->pending);
	free(s->where);
	free(s);
}

enum rc
store_lock(const struct store *s, int how)
{
	while (flock(s->dir, how) == -1)
		if (errno != EINTR) {
			log_warn("store: lock %s", s->where);
			return RC_FAIL;
		}
	return RC_OK;
}

static unsigned int
folder_of(const char *name)
{
	return (unsigned int)(hex(name[0]) << 4 | hex(name[1]));
}

/* The next sync is to see that its names are on the disk. */
static void
use_folder(struct store *s, unsigned int d)
{
	s->nused += !s->used[d];
	s->used[d] = 1;
}

/*
 * Its name may be another publisher's, who has not come to the end of its own
 * sync yet: so it is synced here as well.
 */
enum rc
store_touch(struct store *s, const char *name)
{
	char path[STORE_NAME_MAX + 2];
	enum rc rc;
	size_t i;

	if ((rc = store_path_of(name, path)) != RC_OK ||
	    (rc = store_lock(s, LOCK_SH)) != RC_OK)
		return rc;
	if (utimensat(s->dir, path, NULL, 0) == 0)
		use_folder(s, folder_of(name));
	else
		rc = store_failed(s, path);
	(void)store_lock(s, LOCK_UN);
	if (rc == RC_OK)
		return RC_OK;
	/* One that this publisher has just put is as good as there. */
	for (i = s->n; rc == RC_NOT_FOUND && i-- > 0 && s->n - i <= FEW;)
		if (strcmp(s->pending[i].name, name) == 0)
			return RC_OK;
	return rc;
}

/* A new file in tmp, open for writing. */
static enum rc
tmp_new(struct store *s, char tmp[TMP_NAME], int *fd)
{
	unsigned int nonce = randombytes_random();

	if (s->seq++ == 0 && store_make_dir(s->dir, TMP) == -1)
		return store_failed(s, TMP);
	snprintf(tmp, TMP_NAME, TMP "/%ld-%u-%08x", (long)getpid(), s->seq,
	    nonce);
	*fd =
	    openat(s->dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (*fd == -1) {
		log_warn("store: %s/%s", s->where, tmp);
		return RC_FAIL;
	}
	if (fchmod(*fd, 0644) == -1) {
		log_warn("store: %s/%s", s->where, tmp);
		close(*fd);
		unlinkat(s->dir, tmp, 0);
		return RC_FAIL;
	}
	return RC_OK;
}

static enum rc
write_all(const struct store *s, int fd, const char *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		if ((w = write(fd, p, n)) == -1) {
			if (errno == EINTR)
				continue;
			log_warn("store: write in %s", s->where);
			return RC_FAIL;
		}
		p += w;
		n -= (size_t)w;
	}
	return RC_OK;
}

/* Takes the descriptor. */
static void
pend(struct store *s, const char *tmp, const char *name, int fd)
{
	size_t i;

	if (s->n == s->size) {
		s->size = s->size == 0 ? 64 : s->size * 2;
		s->pending =
		    reallocarray(s->pending, s->size, sizeof(*s->pending));
		if (s->pending == NULL)
			fatalx("out of memory");
	}
	strcpy(s->pending[s->n].tmp, tmp);
	strcpy(s->pending[s->n].name, name);
	if (s->n < FEW)
		s->fd[s->n] = fd;
	else {
		close(fd);
		for (i = 0; i < FEW; i++)
			if (s->fd[i] != -1) {
				close(s->fd[i]);
				s->fd[i] = -1;
			}
	}
	s->n++;
}

enum rc
store_put(struct store *s, const char *name, const void *p, size_t n)
{
	char path[STORE_NAME_MAX + 2], tmp[TMP_NAME];
	enum rc rc;
	int fd;

	if ((rc = store_path_of(name, path)) != RC_OK ||
	    (rc = tmp_new(s, tmp, &fd)) != RC_OK)
		return rc;
	if ((rc = write_all(s, fd, p, n)) != RC_OK) {
		close(fd);
		unlinkat(s->dir, tmp, 0);
		return rc;
	}
	pend(s, tmp, name, fd);
	return RC_OK;
}

static enum rc
copy(const struct store *s, int from, int to, uint64_t max,
    crypto_hash_sha256_state *sha, uint64_t *size)
{
	static unsigned char buf[CHUNK];
	ssize_t n;
	enum rc rc;

	for (*size = 0; (n = read(from, buf, sizeof(buf))) != 0;) {
		if (n == -1) {
			if (errno == EINTR)
				continue;
			log_warn("store: read");
			return RC_FAIL;
		}
		*size += (uint64_t)n;
		if (*size > max)
			return RC_TOO_LARGE;
		crypto_hash_sha256_update(sha, buf, (size_t)n);
		if ((rc = write_all(s, to, (char *)buf, (size_t)n)) != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc
store_put_fd(struct store *s, int from, uint64_t max, char name[STORE_NAME_MAX],
    uint64_t *size)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state sha;
	char tmp[TMP_NAME];
	uint64_t n;
	enum rc rc;
	int fd;

	if ((rc = tmp_new(s, tmp, &fd)) != RC_OK)
		return rc;
	crypto_hash_sha256_init(&sha);
	if ((rc = copy(s, from, fd, max, &sha, &n)) != RC_OK) {
		close(fd);
		unlinkat(s->dir, tmp, 0);
		return rc;
	}
	crypto_hash_sha256_final(&sha, hash);
	sodium_bin2hex(name, STORE_NAME_MAX, hash, sizeof(hash));
	*size = n;
	pend(s, tmp, name, fd);
	return RC_OK;
}

/* The bytes of everything pending are on the disk. */
static enum rc
sync_files(const struct store *s)
{
	size_t i;

	if (s->n > FEW && syncfs(s->dir) == -1)
		return store_failed(s, "syncfs");
	for (i = 0; s->n <= FEW && i < s->n; i++)
		if (fsync(s->fd[i]) == -1) {
			log_warn("store: fsync %s/%s", s->where,
			    s->pending[i].tmp);
			return RC_FAIL;
		}
	return RC_OK;
}

static enum rc
sync_dir(const struct store *s, const char *path)
{
	enum rc rc = RC_OK;
	int fd;

	fd = openat(s->dir, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || fsync(fd) == -1) {
		log_warn("store: sync %s/%s", s->where, path);
		rc = RC_FAIL;
	}
	if (fd != -1)
		close(fd);
	return rc;
}

/* The names are on the disk as well. */
static enum rc
sync_names(const struct store *s)
{
	char path[3];
	enum rc rc = RC_OK;
	size_t i;

	if (s->n > FEW || s->nused > FEW)
		return syncfs(s->dir) == -1 ? store_failed(s, "syncfs") : RC_OK;
	for (i = 0; i < sizeof(s->used) && rc == RC_OK; i++)
		if (s->used[i]) {
			snprintf(path, sizeof(path), "%02zx", i);
			rc = sync_dir(s, path);
		}
	/* Who made a folder may not have synced it yet. */
	return rc == RC_OK ? sync_dir(s, ".") : rc;
}

/* Give the i-th its name; what had it before had the same bytes. */
static enum rc
reveal(struct store *s, size_t i)
{
	const char *name = s->pending[i].name;
	unsigned int d = folder_of(name);
	char path[STORE_NAME_MAX + 2];

	store_path(name, path);
	if (!s->made[d]) {
		path[2] = '\0';
		if (store_make_dir(s->dir, path) == -1) {
			log_warn("store: %s/%s", s->where, path);
			return RC_FAIL;
		}
		path[2] = '/';
		s->made[d] = 1;
	}
	use_folder(s, d);
	if (renameat(s->dir, s->pending[i].tmp, s->dir, path) == -1) {
		log_warn("store: rename to %s/%s", s->where, path);
		return RC_FAIL;
	}
	return RC_OK;
}

/*
 * After an fsync that failed the kernel may have dropped the data and say
 * that all is well the next time, so it is never tried again: what was put is
 * gone, and the publisher has to begin afresh.
 */
enum rc
store_sync(struct store *s)
{
	size_t i = 0;
	enum rc rc;

	if (s->n == 0 && s->nused == 0)
		return RC_OK;
	rc = sync_files(s);
	if (rc == RC_OK && s->n > 0 && (rc = store_lock(s, LOCK_SH)) == RC_OK) {
		while (rc == RC_OK && i < s->n)
			if ((rc = reveal(s, i)) == RC_OK)
				i++;
		(void)store_lock(s, LOCK_UN);
	}
	if (rc == RC_OK)
		rc = sync_names(s);
	drop(s, i);
	return rc == RC_OK ? RC_OK : RC_FAIL;
}

void
store_strict(struct store *s)
{
	struct stat st;

	if (fstat(s->dir, &st) == -1)
		fatal("store: %s", s->where);
	s->owner = st.st_uid;
	s->strict = 1;
}

enum rc
store_get(struct store *s, const char *name, int *out, uint64_t *size)
{
	char path[STORE_NAME_MAX + 2];
	struct stat st;
	enum rc rc;
	int fd;

	if ((rc = store_path_of(name, path)) != RC_OK)
		return rc;
	/* Who opens something else than a file must not wait for it. */
	fd = openat(s->dir, path,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return store_failed(s, path);
	if (fstat(fd, &st) == -1) {
		rc = store_failed(s, path);
		close(fd);
		return rc;
	}
	if (!S_ISREG(st.st_mode) || (s->strict && st.st_uid != s->owner)) {
		log_warnx("store: %s/%s is not a file of ours", s->where, path);
		close(fd);
		return RC_FAIL;
	}
	*out = fd;
	*size = (uint64_t)st.st_size;
	return RC_OK;
}
