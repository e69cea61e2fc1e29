/*
 * login -- who may look at what is protected.
 *
 * Whoever shows the cookie of this host or a token of the project; others get a
 * page that asks for the password.  Below /.slipway/ a host answers for us and
 * not for its site, whatever the site has there.
 */
#ifndef LOGIN_H
#define LOGIN_H

#include "serve.h"

void login_serve(struct req *, const char *path, const char *query);

int login_admits(struct req *);
/* The page that asks, in the place of what is at path. */
void login_ask(struct req *, const char *path, const char *query);

/* As answer_by has it, for what a browser sends with every request. */
int login_tries(struct req *, int wrong);

#endif
