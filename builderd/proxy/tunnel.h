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

#define PROXY_TUNNELS 200  /* at once; more wait to be accepted */
#define PROXY_BURST   1000 /* connections at first, as fast as they come */
#define PROXY_RATE    100  /* and then so many a second */
#define PROXY_QUERIES 64   /* questions without an answer yet */
#define PROXY_LINES   50   /* in a build's log */
#define PROXY_SEEN    512  /* addresses that are remembered */

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
	union addr resolver;
	int epoll, lines, query;
	int open, asked, said, mute; /* mute: the resolver's fault is told */
	uint16_t port;
	long credit; /* connections that may be taken now */
	time_t credited;
	struct proxy_seen {
		union addr addr;
		const char *what;
	} seen[PROXY_SEEN];
	size_t nseen;
	unsigned long long total, bytes[2]; /* out of the cage, and in */
	struct tunnel *tunnels;
	struct dns_question *questions;
};

void proxy_say(struct proxy *, const char *, ...) PRINTF(2, 3);
/*
 * The same, but once for each address and what; without a why it is for the
 * operator's log instead.
 */
void proxy_tell(struct proxy *, const union addr *, const char *what,
    const char *why);
/* No events: not even that somebody hung up. */
void proxy_watch(struct proxy *, int fd, struct proxy_end *, uint32_t events);
time_t proxy_now(void);

void tunnel_open(struct proxy *, int fd, const union addr *);
void tunnel_move(struct proxy *, struct proxy_end *);
void tunnel_sweep(struct proxy *); /* the dead and the idle */

#endif
