/*
 * peek -- which host the first bytes of a connection ask for.
 *
 * Pure: bytes in, a name out.  A hello of TLS may come in pieces and in any
 * number of records; one that hides its name is refused.
 */
#ifndef PEEK_H
#define PEEK_H

#include "hosts.h"

#define PEEK_MAX 16384 /* more than this before a name is no name */

enum peek { PEEK_MORE, PEEK_NAME, PEEK_BAD };

/* *why: of PEEK_BAD, for people. */
enum peek peek_tls(const char *, size_t, char name[HOSTS_NAME],
    const char **why);

/* The head of a request ends where *head says. */
enum peek peek_http(const char *, size_t, char name[HOSTS_NAME],
    const char **why, size_t *head);

/*
 * A head that peek_http() took, as that of the only request of its connection:
 * the server is told to close it after the answer.  Only requests without a
 * body are taken (PEEK_BAD), so nothing can follow.  out has n + PEEK_CLOSE.
 */
#define PEEK_CLOSE 24
enum peek peek_once(const char *, size_t n, char *out, size_t *len,
    const char **why);

#endif
