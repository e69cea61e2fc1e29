/*
 * publish -- the output becomes blobs and a manifest.
 *
 * Workers, one a processor, take file after file; what they find out is in
 * memory they share with us.  Each syncs what it put, and only when all have
 * is there a manifest.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "builderd.h"
#include "compress.h"
#include "inject.h"
#include "log.h"
#include "manifest.h"
#include "mime.h"
#include "siterules.h"
#include "store.h"
#include "tree.h"

#define WORKERS 16
#define FEW     4 /* files that are not worth another worker */

struct result {
	unsigned char hash[32];
	uint64_t size;
	uint64_t encoded[MANIFEST__ENCODINGS];
	const char *leak; /* a variable whose value is in it, or NULL */
};

struct shared {
	atomic_size_t next; /* file that nobody has taken */
	atomic_size_t done;
	atomic_size_t compressed; /* bytes of what was new */
	struct result results[];
};

static enum rc
read_all(int fd, unsigned char *p, size_t n)
{
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		r = read(fd, p + have, n - have);
		if (r == -1 && errno == EINTR)
			continue;
		if (r <= 0) {
			log_warn("read the output");
			return RC_FAIL;
		}
		have += (size_t)r;
	}
	return RC_OK;
}

/* A file in memory. */
struct text {
	char name[STORE_NAME_MAX]; /* of its blob */
	unsigned char *p;
	size_t n;
	int fresh;     /* the store does not have it */
	size_t before; /* how much was compressed before it */
};

/* The encoding that is in the store, or is put there if it is worth it. */
static enum rc
encode(struct store *s, const struct text *t, enum manifest_encoding e,
    uint64_t *size)
{
	char full[STORE_NAME_MAX];
	unsigned char *out;
	enum rc rc;
	int fd;

	snprintf(full, sizeof(full), "%.64s%s", t->name, compress_suffix[e]);
	if (!t->fresh) {
		rc = store_touch(s, full);
		if (rc == RC_OK &&
		    (rc = store_get(s, full, &fd, size)) == RC_OK)
			close(fd);
		return rc == RC_NOT_FOUND ? RC_OK : rc;
	}
	if ((*size = compress_make(e, t->p, t->n, t->before, &out)) == 0)
		return RC_OK;
	rc = store_put(s, full, out, *size);
	free(out);
	return rc;
}

static enum rc
put_small(const struct build *b, struct store *s, struct shared *sh,
    const char *path, int fd, struct result *r)
{
	int text = mime_compressible(mime_type(path)), e;
	struct text t = { .n = r->size };
	enum rc rc;

	if ((t.p = malloc(t.n + 1)) == NULL)
		fatalx("out of memory");
	if ((rc = read_all(fd, t.p, t.n)) != RC_OK)
		goto out;
	if ((r->leak = redact_find(b->secrets, (char *)t.p, t.n)) != NULL)
		goto out;
	crypto_hash_sha256(r->hash, t.p, t.n);
	sodium_bin2hex(t.name, sizeof(t.name), r->hash, sizeof(r->hash));
	rc = store_touch(s, t.name);
	t.fresh = rc == RC_NOT_FOUND;
	if (t.fresh)
		rc = store_put(s, t.name, t.p, t.n);
	if (t.fresh && text)
		t.before = atomic_fetch_add(&sh->compressed, t.n);
	for (e = 0; text && rc == RC_OK && e < MANIFEST__ENCODINGS; e++)
		rc = encode(s, &t, e, &r->encoded[e]);
out:
	free(t.p);
	return rc;
}

