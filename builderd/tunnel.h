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

#define PROXY_TUNNELS 200 /* at once; more wait to be accepted */
#define PROXY_QUERIES 64  /* questions without an answer yet */
#define PROXY_LINES   50  /* in a build's log */

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
	int fd, watched;
	uint32_t events;
	void *of; /* the tunnel, or the question */
};

struct proxy {
	struct addr_list allow;
	struct sockaddr_storage resolver;
	int epoll, lines, query;
	int open, asked, said;
	unsigned long long total, bytes[2]; /* out of the cage, and in */
	struct tunnel *tunnels;
	struct dns_question *questions;
};

void proxy_say(struct proxy *, const char *, ...) PRINTF(2, 3);
void proxy_watch(struct proxy *, int fd, struct proxy_end *, uint32_t events);

void tunnel_open(struct proxy *, int fd, const struct sockaddr_storage *);
void tunnel_move(struct proxy *, struct proxy_end *);
void tunnel_sweep(struct proxy *); /* the dead and the idle */

#endif
