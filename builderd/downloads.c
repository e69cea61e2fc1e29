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
#include "lockfile.h"
#include "log.h"
#include "tree.h"

#define HASH        LOCKFILE_HASH
#define PATH        LOCKFILE_PATH
#define PACKAGE_MAX (256 << 20)

#define HOME "/home/build"

/*
 * pnpm is not here: it keeps files unpacked, under an index that no lock file
 * verifies, and to unpack is what takes long.
 */
/* clang-format off */
static const struct cache {
	lockfile_reader *read;
	const char *folder;	/* in the cage, or where it is installed */
	const char *file, *text; /* what makes it use that */
} caches[MANAGER__MAX] = {
	[NPM]	     = { lockfile_npm,	 HOME "/.npm/_cacache/content-v2/sha512", NULL, NULL },
	[YARN]	     = { lockfile_yarn,	 HOME "/.yarn-mirror",
			 HOME "/.yarnrc", "yarn-offline-mirror \"" HOME "/.yarn-mirror\"\n" },
	[YARN_BERRY] = { lockfile_berry, ".yarn/cache", NULL, NULL },
};
/* clang-format on */

static int
mentions(const char *const *texts, const char *const *words)
{
	size_t k;

	for (; *texts != NULL; texts++)
		for (k = 0; words[k] != NULL; k++)
			if (strstr(*texts, words[k]) != NULL)
				return 1;
	return 0;
}

/* A URL with a password; or a user's name, which may be one. */
static int
has_password(const char *text)
{
	while ((text = strstr(text, "://")) != NULL) {
		text += 3;
		if (text[strcspn(text, "@/\"' \n")] == '@')
			return 1;
	}
	return 0;
}

/*
 * May a registry be shown a password?  By the project's files, by variables
 * that are settings of its package manager, or by a command of the project's
 * own that has variables.
 */
static int
has_credentials(const struct build *b, const char *const *texts)
{
	static const char *const words[] = { "_auth", "_password", "_header",
		"npmAuth", "${", "certfile", "keyfile",
		"cert=", "key=", "httpsCertFilePath", "httpsKeyFilePath",
		"userconfig", NULL };
	const char *const *lists[] = { b->vars, b->repo.vars };
	const char *const own[] = { *b->c.install_command != '\0' ?
		    b->c.install_command :
		    b->repo.install,
		NULL };
	size_t i, k;

	if (mentions(texts, words) || mentions(own, words))
		return 1;
	for (i = 0; texts[i] != NULL; i++)
		if (has_password(texts[i]))
			return 1;
	for (i = 0; i < NITEMS(lists); i++)
		for (k = 0; lists[i] != NULL && lists[i][k] != NULL; k++)
			if (strncasecmp(lists[i][k], "npm_config_", 11) == 0 ||
			    strncasecmp(lists[i][k], "yarn_", 5) == 0)
				return 1;
	for (i = 0; own[0] != NULL && i < NITEMS(lists); i++)
		if (lists[i] != NULL && lists[i][0] != NULL)
			return 1;
	return own[0] != NULL && has_password(own[0]);
}

/* What the lock file of the checkout names; not what a build makes of it. */
static void
read_lock(struct build *b, const struct cache *c)
{
	/* The project has a cache of its own, which it may have filled. */
	static const char *const own[] = { "yarn-offline-mirror", "cacheFolder",
		NULL };
	const char **texts;
	int root;

	if (cage_tree(b->cage, &root) != RC_OK)
		return;
	texts = package_settings(b->arena, root, b->install_dir);
	if (texts != NULL && !mentions(texts, own))
		b->ndownloads =
		    c->read(b->arena, b->package.lock_text, &b->downloads);
	b->credentials = texts == NULL || has_credentials(b, texts);
	close(root);
}

const char *
downloads_folder(struct build *b)
{
	const char *folder = caches[b->package.manager].folder;

	if (b->ndownloads == 0)
		return NULL;
	if (*folder != '/')
		folder = arena_printf(b->arena, "/workspace/%s",
		    tree_join(b->arena, b->package.dir, folder));
	return folder;
}

