/*
 * addr -- which addresses a stranger may make us dial.
 *
 * None that is not on the public Internet: no loopback, private, link-local,
 * shared, documentation, multicast or reserved one, no form of IPv6 that has
 * an IPv4 address inside, and none of this machine's own.  net-allow of
 * slipway.conf(5) makes exceptions.
 *
 * Ask about the address that is really dialled, never about one that a name
 * had a moment ago.
 */
#ifndef ADDR_H
#define ADDR_H

#include <sys/socket.h>

#include "arena.h"

struct addr_rule {
	unsigned char addr[16]; /* IPv4 is mapped into IPv6 */
	int bits;
	int port; /* 0: any */
};

struct addr_policy {
	struct addr_rule *allow, *own;
	size_t nallow, nown;
};

/* allow is the text of net-allow; the machine's own addresses as of now. */
enum rc addr_policy(struct addr_policy *, struct arena *,
    const char *allow) MUST_CHECK;

/* NULL if it may be dialled; else why not ("private address"). */
const char *addr_denied(const struct addr_policy *, const struct sockaddr *);

#define ADDR_TEXT 64
/* "192.0.2.1:443", "[2001:db8::1]:443" */
void addr_text(const struct sockaddr *, char text[ADDR_TEXT]);

#endif
