/*
 * addr -- which Internet addresses a build or a fetch may reach.
 *
 * Only what is public: not this server, not the networks it is in, not what
 * stands for either of them in IPv6.  net-allow in slipway.conf(5) makes the
 * exceptions.  A name proves nothing: what is checked is the address that is
 * dialled, in the moment it is dialled.
 */
#ifndef ADDR_H
#define ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>

#include <stdint.h>

#include "rc.h"

#define ADDR_TEXT     56 /* "[...]:65535" and a NUL */
#define ADDR_LIST_MAX 64

union addr {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

struct addr_net {
	int family;
	unsigned char base[16];
	int bits;
	uint16_t port; /* 0: any */
};

struct addr_list {
	struct addr_net net[ADDR_LIST_MAX];
	size_t n;
};

/* "192.0.2.1", "192.0.2.1:53", "2001:db8::1" or "[2001:db8::1]:53". */
enum rc addr_parse(union addr *, const char *, uint16_t port) MUST_CHECK;
const char *addr_text(const struct sockaddr *, char[ADDR_TEXT]);
uint16_t addr_port(const struct sockaddr *);
socklen_t addr_size(const struct sockaddr *);

/*
 * "address/bits[:port] ...": NULL, or what is wrong with one of them, which is
 * then in bad, as far as it fits.
 */
const char *addr_list_parse(struct addr_list *, const char *,
    char bad[ADDR_TEXT]) MUST_CHECK;
int addr_list_has(const struct addr_list *, const struct sockaddr *);

/* NULL: it may be dialled.  Else what it is: "private address". */
const char *addr_denied(const struct sockaddr *, const struct addr_list *allow);

#endif
