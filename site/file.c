/*
 * A file of the site's: which form of it, under which conditions, how much.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "req.h"

#define ETAG_DIGITS    32
#define BOUNDARY_BYTES 16
#define PARTS_MAX      (256 * 1024) /* several ranges, or an odd one */

/* One representation of a file: as it is, or compressed. */
struct body {
	const struct manifest_file *f;
	enum manifest_encoding encoding;
	char name[STORE_NAME_MAX]; /* of the blob */
	char etag[ETAG_DIGITS + 32];
	uint64_t size;
	int fd; /* -1: the front server sends it */
};

static void
choose(const struct manifest_file *f, unsigned int accepted, struct body *b)
{
	char hash[2 * sizeof(f->hash) + 1];
	const struct encoding *e;

	sodium_bin2hex(hash, sizeof(hash), f->hash, sizeof(f->hash));
	b->f = f;
	b->encoding = accept_choose(accepted, f);
	if (b->encoding == MANIFEST__ENCODINGS) {
		memcpy(b->name, hash, sizeof(hash));
		snprintf(b->etag, sizeof(b->etag), "\"%.*s\"", ETAG_DIGITS,
		    hash);
		b->size = f->size;
	} else {
		e = &encodings[b->encoding];
		snprintf(b->name, sizeof(b->name), "%s.%s", hash, e->suffix);
		b->size = f->encoded[b->encoding];
		/* Made anew, the same text may be packed in another way. */
		snprintf(b->etag, sizeof(b->etag), "\"%.*s-%s-%llx\"",
		    ETAG_DIGITS, hash, e->suffix, (unsigned long long)b->size);
	}
	b->fd = -1;
}

static int
has_variants(const struct manifest_file *f)
{
	size_t i;

	for (i = 0; i < MANIFEST__ENCODINGS; i++)
		if (f->encoded[i] != 0)
			return 1;
	return 0;
}

/*
 * Whatever is small, and what has a precondition that nginx would judge by the
 * blob's own date.
 */
static int
is_ours(const struct req *r, const struct body *b, int status)
{
	return status >= 400 || r->head || decorate_lost(r) ||
	    b->size <= (uint64_t)r->w->conf->inline_max ||
	    *r->cond.if_match != '\0' || *r->cond.if_unmodified_since != '\0';
}

/* What a 200, a 206 and a 304 have in common: the first lines. */
static void
describe(struct req *r, const struct body *b, int status)
{
	/* From what it keeps, nginx cuts ranges by rules of its own. */
	answer_begin(r, status,
	    status == 200 && is_ours(r, b, status) && !cond_any(&r->cond));
	if (status < 400) {
		reply_line(&r->reply, "Accept-Ranges: bytes");
		reply_line(&r->reply, "ETag: %s", b->etag);
		if (*r->site->last_modified != '\0')
			reply_line(&r->reply, "Last-Modified: %s",
			    r->site->last_modified);
	}
	reply_line(&r->reply, "Cache-Control: %s",
	    r->guarded        ? "private, no-store" :
		status >= 400 ? "no-store" :
		b->f->flags & MANIFEST_HASHED ?
				"public, max-age=31536000, immutable" :
				"public, max-age=0, must-revalidate");
	if (has_variants(b->f))
		reply_line(&r->reply, "Vary: Accept-Encoding");
}

static void
describe_body(struct req *r, const struct body *b)
{
	reply_line(&r->reply, "Content-Type: %s", b->f->type);
	if (b->encoding != MANIFEST__ENCODINGS)
		reply_line(&r->reply, "Content-Encoding: %s",
		    encodings[b->encoding].coding);
}

static void
content_range(struct req *r, const struct body *b, const struct range *range)
{
	reply_line(&r->reply, "Content-Range: bytes %llu-%llu/%llu",
	    (unsigned long long)range->first, (unsigned long long)range->last,
	    (unsigned long long)b->size);
}

/*
 * The front server sends it.  nginx cuts the range out by itself, if it is told
 * by the address that there is one; lighttpd is told which bytes, and then has
 * no thoughts of its own about the conditions.
 */
