#include <sys/prctl.h>
#include <sys/resource.h>

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "priv.h"

static int
number(const char *s, unsigned int *n)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 ||
	    v >= (uid_t)-1)
		return 0;
	*n = (unsigned int)v;
	return 1;
}

enum rc
priv_user(const char *name, uid_t *uid, gid_t *gid)
{
	const struct passwd *pw;
	unsigned int n;

	if (number(name, &n)) {
		*uid = *gid = n;
		return RC_OK;
	}
	if ((pw = getpwnam(name)) == NULL)
		return RC_NOT_FOUND;
	*uid = pw->pw_uid;
	*gid = pw->pw_gid;
	return RC_OK;
}

enum rc
priv_group(const char *name, gid_t *gid)
{
	const struct group *gr;
	unsigned int n;

	if (number(name, &n)) {
		*gid = n;
		return RC_OK;
	}
	if ((gr = getgrnam(name)) == NULL)
		return RC_NOT_FOUND;
	*gid = gr->gr_gid;
	return RC_OK;
}

/* No way back up, nobody looks in, and nothing is left of it. */
static void
close_up(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("lower privileges");
}

static uid_t
find(const char *user, gid_t *gid)
{
	uid_t uid;

	if (priv_user(user, &uid, gid) != RC_OK)
		fatalx("%s: no such user", user);
	if (uid == 0)
		fatalx("will not run as root");
	return uid;
}

void
priv_drop(const char *user)
{
	priv_drop_as(user, user);
}

void
priv_drop_as(const char *user, const char *seen)
{
	uid_t uid, as;
	gid_t gid, unused;

	if (geteuid() == 0) {
		as = find(seen, &unused);
		uid = find(user, &gid);
		if ((getpwnam(user) != NULL ? initgroups(user, gid) :
					      setgroups(1, &gid)) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, as, uid) == -1)
			fatal("become %s", user);
	}
	close_up();
}

void
priv_settle(void)
{
	uid_t uid = getuid();

	if (setresuid(uid, uid, uid) == -1)
		fatal("stay who we are");
	close_up();
}
