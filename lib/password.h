/*
 * password -- argon2id hashes, in the encoding that argon2 itself has.
 *
 * Each costs argon2-memory of slipway.conf(5) while it is computed, so whoever
 * answers strangers caps how many are computed at once.
 */
#ifndef PASSWORD_H
#define PASSWORD_H

#include "conf.h"

#define PASSWORD_MAX       1024 /* bytes */
#define PASSWORD_HASH_SIZE 128

enum rc password_hash(const struct conf *, const char *password,
    char hash[PASSWORD_HASH_SIZE]) MUST_CHECK;

/* RC_OK if it is that password, RC_DENIED if it is not. */
enum rc password_check(const char *hash, const char *password) MUST_CHECK;

/* Was it made under other parameters than today's? */
int password_stale(const struct conf *, const char *hash);

#endif
