#include <sys/mman.h>
#include <sys/stat.h>

#include <cdb.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "manifest.h"

#define FORMAT   "1"
#define KEY_MAX  8192
#define TYPE_MAX 256

/*
 * A file, packed: hash, size, sizes of the encodings, flags, and the type with
 * its NUL.  Numbers are little endian.
 */
#define AT_SIZE    32
#define AT_ENCODED (AT_SIZE + 8)
#define AT_FLAGS   (AT_ENCODED + 8 * MANIFEST__ENCODINGS)
#define AT_TYPE    (AT_FLAGS + 4)

struct manifest_writer {
	struct cdb_make cdb;
	int fd;
};

struct manifest {
	struct cdb cdb;
};

static void
put_le(unsigned char *p, uint64_t v, int bytes)
{
	for (; bytes-- > 0; v >>= 8)
		*p++ = (unsigned char)v;
}

static uint64_t
get_le(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | p[bytes];
	return v;
}

enum rc
manifest_begin(struct manifest_writer **out)
{
	struct manifest_writer *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		fatalx("out of memory");
	if ((w->fd = memfd_create("manifest", MFD_CLOEXEC)) == -1) {
		log_warn("manifest: memfd_create");
		free(w);
		return RC_FAIL;
	}
	if (cdb_make_start(&w->cdb, w->fd) == -1)
		fatal("manifest");
	if (manifest_set(w, "format", FORMAT) != RC_OK) {
		manifest_drop(w);
		return RC_FAIL;
	}
	*out = w;
	return RC_OK;
}

static enum rc
put(struct manifest_writer *w, const char *key, size_t klen, const void *value,
    size_t vlen)
{
	switch (cdb_make_put(&w->cdb, key, (unsigned int)klen, value,
	    (unsigned int)vlen, CDB_PUT_INSERT)) {
	case 0:
		return RC_OK;
	case 1:
		return RC_CONFLICT;
	default:
		log_warn("manifest: write");
		return RC_FAIL;
	}
}

enum rc
manifest_add(struct manifest_writer *w, const char *path,
    const struct manifest_file *f)
{
	unsigned char v[AT_TYPE + TYPE_MAX];
	size_t i, n = strlen(f->type) + 1, klen = strlen(path);

	if (*path != '/' || klen > KEY_MAX || n > TYPE_MAX)
		return RC_INVALID;
	memcpy(v, f->hash, sizeof(f->hash));
	put_le(v + AT_SIZE, f->size, 8);
	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		put_le(v + AT_ENCODED + 8 * i, f->encoded[i], 8);
	put_le(v + AT_FLAGS, f->flags, 4);
	memcpy(v + AT_TYPE, f->type, n);
	return put(w, path, klen, v, AT_TYPE + n);
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
	return put(w, key, klen, p, n);
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
	(void)cdb_make_finish(&w->cdb); /* the only way to free it */
	close(w->fd);
	free(w);
}

enum rc
manifest_end(struct manifest_writer *w, struct arena *a, void **p, size_t *n)
{
	struct stat st;
	size_t got = 0;
	ssize_t r = 0;
	char *buf;

	/* This frees the maker too, even if it fails. */
	if (cdb_make_finish(&w->cdb) == -1 || fstat(w->fd, &st) == -1) {
		log_warn("manifest: finish");
		goto fail;
	}
	buf = arena_alloc(a, (size_t)st.st_size);
	while (got < (size_t)st.st_size &&
	    (r = pread(w->fd, buf + got, (size_t)st.st_size - got,
		 (off_t)got)) > 0)
		got += (size_t)r;
	if (got < (size_t)st.st_size) {
		log_warn("manifest: read");
		goto fail;
	}
	*p = buf;
	*n = got;
	close(w->fd);
	free(w);
	return RC_OK;
fail:
	close(w->fd);
	free(w);
	return RC_FAIL;
}

enum rc
manifest_open(struct manifest **out, int fd)
{
	struct manifest *m;
	const char *format;
	size_t n;

	if ((m = calloc(1, sizeof(*m))) == NULL)
		fatalx("out of memory");
	if (cdb_init(&m->cdb, fd) == -1) {
		log_warn("manifest: cannot be read");
		free(m);
		return RC_FAIL;
	}
	m->cdb.cdb_fd = -1;
	format = manifest_get(m, "format", &n);
	if (format == NULL || n != strlen(FORMAT) ||
	    memcmp(format, FORMAT, n) != 0) {
		log_warnx("manifest: not of a format we know");
		manifest_close(m);
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
	cdb_free(&m->cdb);
	free(m);
}

/* The library notes in its handle where it is, and nothing else changes. */
static struct cdb *
handle(const struct manifest *m)
{
	return (struct cdb *)(uintptr_t)&m->cdb;
}

static enum rc
unpack(const unsigned char *v, size_t n, struct manifest_file *f)
{
	size_t i;

	if (v == NULL || n <= AT_TYPE || v[n - 1] != '\0')
		return RC_FAIL;
	for (i = AT_TYPE; i < n - 1; i++)
		if (v[i] < ' ' || v[i] > '~')
			return RC_FAIL;
	memcpy(f->hash, v, sizeof(f->hash));
	f->size = get_le(v + AT_SIZE, 8);
	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		f->encoded[i] = get_le(v + AT_ENCODED + 8 * i, 8);
	f->flags = (unsigned int)get_le(v + AT_FLAGS, 4);
	f->type = (const char *)v + AT_TYPE;
	return RC_OK;
}

enum rc
manifest_find(const struct manifest *m, const char *path, size_t len,
    struct manifest_file *f)
{
	struct cdb *c = handle(m);
	int r;

	if (len == 0 || len > KEY_MAX || *path != '/')
		return RC_NOT_FOUND;
	if ((r = cdb_find(c, path, (unsigned int)len)) == 0)
		return RC_NOT_FOUND;
	if (r < 0 || unpack(cdb_getdata(c), cdb_datalen(c), f) != RC_OK) {
		log_warnx("manifest: damaged");
		return RC_FAIL;
	}
	return RC_OK;
}

const char *
manifest_get(const struct manifest *m, const char *name, size_t *len)
{
	struct cdb *c = handle(m);
	char key[KEY_MAX];
	const char *v;
	size_t klen;

	if ((klen = setting_key(key, name)) == 0 ||
	    cdb_find(c, key, (unsigned int)klen) <= 0 ||
	    (v = cdb_getdata(c)) == NULL)
		return NULL;
	*len = cdb_datalen(c);
	return v;
}

enum rc
manifest_walk(const struct manifest *m,
    enum rc (*fn)(void *, const char *, size_t, const struct manifest_file *),
    void *arg)
{
	struct cdb *c = handle(m);
	struct manifest_file f;
	enum rc rc = RC_OK;
	const char *key;
	unsigned int pos;
	int r = 0;

	cdb_seqinit(&pos, c);
	while (rc == RC_OK && (r = cdb_seqnext(&pos, c)) > 0) {
		if (cdb_keylen(c) == 0 || (key = cdb_getkey(c)) == NULL)
			r = -1;
		else if (*key == '\0')
			continue;
		else if (unpack(cdb_getdata(c), cdb_datalen(c), &f) != RC_OK)
			r = -1;
		if (r == -1)
			break;
		rc = fn(arg, key, cdb_keylen(c), &f);
	}
	if (r < 0) {
		log_warnx("manifest: damaged");
		return RC_FAIL;
	}
	return rc;
}