static void
send_by_server(struct req *r, const struct body *b, const struct range *range)
{
	int accel = strcmp(r->w->conf->sendfile, "accel") == 0;
	struct range all = { 0, b->size - 1 };
	char path[STORE_NAME_MAX + 2];

	store_path(b->name, path);
	describe(r, b, accel || range == NULL ? 200 : 206);
	describe_body(r, b);
	if (accel) {
		reply_line(&r->reply, "X-Accel-Redirect: /.slipway-blobs/%s%s",
		    range != NULL ? "range/" : "", path);
	} else {
		if (range != NULL)
			content_range(r, b, range);
		else
			range = &all;
		reply_line(&r->reply, "X-Sendfile2: %s/blobs/%s %llu-%llu",
		    r->w->conf->state_dir, path,
		    (unsigned long long)range->first,
		    (unsigned long long)range->last);
	}
	reply_send(&r->reply, "", 0);
}

static enum rc
open_blob(struct req *r, struct body *b)
{
	enum rc rc;

	rc = blob_get(r->w->blobs, r->w->store, b->name, b->size, &b->fd);
	if (rc != RC_OK)
		log_warnx("blob %s of %s %s: see slipwayctl fsck --repair",
		    b->name, r->host,
		    rc == RC_NOT_FOUND ? "is missing" : "is not whole");
	return rc;
}

/* The blob, open; the plain one if the compressed one is not as it was. */
static enum rc
open_body(struct req *r, struct body *b)
{
	enum rc rc = open_blob(r, b);

	if (rc != RC_OK && b->encoding != MANIFEST__ENCODINGS) {
		choose(b->f, 0, b);
		rc = open_blob(r, b);
	}
	return rc;
}

static void
send_body(struct req *r, const struct body *b, int status,
    const struct range *range)
{
	uint64_t first = 0, n = b->size;

	describe(r, b, status);
	describe_body(r, b);
	if (range != NULL) {
		content_range(r, b, range);
		first = range->first;
		n = range->last - first + 1;
	}
	reply_line(&r->reply, "Content-Length: %llu", (unsigned long long)n);
	reply_send_file(&r->reply, b->fd, first, r->head ? 0 : n);
}

/* What stands before a part of several. */
static char *
part_head(struct req *r, const struct body *b, const char *boundary,
    const struct range *range)
{
	return arena_printf(r->w->arena,
	    "\r\n--%s\r\nContent-Type: %s\r\n"
	    "Content-Range: bytes %llu-%llu/%llu\r\n\r\n",
	    boundary, b->f->type, (unsigned long long)range->first,
	    (unsigned long long)range->last, (unsigned long long)b->size);
}

/* Several ranges, if they are few and small. */
static int
send_parts(struct req *r, const struct body *b, const struct ranges *rs)
{
	char boundary[2 * BOUNDARY_BYTES + 1], *heads[RANGES_MAX], *end;
	unsigned char random[BOUNDARY_BYTES], *text, *p;
	uint64_t n, total;
	size_t i;

	randombytes_buf(random, sizeof(random));
	sodium_bin2hex(boundary, sizeof(boundary), random, sizeof(random));
	end = arena_printf(r->w->arena, "\r\n--%s--\r\n", boundary);
	for (total = strlen(end), i = 0; i < rs->n; i++) {
		heads[i] = part_head(r, b, boundary, &rs->at[i]);
		n = rs->at[i].last - rs->at[i].first + 1;
		if (n > PARTS_MAX ||
		    (total += strlen(heads[i]) + n) > PARTS_MAX)
			return 0;
	}
	p = text = arena_alloc(r->w->arena, total);
	for (i = 0; i < rs->n; i++) {
		p = mempcpy(p, heads[i], strlen(heads[i]));
		n = rs->at[i].last - rs->at[i].first + 1;
		if (pread(b->fd, p, n, (off_t)rs->at[i].first) != (ssize_t)n) {
			log_warn("read of %s", b->name);
			return 0;
		}
		p += n;
	}
	memcpy(p, end, strlen(end));
	describe(r, b, 206);
	reply_line(&r->reply, "Content-Type: multipart/byteranges; boundary=%s",
	    boundary);
	reply_line(&r->reply, "Content-Length: %zu", (size_t)total);
	reply_send(&r->reply, text, total);
	return 1;
}

static void
send_not_modified(struct req *r, const struct body *b)
{
	describe(r, b, 304);
	reply_send(&r->reply, "", 0);
}

