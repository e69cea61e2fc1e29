/*
 * site -- what a host and a path are answered with.
 *
 * fcgi-serve answers from here, and whoever explains an answer asks here, too:
 * one piece of code, so the two cannot come apart.
 */
#ifndef SITE_H
#define SITE_H

#include <stdint.h>
#include <time.h>

#include "accept.h"
#include "arena.h"
#include "cond.h"
#include "host.h"
#include "lru.h"
#include "manifest.h"
#include "path.h"
#include "rules/table.h"
#include "store.h"

/* site.c: a manifest in memory, and what of it every answer needs. */
struct site {
	struct lru_item item;
	struct manifest *m;
	struct table *rules; /* NULL: it has none */
	struct rules_settings settings;
	time_t published;       /* 0: not known */
	char last_modified[40]; /* the same as a header's value, or "" */
	int has_404;            /* there is a /404.html */
	char manifest[STORE_NAME_MAX];
	char spa[]; /* "on", "off", "auto" or a path */
};

struct lru *sites_new(void);
enum rc site_get(struct lru *, struct store *, const char *manifest,
    const struct site **) MUST_CHECK;

/*
 * What a host shows.  The texts are columns of Q_RESOLVE, and lines of a file
 * of fcgi-serve's, in this order; those of absence are "".
 */
struct route {
	struct lru_item item;
	const char *host;
	const char *deployment;
	const char *project; /* its slug */
	const char *project_id;
	const char *manifest;
	const char *live; /* "t": it is a production host */
	const char *spa;
	const char *deleted;  /* "t": there was such a deployment */
	const char *primary;  /* "own" or a host: where to go instead */
	const char *skew;     /* manifests whose assets it still gives */
	const char *password; /* who may look; "": everybody */
	const char *cookie_key;
	const char *tokens;
	const char *team; /* its id: with whom all its projects share */
	int production;
	int gone;
	int absent;         /* known not to be there */
	unsigned int gen;   /* as of which it is true */
	unsigned int guard; /* and, without a database, not less than true */
	time_t resolved;    /* monotonic */
};

#define ROUTE_TEXTS     14
#define ROUTE_TEXTS_MAX 4096 /* bytes of all of them */

/* blob.c: the blobs last used, open. */
struct lru *blobs_new(void);
/* RC_NOT_FOUND: it is gone; RC_FAIL: it is not as large as it was, or worse. */
enum rc blob_get(struct lru *, struct store *, const char *name, uint64_t size,
    int *fd) MUST_CHECK;

/* find.c: which file answers a path. */
struct found {
	int status;
	const char *location;      /* of a redirect, encoded; else NULL */
	const char *path;          /* of the file */
	struct manifest_file file; /* if path is set */
	int asset;                 /* a 404 that must not be a page */
};
/* The file, or a redirect to where it is; RC_NOT_FOUND if there is neither. */
int find_is_asset(const char *path); /* by its name */
enum rc find_file(const struct site *, struct arena *, const char *path,
    struct found *) MUST_CHECK;
/* The same without redirects, for a path that a rule leads to. */
enum rc find_target(const struct site *, struct arena *, const char *path,
    struct found *) MUST_CHECK;
/* What answers a path without a file. */
enum rc find_page(const struct site *, const struct route *, struct arena *,
    const char *path, struct found *) MUST_CHECK;

#endif
