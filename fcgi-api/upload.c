/*
 * Uploads: a folder, sent file by file, and only the files we do not have; or
 * an archive of one, which is a file like any other until a cage unpacks it.
 *
 * The files lie in a store of the project's own, named by their hashes, and
 * the list beside it.  User text names no file here.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "log.h"
#include "store.h"

#define HASH_LEN 64

/* clang-format off */
const struct js_field upload_fields[] = {
	{ "files", JS_ARRAY, JS_REQUIRED, 0, 0, NULL, NULL, "Each [path, sha256, size, executable]" },
	{ 0 }
};
/* clang-format on */

struct upload {
	const char *id;
	const char *dir;
	struct store *store;
	struct filelist list;
};

static void
drop(void *store)
{
	store_close(store);
}

/*
 * The project's folder, which is made on first use.  Its own builds read it as
 * another user; the folder above keeps out everybody else.
 */
static enum rc
open_store(struct req *r, const char *project, struct upload *u)
{
	const char *all =
	    arena_printf(r->arena, "%s/uploads", r->w->conf->state_dir);
	enum rc rc;

	u->dir = arena_printf(r->arena, "%s/%s", all, project);
	if ((mkdir(all, 0750) == -1 && errno != EEXIST) ||
	    (mkdir(u->dir, 0755) == -1 && errno != EEXIST) ||
	    chmod(u->dir, 0755) == -1) {
		log_warn("%s", u->dir);
		return RC_FAIL;
	}
	if ((rc = store_open(&u->store, u->dir)) == RC_OK)
		arena_defer(r->arena, drop, u->store);
	return rc;
}

/* Is the next file after that line still missing?  Going round, at most once.
 */
static int
any_missing(const struct upload *u, size_t from)
{
	char name[HASH_LEN + 1] = "";
	const char *hash;
	long long size;
	size_t at = from, next;

	do {
		if (!filelist_line(&u->list, at, &hash, &size, &next)) {
			at = 0;
			continue;
		}
		memcpy(name, hash, HASH_LEN);
		if (store_touch(u->store, name) != RC_OK)
			return 1;
		at = next >= u->list.size ? 0 : next;
	} while (at != from);
	return 0;
}

/* ["hash",...] of what is not there, each once; NULL if nothing is missing. */
static const char *
missing(struct req *r, const struct upload *u)
{
	char last[HASH_LEN + 1] = "", *out, *p;
	const char *hash;
	long long size;
	size_t at, next;

	p = out = arena_alloc(r->arena, u->list.size + 8);
	*p++ = '[';
	for (at = 0; filelist_line(&u->list, at, &hash, &size, &next);
	     at = next) {
		if (memcmp(last, hash, HASH_LEN) == 0)
			continue;
		memcpy(last, hash, HASH_LEN);
		if (store_touch(u->store, last) == RC_OK)
			continue;
		if (p > out + 1)
			*p++ = ',';
		*p++ = '"';
		memcpy(p, hash, HASH_LEN);
		p += HASH_LEN;
		*p++ = '"';
	}
	if (p == out + 1)
		return NULL;
	*p++ = ']';
	*p = '\0';
	return out;
}

/* Every file is there, whoever put it: now the disk has to know it, too. */
static enum rc
complete(struct req *r, struct upload *u)
{
	const char *ignored;
	enum rc rc;

	if ((rc = store_sync(u->store)) != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_UPLOAD_COMPLETE,
	    (const char *[]){ u->id }, &ignored);
	return rc == RC_NOT_FOUND ? RC_OK : rc; /* who may only look */
}

