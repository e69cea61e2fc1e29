/*
 * giturl -- which Git URLs we would ever clone.
 *
 *	https://host[:port]/path
 *	ssh://user@host[:port]/path
 *	user@host:path
 *
 * and http, only to an address that net-allow in slipway.conf(5) names.  No
 * password, no user but of ssh, no query, and no byte that could mean something
 * to a shell, a header or an option parser.  A host that is an address is taken
 * only where net-allow has it, in every spelling that some resolver would take
 * for one.
 *
 * The third form is ssh at port 22 with a path that begins in the user's home.
 *
 * This is the first wall.  Where a name leads to is only known when it is
 * dialled, and is checked there.
 */
#ifndef GITURL_H
#define GITURL_H

#include <stdint.h>

#include "valid.h"

#define GITURL_MAX    2048
#define GITURL_HOST   254 /* with their NUL */
#define GITURL_USER   33
#define GITURL_ORIGIN (GITURL_HOST + 20)

enum giturl_scheme { GITURL_HTTP, GITURL_HTTPS, GITURL_SSH };

struct giturl {
	enum giturl_scheme scheme;
	char user[GITURL_USER]; /* of ssh, or "" */
	char host[GITURL_HOST]; /* lower case; an IPv6 address without [] */
	int bracketed;          /* it had them */
	uint16_t port;          /* what is dialled */
	const char *path;       /* in the URL; of the third form without a / */
};

/* NULL, or what is wrong with it. */
const struct fault *giturl_check(const char *url, const char *net_allow);

/*
 * The same, and its parts.  net_allow may be NULL where the URL has passed
 * giturl_check() before: then addresses are not asked about again.
 */
const struct fault *giturl_parse(struct giturl *, const char *url,
    const char *net_allow);

/* "https://host:443": whom a secret is for.  The port always stands there. */
void giturl_origin(const struct giturl *, char out[GITURL_ORIGIN]);

/*
 * Whom a token is for: of an SSH URL its host over https, where Git LFS and
 * other repositories of it are.
 */
void giturl_token_origin(const struct giturl *, char out[GITURL_ORIGIN]);

#endif
