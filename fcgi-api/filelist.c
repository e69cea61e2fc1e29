/*
 * The list of an upload's files: "<sha256> <size> <x|-> <path>" on each line,
 * in the order of the hashes, so that one is found without reading all.  An
 * archive has one line, with the mode "a".
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "log.h"

#define MIB      (1024LL * 1024)
#define HASH_LEN 64
#define LINE_MIN (HASH_LEN + 6) /* " 0 - x\n" */

static int
hash_ok(const char *s)
{
	return strlen(s) == HASH_LEN &&
	    strspn(s, "0123456789abcdef") == HASH_LEN;
}

static const char *
string_at(struct json_object *row, size_t i)
{
	struct json_object *o = json_object_array_get_idx(row, i);

	return json_object_is_type(o, json_type_string) ?
	    json_object_get_string(o) :
	    NULL;
}

/* One [path, hash, size, executable]; NULL, or what is wrong with it. */
static const struct fault *
entry(struct json_object *row, struct file_entry *e, long long max)
{
	static const struct fault shape = { "type", "",
		"give [path, sha256, size, executable]" },
				  large = { "size", "upload-file-size",
					  "that file is too large" };
	struct json_object *o;

	if (!json_object_is_type(row, json_type_array) ||
	    json_object_array_length(row) != 4 ||
	    (e->path = string_at(row, 0)) == NULL ||
	    (e->hash = string_at(row, 1)) == NULL || !hash_ok(e->hash))
		return &shape;
	o = json_object_array_get_idx(row, 2);
	if (!json_object_is_type(o, json_type_int) ||
	    (e->size = json_object_get_int64(o)) < 0)
		return &shape;
	if (e->size > max)
		return &large;
	o = json_object_array_get_idx(row, 3);
	if (!json_object_is_type(o, json_type_boolean))
		return &shape;
	e->mode = json_object_get_boolean(o) ? 'x' : '-';
	return valid_path(e->path);
}

/* By path, with "/" before all else, so that "a/b" comes right after "a". */
static int
by_path(const void *x, const void *y)
{
	const char *a = ((const struct file_entry *)x)->path;
	const char *b = ((const struct file_entry *)y)->path;
	int ca, cb;

	for (; *a == *b && *a != '\0'; a++, b++)
		;
	ca = *a == '/' ? 1 : (unsigned char)*a;
	cb = *b == '/' ? 1 : (unsigned char)*b;
	return ca - cb;
}

static int
by_hash(const void *x, const void *y)
{
	int c = strcmp(((const struct file_entry *)x)->hash,
	    ((const struct file_entry *)y)->hash);

	return c != 0 ? c : by_path(x, y);
}

/* Is b the same as a, or below it as if a were a folder? */
static int
clash(const char *a, const char *b)
{
	size_t n = strlen(a);

	return strncmp(a, b, n) == 0 && (b[n] == '\0' || b[n] == '/');
}

enum rc
filelist_read(struct req *r, struct file_entry **out, size_t *count,
    long long *bytes)
{
	static const struct fault many = { "count", "upload-files",
		"give at least one file, and not more than the operator "
		"allows" },
				  big = { "size", "upload-bytes",
					  "all files together are too large" },
				  twice = { "duplicate", "",
					  "a path is there once, and not as "
					  "a folder as well" };
	const struct conf *c = r->w->conf;
	struct json_object *files = NULL;
	const struct fault *fault;
	struct file_entry *e;
	size_t i, n;

	json_object_object_get_ex(r->body, "files", &files);
	n = json_object_array_length(files);
	if (n == 0 || n > (size_t)c->upload_files)
		return req_fault(r, "files", &many);
	e = arena_alloc(r->arena, n * sizeof(*e));
	for (i = 0, *bytes = 0; i < n; *bytes += e[i++].size)
		if ((fault = entry(json_object_array_get_idx(files, i), &e[i],
			 c->upload_file_size * MIB)) != NULL)
			return req_fault(r,
			    arena_printf(r->arena, "files[%zu]", i), fault);
	if (*bytes > c->upload_bytes * MIB)
		return req_fault(r, "files", &big);
	qsort(e, n, sizeof(*e), by_path);
	for (i = 1; i < n; i++)
		if (clash(e[i - 1].path, e[i].path))
			return req_fault(r,
			    arena_printf(r->arena, "files: %s", e[i].path),
			    &twice);
	qsort(e, n, sizeof(*e), by_hash);
	*out = e;
	*count = n;
	return RC_OK;
}

