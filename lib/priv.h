/*
 * priv -- who we run as.
 *
 * Users and groups are given by name or by number; a number needs no entry in
 * the password file.  A program that was not started as root stays who it is.
 */
#ifndef PRIV_H
#define PRIV_H

#include <sys/types.h>

#include "rc.h"

enum rc priv_user(const char *, uid_t *, gid_t *) MUST_CHECK;
enum rc priv_group(const char *, gid_t *) MUST_CHECK;

/*
 * For good: that user, its groups (which is how it may reach Redis), no new
 * privileges, no core.
 * Ends the program if it cannot.
 */
void priv_drop(const char *user);

/*
 * The same, but whoever is connected to sees another user, which is the
 * effective one, and the kernel tells PostgreSQL that.  priv_settle() ends it:
 * only the first is left then, for good.
 */
void priv_drop_as(const char *user, const char *seen);
void priv_settle(void);

#endif
