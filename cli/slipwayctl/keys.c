#include <getopt.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl.h"
#include "keyfile.h"
#include "log.h"
#include "priv.h"

#define SECRET_MODE 0400
#define PUBLIC_MODE 0444

static const char *
fresh_id(char id[9])
{
	unsigned char raw[4];

	randombytes_buf(raw, sizeof(raw));
	return sodium_bin2hex(id, 9, raw, sizeof(raw));
}

static enum rc
owner(const char *user, uid_t *uid, gid_t *gid)
{
	enum rc rc;

	if ((rc = priv_user(user, uid, gid)) != RC_OK && geteuid() == 0)
		log_warnx("%s: no such user; systemd-sysusers makes it", user);
	return geteuid() == 0 ? rc : RC_OK;
}

/* What is there now, or nothing where the file is new. */
static enum rc
now(struct keys *keys, const char *path, int secret)
{
	memset(keys, 0, sizeof(*keys));
	if (access(path, F_OK) == -1)
		return RC_OK;
	return keys_load(keys, path, secret);
}

static enum rc
token(const struct conf *c)
{
	unsigned char key[KEY_SIZE];
	struct keys keys;
	char id[9];
	uid_t uid;
	gid_t gid;
	enum rc rc;

	if ((rc = owner(c->api_user, &uid, &gid)) != RC_OK ||
	    (rc = now(&keys, c->token_keys, 1)) != RC_OK)
		return rc;
	if (keys.n == KEYS_MAX) /* tokens under the oldest have long ended */
		keys.n--;
	randombytes_buf(key, sizeof(key));
	if ((rc = keyfile_add(&keys, fresh_id(id), key)) == RC_OK)
		rc = keyfile_write(&keys, c->token_keys, SECRET_MODE, uid, gid);
	sodium_memzero(key, sizeof(key));
	sodium_memzero(&keys, sizeof(keys));
	if (rc == RC_OK)
		printf("%s: key %s\n", c->token_keys, id);
	return rc;
}

/*
 * The private half is written first: a value that was sealed with a key
 * nobody can open would be lost.
 */
static enum rc
seal(const struct conf *c)
{
	unsigned char pub[KEY_SIZE], sec[KEY_SIZE];
	struct keys pubs, secs;
	char id[9];
	uid_t uid;
	gid_t gid;
	enum rc rc;

	if ((rc = owner(c->build_user, &uid, &gid)) != RC_OK ||
	    (rc = now(&pubs, c->seal_public, 0)) != RC_OK ||
	    (rc = now(&secs, c->seal_private, 1)) != RC_OK)
		return rc;
	crypto_box_keypair(pub, sec);
	fresh_id(id);
	if ((rc = keyfile_add(&secs, id, sec)) != RC_OK ||
	    (rc = keyfile_add(&pubs, id, pub)) != RC_OK)
		log_warnx("%s has no room for another key: values sealed "
			  "under the oldest would be lost",
		    c->seal_private);
	else if ((rc = keyfile_write(&secs, c->seal_private, SECRET_MODE, uid,
		      gid)) == RC_OK)
		rc = keyfile_write(&pubs, c->seal_public, PUBLIC_MODE, 0, 0);
	sodium_memzero(sec, sizeof(sec));
	sodium_memzero(&secs, sizeof(secs));
	if (rc == RC_OK)
		printf("%s, %s: key %s\n", c->seal_private, c->seal_public, id);
	return rc;
}

/* A private key without its public one, or the other way round, is trouble
 * that only a person can clear up. */
static enum rc
make_missing(const struct conf *c)
{
	int sec = access(c->seal_private, F_OK) == 0;
	int pub = access(c->seal_public, F_OK) == 0;
	enum rc rc = RC_OK;

	if (access(c->token_keys, F_OK) == 0)
		printf("%s is there\n", c->token_keys);
	else
		rc = token(c);
	if (rc != RC_OK)
		return rc;
	if (sec && pub)
		printf("%s, %s are there\n", c->seal_private, c->seal_public);
	else if (sec || pub) {
		log_warnx("%s is there and %s is not; bring it back from a "
			  "backup",
		    sec ? c->seal_private : c->seal_public,
		    sec ? c->seal_public : c->seal_private);
		return RC_CONFLICT;
	} else
		rc = seal(c);
	return rc;
}

int
keys_main(struct ctl *ctl, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "rotate", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	const char *rotate = NULL;
	enum rc rc;
	int opt;

	while ((opt = getopt_long(argc, argv, "+", longs, NULL)) != -1)
		if (opt == 'r')
			rotate = optarg;
		else
			return usage_error("keys", "no such option");
	if (optind != argc)
		return usage_error("keys", "takes no argument");
	if (sodium_init() == -1)
		fatalx("no source of random numbers");
	if (rotate == NULL)
		rc = make_missing(&ctl->conf);
	else if (strcmp(rotate, "token") == 0)
		rc = token(&ctl->conf);
	else if (strcmp(rotate, "seal") == 0)
		rc = seal(&ctl->conf);
	else
		return usage_error("keys", "--rotate takes token or seal");
	return rc == RC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
