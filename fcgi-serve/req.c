/*
 * One request: host to route, path to file, file and headers to an answer.
 */
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "reply.h"
#include "serve.h"

#define ETAG_DIGITS  32
#define LOCATION_MAX (HEAD_MAX - 1024) /* the other lines need less */

struct req {
	struct worker *w;
	struct reply reply;
	const char *method, *target, *host, *id, *accept_encoding;
	struct conditions cond;
	int head;                  /* only the head is wanted */
	const struct route *route; /* NULL: not known yet */
	const struct site *site;
};

#define AT(member) offsetof(struct req, member)

/* clang-format off */
static const struct param {
	const char	*name;
	size_t		 at;
} params[] = {
	{ "HTTP_ACCEPT_ENCODING",	AT(accept_encoding) },
	{ "HTTP_HOST",			AT(host) },
	{ "HTTP_IF_MATCH",		AT(cond.if_match) },
	{ "HTTP_IF_MODIFIED_SINCE",	AT(cond.if_modified_since) },
	{ "HTTP_IF_NONE_MATCH",		AT(cond.if_none_match) },
	{ "HTTP_IF_RANGE",		AT(cond.if_range) },
	{ "HTTP_IF_UNMODIFIED_SINCE",	AT(cond.if_unmodified_since) },
	{ "HTTP_RANGE",			AT(cond.range) },
	{ "REQUEST_METHOD",		AT(method) },
	{ "REQUEST_URI",		AT(target) },
	{ "SLIPWAY_REQUEST_ID",		AT(id) },
};

/* What we say ourselves when no page of the site's does. */
static const struct page {
	int		 status;
	const char	*title, *text;
} pages[] = {
	{ 400, "Bad request", "This address cannot be read." },
	{ 404, "Not found", "There is nothing at this address." },
	{ 405, "Method not allowed", "Files can be read, and nothing else." },
	{ 412, "Precondition failed", "The file is not the one you know." },
	{ 414, "Address too long", "No file has so long a name." },
	{ 416, "Range not satisfiable", "The file is shorter than that." },
	{ 500, "Something went wrong", "The fault is on this side." },
	{ 503, "Back in a moment", "Please try again in a few seconds." },
};
/* clang-format on */

static void
read_params(struct req *r, char **envp)
{
	const char *eq;
	size_t i, n;

	for (i = 0; i < NITEMS(params); i++)
		*(const char **)((char *)r + params[i].at) = "";
	for (; *envp != NULL; envp++) {
		if ((eq = strchr(*envp, '=')) == NULL)
			continue;
		n = (size_t)(eq - *envp);
		for (i = 0; i < NITEMS(params); i++)
			if (params[i].name[0] == **envp &&
			    strncmp(params[i].name, *envp, n) == 0 &&
			    params[i].name[n] == '\0')
				*(const char **)((char *)r + params[i].at) =
				    eq + 1;
	}
	r->head = strcmp(r->method, "HEAD") == 0;
}

/* For people who look at the wire. */
static const char *
reason(int status)
{
	size_t i;

	switch (status) {
	case 200:
		return "OK";
	case 206:
		return "Partial Content";
	case 301:
		return "Moved Permanently";
	case 304:
		return "Not Modified";
	}
	for (i = 0; i < NITEMS(pages); i++)
		if (pages[i].status == status)
			return pages[i].title;
	return "";
}

/*
 * The lines every answer begins with.  keep: nginx may give the same answer to
 * others, for the rest of this second.  It counts in whole seconds, so a
 * lifetime of one would last for up to two.
 */
static void
begin(struct req *r, int status, int keep)
{
	reply_line(&r->reply, "Status: %d %s", status, reason(status));
	if (strcmp(r->w->conf->sendfile, "accel") == 0) {
		if (keep && !r->head)
			reply_line(&r->reply, "X-Accel-Expires: @%lld",
			    (long long)time(NULL));
		else
			reply_line(&r->reply, "X-Accel-Expires: 0");
	}
	reply_line(&r->reply, "X-Content-Type-Options: nosniff");
	if (r->route == NULL || !r->route->production)
		reply_line(&r->reply, "X-Robots-Tag: noindex");
}

static void
send_page(struct req *r, int status)
{
	const struct page *p = pages;
	char *text;

	while (p->status != status)
		p++;
	text = arena_printf(r->w->arena,
	    "<!doctype html>\n"
	    "<html lang=\"en\"><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<title>%s</title>\n"
	    "<style>body{font:1.1em/1.5 system-ui,sans-serif;"
	    "max-width:32em;margin:20vh auto;padding:0 1em}</style>\n"
	    "<h1>%s</h1><p>%s</p>\n",
	    p->title, p->title, p->text);
	begin(r, status, 0);
	if (status == 405)
		reply_line(&r->reply, "Allow: GET, HEAD");
	if (status == 503)
		reply_line(&r->reply, "Retry-After: 2");
	reply_line(&r->reply, "Content-Type: text/html; charset=utf-8");
	reply_line(&r->reply, "Content-Length: %zu", strlen(text));
	reply_line(&r->reply, "Cache-Control: no-store");
	reply_send(&r->reply, text, r->head ? 0 : strlen(text));
}

