/*
 * fsck -- does the store have what the deployments need, as it was?
 *
 * Every file that a manifest names is read and hashed, and so is what its
 * compressed copies unpack to.  With --repair a file is made again from a copy
 * that is good, and a copy from its file.  What is bad is set aside, never
 * removed: it may be the only one there is.
 *
 * All manifests are read each time, for they say what there is; files go by
 * their folders (rounds.h).
 */
#include <sys/mman.h>

#include <getopt.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../builderd/compress.h"
#include "ctl.h"
#include "log.h"
#include "manifest.h"
#include "needs.h"
#include "owner.h"
#include "priv.h"
#include "query.h"
#include "rounds.h"
#include "store.h"
#include "unpack.h"

#define EVERY 500 /* blobs, between two lines of progress */

/* What is wrong with a blob. */
enum wrong { GOOD, MISSING, WRONG_SIZE, WRONG_BYTES, UNREADABLE };

static const char *const wrongs[] = {
	[GOOD] = "good",
	[MISSING] = "missing",
	[WRONG_SIZE] = "not as long as it was",
	[WRONG_BYTES] = "not what it was",
	[UNREADABLE] = "not to be read",
};

struct fsck {
	struct ctl *ctl;
	struct store *store;
	struct needs needs;
	struct rounds rounds;
	int minutes;
	PGresult *deployments; /* manifest, and who has it */
	size_t at;             /* of them, while manifests are read */
	int repair;
	struct json_object *problems; /* NULL: they are printed */
	size_t files, folders;        /* looked at */
	size_t blobs, bad, repaired;
	size_t bad_in[ROUNDS_FOLDERS]; /* and not repaired */
	uint64_t bytes;
};

/* A blob, mapped. */
struct bytes {
	unsigned char *p;
	size_t n;
};

static void
unmap(struct bytes *b)
{
	if (b->p != NULL)
		munmap(b->p, b->n);
	b->p = NULL;
}

static enum wrong
map(struct fsck *f, const char *name, struct bytes *b)
{
	uint64_t size;
	enum rc rc;
	int fd;

	b->p = NULL;
	b->n = 0;
	if ((rc = store_get(f->store, name, &fd, &size)) != RC_OK)
		return rc == RC_NOT_FOUND ? MISSING : UNREADABLE;
	b->n = (size_t)size;
	if (size > 0)
		b->p = mmap(NULL, b->n, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (b->p == MAP_FAILED) {
		b->p = NULL;
		return UNREADABLE;
	}
	f->blobs++;
	f->bytes += size;
	return GOOD;
}

static int
is_hash(const unsigned char want[32], const void *p, size_t n)
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, p, n);
	return memcmp(hash, want, sizeof(hash)) == 0;
}

static enum wrong
plain(struct fsck *f, const char *name, const struct need *n, struct bytes *b)
{
	enum wrong w = map(f, name, b);

	if (w == GOOD && b->n != n->size)
		w = WRONG_SIZE;
	if (w == GOOD && !is_hash(n->hash, b->p, b->n))
		w = WRONG_BYTES;
	return w;
}

static int
is_said(const uint32_t lengths[NEED_LENGTHS], size_t n)
{
	size_t i;

	for (i = 0; i < NEED_LENGTHS; i++)
		if (n > 0 && lengths[i] == n)
			return 1;
	return 0;
}

/*
 * The file that a copy unpacks to, which the caller frees; NULL: it is bad.
 * One of a length that no manifest says is WRONG_SIZE, even if it is good.
 */
static unsigned char *
packed(struct fsck *f, const char *name, const struct need *n, size_t e,
    enum wrong *w)
{
	unsigned char *out = NULL;
	struct bytes b;

	if ((*w = map(f, name, &b)) != GOOD)
		return NULL;
	if ((out = malloc((size_t)n->size + 1)) == NULL)
		fatalx("out of memory");
	if (unpack((enum manifest_encoding)e, b.p, b.n, out, (size_t)n->size) !=
		RC_OK ||
	    !is_hash(n->hash, out, (size_t)n->size)) {
		free(out);
		out = NULL;
		*w = WRONG_BYTES;
	}
	if (!is_said(n->packed[e], b.n))
		*w = WRONG_SIZE;
	unmap(&b);
	return out;
}

/* In place of what is there, which is kept. */
static int
put(struct fsck *f, const char *name, const void *p, size_t n)
{
	enum rc rc = store_set_aside(f->store, name);

	if (rc == RC_OK || rc == RC_NOT_FOUND)
		rc = store_put(f->store, name, p, n);
	return rc == RC_OK && store_sync(f->store) == RC_OK;
}

/*
 * A copy as long as a manifest says: how much effort was made depends on how
 * large the site was.  If no effort makes one, because another version of a
 * library packed it, the one of the most, for which the caller has no better;
 * where a manifest says another length, the file itself is served.
 */
