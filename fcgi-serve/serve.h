/*
 * fcgi-serve -- answers for the sites: host and path to a blob.
 *
 * A worker keeps what it learned: hosts (route.c), manifests (site.c), open
 * blobs (blob.c), each in a table of fixed size.  In the usual case a request
 * costs one look into each, one pread and one writev.
 */
#ifndef SERVE_H
#define SERVE_H

#include <stdint.h>
#include <time.h>

#include "accept.h"
#include "cond.h"
#include "conf.h"
#include "db.h"
#include "gens.h"
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

/* route.c: what a host shows. */
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

struct routes;
struct routes *routes_new(const struct conf *, struct gens *);
void routes_free(struct routes *);
/* RC_NOT_FOUND: no such site; RC_BUSY: nobody can say now. */
enum rc route_get(struct routes *, struct arena *, const struct host *,
    const struct route **) MUST_CHECK;

/* routefile.c: the same on disk, for when there is no database. */
void routefile_write(int dir, const struct route *);
void routefile_remove(int dir, const char *host);
enum rc routefile_read(int dir, const char *host, struct route *) MUST_CHECK;

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

#define BODY_CHUNK (256 * 1024)

struct worker {
	const struct conf *conf;
	struct arena *arena;
	struct store *store; /* NULL: not there yet */
	struct routes *routes;
	struct sites *sites;
	struct blobs *blobs;
	unsigned char *body; /* BODY_CHUNK bytes, for whatever passes */
};

/* req.c: one request, in parameters as FastCGI brings them, to descriptor. */
void req_serve(struct worker *, char **envp, int fd, int id);

/* listen.c: hears of changes, and tells the workers by their generations. */
void listen_run(const struct conf *, struct gens *);

#endif
