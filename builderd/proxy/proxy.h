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

/*
 * At ports 443 and 80, and port if it is not 0, any public address may be
 * dialled; at other ports only what net-allow has.
 *
 * Takes over, and closes here, the sockets in io.  From *lines come lines for
 * the build's log ("network: refused 10.0.0.1:443 (private address)") until
 * the process ends.
 */
enum rc proxy_start(pid_t *, int *lines, const struct conf *, uint16_t port,
    struct cage_io *) MUST_CHECK;

/* Its last line says how much went through.  0 is fine. */
void proxy_stop(pid_t);

#endif