static size_t
pack(const struct need *n, size_t e, const unsigned char *p,
    unsigned char **copy)
{
	static const size_t before[] = { (size_t)1 << 40, (size_t)64 << 20, 0 };
	size_t size = 0, i;

	*copy = NULL;
	for (i = 0; i < NITEMS(before) && !is_said(n->packed[e], size); i++) {
		free(*copy);
		size = compress_make((enum manifest_encoding)e, p,
		    (size_t)n->size, before[i], copy);
	}
	return size;
}

static void
report(struct fsck *f, const char *name, enum wrong w, size_t of, int repaired)
{
	const char *who = PQgetvalue(f->deployments, (int)of, 1);
	struct json_object *o;

	f->bad++;
	if (repaired)
		f->repaired++;
	else
		f->bad_in[strtoul((const char[]){ name[0], name[1], '\0' },
		    NULL, 16)]++;
	if (f->problems == NULL) {
		printf("%s %s, of %s: %s\n", name, wrongs[w], who,
		    repaired      ? "repaired" :
			f->repair ? "no good copy is left; redeploy it" :
				    "see --repair");
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "blob", json_object_new_string(name));
	json_object_object_add(o, "problem", json_object_new_string(wrongs[w]));
	json_object_object_add(o, "deployments", json_object_new_string(who));
	json_object_object_add(o, "repaired",
	    json_object_new_boolean(repaired));
	json_object_array_add(f->problems, o);
}

/*
 * p: the file that it is a copy of, or NULL.  One that is sound stays, unless
 * it can be made as long as a manifest says.
 */
static void
mend_copy(struct fsck *f, const char *name, const struct need *n, size_t e,
    enum wrong w, int sound, const unsigned char *p)
{
	unsigned char *out = NULL;
	size_t size = 0;

	if (p != NULL && (f->repair || sound))
		size = pack(n, e, p, &out);
	if (!sound || is_said(n->packed[e], size))
		report(f, name, w, n->of,
		    f->repair && size > 0 && put(f, name, out, size));
	free(out);
}

static void
examine(struct fsck *f, const struct need *n)
{
	char name[STORE_NAME_MAX], full[MANIFEST__ENCODINGS][STORE_NAME_MAX];
	enum wrong is, w[MANIFEST__ENCODINGS] = { GOOD };
	int sound[MANIFEST__ENCODINGS];
	unsigned char *copy = NULL, *out;
	struct bytes b;
	size_t e;

	sodium_bin2hex(name, sizeof(name), n->hash, sizeof(n->hash));
	is = plain(f, name, n, &b);
	for (e = 0; e < MANIFEST__ENCODINGS; e++) {
		if (n->packed[e][0] == 0)
			continue;
		snprintf(full[e], sizeof(full[e]), "%.64s%s", name,
		    unpack_suffix[e]);
		out = packed(f, full[e], n, e, &w[e]);
		sound[e] = out != NULL;
		if (copy == NULL)
			copy = out;
		else
			free(out);
	}
	if (is != GOOD)
		report(f, name, is, n->of,
		    f->repair && copy != NULL &&
			put(f, name, copy, (size_t)n->size));
	for (e = 0; e < MANIFEST__ENCODINGS; e++)
		if (w[e] != GOOD)
			mend_copy(f, full[e], n, e, w[e], sound[e],
			    is == GOOD ? b.p : copy);
	free(copy);
	unmap(&b);
}

static enum rc
need_file(void *arg, const char *path, size_t len,
    const struct manifest_file *file)
{
	struct fsck *f = arg;

	(void)path;
	(void)len;
	needs_add(&f->needs, file, f->at);
	return RC_OK;
}

/* Of a manifest there is no copy. */
static void
read_manifest(struct fsck *f, const char *name)
{
	unsigned char hash[32];
	struct manifest *m = NULL;
	uint64_t size;
	struct bytes b = { NULL, 0 };
	enum wrong w;
	int fd = -1;

	if (sodium_hex2bin(hash, sizeof(hash), name, strlen(name), NULL, NULL,
		NULL) != 0)
		return;
	if ((w = map(f, name, &b)) == GOOD && !is_hash(hash, b.p, b.n))
		w = WRONG_BYTES;
	unmap(&b);
	if (w == GOOD && store_get(f->store, name, &fd, &size) != RC_OK)
		w = UNREADABLE;
	if (w == GOOD && manifest_open(&m, fd) != RC_OK)
		w = WRONG_BYTES;
	if (w == GOOD && manifest_walk(m, need_file, f) != RC_OK)
		w = WRONG_BYTES;
	manifest_close(m);
	if (fd != -1)
		close(fd);
	if (w != GOOD)
		report(f, name, w, f->at, 0);
}

