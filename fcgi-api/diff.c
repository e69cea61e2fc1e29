/*
 * What differs between two deployments, file by file, and in their rules.
 *
 * Each file of one is looked up in the other, so that only what differs takes
 * memory.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "content.h"

/* clang-format off */
const struct js_field diff_query[] = {
	{ "against", JS_STRING, 0, 1, 40, NULL, NULL, "The deployment to compare with; if not given the one that is live, or else the one before of the same target" },
	{ "limit",   JS_INT, 0, 1, ROWS_MAX, NULL, NULL, "How many; 200 if not given" },
	{ "cursor",  JS_STRING, 0, 1, 500, NULL, NULL, "Where to go on: next of the page before" },
	{ 0 }
};
/* clang-format on */

enum kind { ADDED, CHANGED, REMOVED, SAME, KINDS };

static const char *const names[KINDS] = { "added", "changed", "removed",
	"unchanged" };

struct change {
	const char *path; /* in one of the manifests */
	size_t len;
	enum kind kind;
};

struct diff {
	struct req *r;
	const struct manifest *from, *to; /* from is NULL: nothing */
	struct change *change;
	size_t n, room;
	struct {
		uint64_t files, before, after;
	} sum[KINDS];
};

static void
note(struct diff *d, enum kind kind, const char *path, size_t len)
{
	struct change *more;

	if (d->n == d->room) {
		d->room = d->room == 0 ? 256 : d->room * 2;
		more = arena_alloc(d->r->arena, d->room * sizeof(*more));
		if (d->n > 0)
			memcpy(more, d->change, d->n * sizeof(*more));
		d->change = more;
	}
	d->change[d->n++] = (struct change){ path, len, kind };
}

static enum rc
find(const struct manifest *m, const char *path, size_t len,
    struct manifest_file *f)
{
	return m == NULL ? RC_NOT_FOUND : manifest_find(m, path, len, f);
}

static enum rc
is_there(void *arg, const char *path, size_t len, const struct manifest_file *f)
{
	struct manifest_file old = { 0 };
	struct diff *d = arg;
	enum kind kind;
	enum rc rc;

	rc = find(d->from, path, len, &old);
	if (rc != RC_OK && rc != RC_NOT_FOUND)
		return rc;
	kind = rc == RC_NOT_FOUND                           ? ADDED :
	    memcmp(old.hash, f->hash, sizeof(f->hash)) == 0 ? SAME :
							      CHANGED;
	d->sum[kind].files++;
	d->sum[kind].before += old.size;
	d->sum[kind].after += f->size;
	if (kind != SAME)
		note(d, kind, path, len);
	return RC_OK;
}

static enum rc
was_there(void *arg, const char *path, size_t len,
    const struct manifest_file *f)
{
	struct manifest_file ignored;
	struct diff *d = arg;
	enum rc rc;

	if ((rc = find(d->to, path, len, &ignored)) != RC_NOT_FOUND)
		return rc;
	d->sum[REMOVED].files++;
	d->sum[REMOVED].before += f->size;
	note(d, REMOVED, path, len);
	return RC_OK;
}