/* Too large to be text worth compressing, or to hold in memory. */
static enum rc
put_large(const struct build *b, struct store *s, int fd, struct result *r)
{
	char name[STORE_NAME_MAX];
	uint64_t size;
	enum rc rc;

	if ((rc = leak_scan(b, fd, &r->leak)) != RC_OK || r->leak != NULL)
		return rc;
	rc = store_put_fd(s, fd, r->size, name, &size);
	if (rc == RC_OK && size != r->size)
		rc = RC_FAIL;
	if (rc == RC_OK &&
	    sodium_hex2bin(r->hash, sizeof(r->hash), name, 64, NULL, NULL,
		NULL) != 0)
		rc = RC_FAIL;
	return rc;
}

static enum rc
put(const struct build *b, struct store *s, struct shared *sh,
    const struct output_file *f, struct result *r)
{
	int dir = b->output_fd;
	struct stat st;
	enum rc rc;
	int fd;

	if ((fd = tree_file(dir, f->path)) == -1 || fstat(fd, &st) == -1 ||
	    (uint64_t)st.st_size != f->size) {
		log_warn("%s changed", f->path);
		if (fd != -1)
			close(fd);
		return RC_FAIL;
	}
	r->size = f->size;
	rc = r->size <= COMPRESS_MAX ? put_small(b, s, sh, f->path, fd, r) :
				       put_large(b, s, fd, r);
	close(fd);
	return rc;
}

static enum rc
work(struct build *b, struct shared *sh)
{
	struct store *s = NULL;
	enum rc rc;
	size_t i;

	rc = store_open(&s,
	    arena_printf(b->arena, "%s/blobs", b->conf->state_dir));
	while (
	    rc == RC_OK && (i = atomic_fetch_add(&sh->next, 1)) < b->nfiles) {
		rc = put(b, s, sh, &b->files[i], &sh->results[i]);
		atomic_fetch_add(&sh->done, rc == RC_OK);
	}
	if (rc == RC_OK)
		rc = store_sync(s);
	store_close(s);
	return rc;
}

static enum rc
share_out(struct build *b, struct shared *sh)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN), i, running = 0;
	pid_t pids[WORKERS], parent = getpid();
	enum rc rc = RC_OK;
	int status;

	if (n > WORKERS)
		n = WORKERS;
	if ((size_t)n > b->nfiles / FEW)
		n = (long)(b->nfiles / FEW);
	for (i = 1; i < n; i++)
		switch (pids[running] = fork()) {
		case -1:
			log_warn("fork");
			break;
		case 0:
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(getppid() != parent || work(b, sh) != RC_OK);
		default:
			running++;
		}
	rc = work(b, sh);
	for (i = 0; i < running; i++)
		if (waitpid(pids[i], &status, 0) != pids[i] || status != 0)
			rc = RC_FAIL;
	if (rc == RC_OK && atomic_load(&sh->done) != b->nfiles)
		rc = RC_FAIL;
	return rc;
}

static int
has_file(const struct build *b, const char *path)
{
	size_t i;

	for (i = 0; i < b->nfiles; i++)
		if (strcmp(b->files[i].path, path) == 0)
			return 1;
	return 0;
}

/*
 * What "auto" means for unknown paths: the file they get, or "off".  A
 * project that says "on" or "off" itself is heard when it is served.
 */
static const char *
fallback(const struct build *b)
{
	unsigned int flags = b->framework->flags;
	int page200 = has_file(b, "200.html");

	if (flags & FRAMEWORK_PAGE200)
		return page200 ? "/200.html" : "off";
	if ((flags & FRAMEWORK_SPA) == 0 &&
	    ((flags & FRAMEWORK_ROUTE) == 0 || has_file(b, "404.html")))
		return "off";
	return page200 ? "/200.html" : "/index.html";
}

static enum rc
settings(struct build *b, struct pairs_writer *w)
{
	enum rc rc;

	rc = manifest_set(w, "spa", fallback(b));
	if (rc == RC_OK)
		rc = manifest_set(w, "framework", b->framework->name);
	if (rc == RC_OK)
		rc = manifest_set(w, "published",
		    arena_printf(b->arena, "%lld", (long long)time(NULL)));
	return rc == RC_OK ? siterules_publish(b, w) : rc;
}

