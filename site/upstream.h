/*
 * upstream -- the URL of another server that a rule proxies to.
 */
#ifndef UPSTREAM_H
#define UPSTREAM_H

#include <stdint.h>

#include "host.h"
#include "rc.h"

#define UPSTREAM_MAX 4096 /* bytes of a URL */

struct upstream {
	int tls;
	char
	    host[HOST_MAX + 1]; /* in small letters, of IPv6 without brackets */
	int bracketed;
	uint16_t port;
	int default_port;
	const char *rest; /* in the URL: "/path?query", or "" */
};

/*
 * RC_MALFORMED: not http or https, or with a user, with a part of its path
 * that is dots, or with anything that no URL has.  base: a host that is this or
 * below it is our own: RC_DENIED.
 */
enum rc upstream_parse(struct upstream *, const char *url,
    const char *base) MUST_CHECK;

#endif
