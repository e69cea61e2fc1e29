/*
 * fcgi-serve -- answers for the sites: host and path to a blob.
 *
 * A worker keeps what it learned: hosts (route.c), manifests (site/site.c),
 * open blobs (site/blob.c), each within a budget (site/lru.h) that does
 * not depend on how many there are.  In the usual case a request costs one look
 * into each, one pread and one writev.
 */
#ifndef SERVE_H
#define SERVE_H

#include "conf.h"
#include "db.h"
#include "gens.h"
#include "hash.h"
#include "site/req.h"

/* route.c: what hosts show. */
struct routes;
struct routes *routes_new(const struct conf *, struct gens *);
void routes_free(struct routes *);
void routes_trim(struct routes *);
/* RC_NOT_FOUND: no such site; RC_BUSY: nobody can say now. */
enum rc route_get(struct routes *, struct arena *, const struct host *,
    const struct route **) MUST_CHECK;
/* One of the heap's.  RC_FAIL if it has too much to say. */
enum rc route_new(const char *const texts[ROUTE_TEXTS],
    struct route **) MUST_CHECK;
const char *route_text(const struct route *, int);

/* routefile.c: the same on disk, for when there is no database. */
void routefile_write(int dir, const struct route *);
void routefile_remove(int dir, const char *host);
enum rc routefile_read(int dir, const char *host, struct route **) MUST_CHECK;

#define BODY_CHUNK (256 * 1024)

/*
 * req.c: one request, in parameters as FastCGI brings them, and what was posted
 * or NULL, to descriptor.
 */
void req_serve(struct worker *, char **envp, const char *form, int fd, int id);

/* listen.c: hears of changes, and tells the workers by their generations. */
void listen_run(const struct conf *, struct gens *);

#endif