static void
progress(const struct fsck *f, const char *end)
{
	if (isatty(STDERR_FILENO) && (f->files % EVERY == 0 || *end != '\0'))
		fprintf(stderr, "\r%zu of %zu files, %zu problems%s", f->files,
		    f->needs.n, f->bad, end);
}

/* They are sorted, so that those of a folder are together. */
static void
look_through(struct fsck *f, int folder)
{
	const struct needs *s = &f->needs;
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (s->list[mid].hash[0] < folder)
			low = mid + 1;
		else
			high = mid;
	}
	for (; low < s->n && s->list[low].hash[0] == folder; low++) {
		progress(f, "");
		examine(f, &s->list[low]);
		f->files++;
	}
	f->folders++;
	rounds_done(&f->rounds, folder, f->bad_in[folder]);
	f->bad_in[folder] = 0;
}

static void
look_at_all(struct fsck *f)
{
	size_t i;
	int folder;

	needs_sort(&f->needs);
	while ((folder = rounds_next(&f->rounds)) != -1)
		look_through(f, folder);
	progress(f, "\n");
	/* Manifests of folders that it has not come to. */
	for (i = 0; i < ROUNDS_FOLDERS; i++)
		if (f->bad_in[i] > 0)
			rounds_suspect(&f->rounds, (int)i, f->bad_in[i]);
	rounds_end(&f->rounds, f->store);
}

static void
conclude(struct fsck *f)
{
	struct json_object *o;

	if (f->problems == NULL) {
		printf("%d manifests, %zu of %zu files in %zu of %d folders; "
		       "%zu blobs read, %" PRIu64
		       " bytes; %zu problems, %zu repaired\n",
		    PQntuples(f->deployments) - 1, f->files, f->needs.n,
		    f->folders, ROUNDS_FOLDERS, f->blobs, f->bytes, f->bad,
		    f->repaired);
		return;
	}
	o = json_object_new_object();
	json_object_object_add(o, "manifests",
	    json_object_new_int(PQntuples(f->deployments) - 1));
	json_object_object_add(o, "files",
	    json_object_new_int64((int64_t)f->files));
	json_object_object_add(o, "folders",
	    json_object_new_int64((int64_t)f->folders));
	json_object_object_add(o, "blobs",
	    json_object_new_int64((int64_t)f->blobs));
	json_object_object_add(o, "bytes",
	    json_object_new_int64((int64_t)f->bytes));
	json_object_object_add(o, "problems", f->problems);
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));
	json_object_put(o);
}

static int
check(struct fsck *f)
{
	struct ctl *ctl = f->ctl;
	struct db *db = owner_open(ctl);
	size_t n;

	if (db_run(db, ctl->arena, Q_FSCK, NULL, &f->deployments) != RC_OK ||
	    rounds_begin(&f->rounds, db, ctl->arena, f->minutes) != RC_OK) {
		db_close(db);
		return EXIT_FAILURE;
	}
	/* The store is builderd's, and so is what is put there. */
	if (geteuid() == 0)
		priv_drop(ctl->conf.build_user);
	if (store_open(&f->store,
		arena_printf(ctl->arena, "%s/blobs", ctl->conf.state_dir)) !=
	    RC_OK) {
		db_close(db);
		return EXIT_FAILURE;
	}
	store_strict(f->store);
	n = (size_t)PQntuples(f->deployments);
	for (f->at = 1; f->at < n; f->at++)
		read_manifest(f, PQgetvalue(f->deployments, (int)f->at, 0));
	look_at_all(f);
	conclude(f);
	if (f->bad > f->repaired)
		log_warnx("fsck: %zu blobs of the store are bad",
		    f->bad - f->repaired);
	needs_free(&f->needs);
	store_close(f->store);
	db_close(db);
	return f->bad > f->repaired ? EXIT_FAILURE : EXIT_SUCCESS;
}

static enum rc
minutes(const char *text, int *out)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || n < 1 || n > ROUNDS_MINUTES)
		return RC_INVALID;
	*out = (int)n;
	return RC_OK;
}

int
fsck_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "repair", no_argument, NULL, 'r' },
		{ "json", no_argument, NULL, 'j' },
		{ "minutes", required_argument, NULL, 'm' },
		{ NULL, 0, NULL, 0 },
	};
	struct fsck f = { .ctl = ctl };
	int opt;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (opt == 'r')
			f.repair = 1;
		else if (opt == 'j')
			f.problems = json_object_new_array();
		else if (opt == 'm' && minutes(optarg, &f.minutes) == RC_OK)
			continue;
		else if (opt == 'm')
			return usage_error("fsck", "--minutes is 1 to %d",
			    ROUNDS_MINUTES);
		else
			return usage_error("fsck", "no such option");
	if (optind != argc)
		return usage_error("fsck", "takes no argument");
	return check(&f);
}
