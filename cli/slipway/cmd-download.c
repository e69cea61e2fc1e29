/*
 * download -- a deployment's files, as an archive or into an empty folder.
 *
 * The list of files comes first, with their hashes; then each of the archive is
 * compared with it on the way, so what is kept is what was published.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"
#include "slipway.h"

#define PAGE  1000
#define FILES 1000000 /* as many as a server may allow (output-files) */
#define TRIES 6       /* while the server sends to too many */

/* clang-format off */
static const struct flag flags[] = {
	{ "output", 'o', "FILE", "write the archive there; - is standard output", NULL },
	{ "directory", 'C', "DIR", "unpack it into this folder, which is empty or new", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

struct want {
	const char *path, *sha;
	unsigned long long size;
};

struct download {
	struct cli *cli;
	struct want *want;
	size_t n, at;
	unsigned long long bytes, got; /* of all files; got so far */
	struct untar tar;
	crypto_hash_sha256_state hash;
	int out;          /* of the archive, or -1 */
	int dir;          /* to unpack into, or -1 */
	int file;         /* in hand, or -1 */
	const char *name; /* what is written to, for people */
	enum rc rc;       /* of what arrived */
};

static enum rc
write_all(struct download *d, int fd, const char *p, size_t n)
{
	ssize_t w;

	for (; n > 0; p += w, n -= (size_t)w)
		if ((w = write(fd, p, n)) < 0) {
			if (errno != EINTR)
				return complain(RC_FAIL, "%s: %s", d->name,
				    strerror(errno));
			w = 0;
		}
	return RC_OK;
}

/* All folders of a path, and the file itself, below one and never through a
 * link. */
static int
create(int dir, char *path)
{
	char *slash;
	int at = dir, next;

	while ((slash = strchr(path, '/')) != NULL) {
		*slash = '\0';
		if (mkdirat(at, path, 0777) != 0 && errno != EEXIST)
			next = -1;
		else
			next = openat(at, path,
			    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (at != dir)
			close(at);
		if (next < 0)
			return -1;
		at = next;
		path = slash + 1;
	}
	next = openat(at, path,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (at != dir)
		close(at);
	return next;
}

static enum rc
begin(void *arg, const char *path, unsigned long long size)
{
	struct download *d = arg;
	const struct want *w = &d->want[d->at];

	if (d->at == d->n || strcmp(w->path, path) != 0 || w->size != size)
		return complain(RC_INVALID,
		    "the archive is not as the list of files says, at %s",
		    clean(d->cli, path));
	crypto_hash_sha256_init(&d->hash);
	if (d->dir < 0)
		return RC_OK;
	d->file = create(d->dir, arena_printf(d->cli->arena, "%s", path));
	if (d->file < 0)
		return complain(RC_FAIL, "%s/%s: %s", d->name,
		    clean(d->cli, path), strerror(errno));
	return RC_OK;
}

static enum rc
data(void *arg, const char *p, size_t n)
{
	struct download *d = arg;

	crypto_hash_sha256_update(&d->hash, (const unsigned char *)p, n);
	d->got += n;
	progress("receiving: %zu of %zu files, %.1f of %.1f MB", d->at, d->n,
	    (double)d->got / 1e6, (double)d->bytes / 1e6);
	return d->file < 0 ? RC_OK : write_all(d, d->file, p, n);
}

/* What is not whole, or not right, does not stay. */
static void
forget(struct download *d)
{
	if (d->dir >= 0 && d->at < d->n)
		unlinkat(d->dir, d->want[d->at].path, 0);
}

static enum rc
end(void *arg)
{
	struct download *d = arg;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[2 * sizeof(hash) + 1];
	int bad = 0;

	crypto_hash_sha256_final(&d->hash, hash);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	if (d->file >= 0)
		bad = close(d->file);
	d->file = -1;
	if (bad != 0)
		return complain(RC_FAIL, "%s: %s", d->name, strerror(errno));
	if (strcmp(hex, d->want[d->at].sha) != 0) {
		forget(d);
		return complain(RC_INVALID,
		    "%s is not what was published: its hash is another",
		    clean(d->cli, d->want[d->at].path));
	}
	d->at++;
	return RC_OK;
}

/* What arrives: compared, and kept. */
static bool
take(void *arg, const char *p, size_t n)
{
	struct download *d = arg;

	d->rc = untar_feed(&d->tar, p, n);
	if (d->rc == RC_OK && d->out >= 0)
		d->rc = write_all(d, d->out, p, n);
	return d->rc == RC_OK;
}

/* Which files there are; names as they stand in the archive. */
static enum rc
list(struct download *d, const char *id)
{
	struct cli *c = d->cli;
	struct json_object *page, *rows, *f;
	const char *next = NULL, *path;
	size_t i, k;
	enum rc rc;

	path = arena_printf(c->arena, "/api/deployments/%s/files", esc(c, id));
	do {
		rc = api_page(c, path, PAGE, &next, &page);
		if (rc != RC_OK)
			return rc;
		rows = field(page, "files");
		k = json_object_is_type(rows, json_type_array) ?
		    json_object_array_length(rows) :
		    0;
		if (d->want == NULL) {
			d->n = (size_t)num(page, "count");
			d->bytes = (unsigned long long)num(page, "bytes");
			if (d->n > FILES)
				return complain(RC_INVALID,
				    "%s says that there are more than %d files",
				    c->url, FILES);
			d->want = calloc(d->n + 1, sizeof(*d->want));
			if (d->want == NULL)
				fatalx("out of memory");
			arena_defer(c->arena, free, d->want);
		}
		for (i = 0; i < k && d->at < d->n; i++) {
			f = json_object_array_get_idx(rows, i);
			d->want[d->at++] = (struct want){
				.path = str_or(f, "path", "/") + 1,
				.sha = str_or(f, "sha256", ""),
				.size = (unsigned long long)num(f, "size"),
			};
		}
		progress("listing: %zu of %zu files", d->at, d->n);
	} while (next != NULL && k > 0);
	if (d->at != d->n)
		return complain(RC_FAIL, "the list of files is not whole");
	d->at = 0;
	return RC_OK;
}

static enum rc
fetch(struct download *d, const char *id)
{
	struct cli *c = d->cli;
	const char *path = arena_printf(c->arena,
	    "/api/deployments/%s/archive.tar", esc(c, id));
	enum rc rc;

	d->tar = (struct untar){ .arg = d,
		.begin = begin,
		.data = data,
		.end = end };
	rc = api_stream(c, path, TRIES, take, d);
	if (d->file >= 0) {
		close(d->file);
		forget(d);
	}
	if (d->rc == RC_TYPE)
		return complain(RC_INVALID,
		    "%s did not send the archive of a deployment", c->url);
	if (d->rc != RC_OK)
		return d->rc;
	if (rc == RC_OK && (!untar_done(&d->tar) || d->at != d->n))
		return complain(RC_FAIL,
		    "the archive ended too early, after %zu of %zu files",
		    d->at, d->n);
	return rc;
}

/* The folder to unpack into: made if it is not there. */
static enum rc
open_folder(struct download *d, const char *dir)
{
	struct dirent *e;
	size_t n = 0;
	DIR *list;

	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		return complain(RC_FAIL, "%s: %s", dir, strerror(errno));
	d->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->dir < 0 || (list = opendir(dir)) == NULL)
		return complain(RC_FAIL, "%s: %s", dir, strerror(errno));
	while ((e = readdir(list)) != NULL)
		n +=
		    strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(list);
	if (n > 0)
		return complain(RC_CONFLICT,
		    "%s is not empty; give a folder that is, or a new one",
		    dir);
	return RC_OK;
}

static enum rc
to_folder(struct download *d, const char *id, const char *dir)
{
	enum rc rc;

	d->name = clean(d->cli, dir);
	if ((rc = open_folder(d, dir)) != RC_OK || (rc = list(d, id)) != RC_OK)
		return rc;
	if ((rc = fetch(d, id)) != RC_OK)
		tell("%s has %zu of %zu files.", d->name, d->at, d->n);
	close(d->dir);
	return rc;
}

/* Under its name only when it is whole. */
static enum rc
to_file(struct download *d, const char *id, const char *file)
{
	char *part = arena_printf(d->cli->arena, "%s.part", file);
	enum rc rc;

	d->name = clean(d->cli, file);
	if ((rc = list(d, id)) != RC_OK)
		return rc;
	d->out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (d->out < 0)
		return complain(RC_FAIL, "%s: %s", part, strerror(errno));
	rc = fetch(d, id);
	if (close(d->out) != 0 && rc == RC_OK)
		rc = complain(RC_FAIL, "%s: %s", part, strerror(errno));
	if (rc == RC_OK && rename(part, file) != 0)
		rc = complain(RC_FAIL, "%s: %s", file, strerror(errno));
	if (rc != RC_OK)
		unlink(part);
	return rc;
}

static enum rc
to_stdout(struct download *d, const char *id)
{
	enum rc rc;

	if (term_is(stdout))
		return usage(d->cli,
		    "an archive is not for a terminal; use --output FILE");
	d->name = "standard output";
	d->out = STDOUT_FILENO;
	return (rc = list(d, id)) != RC_OK ? rc : fetch(d, id);
}

static enum rc
run(struct cli *c)
{
	struct download d = { .cli = c, .out = -1, .dir = -1, .file = -1 };
	const char *file = flag_value(c, "output"), *id;
	const char *dir = flag_value(c, "directory");
	struct json_object *o;
	enum rc rc;

	if (file != NULL && dir != NULL)
		return usage(c, "--output and --directory exclude each other");
	if ((rc = deployment_ready(c, &id)) != RC_OK ||
	    (rc = deployment_act(c, "", id, NULL, &o)) != RC_OK)
		return rc;
	id = str_or(o, "id", id);
	if (file == NULL && dir == NULL)
		file = arena_printf(c->arena, "%s-%s.tar",
		    str_or(o, "project.slug", "site"), id);
	catch_interrupts();
	rc = dir != NULL           ? to_folder(&d, id, dir) :
	    strcmp(file, "-") == 0 ? to_stdout(&d, id) :
				     to_file(&d, id, file);
	progress_stop();
	if (rc != RC_OK)
		return rc;
	tell("%zu file%s, %s, as they were published.", d.n,
	    d.n == 1 ? "" : "s", amount(c, (long long)d.bytes));
	if (d.out != STDOUT_FILENO)
		printf("%s\n", d.name);
	return RC_OK;
}

const struct command cmd_download = {
	.name = "download",
	.example = "slipway download --directory old",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_PROJECT,
	.brief = "get the files of a deployment",
	.about = "Writes the files of a deployment, the newest that is ready "
		 "if none is named, into a tar archive or, with --directory, "
		 "into an empty folder. Each file is compared with the hash "
		 "it was published under; an archive has its name only when "
		 "it is whole. Prints that name.",
	.see = "diff",
	.flags = flags,
	.run = run,
};
