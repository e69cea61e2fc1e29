/*
 * What a deployment is made of: its manifest, read from the blob store, which
 * fcgi-api may look into and never writes.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "content.h"
#include "log.h"

/* clang-format off */
const struct js_field file_query[] = {
	{ "limit",  JS_INT, 0, 1, ROWS_MAX, NULL, NULL, "How many; 200 if not given" },
	{ "cursor", JS_STRING, 0, 1, 500, NULL, NULL, "Where to go on: next of the page before" },
	{ 0 }
};

/* Why a deployment in that state has no files. */
static const struct {
	const char *state, *why;
} reasons[] = {
	{ "queued",     "It is queued, and has no files yet." },
	{ "building",   "It is being built, and has no files yet." },
	{ "canceling",  "It is being canceled, and has no files." },
	{ "canceled",   "It was canceled, and has no files." },
	{ "superseded", "A newer one took its place; it has no files." },
	{ "failed",     "It failed, and has no files." },
};
/* clang-format on */

enum rc
content_store(struct req *r)
{
	if (r->w->store != NULL)
		return RC_OK;
	return store_join(&r->w->store,
	    arena_printf(r->arena, "%s/blobs", r->w->conf->state_dir));
}

static void
drop(void *m)
{
	manifest_close(m);
}

/* The manifest of that name, mapped until the request ends. */
static enum rc
read_manifest(struct req *r, const char *name, struct manifest **out)
{
	uint64_t size;
	enum rc rc;
	int fd;

	if ((rc = content_store(r)) != RC_OK)
		return rc;
	if ((rc = store_get(r->w->store, name, &fd, &size)) != RC_OK) {
		log_warnx("manifest %s: %s", name, rc_name(rc));
		return RC_FAIL;
	}
	rc = manifest_open(out, fd);
	close(fd);
	if (rc == RC_OK)
		arena_defer(r->arena, drop, *out);
	return rc;
}

/* What its row says against having files; NULL: nothing. */
static const char *
reason(const char *state, const char *deleted)
{
	size_t i;

	if (*deleted == 't')
		return "It was deleted: bring it back, or redeploy it.";
	for (i = 0; i < NITEMS(reasons); i++)
		if (strcmp(reasons[i].state, state) == 0)
			return reasons[i].why;
	return NULL;
}

enum rc
content_open(struct req *r, const char *id, struct content *c)
{
	const char *why, *s;
	char number[24] = "";
	PGresult *res;
	enum rc rc;
	size_t n;

	rc =
	    db_run(r->w->db, r->arena, Q_CONTENT, (const char *[]){ id }, &res);
	if (rc != RC_OK)
		return rc;
	why = reason(PQgetvalue(res, 0, 1), PQgetvalue(res, 0, 2));
	if (why != NULL)
		return req_say(r, RC_CONFLICT, why);
	c->id = PQgetvalue(res, 0, 0);
	c->slug = PQgetvalue(res, 0, 4);
	c->team = PQgetvalue(res, 0, 5);
	rc = read_manifest(r, PQgetvalue(res, 0, 3), &c->m);
	if (rc != RC_OK)
		return rc;
	s = manifest_get(c->m, "published", &n);
	if (s != NULL && n < sizeof(number))
		memcpy(number, s, n);
	c->published = strtoll(number, NULL, 10);
	return RC_OK;
}

/* 200 with the report that was made when it was published; 404, 409. */
enum rc
rules_show(struct req *r)
{
	struct content c;
	const char *s;
	size_t n;
	enum rc rc;

	if ((rc = content_open(r, r->arg[0], &c)) != RC_OK)
		return rc;
	s = manifest_get(c.m, "report", &n);
	r->reply = s != NULL ? arena_strndup(r->arena, s, n) :
			       "{\"accepted\":[],\"refused\":[]}";
	return RC_OK;
}

size_t
content_limit(const struct req *r)
{
	const char *s = req_query(r, "limit");

	return s != NULL ? strtoul(s, NULL, 10) : ROWS;
}

const char *
content_next(struct req *r, const char *kind, const char *of, size_t at,
    size_t n)
{
	if (at >= n)
		return "null";
	return js_quote(r->arena,
	    cursor_make(r, kind, arena_printf(r->arena, "%s:%zu", of, at)));
}

enum rc
content_at(struct req *r, const char *kind, const char **of, size_t *at)
{
	const char *s;
	size_t n;
	enum rc rc;

	*of = NULL;
	*at = 0;
	if ((rc = cursor_read(r, kind, &s)) != RC_OK || s == NULL)
		return rc;
	n = strcspn(s, ":");
	*of = arena_strndup(r->arena, s, n);
	*at = strtoul(s + n + (s[n] == ':'), NULL, 10);
	return RC_OK;
}

/* A page of the list, while walking over all of it. */
struct listing {
	struct req *r;
	struct text text;
	size_t from, to, i;
	uint64_t bytes;
};

static enum rc
list_one(void *arg, const char *path, size_t len, const struct manifest_file *f)
{
	struct listing *l = arg;
	struct arena *a = l->r->arena;
	char hash[2 * sizeof(f->hash) + 1];

	if (l->i >= l->from && l->i < l->to)
		text_add(&l->text,
		    arena_printf(a,
			"%s{\"path\":%s,\"size\":%llu,\"sha256\":\"%s\","
			"\"type\":%s}",
			l->i > l->from ? "," : "",
			js_quote(a, arena_strndup(a, path, len)),
			(unsigned long long)f->size,
			sodium_bin2hex(hash, sizeof(hash), f->hash,
			    sizeof(f->hash)),
			js_quote(a, f->type)));
	l->i++;
	l->bytes += f->size;
	return RC_OK;
}

/* 200 with a page of files, in the order of the archive; 404, 409. */
enum rc
file_list(struct req *r)
{
	struct listing l = { .r = r, .text = { .a = r->arena } };
	struct content c;
	const char *of;
	enum rc rc;

	if ((rc = content_at(r, "files", &of, &l.from)) != RC_OK ||
	    (rc = content_open(r, r->arg[0], &c)) != RC_OK)
		return rc;
	l.to = l.from + content_limit(r);
	text_add(&l.text, "{\"files\":[");
	if ((rc = manifest_walk(c.m, list_one, &l)) != RC_OK)
		return rc;
	text_add(&l.text,
	    arena_printf(r->arena,
		"],\"count\":%zu,\"bytes\":%llu,\"next\":%s}", l.i,
		(unsigned long long)l.bytes,
		content_next(r, "files", c.id, l.to, l.i)));
	r->reply = l.text.p;
	return RC_OK;
}
