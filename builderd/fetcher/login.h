/*
 * login -- who we are to a host, and who it is to us.
 *
 * A secret is given to the origin that the order names with it and to no
 * other, wherever a host sends us; a host shows the key it is known by, or none
 * of it is read.
 */
#ifndef LOGIN_H
#define LOGIN_H

#include <git2.h>

#include "fetcher.h"
#include "giturl.h"

struct login {
	const struct order *order;
	const char *text;  /* what is connected to */
	struct giturl url; /* its parts */
	int asked;         /* for a secret */
	int other;         /* there is another way to the same */
	int shut;          /* this one is none */
};

/*
 * Before url is connected to: sets the callbacks.  The url has been checked;
 * the login lasts as long as the callbacks do.  With another way to the same,
 * that a secret is missing or refused is not the end.
 */
void login_begin(struct login *, const struct order *, const char *url,
    int other, git_remote_callbacks *);

/* Is there another way, and does what the host said mean to try that? */
int login_elsewhere(const struct login *, const char *words);

/*
 * What a host said, if it says in its own words that there is nothing for us;
 * gives up then.  words are git_error_last()'s.
 */
void login_refused(const struct login *, const char *words);

/*
 * The token for an origin as giturl_origin() has it, where something else than
 * libgit2 asks for it; 0 if there is none.
 */
int login_token(const struct order *, const char *origin, char user[128],
    const char **secret);

/* The deploy key for an origin, or NULL. */
const char *login_key(const struct order *, const char *origin);

/* Once the last host has answered: before anything is done with what it sent.
 */
void login_forget(const struct order *);

#endif
