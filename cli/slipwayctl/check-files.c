#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "disk.h"
#include "doctor.h"
#include "key.h"
#include "priv.h"

void
check_users(struct doctor *d)
{
	const char *names[] = { d->conf->api_user, d->conf->serve_user,
		d->conf->queue_user, d->conf->build_user };
	const char *cure = "systemd-sysusers makes them from what is in "
			   "/usr/lib/sysusers.d/slipway.conf";
	uid_t uids[NITEMS(names)];
	size_t i, k, same = 0;
	gid_t gid;

	for (i = 0; i < NITEMS(names); i++) {
		if (priv_user(names[i], &uids[i], &gid) != RC_OK) {
			found(d, BAD, cure, "there is no user %s", names[i]);
			return;
		}
		if (uids[i] == 0) {
			found(d, BAD, "name an ordinary user", "%s is root",
			    names[i]);
			return;
		}
		for (k = 0; k < i; k++)
			same += uids[k] == uids[i];
	}
	if (priv_group(d->conf->web_group, &gid) != RC_OK)
		found(d, BAD,
		    "set web-group to the group of the web server's workers",
		    "there is no group %s", d->conf->web_group);
	else if (geteuid() == 0 && same > 0)
		found(d, BAD, "give each a user of its own",
		    "two of api-user, serve-user, queue-user and build-user "
		    "are the same");
	else
		found(d, GOOD, NULL, "%s, %s, %s, %s", names[0], names[1],
		    names[2], names[3]);
}

/* Nonzero, and said so, if the file is not its reader's alone. */
static int
not_owned(struct doctor *d, const char *path, const char *user)
{
	struct stat st;
	uid_t uid;
	gid_t gid;

	if (stat(path, &st) == -1) {
		found(d, BAD, "slipwayctl keys", "%s: %s", path,
		    strerror(errno));
		return 1;
	}
	if ((st.st_mode & 077) != 0) {
		found(d, BAD, arena_printf(d->arena, "chmod 0400 %s", path),
		    "%s can be read by others", path);
		return 1;
	}
	if (geteuid() == 0 && priv_user(user, &uid, &gid) == RC_OK &&
	    st.st_uid != uid) {
		found(d, BAD, arena_printf(d->arena, "chown %s %s", user, path),
		    "%s does not belong to %s", path, user);
		return 1;
	}
	return 0;
}

void
check_token_keys(struct doctor *d)
{
	const char *path = d->conf->token_keys;
	struct keys keys;

	if (not_owned(d, path, d->conf->api_user))
		return;
	if (keys_load(&keys, path, 1) != RC_OK)
		found(d, BAD, "move it away, then slipwayctl keys",
		    "%s is not a key file", path);
	else
		found(d, GOOD, NULL, "%d in %s", keys.n, path);
	sodium_memzero(&keys, sizeof(keys));
}

static int
same_pair(const struct keys *sec, const struct keys *pub)
{
	unsigned char p[KEY_SIZE];

	return strcmp(sec->k[0].id, pub->k[0].id) == 0 &&
	    crypto_scalarmult_base(p, sec->k[0].key) == 0 &&
	    memcmp(p, pub->k[0].key, KEY_SIZE) == 0;
}

void
check_seal(struct doctor *d)
{
	struct keys sec, pub;

	if (not_owned(d, d->conf->seal_private, d->conf->build_user))
		return;
	if (keys_load(&sec, d->conf->seal_private, 1) != RC_OK ||
	    keys_load(&pub, d->conf->seal_public, 0) != RC_OK)
		found(d, BAD, "bring them back from a backup",
		    "%s or %s is not a key file", d->conf->seal_private,
		    d->conf->seal_public);
	else if (!same_pair(&sec, &pub))
		found(d, BAD,
		    "bring both back from the same backup; what was sealed "
		    "with this public key cannot be opened",
		    "%s and %s are not a pair", d->conf->seal_private,
		    d->conf->seal_public);
	else
		found(d, GOOD, NULL, "key %s", sec.k[0].id);
	sodium_memzero(&sec, sizeof(sec));
}

