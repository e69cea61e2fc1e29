/*
 * dns -- questions of a cage for names, passed to the resolver.
 *
 * An answer gives no right to dial what is not public; where a build is limited
 * to names, it says which addresses they have.
 */
#ifndef DNS_H
#define DNS_H

#include "tunnel.h"

/* where: of slipway.conf(5); "": the first of /etc/resolv.conf. */
enum rc dns_resolver(struct proxy *, const char *where) MUST_CHECK;
void dns_query(struct proxy *, struct proxy_end *);
void dns_answer(struct proxy *, struct proxy_end *);
void dns_sweep(struct proxy *);

#endif
