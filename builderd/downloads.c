#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "downloads.h"
#include "log.h"
#include "tree.h"

#define HASH         crypto_hash_sha512_BYTES
#define BASE64       88             /* a hash in it */
#define PATH         (HASH * 2 + 3) /* "ab/cd/..." */
#define LOCK_MAX     (64 << 20)
#define NPMRC_MAX    (64 << 10)
#define PACKAGE_MAX  (256 << 20)
#define PACKAGES_MAX 20000

/* As npm's cache has them: two folders, and the rest. */
static void
path_of(const unsigned char hash[HASH], char path[PATH])
{
	char hex[HASH * 2 + 1];

	sodium_bin2hex(hex, sizeof(hex), hash, HASH);
	snprintf(path, PATH, "%.2s/%.2s/%s", hex, hex + 2, hex + 4);
}

/*
 * May npm be told a password?  By the project's .npmrc, by variables that are
 * settings of npm, or by a command of the project's own that has variables.
 */
static int
has_credentials(struct build *b, int root)
{
	static const char *const marks[] = { "_auth", "_password", "${" };
	const char *const files[] = { ".npmrc",
		tree_join(b->arena,
		    b->package.dir != NULL ? b->package.dir : ".", ".npmrc") };
	const char *const *lists[] = { b->vars, b->repo.vars };
	const char *text;
	size_t i, k;

	for (i = 0; i < NITEMS(files); i++) {
		if (!tree_is_file(root, files[i]))
			continue;
		text = tree_read(b->arena, root, files[i], NPMRC_MAX, NULL);
		for (k = 0; text != NULL && k < NITEMS(marks); k++)
			if (strstr(text, marks[k]) != NULL)
				break;
		if (text == NULL || k < NITEMS(marks))
			return 1;
	}
	for (i = 0; i < NITEMS(lists); i++)
		for (k = 0; lists[i] != NULL && lists[i][k] != NULL; k++)
			if (strncasecmp(lists[i][k], "npm_config_", 11) == 0)
				return 1;
	return b->vars != NULL && b->vars[0] != NULL &&
	    (*b->c.install_command != '\0' || b->repo.install != NULL);
}

/* What the lock file of the checkout names; not what a build makes of it. */
static void
read_lock(struct build *b)
{
	const char *text, *at;
	size_t n = 0, len;
	int root;

	if (cage_tree(b->cage, &root) != RC_OK)
		return;
	text = tree_read(b->arena, root, b->package.lock, LOCK_MAX, NULL);
	b->credentials = has_credentials(b, root);
	close(root);
	if (text == NULL)
		return;
	for (at = text; (at = strstr(at, "\"sha512-")) != NULL; at++)
		n++;
	if (n > PACKAGES_MAX)
		n = PACKAGES_MAX;
	b->downloads = arena_alloc(b->arena, (n + 1) * HASH);
	for (at = text;
	     b->ndownloads < n && (at = strstr(at, "\"sha512-")) != NULL;) {
		at += 8;
		if (strnlen(at, BASE64) == BASE64 &&
		    sodium_base642bin(b->downloads + b->ndownloads * HASH, HASH,
			at, BASE64, NULL, &len, NULL,
			sodium_base64_VARIANT_ORIGINAL) == 0 &&
		    len == HASH)
			b->ndownloads++;
	}
}

