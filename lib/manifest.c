#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "manifest.h"

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

struct manifest {
	struct pairs pairs;
};

enum rc
manifest_add(struct pairs_writer *w, const char *path,
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
	return pairs_add(w, path, klen, v, (size_t)(p - v) + n);
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
manifest_put(struct pairs_writer *w, const char *name, const void *p, size_t n)
{
	char key[KEY_MAX];
	size_t klen;

	if ((klen = setting_key(key, name)) == 0)
		return RC_INVALID;
	return pairs_add(w, key, klen, p, n);
}

enum rc
manifest_set(struct pairs_writer *w, const char *name, const char *value)
{
	return manifest_put(w, name, value, strlen(value));
}

enum rc
manifest_open(struct manifest **out, int fd)
{
	struct manifest *m;
	enum rc rc;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		fatalx("out of memory");
	if ((rc = pairs_open(&m->pairs, fd)) == RC_OK) {
		*out = m;
		return RC_OK;
	}
	if (rc == RC_INVALID)
		log_warnx("manifest: not of a format we know");
	free(m);
	return RC_FAIL;
}

void
manifest_close(struct manifest *m)
{
	if (m == NULL)
		return;
	pairs_close(&m->pairs);
	free(m);
}

/* What is before the type; where that is, or NULL. */
static const unsigned char *
unpack_sizes(const unsigned char *v, size_t n, struct manifest_file *f)
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
unpack(const struct pair *q, struct manifest_file *f)
{
	const unsigned char *v = q->value, *type, *p, *end;
	size_t n = q->vlen;

	if (n <= sizeof(f->hash) || v[n - 1] != '\0')
		return RC_FAIL;
	end = v + n - 1;
	memcpy(f->hash, v, sizeof(f->hash));
	type = unpack_sizes(v, n, f);
	if (type == NULL || type > end)
		return RC_FAIL;
	for (p = type; p < end; p++)
		if (*p < ' ' || *p > '~')
			return RC_FAIL;
	f->type = (const char *)type;
	return RC_OK;
}

enum rc
manifest_find(const struct manifest *m, const char *path, size_t len,
    struct manifest_file *f)
{
	struct pair q;
	enum rc rc;

	if (len == 0 || len > KEY_MAX || *path != '/')
		return RC_NOT_FOUND;
	if ((rc = pairs_find(&m->pairs, path, len, &q)) == RC_OK)
		rc = unpack(&q, f);
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
	    pairs_find(&m->pairs, key, klen, &q) != RC_OK)
		return NULL;
	*len = q.vlen;
	return (const char *)q.value;
}

struct walk {
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
	if (q->klen > 0 && unpack(q, &f) == RC_OK)
		return w->fn(w->arg, (const char *)q->key, q->klen, &f);
	*damaged = 1;
	return RC_FAIL;
}

enum rc
manifest_walk(const struct manifest *m,
    enum rc (*fn)(void *, const char *, size_t, const struct manifest_file *),
    void *arg)
{
	const struct walk w = { fn, arg };
	enum rc rc = RC_OK, next = RC_OK;
	size_t at = 0, n = 0;
	int damaged = 0;
	struct pair q;

	while (
	    rc == RC_OK && (next = pairs_next(&m->pairs, &at, &q)) == RC_OK) {
		rc = tell(&w, &q, &damaged);
		n++;
	}
	if (damaged || next == RC_FAIL ||
	    (next == RC_NOT_FOUND && n != m->pairs.count)) {
		log_warnx("manifest: damaged");
		return RC_FAIL;
	}
	return rc;
}
