/*
 * host -- what the Host header asks for.
 */
#ifndef HOST_H
#define HOST_H

#include "rc.h"

#define HOST_MAX 253

struct host {
	char name[HOST_MAX + 1]; /* lower case, no port, no final dot */
	const char *scope;       /* "own" or "domain", for serve_resolve() */
	const char *ask;         /* the other argument, within name */
	const char *key;         /* what changes are announced under */
	char label[64];
};

/*
 * RC_MALFORMED if it is no host name; RC_NOT_FOUND if it is one, and can be
 * no site's.
 */
enum rc host_parse(struct host *, const char *header,
    const char *base) MUST_CHECK;

#endif