/* A missing script must not be given a page to run. */
static void
send_plain_404(struct req *r)
{
	static const char text[] = "Not found\n";

	begin(r, 404, 0);
	reply_line(&r->reply, "Content-Type: text/plain; charset=utf-8");
	reply_line(&r->reply, "Content-Length: %zu", sizeof(text) - 1);
	reply_line(&r->reply, "Cache-Control: no-store");
	reply_send(&r->reply, text, r->head ? 0 : sizeof(text) - 1);
}

static void
send_redirect(struct req *r, const char *location, const char *query)
{
	const char *p;

	for (p = query; *p > ' ' && *p <= '~'; p++)
		;
	if (*p != '\0')
		query = "";
	/* Encoding may have made three bytes of one. */
	if (strlen(location) + strlen(query) > LOCATION_MAX) {
		send_page(r, 414);
		return;
	}
	begin(r, 301, 1);
	reply_line(&r->reply, "Location: %s%s", location, query);
	reply_line(&r->reply, "Content-Length: 0");
	reply_line(&r->reply,
	    "Cache-Control: public, max-age=0, "
	    "must-revalidate");
	reply_send(&r->reply, "", 0);
}

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
	begin(r, 200, 0);
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
	begin(r, status, status == 200);
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
	reply_send_file(&r->reply, b->fd, first, r->head ? 0 : n, r->w->body,
	    BODY_CHUNK);
}

static void
send_not_modified(struct req *r, const struct body *b)
{
	begin(r, 304, 0);
	describe(r, b, 304);
	reply_send(&r->reply, "", 0);
}

static void
send_file(struct req *r, const struct manifest_file *f, int status)
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
			send_page(r, 412);
			return;
		}
		if (!r->head)
			status = cond_range(&r->cond, b.etag,
			    r->site->published, b.size, &first, &last);
	}
	if (status == 416) {
		reply_line(&r->reply, "Content-Range: bytes */%llu",
		    (unsigned long long)b.size);
		send_page(r, 416);
		return;
	}
	if (!is_ours(r, &b, status)) {
		send_by_server(r, &b);
		return;
	}
	if (!r->head && open_body(r, &b) != RC_OK) {
		send_page(r, 500);
		return;
	}
	send_body(r, &b, status, first,
	    status == 206 ? last - first + 1 : b.size);
}

/* Where it should be is not where it must be made: builderd does that. */
static enum rc
need_store(struct worker *w)
{
	char *path;

	if (w->store != NULL)
		return RC_OK;
	path = arena_printf(w->arena, "%s/blobs", w->conf->state_dir);
	if (access(path, X_OK) == -1) {
		log_warn("%s", path);
		return RC_BUSY;
	}
	return store_open(&w->store, path);
}

/* 0, or the status of the page that says why not. */
static int
locate(struct req *r)
{
	struct worker *w = r->w;
	struct host host;
	enum rc rc;

	if ((rc = host_parse(&host, r->host, w->conf->base_domain)) == RC_OK &&
	    (rc = route_get(w->routes, w->arena, &host, &r->route)) == RC_OK &&
	    (rc = need_store(w)) == RC_OK)
		rc = site_get(w->sites, w->store, r->route->manifest, &r->site);
	return rc == RC_OK ? 0 : rc_http(rc);
}

static void
answer(struct req *r)
{
	int canonical, status;
	struct found found;
	const char *query;
	char *path;
	enum rc rc;

	if (strcmp(r->method, "GET") != 0 && !r->head) {
		send_page(r, 405);
		return;
	}
	if ((status = locate(r)) != 0) {
		send_page(r, status);
		return;
	}
	rc = path_decode(r->w->arena, r->target, r->host, &path, &query,
	    &canonical);
	if (rc == RC_OK && !canonical) {
		send_redirect(r, path_encode(r->w->arena, path), query);
		return;
	}
	if (rc == RC_OK)
		rc = find(r->site, r->route, r->w->arena, path, &found);
	if (rc != RC_OK)
		send_page(r, rc == RC_TOO_LARGE ? 414 : rc_http(rc));
	else if (found.location != NULL)
		send_redirect(r, found.location, query);
	else if (found.path != NULL)
		send_file(r, &found.file, found.status);
	else if (found.asset)
		send_plain_404(r);
	else
		send_page(r, found.status);
}

void
req_serve(struct worker *w, char **envp, int fd, int id)
{
	struct req *r = arena_alloc(w->arena, sizeof(*r));

	r->w = w;
	r->reply.fd = fd;
	r->reply.id = id;
	read_params(r, envp);
	log_tag(*r->id != '\0' ? r->id : NULL);
	answer(r);
	log_tag(NULL);
	arena_reset(w->arena);
}
