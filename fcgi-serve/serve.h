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
struct routes *routes_new(const struct conf *, struct arena *, struct gens *);
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
int routefile_dir(const struct conf *, struct arena *); /* -1: there is none */
void routefile_write(int dir, const struct host *, const struct route *);
void routefile_remove(int dir, const struct host *);
enum rc routefile_read(int dir, const struct host *,
    struct route **) MUST_CHECK;
/* All that changes are announced for under that key. */
void routefile_drop(int dir, const char *key);
/* All but what keep() wants to keep. */
void routefile_sift(int dir, int (*keep)(const struct route *, void *), void *);

/* guard.c: removes the files that let in whom the database would not. */
enum rc guards_check(struct db *, struct arena *, int dir) MUST_CHECK;

/* ask.c: db_run() that does not wait for ever, once ask_begin() was called. */
void ask_begin(void);
enum rc ask(struct db *, struct arena *, int query, const char *const params[],
    PGresult **) MUST_CHECK;

#define BODY_CHUNK (256 * 1024)

/*
 * req.c: one request, in parameters as FastCGI brings them, and what was posted
 * or NULL, to descriptor.
 */
void req_serve(struct worker *, char **envp, const char *form, int fd, int id);

/*
 * listen.c: hears of changes, and tells the workers by their generations.  News
 * of who may look at a host begin with GUARD_NEWS.
 */
#define GUARD_NEWS "*"
void listen_run(const struct conf *, struct gens *);

#endif
