/*
 * token -- access tokens: who asks, signed by us, good for minutes.
 *
 * JWT, HS256, in one form only.  libjwt makes and checks the signature; all
 * else is checked here, because it would take an algorithm from the token, and
 * an expired one as well.
 */
#ifndef TOKEN_H
#define TOKEN_H

#include <time.h>

#include "arena.h"
#include "key.h"

#define TOKEN_MAX  2048  /* bytes */
#define TOKEN_SKEW 30    /* seconds that clocks may differ by */
#define TOKEN_LIFE 86400 /* seconds that none is good for longer than */

struct token {
	const char *user;
	const char *session;
	const char *epoch; /* a number, as text */
};

/* issuer: our own URL, which tokens of another installation do not have. */
enum rc token_issue(struct arena *, const struct keys *, const char *issuer,
    const struct token *, time_t now, int seconds, const char **) MUST_CHECK;

/* RC_UNAUTHORIZED unless it is exactly as token_issue() makes them. */
enum rc token_verify(struct arena *, const struct keys *, const char *issuer,
    const char *text, time_t now, struct token *) MUST_CHECK;

#endif
