/*
 * A file of the site's: which form of it, under which conditions, how much.
 */
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "req.h"

#define ETAG_DIGITS 32

/* One representation of a file: as it is, or compressed. */
struct body {
	const struct manifest_file *f;
	enum manifest_encoding encoding;
	char name[STORE_NAME_MAX]; /* of the blob */
	char etag[ETAG_DIGITS + 8];
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
		snprintf(b->etag, sizeof(b->etag), "\"%.*s-%s\"", ETAG_DIGITS,
		    hash, e->suffix);
		b->size = f->encoded[b->encoding];
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

/* What a 200, a 206 and a 304 have in common. */
static void
describe(struct req *r, const struct body *b, int status)
{
	if (status < 400) {
		reply_line(&r->reply, "ETag: %s", b->etag);
		if (*r->site->last_modified != '\0')
			reply_line(&r->reply, "Last-Modified: %s",
			    r->site->last_modified);
	}
	reply_line(&r->reply, "Cache-Control: %s",
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

/* The front server sends it, and sees to ranges. */
static void
send_by_server(struct req *r, const struct body *b)
{
	const struct conf *conf = r->w->conf;
	char path[STORE_NAME_MAX + 2];

	store_path(b->name, path);
	answer_begin(r, 200, 0);
	describe(r, b, 200);
	describe_body(r, b);
	if (strcmp(conf->sendfile, "accel") == 0)
		reply_line(&r->reply, "X-Accel-Redirect: /.slipway-blobs/%s",
		    path);
	else
		reply_line(&r->reply, "X-Sendfile: %s/blobs/%s",
		    conf->state_dir, path);
	reply_send(&r->reply, "", 0);
}

/*
 * Whatever is small, and what has a precondition that the front server would
 * judge by the blob's own date.
 */
static int
is_ours(const struct req *r, const struct body *b, int status)
{
	return status >= 400 || r->head ||
	    b->size <= (uint64_t)r->w->conf->inline_max ||
	    *r->cond.if_match != '\0' || *r->cond.if_unmodified_since != '\0';
}

/* The blob, open; the plain one if the compressed one is gone. */
static enum rc
open_body(struct req *r, struct body *b)
{
	enum rc rc;

	rc = blob_get(r->w->blobs, r->w->store, b->name, &b->fd);
	if (rc == RC_NOT_FOUND && b->encoding != MANIFEST__ENCODINGS) {
		log_warnx("%s is gone", b->name);
		choose(b->f, 0, b);
		rc = blob_get(r->w->blobs, r->w->store, b->name, &b->fd);
	}
	if (rc != RC_OK)
		log_warnx("%s: %s", b->name, rc_name(rc));
	return rc;
}

static void
send_body(struct req *r, const struct body *b, int status, uint64_t first,
    uint64_t n)
{
	answer_begin(r, status, status == 200);
	describe(r, b, status);
	describe_body(r, b);
	if (status < 400)
		reply_line(&r->reply, "Accept-Ranges: bytes");
	reply_line(&r->reply, "Content-Length: %llu", (unsigned long long)n);
	if (status == 206)
		reply_line(&r->reply, "Content-Range: bytes %llu-%llu/%llu",
		    (unsigned long long)first,
		    (unsigned long long)(first + n - 1),
		    (unsigned long long)b->size);
	reply_send_file(&r->reply, b->fd, first, r->head ? 0 : n);
}

static void
send_not_modified(struct req *r, const struct body *b)
{
	answer_begin(r, 304, 0);
	describe(r, b, 304);
	reply_send(&r->reply, "", 0);
}

void
answer_file(struct req *r, const struct manifest_file *f, int status)
{
	uint64_t first = 0, last = 0;
	struct body b;
	int s;

	choose(f, accept_encodings(r->accept_encoding), &b);
	if (status == 200) {
		s = cond_check(&r->cond, b.etag, r->site->published);
		if (s == 304) {
			send_not_modified(r, &b);
			return;
		}
		if (s == 412) {
			answer_page(r, 412);
			return;
		}
		if (!r->head)
			status = cond_range(&r->cond, b.etag,
			    r->site->published, b.size, &first, &last);
	}
	if (status == 416) {
		reply_line(&r->reply, "Content-Range: bytes */%llu",
		    (unsigned long long)b.size);
		answer_page(r, 416);
		return;
	}
	if (!is_ours(r, &b, status)) {
		send_by_server(r, &b);
		return;
	}
	if (!r->head && open_body(r, &b) != RC_OK) {
		answer_page(r, 500);
		return;
	}
	send_body(r, &b, status, first,
	    status == 206 ? last - first + 1 : b.size);
}
