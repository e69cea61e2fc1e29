/*
 * req -- one request, and the answers there are.
 *
 * Whoever asks fills in what came, and what the host shows; answer() does the
 * rest, and leaves it in reply.
 */
#ifndef REQ_H
#define REQ_H

#include "conf.h"
#include "reply.h"
#include "site.h"

/* What a worker keeps between requests. */
struct worker {
	const struct conf *conf;
	struct arena *arena;
	struct store *store; /* NULL: not there yet */
	struct lru *sites, *blobs;
	struct routes *routes; /* of fcgi-serve alone, as is body: */
	unsigned char *body;   /* BODY_CHUNK bytes, for whatever passes */
};

struct req {
	struct worker *w;
	struct reply reply;
	const char *method, *target, *host, *id, *accept_encoding;
	struct conditions cond;
	int head;                  /* only the head is wanted */
	const struct route *route; /* NULL: not known */
	const struct site *site;
};

/* answer.c: from the path to the answer, once route and site are known. */
void answer(struct req *);

/* page.c: what is no file. */
void answer_begin(struct req *, int status, int keep);
void answer_page(struct req *, int status);
void answer_plain_404(struct req *);
void answer_redirect(struct req *, const char *location, const char *query);

/* skew.c: whether an older deployment has it; then that is r->site. */
int skew_find(struct req *, const char *path, struct manifest_file *);

/* file.c: a file, as status says: 200, or that of a page of the site's. */
void answer_file(struct req *, const struct manifest_file *, int status);

#endif
