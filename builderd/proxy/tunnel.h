/*
 * tunnel -- one connection of a cage, and the one that was made for it.
 *
 * Also what the files of the proxy share: each descriptor that is waited for
 * has a proxy_end, whose kind says who is woken.
 */
#ifndef TUNNEL_H
#define TUNNEL_H

#include <sys/socket.h>

#include <stdint.h>
#include <time.h>

#include "addr.h"
#include "host.h"

#define PROXY_TUNNELS 200  /* at once; more wait to be accepted */
#define PROXY_HALF    64   /* of them without an answer yet */
#define PROXY_BURST   1000 /* connections at first, as fast as they come */
#define PROXY_RATE    100  /* and then so many a second */
#define PROXY_QUERIES 64   /* questions without an answer yet */
#define PROXY_LINES   50   /* in a build's log */
#define PROXY_SEEN    512  /* of them that are remembered */

enum proxy_kind {
	PROXY_STOP,
	PROXY_LISTEN,
	PROXY_NAMES, /* a listener too: DNS over TCP */
	PROXY_QUERY,
	PROXY_ANSWER,
	PROXY_TUNNEL
};

struct proxy_end {
	enum proxy_kind kind;
	int fd;
	uint32_t events;
	void *of; /* the tunnel, or the question */
};

struct proxy {
	struct addr_list allow;
	const char *names; /* NULL: any; else hosts.h says which */
	union addr resolver;
	int epoll, lines, query;
	int open, half, asked, said;
	uint16_t port;
	long credit; /* connections that may be taken now */
	time_t credited;
	uint64_t seen[PROXY_SEEN];
	size_t nseen;
	unsigned long long bytes, budget;
	struct hosts hosts;
	struct tunnel *tunnels;
	struct dns_question *questions;
};

/* Tells the log of the build, but each thing once: "refused 10.0.0.1:443". */
void proxy_tell(struct proxy *, const char *what, const char *whom,
    const char *why);
/* No events: not even that somebody hung up. */
void proxy_watch(struct proxy *, int fd, struct proxy_end *, uint32_t events);
time_t proxy_now(void);

/* Held, it dials only when the cage has said a name that it may. */
void tunnel_open(struct proxy *, int fd, const union addr *, int held);
void tunnel_move(struct proxy *, struct proxy_end *);
void tunnel_sweep(struct proxy *);   /* the dead and the idle */
void tunnel_account(struct proxy *); /* of those still open */

#endif