void
check_folders(struct doctor *d)
{
	const struct conf *c = d->conf;
	const struct {
		const char *name, *user;
	} dirs[] = {
		{ "blobs", c->build_user },
		{ "uploads", c->api_user },
		{ "mirrors", "0" },
		{ "deps", "0" },
		{ "work", "0" },
		{ "routes", c->serve_user },
	};
	struct stat st;
	uid_t uid;
	gid_t gid;
	size_t i;

	for (i = 0; i < NITEMS(dirs); i++) {
		char *path =
		    arena_printf(d->arena, "%s/%s", c->state_dir, dirs[i].name);

		if (stat(path, &st) == -1) {
			found(d, BAD,
			    arena_printf(d->arena, "install -d -o %s %s",
				dirs[i].user, path),
			    "%s: %s", path, strerror(errno));
			return;
		}
		if (geteuid() == 0 &&
		    priv_user(dirs[i].user, &uid, &gid) == RC_OK &&
		    st.st_uid != uid) {
			found(d, BAD,
			    arena_printf(d->arena, "chown %s %s", dirs[i].user,
				path),
			    "%s does not belong to %s", path, dirs[i].user);
			return;
		}
	}
	found(d, GOOD, NULL, "%s", c->state_dir);
}

void
check_space(struct doctor *d)
{
	uint64_t reserve = (uint64_t)d->conf->disk_reserve << 20;
	const char *dir = d->conf->state_dir;
	struct disk_space s;
	char have[16], want[16];
	int wait = disk_short(d->conf, &s);

	disk_text(s.free, have);
	disk_text(reserve, want);
	if (s.size == 0)
		found(d, BAD, "make it, or set state-dir", "%s: %s", dir,
		    strerror(errno));
	else if (wait && s.want == 0)
		found(d, BAD, "slipwayctl disk says what takes it; free some",
		    "builds wait: room for %llu more files under %s",
		    (unsigned long long)s.inodes, dir);
	else if (wait)
		found(d, BAD,
		    "slipwayctl disk says what takes it; free some, or lower "
		    "disk-reserve",
		    "builds wait: %s free under %s, and disk-reserve is %s",
		    have, dir, want);
	else if (s.free < 2 * reserve)
		found(d, HINT, "slipwayctl disk says what takes it",
		    "%s free under %s; builds wait below %s", have, dir, want);
	else
		found(d, GOOD, NULL, "%s free under %s", have, dir);
}

static void
check_socket(struct doctor *d, const char *path, const char *program)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	gid_t gid;
	int fd, r;

	if (stat(path, &st) == -1 || !S_ISSOCK(st.st_mode)) {
		found(d, BAD,
		    arena_printf(d->arena, "systemctl start slipway-%s",
			program),
		    "%s is not there", path);
		return;
	}
	if (priv_group(d->conf->web_group, &gid) == RC_OK && geteuid() == 0 &&
	    st.st_gid != gid) {
		found(d, BAD, "restart it after a change of web-group",
		    "%s is not for group %s", path, d->conf->web_group);
		return;
	}
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	r = connect(fd, (struct sockaddr *)&sun, sizeof(sun));
	if (r == -1)
		found(d, BAD,
		    arena_printf(d->arena, "systemctl restart slipway-%s",
			program),
		    "%s: %s", path, strerror(errno));
	else
		found(d, GOOD, NULL, "%s, for group %s", path,
		    d->conf->web_group);
	close(fd);
}

void
check_api_socket(struct doctor *d)
{
	check_socket(d, d->conf->api_socket, "api");
}

void
check_serve_socket(struct doctor *d)
{
	check_socket(d, d->conf->serve_socket, "serve");
}

/* The web server sends large files itself, so it has to get at them. */
void
check_blobs(struct doctor *d)
{
	char *path = arena_printf(d->arena, "%s/blobs", d->conf->state_dir);
	char *slash, *cure;
	struct stat st;
	gid_t gid;

	if (priv_group(d->conf->web_group, &gid) != RC_OK)
		gid = (gid_t)-1;
	for (slash = path + strlen(path);; slash = strrchr(path, '/')) {
		*slash = '\0';
		if (*path == '\0')
			break;
		if (stat(path, &st) == -1) {
			found(d, BAD, "see folders", "%s: %s", path,
			    strerror(errno));
			return;
		}
		if ((st.st_mode & 001) == 0 &&
		    !(st.st_gid == gid && (st.st_mode & 010) != 0)) {
			cure = arena_printf(d->arena, "chmod o+x %s", path);
			found(d, BAD, cure,
			    "the web server cannot get through %s", path);
			return;
		}
	}
	found(d, GOOD, NULL, "the web server can read them");
}
