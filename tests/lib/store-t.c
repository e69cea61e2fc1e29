/* lib/store: what was synced is there, what was not is not. */
#include <sys/stat.h>

#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "store.h"
#include "tap.h"

#define MANY 20000
#define A    "aa00000000000000000000000000000000000000000000000000000000000000"
#define B    "bb00000000000000000000000000000000000000000000000000000000000000"
/* SHA-256 of "hello\n" */
#define HELLO "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"

/* clang-format off */
static const struct {
	const char	*name;
	int		 good;
} names[] = {
	{ A,		1 },
	{ A ".br",	1 },
	{ A ".gz",	1 },
	{ A ".zst",	1 },
	{ A ".xz",	0 },
	{ A ".br/",	0 },
	{ A "0",	0 },
	{ "",		0 },
	{ "aa",		0 },
	{ "../../etc/passwd", 0 },
	{ "AA00000000000000000000000000000000000000000000000000000000000000", 0 },
	{ "aa/0000000000000000000000000000000000000000000000000000000000000", 0 },
};
/* clang-format on */

static int
rm(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static enum rc
count(void *n, const char *name, uint64_t size, time_t used)
{
	(void)size;
	(void)used;
	*(int *)n += store_name_ok(name);
	return RC_OK;
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
has(struct store *s, const char *name, const char *text)
{
	char buf[64] = "";
	uint64_t size;
	int fd;

	if (store_get(s, name, &fd, &size) != RC_OK)
		return 0;
	if (read(fd, buf, sizeof(buf) - 1) == -1)
		*buf = '\0';
	close(fd);
	return size == strlen(text) && strcmp(buf, text) == 0;
}

/* What is put in the place of a file, where root may look for it. */
static void
impostors(struct store *s, const char *path, const char *elsewhere)
{
	size_t counts[256], i, n;
	uint64_t size;
	int fd;

	fd = open(elsewhere, O_WRONLY | O_CREAT, 0644);
	close(fd);
	ok(store_get(s, A, &fd, &size) == RC_NOT_FOUND, "there is no file");
	ok(symlink(elsewhere, path) == 0 &&
		store_get(s, A, &fd, &size) == RC_FAIL,
	    "a link is not followed");
	unlink(path);
	ok(mkfifo(path, 0644) == 0 && store_get(s, A, &fd, &size) == RC_FAIL,
	    "a pipe is not waited for");
	unlink(path);
	ok(mkdir(path, 0755) == 0 && store_get(s, A, &fd, &size) == RC_FAIL,
	    "a folder is no file");
	rmdir(path);

	ok(store_put(s, A, "one", 3) == RC_OK && store_sync(s) == RC_OK, "one");
	store_strict(s);
	ok(has(s, A, "one"), "of the store's owner");
	if (geteuid() == 0) {
		ok(chown(path, 1, 1) == 0 && !has(s, A, "one"),
		    "of another's it is not read");
		(void)!chown(path, 0, 0);
	}
	ok(store_set_aside(s, A) == RC_OK && store_set_aside(s, A) != RC_OK,
	    "set aside, but once");
	ok(store_count_aside(s, counts) == RC_OK && counts[0xaa] == 1,
	    "it is counted");
	for (i = n = 0; i < NITEMS(counts); i++)
		n += counts[i];
	ok(n == 1, "and nothing else");
}

int
main(void)
{
	char dir[] = "/tmp/slipway-store-XXXXXX", path[128], name[80];
	struct timespec old[2] = { { 1000000000, 0 }, { 1000000000, 0 } };
	struct store *s, *t;
	struct stat st;
	uint64_t size;
	double began;
	int fd, i, n = 0;

	ok(freopen("/dev/null", "w", stderr) != NULL, "quiet");
	umask(077);
	for (i = 0; i < (int)NITEMS(names); i++)
		ok(store_name_ok(names[i].name) == names[i].good, "name \"%s\"",
		    names[i].name);

	ok(mkdtemp(dir) != NULL, "%s", dir);
	snprintf(path, sizeof(path), "%s/s", dir);
	ok(store_open(&s, path) == RC_OK, "made");
	ok(store_open(&t, path) == RC_OK, "opened once more");
	store_close(t);
	ok(store_open(&t, "/proc/no/such") == RC_FAIL, "nowhere");
	(void)!store_open(&t, path);

	ok(store_put(s, A, "one", 3) == RC_OK, "put");
	ok(store_put(s, "../x", "one", 3) == RC_INVALID, "not a name");
	ok(!has(t, A, "one"), "not there before the sync");
	ok(store_touch(t, A) == RC_NOT_FOUND, "nor to be touched");
	ok(store_touch(s, A) == RC_OK, "but its publisher knows");
	ok(store_sync(s) == RC_OK, "sync");
	ok(has(t, A, "one"), "now it is there");
	ok(store_touch(t, A) == RC_OK, "and can be touched");
	ok(store_sync(s) == RC_OK, "nothing to sync");
	snprintf(path, sizeof(path), "%s/s/aa/%s", dir, &A[2]);
	ok(stat(path, &st) == 0 && (st.st_mode & 0777) == 0644,
	    "others may read it, whatever the umask");

	(void)!store_put(s, B, "two", 3);
	store_close(s);
	ok(!has(t, B, "two"), "closed before the sync: nothing");
	n = 0;
	ok(store_walk(t, 1, count, &n) == RC_OK && n == 1, "walk");

	utimensat(AT_FDCWD, path, old, 0);
	ok(store_remove(t, A, 999999999) == RC_CONFLICT && has(t, A, "one"),
	    "used since: it stays");
	ok(store_remove(t, A, 1000000001) == RC_OK && !has(t, A, "one"),
	    "not used: it goes");
	ok(store_remove(t, A, 1000000001) == RC_NOT_FOUND, "but once");

	snprintf(path, sizeof(path), "%s/in", dir);
	fd = open(path, O_RDWR | O_CREAT, 0600);
	ok(write(fd, "hello\n", 6) == 6, "a file");
	lseek(fd, 0, SEEK_SET);
	ok(store_put_fd(t, fd, 5, name, &size) == RC_TOO_LARGE, "too large");
	lseek(fd, 0, SEEK_SET);
	ok(store_put_fd(t, fd, 6, name, &size) == RC_OK && size == 6,
	    "put a file");
	is(name, HELLO, "hashed on the way");
	ok(store_sync(t) == RC_OK && has(t, HELLO, "hello\n"), "there");
	close(fd);

	snprintf(path, sizeof(path), "%s/s/aa/%s", dir, &A[2]);
	snprintf(name, sizeof(name), "%s/elsewhere", dir);
	impostors(t, path, name);

	began = now();
	for (i = 0; i < MANY; i++) {
		unsigned char h[32];

		crypto_hash_sha256(h, (unsigned char *)&i, sizeof(i));
		sodium_bin2hex(name, sizeof(name), h, sizeof(h));
		if (store_put(t, name, name, 64) != RC_OK)
			break;
	}
	ok(i == MANY && store_sync(t) == RC_OK, "many at once");
	printf("# %d files in %.2f s\n", MANY, now() - began);
	n = 0;
	ok(store_walk(t, 1, count, &n) == RC_OK && n == MANY + 1, "all there");

	/* As somebody would have a walk by root clear another directory. */
	snprintf(path, sizeof(path), "%s/other", dir);
	ok(mkdir(path, 0755) == 0, "a directory elsewhere");
	snprintf(path, sizeof(path), "%s/other/file", dir);
	close(open(path, O_RDWR | O_CREAT, 0600));
	utimensat(AT_FDCWD, path, old, 0);
	snprintf(path, sizeof(path), "%s/s/tmp", dir);
	snprintf(name, sizeof(name), "%s/s/was", dir);
	ok(rename(path, name) == 0 && symlink("../other", path) == 0,
	    "and a link to it");
	ok(store_walk(t, 1, count, &n) == RC_FAIL, "that is noticed");
	snprintf(path, sizeof(path), "%s/other/file", dir);
	ok(access(path, F_OK) == 0, "and leads nowhere");
	store_close(t);
	store_close(NULL);
	nftw(dir, rm, 32, FTW_DEPTH | FTW_PHYS);
	return done();
}
