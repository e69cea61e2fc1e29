#include <cdb.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "manifest.h"
#include "pairs.h"

#define FORMAT   "1" /* in a cdb; pairs say theirs themselves */
#define KEY_MAX  8192
#define TYPE_MAX 256

/*
 * A file, packed: hash, flags, size, sizes of the encodings that there are, and
 * the type with its NUL.  Numbers are as in pairs.h.
 */
#define FILE_MAX \
	(32 + 1 + PAIRS_NUMBER_MAX * (1 + MANIFEST__ENCODINGS) + TYPE_MAX)
#define ENCODED(e) (0x10u << (e)) /* among the flags */
#define FLAGS      0x0fu          /* those of the caller */
_Static_assert(MANIFEST__ENCODINGS <= 4, "a byte has no more bits");

/*
 * As it was in a cdb: hash, size, sizes of all encodings, flags, and the type.
 * Numbers are little endian and of one length each.
 */
#define AT_SIZE    32
#define AT_ENCODED (AT_SIZE + 8)
#define AT_FLAGS   (AT_ENCODED + 8 * MANIFEST__ENCODINGS)
#define AT_TYPE    (AT_FLAGS + 4)

struct manifest_writer {
	struct pairs_writer *pairs;
};

struct manifest {
	struct pairs pairs;
	struct cdb cdb;
	int is_cdb; /* made before there were pairs */
};

enum rc
manifest_begin(struct manifest_writer **out)
{
	struct manifest_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatalx("out of memory");
	w->pairs = pairs_new();
	*out = w;
	return RC_OK;
}

enum rc
manifest_add(struct manifest_writer *w, const char *path,
    const struct manifest_file *f)
{
	unsigned char v[FILE_MAX], *p = v + sizeof(f->hash), *flags;
	size_t i, n = strlen(f->type) + 1, klen = strlen(path);

	if (*path != '/' || klen > KEY_MAX || n > TYPE_MAX ||
	    (f->flags & ~FLAGS) != 0)
		return RC_INVALID;
	memcpy(v, f->hash, sizeof(f->hash));
	flags = p++;
	*flags = (unsigned char)f->flags;
	p = pairs_number(p, f->size);
	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		if (f->encoded[i] != 0) {
			*flags |= (unsigned char)ENCODED(i);
			p = pairs_number(p, f->encoded[i]);
		}
	memcpy(p, f->type, n);
	return pairs_add(w->pairs, path, klen, v, (size_t)(p - v) + n);
}

/* The key of a setting: a NUL, then its name.  Its length, or 0. */
static size_t
setting_key(char key[KEY_MAX], const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n >= KEY_MAX)
		return 0;
	key[0] = '\0';
	memcpy(key + 1, name, n);
	return n + 1;
}

enum rc
manifest_put(struct manifest_writer *w, const char *name, const void *p,
    size_t n)
{
	char key[KEY_MAX];
	size_t klen;

	if ((klen = setting_key(key, name)) == 0)
		return RC_INVALID;
	return pairs_add(w->pairs, key, klen, p, n);
}

enum rc
manifest_set(struct manifest_writer *w, const char *name, const char *value)
{
	return manifest_put(w, name, value, strlen(value));
}

void
manifest_drop(struct manifest_writer *w)
{
	if (w == NULL)
		return;
	pairs_drop(w->pairs);
	free(w);
}

enum rc
manifest_end(struct manifest_writer *w, struct arena *a, void **p, size_t *n)
{
	pairs_end(w->pairs, a, p, n);
	free(w);
	return RC_OK;
}

static enum rc
open_cdb(struct manifest *m, int fd)
{
	const char *format;
	size_t n;

	if (cdb_init(&m->cdb, fd) == -1) {
		log_warn("manifest: cannot be read");
		return RC_FAIL;
	}
	m->cdb.cdb_fd = -1;
	m->is_cdb = 1;
	format = manifest_get(m, "format", &n);
	if (format != NULL && n == strlen(FORMAT) &&
	    memcmp(format, FORMAT, n) == 0)
		return RC_OK;
	log_warnx("manifest: not of a format we know");
	cdb_free(&m->cdb);
	return RC_FAIL;
}

enum rc
manifest_open(struct manifest **out, int fd)
{
	struct manifest *m;
	enum rc rc;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		fatalx("out of memory");
	if ((rc = pairs_open(&m->pairs, fd)) == RC_INVALID)
		rc = open_cdb(m, fd);
	if (rc != RC_OK) {
		free(m);
		return RC_FAIL;
	}
	*out = m;
	return RC_OK;
}

void
manifest_close(struct manifest *m)
{
	if (m == NULL)
		return;
	if (m->is_cdb)
		cdb_free(&m->cdb);
	else
		pairs_close(&m->pairs);
	free(m);
}

static uint64_t
get_le(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | p[bytes];
	return v;
}

/* What is before the type; where that is, or NULL. */
static const unsigned char *
unpack_cdb(const unsigned char *v, size_t n, struct manifest_file *f)
{
	size_t i;

	if (n <= AT_TYPE)
		return NULL;
	f->size = get_le(v + AT_SIZE, 8);
	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		f->encoded[i] = get_le(v + AT_ENCODED + 8 * i, 8);
	f->flags = (unsigned int)get_le(v + AT_FLAGS, 4);
	return v + AT_TYPE;
}