static enum rc
describe(struct build *b, struct pairs_writer *w, const struct shared *sh)
{
	struct manifest_file f;
	enum rc rc;
	size_t i;

	for (i = 0; i < b->nfiles; i++) {
		const struct result *r = &sh->results[i];
		const char *path = b->files[i].path;

		f = (struct manifest_file){ .size = r->size,
			.type = mime_type(path) };
		memcpy(f.hash, r->hash, sizeof(f.hash));
		memcpy(f.encoded, r->encoded, sizeof(f.encoded));
		if (framework_hashed(b->framework, path))
			f.flags |= MANIFEST_HASHED;
		rc = manifest_add(w, arena_printf(b->arena, "/%s", path), &f);
		if (rc != RC_OK)
			return rc;
	}
	return settings(b, w);
}

/* The manifest is a blob like others, and the last to be put. */
static enum rc
keep(struct build *b, struct pairs_writer *w)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char *name = arena_alloc(b->arena, STORE_NAME_MAX);
	struct store *s = NULL;
	void *p;
	size_t n;
	enum rc rc;

	pairs_end(w, b->arena, &p, &n);
	crypto_hash_sha256(hash, p, n);
	sodium_bin2hex(name, STORE_NAME_MAX, hash, sizeof(hash));
	rc = store_open(&s,
	    arena_printf(b->arena, "%s/blobs", b->conf->state_dir));
	if (rc == RC_OK && (rc = store_touch(s, name)) == RC_NOT_FOUND)
		rc = store_put(s, name, p, n);
	if (rc == RC_OK)
		rc = store_sync(s);
	store_close(s);
	b->manifest = name;
	return rc;
}

static enum rc
leaks(struct build *b, const struct shared *sh)
{
	const char *name = NULL;
	size_t i;

	for (i = 0; i < b->nfiles && name == NULL; i++)
		name = sh->results[i].leak;
	if (name == NULL)
		return RC_OK;
	return build_fail(b, "secret",
	    "%s in the output contains the value of the variable %s: it would "
	    "be published; if that is meant, name %s in a variable "
	    "SECRETS_SCAN_OMIT_KEYS",
	    b->files[i - 1].path, name, name);
}

/* Before anything is stored: may the team keep as much more? */
static enum rc
room(struct build *b)
{
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret,
		arena_printf(b->arena, "%zu", b->nfiles),
		arena_printf(b->arena, "%llu", (unsigned long long)b->bytes) };
	const struct timespec again = { .tv_nsec = 200000000 };
	PGresult *res;
	enum rc rc;

	while ((rc = db_run(b->db, b->arena, Q_ROOM, params, &res)) == RC_BUSY)
		nanosleep(&again, NULL);
	if (rc != RC_OK || *PQgetvalue(res, 0, 0) == '\0')
		return rc;
	return build_fail(b, "quota", "%s", PQgetvalue(res, 0, 0));
}

enum rc
step_publish(struct build *b)
{
	size_t size = sizeof(struct shared) + b->nfiles * sizeof(struct result);
	struct pairs_writer *w;
	struct shared *sh;
	enum rc rc;

	if ((rc = room(b)) != RC_OK)
		return rc;
	sh = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (sh == MAP_FAILED)
		fatal("mmap");
	leak_learn(b);
	rc = share_out(b, sh);
	if (rc == RC_OK)
		rc = leaks(b, sh);
	INJECT_AT("blobs", "");
	if (rc == RC_OK) {
		w = pairs_new();
		if ((rc = describe(b, w, sh)) == RC_OK)
			rc = keep(b, w);
		else
			pairs_drop(w);
	}
	munmap(sh, size);
	if (rc != RC_OK)
		return build_fail(b, INTERNAL,
		    "the server could not store the output");
	close(b->output_fd);
	b->output_fd = -1;
	return RC_OK;
}