static void
send_out_of_range(struct req *r, const struct body *b)
{
	reply_line(&r->reply, "Content-Range: bytes */%llu",
	    (unsigned long long)b->size);
	answer_page(r, 416);
}

/* The preconditions, in the order they have, and then the ranges. */
static int
judge(struct req *r, const struct body *b, struct ranges *rs)
{
	time_t modified = r->site->published;
	int status;

	status = cond_check(&r->cond, b->etag, modified);
	if (status != 0 || r->head)
		return status != 0 ? status : 200;
	status = cond_range(&r->cond, b->etag, modified, b->size, rs);
	/*
	 * Content-Encoding would be said of all the parts together, and some
	 * would believe it.
	 */
	if (status == 206 && rs->n > 1 && b->encoding != MANIFEST__ENCODINGS)
		return 200;
	return status;
}

/*
 * Which range is sent, of one that was asked for, and who sends it.  What the
 * front server may not understand, and is too much for us, is not cut out.
 */
static const struct range *
settle(const struct req *r, const struct body *b, int status,
    const struct ranges *rs, int *ours)
{
	const struct range *range = &rs->at[0];

	*ours = is_ours(r, b, status);
	if (status != 206)
		return NULL;
	if (*ours || rs->plain)
		return range;
	*ours = range->last - range->first < PARTS_MAX;
	return *ours ? range : NULL;
}

static void
send_file(struct req *r, struct body *b, int status, const struct ranges *rs)
{
	enum manifest_encoding judged = b->encoding;
	const struct range *range;
	int ours;

	if (!r->head && open_body(r, b) != RC_OK) {
		answer_page(r, 500);
		return;
	}
	if (status == 206 && b->encoding != judged)
		status = 200; /* the ranges were of what is gone */
	if (status == 206 && rs->n > 1) {
		if (send_parts(r, b, rs))
			return;
		status = 200;
	}
	range = settle(r, b, status, rs, &ours);
	if (status == 206 && range == NULL)
		status = 200;
	if (ours)
		send_body(r, b, status, range);
	else
		send_by_server(r, b, range);
}

static void
explain_body(struct req *r, const struct body *b, int status)
{
	struct why *w = r->why;
	const struct manifest_file *f = b->f;

	memcpy(w->hash, f->hash, sizeof(w->hash));
	w->size = f->size;
	w->bytes = b->size;
	w->encoding = "";
	if (!has_variants(f))
		why_say(w, "it is not kept compressed");
	else if (b->encoding == MANIFEST__ENCODINGS)
		why_say(w,
		    *r->accept_encoding == '\0' ?
			"no Accept-Encoding: it is sent as it is" :
			"Accept-Encoding takes nothing smaller that is kept");
	else {
		w->encoding = encodings[b->encoding].coding;
		why_say(w,
		    "%s is the smallest that Accept-Encoding takes: %llu of "
		    "%llu bytes",
		    w->encoding, (unsigned long long)b->size,
		    (unsigned long long)f->size);
	}
	why_say(w, "clients %s",
	    status >= 400                  ? "do not keep it" :
		f->flags & MANIFEST_HASHED ? "keep it for a year: its "
					     "name changes with its "
					     "content" :
					     "ask each time whether it "
					     "is still that");
	if (status == 304)
		why_say(w, "the client has it already");
	else if (status == 412)
		why_say(w, "a precondition does not hold");
	else if (status == 206 || status == 416)
		why_say(w, "a range is asked for%s",
		    status == 416 ? ", beyond the end" : "");
}

void
answer_file(struct req *r, const struct manifest_file *f, int status)
{
	struct ranges rs = { 0 };
	struct body b;

	if (r->other) {
		answer_page(r, 405);
		return;
	}
	choose(f, accept_encodings(r->accept_encoding), &b);
	if (status == 200)
		status = judge(r, &b, &rs);
	if (r->why != NULL)
		explain_body(r, &b, status);
	switch (status) {
	case 304:
		send_not_modified(r, &b);
		break;
	case 412:
		answer_page(r, 412);
		break;
	case 416:
		send_out_of_range(r, &b);
		break;
	default:
		send_file(r, &b, status, &rs);
	}
}
