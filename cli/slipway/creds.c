/*
 * creds -- $XDG_CONFIG_HOME/slipway/credentials.json.
 *
 *	{"default": URL, "accounts": {URL: {"email", "access_token",
 *	"expires_at", "refresh_token"} or {"email", "token"}}}
 *
 * Mode 0600, replaced by rename, changed under a lock of its own: refresh
 * tokens are good for one use, and two slipways must not use the same.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "slipway.h"

static const char *
folder(struct cli *c)
{
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (xdg != NULL && xdg[0] == '/')
		return arena_printf(c->arena, "%s/slipway", xdg);
	return arena_printf(c->arena, "%s/.config/slipway",
	    home != NULL && home[0] == '/' ? home : "/nonexistent");
}

static const char *
file(struct cli *c)
{
	return arena_printf(c->arena, "%s/credentials.json", folder(c));
}

/* The folder and what is above it. */
static enum rc
make_folder(struct cli *c)
{
	char *path = arena_printf(c->arena, "%s", folder(c)), *p;

	for (p = path + 1; (p = strchr(p, '/')) != NULL; *p++ = '/') {
		*p = '\0';
		mkdir(path, 0700);
	}
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return complain(RC_FAIL, "%s: %s", path, strerror(errno));
	return RC_OK;
}

/* Locked until it is closed; -1 has been told. */
int
creds_lock(struct cli *c)
{
	char *path = arena_printf(c->arena, "%s/lock", folder(c));
	int fd;

	if (make_folder(c) != RC_OK)
		return -1;
	if ((fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600)) < 0 ||
	    flock(fd, LOCK_EX) != 0) {
		complain(RC_FAIL, "%s: %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static void
clear(void *json)
{
	json_object_put(json);
}

static enum rc
load(struct cli *c, struct json_object **out)
{
	const char *path = file(c);
	struct json_object *o;
	struct stat st;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			return complain(RC_FAIL, "%s: %s", path,
			    strerror(errno));
		*out = object(c);
		return RC_OK;
	}
	if (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0) {
		close(fd);
		return complain(RC_DENIED,
		    "%s: others may read it; chmod 600 it, and \"slipway "
		    "login\" anew if they did",
		    path);
	}
	o = json_object_from_fd(fd);
	close(fd);
	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return complain(RC_FAIL,
		    "%s: not readable; remove it and \"slipway login\" again",
		    path);
	}
	arena_defer(c->arena, clear, o);
	*out = o;
	return RC_OK;
}

static enum rc
store(struct cli *c, struct json_object *o)
{
	const char *path = file(c);
	char *tmp = arena_printf(c->arena, "%s.%d", path, (int)getpid());
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd >= 0 &&
	    json_object_to_fd(fd, o,
		JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE) ==
		0 &&
	    fsync(fd) == 0 && rename(tmp, path) == 0) {
		close(fd);
		return RC_OK;
	}
	complain(RC_FAIL, "%s: %s", path, strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(tmp);
	}
	return RC_FAIL;
}

/* RC_NOT_FOUND, without a word, if there is none for url. */
enum rc
creds_load(struct cli *c, const char *url, struct session *s)
{
	struct json_object *all, *accounts, *o;
	enum rc rc;

	if ((rc = load(c, &all)) != RC_OK)
		return rc;
	accounts = field(all, "accounts");
	if (accounts == NULL || !json_object_object_get_ex(accounts, url, &o))
		return RC_NOT_FOUND;
	s->email = str_or(o, "email", NULL);
	s->access = str_or(o, "access_token", NULL);
	s->refresh = str_or(o, "refresh_token", NULL);
	s->token = str_or(o, "token", NULL);
	s->expires = (time_t)num(o, "expires_at");
	return RC_OK;
}

/* The caller holds the lock. */
enum rc
creds_save(struct cli *c, const char *url, const struct session *s)
{
	struct json_object *all, *accounts, *o;
	enum rc rc;

	if ((rc = load(c, &all)) != RC_OK)
		return rc;
	if ((accounts = field(all, "accounts")) == NULL) {
		accounts = json_object_new_object();
		json_object_object_add(all, "accounts", accounts);
	}
	if (s == NULL) {
		json_object_object_del(accounts, url);
		if (strcmp(str_or(all, "default", ""), url) == 0)
			json_object_object_del(all, "default");
		return store(c, all);
	}
	o = json_object_new_object();
	put(o, "email", s->email);
	put(o, "access_token", s->access);
	put(o, "refresh_token", s->refresh);
	put(o, "token", s->token);
	if (s->access != NULL)
		json_object_object_add(o, "expires_at",
		    json_object_new_int64(s->expires));
	json_object_object_add(accounts, url, o);
	put(all, "default", url);
	return store(c, all);
}

const char *
creds_default(struct cli *c)
{
	struct json_object *all;

	return load(c, &all) == RC_OK ? str_or(all, "default", NULL) : NULL;
}