static enum rc
failed(const char *path)
{
	log_warn("%s", path);
	return errno == ENOSPC || errno == EDQUOT ? RC_BUSY : RC_FAIL;
}

/* The whole list is there under its name, or nothing is. */
enum rc
filelist_write(struct req *r, const char *dir, const char *id,
    struct file_entry *e, size_t n)
{
	const char *path = arena_printf(r->arena, "%s/%s.list", dir, id);
	const char *tmp = arena_printf(r->arena, "%s/%s.tmp", dir, id);
	enum rc rc = RC_OK;
	size_t i;
	FILE *f;
	int fd;

	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd == -1 || (f = fdopen(fd, "w")) == NULL) {
		rc = failed(tmp);
		if (fd != -1)
			close(fd);
		return rc;
	}
	for (i = 0; i < n; i++)
		fprintf(f, "%s %lld %c %s\n", e[i].hash, e[i].size, e[i].mode,
		    e[i].path);
	/* Builds read it as another user, whatever our umask is. */
	if (fchmod(fd, 0644) == -1 || fflush(f) != 0 || fsync(fd) == -1)
		rc = failed(tmp);
	if (fclose(f) != 0 && rc == RC_OK)
		rc = failed(tmp);
	if (rc == RC_OK && rename(tmp, path) == -1)
		rc = failed(path);
	if (rc != RC_OK)
		unlink(tmp);
	return rc;
}

static void
unmap(void *p)
{
	struct filelist *l = p;

	if (l->size > 0)
		munmap((void *)(uintptr_t)l->text, l->size);
}

enum rc
filelist_open(struct req *r, const char *dir, const char *id,
    struct filelist *out)
{
	const char *path = arena_printf(r->arena, "%s/%s.list", dir, id);
	struct filelist *l = arena_alloc(r->arena, sizeof(*l));
	enum rc rc = RC_OK;
	struct stat st;
	void *p;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return errno == ENOENT ? RC_NOT_FOUND : failed(path);
	if (fstat(fd, &st) == -1 || st.st_size == 0 ||
	    (p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		 0)) == MAP_FAILED)
		rc = failed(path);
	else {
		l->text = p;
		l->size = (size_t)st.st_size;
		arena_defer(r->arena, unmap, l);
		*out = *l;
	}
	close(fd);
	return rc;
}

int
filelist_line(const struct filelist *l, size_t at, const char **hash,
    long long *size, size_t *next)
{
	const char *line = l->text + at, *end;

	if (at >= l->size || l->size - at < LINE_MIN ||
	    (end = memchr(line, '\n', l->size - at)) == NULL)
		return 0;
	*hash = line;
	*next = (size_t)(end + 1 - l->text);
	*size = strtoll(line + HASH_LEN, NULL, 10);
	return 1;
}

enum rc
filelist_find(const struct filelist *l, const char *hash, size_t *at)
{
	size_t lo = 0, hi = l->size, mid;
	int c;

	while (lo < hi) {
		for (mid = lo + (hi - lo) / 2;
		     mid > lo && l->text[mid - 1] != '\n'; mid--)
			;
		if (l->size - mid < LINE_MIN)
			return RC_NOT_FOUND;
		if ((c = memcmp(hash, l->text + mid, HASH_LEN)) == 0) {
			*at = mid;
			return RC_OK;
		}
		if (c < 0)
			hi = mid;
		else {
			while (mid < hi && l->text[mid] != '\n')
				mid++;
			lo = mid + 1;
		}
	}
	return RC_NOT_FOUND;
}
