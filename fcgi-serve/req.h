/*
 * req -- one request, and the answers there are.
 */
#ifndef REQ_H
#define REQ_H

#include "reply.h"
#include "serve.h"

struct req {
	struct worker *w;
	struct reply reply;
	const char *method, *target, *host, *id, *accept_encoding;
	struct conditions cond;
	int head;                  /* only the head is wanted */
	const struct route *route; /* NULL: not known yet */
	const struct site *site;
};

/* answer.c: what is no file. */
void answer_begin(struct req *, int status, int keep);
void answer_page(struct req *, int status);
void answer_plain_404(struct req *);
void answer_redirect(struct req *, const char *location, const char *query);

/* file.c: a file, as status says: 200, or that of a page of the site's. */
void answer_file(struct req *, const struct manifest_file *, int status);

#endif
