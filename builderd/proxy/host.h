/*
 * host -- the host names that a run asked for: which address was given for
 * which, and how much went to and from each.
 */
#ifndef HOST_H
#define HOST_H

#include "addr.h"
#include "hosts.h"

#define HOST_KNOWN 1024 /* addresses; then the oldest is forgotten */
#define HOST_MAX   256  /* in the account; the rest is one more, "others" */

struct host {
	char name[HOSTS_NAME]; /* or the address */
	union addr addr;       /* the first of it */
	unsigned long connections;
	unsigned long long bytes[2]; /* out of the cage, and in */
};

struct hosts {
	struct known {
		union addr addr; /* its port is 0 */
		char name[HOSTS_NAME];
	} * known;
	size_t nknown, next;
	struct host *host;
	size_t nhosts;
};

void host_new(struct hosts *);

/* The resolver gave that address for that name. */
void host_learn(struct hosts *, const char *name, const union addr *);
int host_gave(const struct hosts *, const char *name, const union addr *);

/* A connection to addr, under a name or (if it is "") that of the address. */
struct host *host_count(struct hosts *, const char *name, const union addr *);

#endif