static const unsigned char *
unpack_pair(const unsigned char *v, size_t n, struct manifest_file *f)
{
	const unsigned char *p = v + sizeof(f->hash), *end = v + n;
	unsigned int flags = *p++;
	size_t i;

	p = pairs_read(p, end, &f->size);
	for (i = 0; i < MANIFEST__ENCODINGS && p != NULL; i++) {
		f->encoded[i] = 0;
		if (flags & ENCODED(i))
			p = pairs_read(p, end, &f->encoded[i]);
	}
	f->flags = flags & FLAGS;
	return p;
}

static enum rc
unpack(const struct manifest *m, const struct pair *q, struct manifest_file *f)
{
	const unsigned char *v = q->value, *type, *p, *end;
	size_t n = q->vlen;

	if (n <= sizeof(f->hash) || v[n - 1] != '\0')
		return RC_FAIL;
	end = v + n - 1;
	memcpy(f->hash, v, sizeof(f->hash));
	type = m->is_cdb ? unpack_cdb(v, n, f) : unpack_pair(v, n, f);
	if (type == NULL || type > end)
		return RC_FAIL;
	for (p = type; p < end; p++)
		if (*p < ' ' || *p > '~')
			return RC_FAIL;
	f->type = (const char *)type;
	return RC_OK;
}

/* What the library has found. */
static enum rc
found(const struct cdb *c, struct pair *q)
{
	q->klen = cdb_keylen(c);
	q->vlen = cdb_datalen(c);
	q->key = cdb_getkey(c);
	q->value = cdb_getdata(c);
	return q->key == NULL || q->value == NULL ? RC_FAIL : RC_OK;
}

/* The library notes in its handle where it is, and nothing else changes. */
static struct cdb *
handle(const struct manifest *m)
{
	return (struct cdb *)(uintptr_t)&m->cdb;
}

static enum rc
find(const struct manifest *m, const char *key, size_t klen, struct pair *q)
{
	struct cdb *c = handle(m);
	int r;

	if (!m->is_cdb)
		return pairs_find(&m->pairs, key, klen, q);
	r = cdb_find(c, key, (unsigned int)klen);
	return r == 0 ? RC_NOT_FOUND : r < 0 ? RC_FAIL : found(c, q);
}

enum rc
manifest_find(const struct manifest *m, const char *path, size_t len,
    struct manifest_file *f)
{
	struct pair q;
	enum rc rc;

	if (len == 0 || len > KEY_MAX || *path != '/')
		return RC_NOT_FOUND;
	if ((rc = find(m, path, len, &q)) == RC_OK)
		rc = unpack(m, &q, f);
	if (rc == RC_FAIL)
		log_warnx("manifest: damaged");
	return rc;
}

const char *
manifest_get(const struct manifest *m, const char *name, size_t *len)
{
	char key[KEY_MAX];
	struct pair q;
	size_t klen;

	if ((klen = setting_key(key, name)) == 0 ||
	    find(m, key, klen, &q) != RC_OK)
		return NULL;
	*len = q.vlen;
	return (const char *)q.value;
}

struct walk {
	const struct manifest *m;
	enum rc (
	    *fn)(void *, const char *, size_t, const struct manifest_file *);
	void *arg;
};

/* Of a setting nothing is said.  *damaged: it is no file, nor a setting. */
static enum rc
tell(const struct walk *w, const struct pair *q, int *damaged)
{
	struct manifest_file f;

	if (q->klen > 0 && *q->key == '\0')
		return RC_OK;
	if (q->klen > 0 && unpack(w->m, q, &f) == RC_OK)
		return w->fn(w->arg, (const char *)q->key, q->klen, &f);
	*damaged = 1;
	return RC_FAIL;
}

static enum rc
walk_cdb(const struct walk *w, int *damaged)
{
	struct cdb *c = handle(w->m);
	enum rc rc = RC_OK;
	struct pair q;
	unsigned int pos;
	int r = 0;

	cdb_seqinit(&pos, c);
	while (rc == RC_OK && (r = cdb_seqnext(&pos, c)) > 0)
		if (found(c, &q) == RC_OK)
			rc = tell(w, &q, damaged);
		else
			r = -1;
	*damaged |= r < 0;
	return rc;
}

static enum rc
walk_pairs(const struct walk *w, int *damaged)
{
	const struct pairs *s = &w->m->pairs;
	enum rc rc = RC_OK, next = RC_OK;
	size_t at = 0, n = 0;
	struct pair q;

	while (rc == RC_OK && (next = pairs_next(s, &at, &q)) == RC_OK) {
		rc = tell(w, &q, damaged);
		n++;
	}
	*damaged |= next == RC_FAIL || (next == RC_NOT_FOUND && n != s->count);
	return rc;
}

enum rc
manifest_walk(const struct manifest *m,
    enum rc (*fn)(void *, const char *, size_t, const struct manifest_file *),
    void *arg)
{
	const struct walk w = { m, fn, arg };
	int damaged = 0;
	enum rc rc =
	    m->is_cdb ? walk_cdb(&w, &damaged) : walk_pairs(&w, &damaged);

	if (damaged) {
		log_warnx("manifest: damaged");
		return RC_FAIL;
	}
	return rc;
}
