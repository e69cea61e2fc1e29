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

void
priv_drop(const char *user)
{
	const struct rlimit none = { 0, 0 };
	uid_t uid;
	gid_t gid;

	if (geteuid() == 0) {
		if (priv_user(user, &uid, &gid) != RC_OK)
			fatalx("%s: no such user", user);
		if (uid == 0)
			fatalx("will not run as root");
		if ((getpwnam(user) != NULL ? initgroups(user, gid) :
					      setgroups(1, &gid)) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			fatal("become %s", user);
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    setrlimit(RLIMIT_CORE, &none) == -1)
		fatal("lower privileges");
}