static int
open_store(const struct build *b)
{
	const char *path =
	    arena_printf(b->arena, "%s/downloads", b->conf->state_dir);

	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Copies what there is into npm's cache.  npm looks there by the hash of the
 * lock file before it asks anybody, and hashes what it finds once more.
 */
enum rc
downloads_offer(struct build *b)
{
	static const char script[] =
	    "exec >/dev/null 2>&1\n"
	    "d=/home/build/.npm/_cacache/content-v2/sha512\n"
	    "mkdir -p $d && cd /home/build/.downloads &&\n"
	    "xargs -0 cp --parents -t $d --; exit 0\n";
	static const char *const argv[] = { "/bin/sh", "-c", script, NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin", "LANG=C.UTF-8",
		NULL };
	struct command c = { .kind = CAGE_BUILD,
		.what = "what was fetched before",
		.cwd = ".",
		.argv = argv,
		.env = env,
		.code = INTERNAL };
	size_t i, n = 0, count = 0;
	char *list;
	enum rc rc;
	int dir;

	if (b->package.lock == NULL || b->package.manager != NPM)
		return RC_OK;
	read_lock(b);
	if (b->ndownloads == 0 || (dir = open_store(b)) == -1)
		return RC_OK;
	list = arena_alloc(b->arena, b->ndownloads * PATH);
	for (i = 0; i < b->ndownloads; i++) {
		path_of(b->downloads + i * HASH, list + n);
		/* It is in use: not the next to go. */
		if (utimensat(dir, list + n, NULL, AT_SYMLINK_NOFOLLOW) == 0) {
			n += PATH;
			count++;
		}
	}
	close(dir);
	if (count == 0)
		return RC_OK;
	c.input = list;
	c.input_size = n;
	if ((rc = command_run(b, &c)) == RC_OK)
		journal_say(b->journal,
		    "%zu of %zu packages were fetched before", count,
		    b->ndownloads);
	return rc;
}

/* A copy without a name, if it is what its name says; -1 if not. */
static int
copy(int store, int from, const unsigned char want[HASH], off_t size)
{
	unsigned char sum[HASH], buf[65536];
	crypto_hash_sha512_state h;
	ssize_t n = 0;
	int to;

	to = openat(store, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	if (to == -1)
		return -1;
	crypto_hash_sha512_init(&h);
	while (size >= 0 && (n = read(from, buf, sizeof(buf))) > 0) {
		crypto_hash_sha512_update(&h, buf, (size_t)n);
		if (write(to, buf, (size_t)n) != n)
			break;
		size -= n;
	}
	crypto_hash_sha512_final(&h, sum);
	if (n == 0 && size == 0 && sodium_memcmp(sum, want, HASH) == 0 &&
	    fchmod(to, 0644) == 0)
		return to;
	close(to);
	return -1;
}

static int
make_folders(int store, const char *path)
{
	char folder[6];

	snprintf(folder, sizeof(folder), "%.2s", path);
	if (mkdirat(store, folder, 0711) == -1 && errno != EEXIST)
		return -1;
	snprintf(folder, sizeof(folder), "%.5s", path);
	return mkdirat(store, folder, 0711) == -1 && errno != EEXIST ? -1 : 0;
}

/* 1: it is there now, and was not. */
static int
take(struct build *b, int store, int root, const unsigned char hash[HASH])
{
	char path[PATH], fd[32];
	struct stat st, old;
	int from, to, new = 0;

	path_of(hash, path);
	from = tree_file(root, arena_printf(b->arena, DOWNLOADS "/%s", path));
	if (from == -1)
		return 0;
	if (fstat(from, &st) == 0 && st.st_size <= PACKAGE_MAX &&
	    /* What a power cut made shorter is replaced. */
	    (fstatat(store, path, &old, AT_SYMLINK_NOFOLLOW) == -1 ||
		old.st_size != st.st_size) &&
	    (to = copy(store, from, hash, st.st_size)) != -1) {
		snprintf(fd, sizeof(fd), "/proc/self/fd/%d", to);
		unlinkat(store, path, 0);
		new = make_folders(store, path) == 0 &&
		    linkat(AT_FDCWD, fd, store, path, AT_SYMLINK_FOLLOW) == 0;
		close(to);
	}
	close(from);
	return new;
}

void
downloads_take(struct build *b, int root)
{
	size_t i, count = 0;
	int store;

	if (b->ndownloads == 0 || b->credentials ||
	    (store = open_store(b)) == -1)
		return;
	umask(0);
	for (i = 0; i < b->ndownloads && !build_overdue(b); i++)
		count += (size_t)take(b, store, root, b->downloads + i * HASH);
	close(store);
	log_info("%zu of %zu packages are kept for others", count,
	    b->ndownloads);
}
