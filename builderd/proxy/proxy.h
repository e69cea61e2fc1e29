/*
 * proxy -- the only way out of a cage.
 *
 * Whatever a cage dials arrives at sockets that were opened in its network
 * before it started (cage_io).  A program of its own, slipway-proxy, one for
 * each run, answers them from outside: it asks addr.h about the address that
 * was dialled, connects there and passes bytes on; names are passed to the
 * resolver.
 */
#ifndef PROXY_H
#define PROXY_H

#include <sys/types.h>

#include "builderd/cage/cage.h"

/* The descriptors of slipway-proxy; of the sockets, some may not be there. */
enum {
	PROXY_FD_LINES = 3, /* takes lines for the build's log */
	PROXY_FD_TCP,       /* as in cage_io */
	PROXY_FD_DNS = PROXY_FD_TCP + CAGE_PORTS * 2,
	PROXY_FD_END = PROXY_FD_DNS + 2
};

/* Before priv_drop(): whoever starts proxies need not be let to its path. */
void proxy_find(const struct conf *);

/* What it says on PROXY_FD_LINES, one line each; the rest of it follows. */
#define PROXY_LINE  400
#define PROXY_SAYS  "T network: " /* for the log of the build */
#define PROXY_WENT  "H "          /* name address connections out in */
#define PROXY_SPENT "L"           /* the budget; and that was all */

/* What a run may reach. */
struct proxy_way {
	uint16_t port;             /* besides 443 and 80, or 0 */
	const char *names;         /* hosts.h; NULL: any, and addresses too */
	unsigned long long budget; /* bytes, both ways */
};

/*
 * At ports 443 and 80, and that of the way, any public address may be dialled;
 * at other ports only what net-allow has.  Where the way has names, the cage
 * must say one of them, in a hello of TLS or as the Host of a request, and the
 * address must be one that the resolver gave for it; only what net-allow has
 * with its port is reached without.
 *
 * Takes over, and closes here, the sockets in io.  From *lines comes what it
 * says until the process ends.
 */
enum rc proxy_start(pid_t *, int *lines, const struct conf *,
    const struct proxy_way *, struct cage_io *) MUST_CHECK;

/* In the place of it: nothing can be reached at all. */
void proxy_none(struct cage_io *);

/*
 * Tells it to stop, and waits for that: lines are to be read until their end
 * in between.  0 is fine.
 */
void proxy_stop(pid_t);
void proxy_wait(pid_t);

#endif
