/*
 * post -- one notice to one receiver, from a process that does nothing else.
 *
 * A receiver is a stranger's server at a stranger's URL: https alone, no
 * redirect, no proxy, no file of credentials, an answer that nobody reads, and
 * only addresses that lib/addr.h allows, each of which is checked when the name
 * is resolved and the one that is dialled once more.
 */
#ifndef POST_H
#define POST_H

#include <stddef.h>

#include "conf.h"

struct post {
	const char *url, *key, *body;
	const char *secret;
};

/*
 * Posts one notice: RC_OK if the receiver took it.  said gets what happened,
 * in words for whoever set the hook.
 */
enum rc post_send(const struct conf *, const struct post *, char *said,
    size_t n);

/* "t=...,v1=...": an HMAC-SHA256 over time, a dot and the body. */
void post_sign(const char *secret, long long t, const char *body,
    char out[128]);

#endif
