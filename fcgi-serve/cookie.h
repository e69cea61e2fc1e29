/*
 * cookie -- says until when its bearer may look at one host.
 *
 * It is the time when it ends and a MAC over that and the host, made with a key
 * that the project gets anew with each password.  So nothing is kept of who
 * signed in, and a new password ends all of them.
 */
#ifndef COOKIE_H
#define COOKIE_H

#include <time.h>

#include "arena.h"

#define COOKIE_SECONDS (12 * 3600)
#define COOKIE_SIZE    80 /* of a value, with its end */

/* key: 64 hexadecimal digits.  RC_FAIL if it is not. */
enum rc cookie_make(const char *key, const char *host, time_t ends,
    char value[COOKIE_SIZE]) MUST_CHECK;

int cookie_ok(const char *key, const char *host, time_t now, const char *value);

/* Of a Cookie header; NULL if it is not there, or more than once (SEC-93). */
const char *cookie_find(struct arena *, const char *header, const char *name);

#endif