/* 201 with what is missing; 404, 422, 429. */
enum rc
upload_create(struct req *r)
{
	const char *list, *ignored, *const project[] = { r->arg[0], "" };
	struct file_entry *files;
	struct upload u = { 0 };
	long long bytes;
	PGresult *res;
	enum rc rc;
	size_t n;

	if ((rc = filelist_read(r, &files, &n, &bytes)) != RC_OK)
		return rc;
	if ((rc = req_target(r, &res)) != RC_OK ||
	    (rc = limit_count(r, LIMIT_UPLOAD, PQgetvalue(res, 0, 1))) != RC_OK)
		return rc;
	rc = db_run(r->w->db, r->arena, Q_UPLOAD_CREATE,
	    (const char *[]){ r->arg[0], arena_printf(r->arena, "%zu", n),
		arena_printf(r->arena, "%lld", bytes) },
	    &res);
	if (rc == RC_NOT_FOUND)
		return req_refused(r, Q_PROJECT_SEEN, project);
	if (rc != RC_OK)
		return rc;
	u.id = PQgetvalue(res, 0, 0);
	if ((rc = open_store(r, PQgetvalue(res, 0, 1), &u)) != RC_OK ||
	    (rc = filelist_write(r, u.dir, u.id, files, n)) != RC_OK ||
	    (rc = filelist_open(r, u.dir, u.id, &u.list)) != RC_OK) {
		(void)!db_json(r->w->db, r->arena, Q_UPLOAD_DELETE,
		    (const char *[]){ u.id }, &ignored);
		return rc;
	}
	if ((list = missing(r, &u)) == NULL && (rc = complete(r, &u)) != RC_OK)
		return rc;
	r->reply = arena_printf(r->arena,
	    "{\"upload\":\"%s\",\"missing\":%s,\"files\":%zu,\"bytes\":%lld}",
	    u.id, list != NULL ? list : "[]", n, bytes);
	return RC_OK;
}

static enum rc
find(struct req *r, struct upload *u, int change)
{
	PGresult *res;
	enum rc rc;

	u->id = r->arg[0];
	rc = db_run(r->w->db, r->arena, Q_UPLOAD_FIND,
	    (const char *[]){ u->id }, &res);
	/* What the database knows is one of our ids, and safe as a name. */
	if (rc == RC_OK && change && *PQgetvalue(res, 0, 1) != 't')
		rc = RC_DENIED;
	if (rc != RC_OK ||
	    (rc = open_store(r, PQgetvalue(res, 0, 0), u)) != RC_OK)
		return rc;
	return filelist_open(r, u->dir, u->id, &u->list);
}

/* 200 with what is still missing; 404. */
enum rc
upload_show(struct req *r)
{
	struct upload u = { 0 };
	const char *list;
	enum rc rc;

	if ((rc = find(r, &u, 0)) != RC_OK)
		return rc;
	if ((list = missing(r, &u)) == NULL && (rc = complete(r, &u)) != RC_OK)
		return rc;
	r->reply = arena_printf(r->arena,
	    "{\"upload\":\"%s\",\"missing\":%s,\"complete\":%s}", u.id,
	    list != NULL ? list : "[]", list == NULL ? "true" : "false");
	return RC_OK;
}

static void
shut(void *fd)
{
	close((int)(intptr_t)fd);
}

/* The body in a file without a name. */
static enum rc
receive(struct req *r, const char *dir, int *out)
{
	int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	enum rc rc;

	if (fd == -1) /* not every file system can */
		fd = memfd_create("upload", MFD_CLOEXEC);
	if (fd == -1) {
		log_warn("%s", dir);
		return RC_FAIL;
	}
	arena_defer(r->arena, shut, (void *)(intptr_t)fd);
	if ((rc = body_copy(r, fd)) == RC_OK && lseek(fd, 0, SEEK_SET) == -1)
		rc = RC_FAIL;
	*out = fd;
	return rc;
}

