/*
 * explain -- what a request would be answered with, and why.
 *
 * Not a second opinion: the code that answers is run, and its answer is read
 * in place of being sent.
 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "conf.h"
#include "store.h"
#include "why.h"

struct lru;
struct names;
struct regexes;

/* What is kept between questions: manifests, open blobs, addresses. */
struct explain_shelf {
	struct lru *sites, *blobs;
	struct regexes *regexes;
	struct names *names;
};
void explain_open(struct explain_shelf *, const struct conf *);
void explain_close(struct explain_shelf *);

struct explain_ask {
	const struct conf *conf;
	struct arena *arena;
	struct store *store;
	struct explain_shelf *shelf;
	/* As FastCGI would bring it: "HTTP_HOST=...", NULL at the end. */
	char **envp;
	/* What the host shows; see serve_resolve(). */
	const char *host, *deployment, *project, *project_id, *team;
	const char *manifest, *spa, *primary, *skew;
	int production, gone, guarded;
};

struct explained {
	int status;
	const char *head; /* lines for the client, each with CRLF */
	int kept;         /* nginx may keep it, for the rest of the second */
	const char *manifest; /* where the file is from */
	struct why why;
};

/* RC_FAIL: its manifest cannot be read. */
enum rc explain(const struct explain_ask *, struct explained *) MUST_CHECK;

#endif