static int
by_path(const void *a, const void *b)
{
	const struct change *x = a, *y = b;
	int c = memcmp(x->path, y->path, x->len < y->len ? x->len : y->len);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

static enum rc
compare(struct diff *d)
{
	enum rc rc;

	rc = manifest_walk(d->to, is_there, d);
	if (rc == RC_OK && d->from != NULL)
		rc = manifest_walk(d->from, was_there, d);
	if (rc == RC_OK && d->n > 0)
		qsort(d->change, d->n, sizeof(*d->change), by_path);
	return rc;
}

/* {"size":1,"sha256":"..."}, or null. */
static const char *
side(struct diff *d, const struct manifest *m, const struct change *c)
{
	struct manifest_file f;
	char hash[2 * sizeof(f.hash) + 1];

	if (find(m, c->path, c->len, &f) != RC_OK)
		return "null";
	return arena_printf(d->r->arena, "{\"size\":%llu,\"sha256\":\"%s\"}",
	    (unsigned long long)f.size,
	    sodium_bin2hex(hash, sizeof(hash), f.hash, sizeof(f.hash)));
}

static void
rows(struct diff *d, struct text *t, size_t from, size_t to)
{
	struct arena *a = d->r->arena;
	const struct change *c;
	size_t i;

	for (i = from; i < d->n && i < to; i++) {
		c = &d->change[i];
		text_add(t,
		    arena_printf(a,
			"%s{\"path\":%s,\"change\":\"%s\",\"before\":%s,"
			"\"after\":%s}",
			i > from ? "," : "",
			js_quote(a, arena_strndup(a, c->path, c->len)),
			names[c->kind], side(d, d->from, c),
			side(d, d->to, c)));
	}
}

static void
totals(struct diff *d, struct text *t)
{
	uint64_t before = 0, after = 0;
	enum kind k;

	for (k = 0; k < KINDS; k++) {
		text_add(t,
		    arena_printf(d->r->arena,
			"\"%s\":{\"files\":%llu,\"before\":%llu,"
			"\"after\":%llu},",
			names[k], (unsigned long long)d->sum[k].files,
			(unsigned long long)d->sum[k].before,
			(unsigned long long)d->sum[k].after));
		before += d->sum[k].before;
		after += d->sum[k].after;
	}
	text_add(t,
	    arena_printf(d->r->arena, "\"before\":%llu,\"after\":%llu",
		(unsigned long long)before, (unsigned long long)after));
}

/* What to compare with: NULL for nothing, and then everything was added. */
static enum rc
against(struct req *r, const char *of, const char **id)
{
	const char *given = req_query(r, "against");
	PGresult *res;
	enum rc rc;

	*id = given;
	if (of != NULL) /* what is live may have changed since */
		*id = strcmp(of, "-") != 0 ? of : NULL;
	if (of != NULL || given != NULL)
		return RC_OK;
	rc = db_run(r->w->db, r->arena, Q_CONTENT_BEFORE,
	    (const char *[]){ r->arg[0] }, &res);
	if (rc == RC_OK && !PQgetisnull(res, 0, 0))
		*id = PQgetvalue(res, 0, 0);
	return rc;
}

/* 200 with totals, rules, settings and a page of files; 404, 409, 422. */
enum rc
diff_show(struct req *r)
{
	static const struct fault none = { "unknown", "",
		"give the id of a deployment that you can see" };
	struct text t = { .a = r->arena };
	struct diff d = { .r = r };
	struct content from, to;
	const char *of, *id;
	size_t at, end;
	enum rc rc;

	if ((rc = content_at(r, "diff", &of, &at)) != RC_OK ||
	    (rc = content_open(r, r->arg[0], &to)) != RC_OK ||
	    (rc = against(r, of, &id)) != RC_OK)
		return rc;
	if (id != NULL) {
		if ((rc = content_open(r, id, &from)) == RC_NOT_FOUND)
			return req_fault(r, "against", &none);
		if (rc != RC_OK)
			return rc;
		d.from = from.m;
	}
	d.to = to.m;
	if ((rc = compare(&d)) != RC_OK)
		return rc;
	end = at + content_limit(r);
	text_add(&t,
	    arena_printf(r->arena, "{\"from\":%s,\"to\":\"%s\",\"totals\":{",
		id != NULL ? js_quote(r->arena, from.id) : "null", to.id));
	totals(&d, &t);
	text_add(&t, "},");
	diff_rules(r, &t, d.from, d.to);
	text_add(&t, ",\"changes\":[");
	rows(&d, &t, at, end);
	text_add(&t,
	    arena_printf(r->arena, "],\"next\":%s}",
		content_next(r, "diff", id != NULL ? from.id : "-", end, d.n)));
	r->reply = t.p;
	return RC_OK;
}
