/*
 * req -- one request, and the answers there are.
 *
 * Whoever asks fills in what came, and what the host shows; answer() does the
 * rest, and leaves it in reply.
 */
#ifndef REQ_H
#define REQ_H

#include "conf.h"
#include "names.h"
#include "reply.h"
#include "rules/match.h"
#include "site.h"
#include "why.h"

/*
 * Who has it was let in.  A browser takes __Host- only by https, and then from
 * this host alone and for no other; by http, which is for tests and one's own
 * machine, it has to do without.
 */
#define LOGIN_COOKIE       "__Host-slipway"
#define LOGIN_COOKIE_PLAIN "slipway"

#define REGEXES_BYTES (1 << 20) /* of patterns, in each worker */

/* What a worker keeps between requests. */
struct worker {
	const struct conf *conf;
	struct arena *arena;
	struct store *store; /* NULL: not there yet */
	struct lru *sites, *blobs;
	struct names *names; /* NULL: nothing is proxied */
	struct regexes *regexes;
	long room_seen; /* room.c: when it last looked, and saw: */
	int room;
	struct routes *routes; /* of fcgi-serve alone, as are: */
	struct logins *logins;
	unsigned char *body; /* BODY_CHUNK bytes, for whatever passes */
};

struct req {
	struct worker *w;
	struct reply reply;
	const char *method, *target, *host, *id, *accept_encoding;
	const char *scheme, *country, *authorization;
	const char *cache; /* where the front server keeps answers */
	/* Any other header by its name; "" if it was not sent. */
	const char *(*header)(void *, const char *name);
	void *header_arg;
	struct conditions cond;
	/* Who asks, for fcgi-serve alone to judge. */
	const char *addr, *cookie, *pass, *service_worker;
	const char *form; /* what was posted; NULL: nothing */
	int status;       /* of the answer, once it has begun */
	int head;         /* only the head is wanted */
	int other;        /* neither GET nor HEAD: only a proxy will do */
	const struct route *route; /* NULL: not known */
	const struct site *site;
	struct why *why; /* NULL: nobody asks */

	/* rule.c: what the site's rules say of it. */
	struct match_request ask;
	struct match_headers *headers; /* NULL: none */
	int guarded;                   /* by a password: never to be kept */
	const struct answer_by *by;
	int stay;  /* no further rule is asked */
	int asset; /* its name is that of an asset, and changes with it */
};

/* params.c: what came with it; what did not is "". */
void params_read(struct req *, char **envp);
/* Is it one of a site's methods, or of what a rule may pass on? */
int params_method(const struct req *);
/* Are sites visited by https? */
int params_https(const struct req *);
/* The name of the cookie of whoever was let in. */
const char *params_cookie(const struct req *);

/*
 * answer.c: from the route to the answer.  What comes before the files is in
 * one order for all; how each is done is for whoever asks to say.
 */
struct answer_by {
	/* What is below /.slipway/. */
	void (*reserved)(struct req *, const char *path, const char *query);
	/* Whether they may look; if not, they have been answered. */
	int (*admits)(struct req *, const char *path, const char *query);
	/* r->site; 0, or the status of the page that says why not. */
	int (*load)(struct req *);
	/*
	 * A password of the site's rules is to be tried, or was wrong: after
	 * how many seconds, if it was tried too often; else 0.
	 */
	int (*tries)(struct req *, int wrong);
};
void answer(struct req *, const struct answer_by *);

/* room.c: may the front server keep the answer, as far as room goes? */
int room_to_keep(const struct req *);

/* page.c: what is no file. */
void answer_begin(struct req *, int status, int keep);
void answer_page(struct req *, int status);
void answer_plain_404(struct req *);
void answer_redirect(struct req *, int status, const char *location,
    const char *query);
void answer_password(struct req *);
/* To the project's primary host, with all that was asked for. */
void answer_lead(struct req *, const char *path, const char *query);

/* rule.c: 0, or the status of the page that says why not. */
int rules_begin(struct req *, const char *path, const char *query);
/* Would that deployment's rules let whoever asks see the path? */
int rules_admitted(struct req *, const struct site *, const char *path);
/* Is it answered by a rule before files, or by one after them? */
int rules_before(struct req *);
int rules_after(struct req *);

/* decorate.c: the headers that the site wants, into a finished head. */
void decorate(struct req *);
/* Does the front server lose one of them when it sends the body? */
int decorate_lost(const struct req *);

/* proxy.c: what the server at that URL says. */
void answer_proxy(struct req *, const char *url);

/* skew.c: whether an older deployment has it; then that is r->site. */
int skew_find(struct req *, const char *path, struct manifest_file *);

/* file.c: a file, as status says: 200, or that of a page of the site's. */
void answer_file(struct req *, const struct manifest_file *, int status);

#endif
