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
#include "manifest.h"
#include "path.h"
#include "store.h"

/* site.c: a manifest in memory, and what of it every answer needs. */
struct site {
	char manifest[STORE_NAME_MAX]; /* "": empty */
	uint64_t used;
	struct manifest *m;
	time_t published;       /* 0: not known */
	char last_modified[40]; /* the same as a header's value, or "" */
	char spa[256];          /* "on", "off", "auto" or a path */
	int has_404;            /* there is a /404.html */
};

struct sites;
struct sites *sites_new(void);
void sites_free(struct sites *);
enum rc site_get(struct sites *, struct store *, const char *manifest,
    const struct site **) MUST_CHECK;

/* What a host shows. */
struct route {
	char host[HOST_MAX + 1]; /* "": empty */
	char deployment[32];
	char project[64];
	char manifest[STORE_NAME_MAX];
	char spa[8];
	int production;
	int absent;       /* known not to be there */
	unsigned int gen; /* as of which it is true */
	time_t resolved;  /* monotonic; 0: from an earlier life */
	uint64_t used;
};

/* blob.c: the blobs last used, open. */
struct blobs;
struct blobs *blobs_new(void);
void blobs_free(struct blobs *);
enum rc blob_get(struct blobs *, struct store *, const char *name,
    int *fd) MUST_CHECK;

/* find.c: which file answers a path. */
struct found {
	int status;
	const char *location;      /* of a redirect, encoded; else NULL */
	const char *path;          /* of the file */
	struct manifest_file file; /* if path is set */
	int asset;                 /* a 404 that must not be a page */
};
enum rc find(const struct site *, const struct route *, struct arena *,
    const char *path, struct found *) MUST_CHECK;

#endif