static int
open_store(const struct build *b)
{
	const char *path =
	    arena_printf(b->arena, "%s/downloads", b->conf->state_dir);

	return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*
 * Copies what there is into the manager's cache, which asks nobody for what it
 * finds there.  It hashes that once more, and what was damaged in the store may
 * be where it stops: so that is left out, and what was there already stays.
 *
 *	input		names in the store and in the cache, by turns
 *	arguments	the cache; a file of settings and what is in it
 */
static const char script[] =
    "const fs = require('fs'), crypto = require('crypto');\n"
    "const [folder, file, text] = process.argv.slice(1);\n"
    "fs.mkdirSync(folder, { recursive: true });\n"
    "if (file) fs.writeFileSync(file, text);\n"
    "const names = fs.readFileSync(0, 'utf8').split('\\0');\n"
    "for (let i = 0; i + 1 < names.length; i += 2) try {\n"
    "	const bytes = fs.readFileSync('" HOME "/.downloads/' + names[i]);\n"
    "	const sum = crypto.createHash('sha512').update(bytes).digest('hex');\n"
    "	if (sum !== names[i].replaceAll('/', '')) continue;\n"
    "	const to = folder + '/' + names[i + 1];\n"
    "	fs.mkdirSync(to.replace(/[^/]*$/, ''), { recursive: true });\n"
    "	fs.writeFileSync(to, bytes, { flag: 'wx' });\n"
    "} catch {}\n";

static enum rc
copy_in(struct build *b, const struct cache *cache, const void *list,
    size_t size)
{
	const char *const argv[] = { "/bin/sh", "-c",
		"exec >/dev/null 2>&1; node -e \"$@\"; exit 0", "offer", script,
		downloads_folder(b), cache->file, cache->text, NULL };
	static const char *const env[] = { "PATH=/usr/local/bin:/usr/bin:/bin",
		"LANG=C.UTF-8", NULL };
	const struct command c = { .kind = CAGE_BUILD,
		.what = "what was fetched before",
		.cwd = ".",
		.argv = argv,
		.env = env,
		.input = list,
		.input_size = size,
		.code = INTERNAL };

	return command_run(b, &c);
}

enum rc
downloads_offer(struct build *b)
{
	const struct cache *cache = &caches[b->package.manager];
	size_t i, n = 0, len, max = 0, count = 0;
	char *list;
	enum rc rc;
	int dir;

	if (b->package.lock_text == NULL || cache->read == NULL)
		return RC_OK;
	read_lock(b, cache);
	if (b->ndownloads == 0 || (dir = open_store(b)) == -1)
		return RC_OK;
	for (i = 0; i < b->ndownloads; i++)
		max += PATH + strlen(b->downloads[i].name) + 1;
	list = arena_alloc(b->arena, max);
	for (i = 0; i < b->ndownloads; i++) {
		lockfile_path(b->downloads[i].hash, list + n);
		/* It is in use: not the next to go. */
		if (utimensat(dir, list + n, NULL, AT_SYMLINK_NOFOLLOW) == -1)
			continue;
		len = strlen(b->downloads[i].name) + 1;
		memcpy(list + n + PATH, b->downloads[i].name, len);
		n += PATH + len;
		count++;
	}
	close(dir);
	if (count == 0 && cache->file == NULL)
		return RC_OK;
	rc = copy_in(b, cache, list, n);
	if (rc == RC_OK && count != 0)
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
take(struct build *b, int store, int root, const struct download *d)
{
	char path[PATH], fd[32];
	struct stat st, old;
	int from, to, new = 0;

	lockfile_path(d->hash, path);
	from =
	    tree_file(root, arena_printf(b->arena, DOWNLOADS "/%s", d->name));
	if (from == -1)
		return 0;
	if (fstat(from, &st) == 0 && st.st_size <= PACKAGE_MAX &&
	    /* What a power cut made shorter is replaced. */
	    (fstatat(store, path, &old, AT_SYMLINK_NOFOLLOW) == -1 ||
		old.st_size != st.st_size) &&
	    (to = copy(store, from, d->hash, st.st_size)) != -1) {
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
		count += (size_t)take(b, store, root, &b->downloads[i]);
	close(store);
	log_info("%zu of %zu packages are kept for others", count,
	    b->ndownloads);
}