/* 204 when it is safe; 422 if it is not the file of that hash; 404, 413. */
enum rc
upload_blob(struct req *r)
{
	static const struct fault other = { "mismatch", "sha256",
		"the bytes sent do not have that hash; send the file again" },
				  length = { "mismatch", "size",
					  "the file is not as long as the "
					  "list says" };
	const char *wanted = r->arg[1], *hash;
	char name[STORE_NAME_MAX];
	struct upload u = { 0 };
	long long listed;
	uint64_t size;
	size_t at, next;
	enum rc rc;
	int fd;

	if (r->length == -1)
		return req_say(r, RC_MALFORMED, "Send a Content-Length.");
	if (r->length > r->w->conf->upload_file_size * 1024LL * 1024)
		return RC_TOO_LARGE;
	if (strlen(wanted) != HASH_LEN)
		return RC_NOT_FOUND;
	if ((rc = find(r, &u, 1)) != RC_OK ||
	    (rc = filelist_find(&u.list, wanted, &at)) != RC_OK)
		return rc;
	if (!filelist_line(&u.list, at, &hash, &listed, &next))
		return RC_FAIL;
	if (listed != r->length)
		return req_fault(r, "sha256", &length);
	if (store_touch(u.store, wanted) != RC_OK) {
		if ((rc = receive(r, u.dir, &fd)) != RC_OK ||
		    (rc = store_put_fd(u.store, fd, (uint64_t)listed, name,
			 &size)) != RC_OK)
			return rc;
		if (strcmp(name, wanted) != 0) /* not synced: not kept */
			return req_fault(r, "sha256", &other);
		if ((rc = store_sync(u.store)) != RC_OK)
			return rc;
	}
	return any_missing(&u, next < u.list.size ? next : 0) ? RC_OK :
								complete(r, &u);
}

/* The one line of an archive's list. */
static enum rc
begin_archive(struct req *r, struct upload *u, const char *hash, uint64_t size)
{
	struct file_entry file = { .hash = hash,
		.path = "archive",
		.size = (long long)size,
		.mode = 'a' };
	const char *ignored;
	PGresult *res;
	enum rc rc;

	rc = db_run(r->w->db, r->arena, Q_UPLOAD_CREATE,
	    (const char *[]){ r->arg[0], "1",
		arena_printf(r->arena, "%lld", file.size) },
	    &res);
	if (rc != RC_OK)
		return rc;
	u->id = PQgetvalue(res, 0, 0);
	if ((rc = filelist_write(r, u->dir, u->id, &file, 1)) != RC_OK ||
	    (rc = complete(r, u)) != RC_OK)
		(void)!db_json(r->w->db, r->arena, Q_UPLOAD_DELETE,
		    (const char *[]){ u->id }, &ignored);
	return rc;
}

/* 201 with an upload that is complete; 404, 413, 429. */
enum rc
upload_archive(struct req *r)
{
	const char *const project[] = { r->arg[0], "" };
	char name[STORE_NAME_MAX];
	struct upload u = { 0 };
	PGresult *res;
	uint64_t size;
	enum rc rc;
	int fd;

	if (r->length <= 0)
		return req_say(r, RC_MALFORMED,
		    "Send the archive as the body, with a Content-Length.");
	if (r->length > r->w->conf->upload_file_size * 1024LL * 1024)
		return RC_TOO_LARGE;
	if ((rc = req_target(r, &res)) != RC_OK ||
	    (rc = limit_count(r, LIMIT_UPLOAD, PQgetvalue(res, 0, 1))) !=
		RC_OK ||
	    (rc = open_store(r, PQgetvalue(res, 0, 0), &u)) != RC_OK ||
	    (rc = receive(r, u.dir, &fd)) != RC_OK ||
	    (rc = store_put_fd(u.store, fd, (uint64_t)r->length, name,
		 &size)) != RC_OK ||
	    (rc = store_sync(u.store)) != RC_OK)
		return rc;
	if ((rc = begin_archive(r, &u, name, size)) == RC_NOT_FOUND)
		return req_refused(r, Q_PROJECT_SEEN, project);
	if (rc == RC_OK)
		r->reply = arena_printf(r->arena,
		    "{\"upload\":\"%s\",\"sha256\":\"%s\",\"bytes\":%lld}",
		    u.id, name, (long long)size);
	return rc;
}
