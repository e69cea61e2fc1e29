/*
 * What private repositories are read with.  Secrets are made or taken here,
 * sealed, and forgotten: what opens them is not on this side.
 */
#include <sodium.h>
#include <string.h>

#include "api.h"
#include "giturl.h"
#include "seal.h"
#include "sshkey.h"

#define DEFAULT_USER "x-access-token"

static const struct fault *
valid_secret(const char *s)
{
	static const struct fault f = { "format", "2000",
		"give it as the host shows it: one line, without spaces" };

	for (; *s != '\0'; s++)
		if (*s <= ' ' || *s >= 0x7f)
			return &f;
	return NULL;
}

static const struct fault *
valid_user(const char *s)
{
	static const struct fault f = { "format", "100",
		"give a user name without spaces and without :" };

	return strchr(s, ':') != NULL || valid_secret(s) != NULL ? &f : NULL;
}

/* clang-format off */
const struct js_field git_token_fields[] = {
	{ "token",    JS_STRING, JS_REQUIRED | JS_SECRET, 1, 2000, NULL, valid_secret, "What the Git host gave out; it cannot be read back" },
	{ "username", JS_STRING, 0, 1, 100, NULL, valid_user, "What stands before it; " DEFAULT_USER " if not given" },
	{ 0 }
};
const struct js_field known_host_query[] = {
	{ "team", JS_STRING, 0, 1, 60, NULL, NULL, "Only of this team, by id or slug" },
	{ 0 }
};
const struct js_field known_host_delete_query[] = {
	{ "team", JS_STRING, 0, 1, 60, NULL, NULL, "Only of this team, by id or slug" },
	{ "port", JS_INT, 0, 1, 65535, NULL, NULL, "Only at this port" },
	{ 0 }
};
/* clang-format on */

/* Of the project in the path: "deploy-key" or "token". */
static enum rc
show(struct req *r, const char *kind, const char *none)
{
	const char *const params[] = { r->arg[0], kind };
	const char *ignored;
	enum rc rc;

	if ((rc = req_json(r, Q_CREDENTIAL_SHOW, params)) != RC_NOT_FOUND)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_PROJECT_SEEN, params, &ignored);
	return rc == RC_OK ? req_say(r, RC_NOT_FOUND, none) : rc;
}

static enum rc
discard(struct req *r, const char *kind)
{
	const char *const params[] = { r->arg[0], kind };
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_CREDENTIAL_DELETE, params, &ignored);
	return rc == RC_NOT_FOUND ? req_gone(r) : rc;
}

/* 200 with the public half; 404. */
enum rc
deploy_key_show(struct req *r)
{
	return show(r, "deploy-key",
	    "The project has no deploy key; \"slipway key make\" makes one.");
}

/* A new pair; the private half leaves only in its box. */
static enum rc
make_pair(struct req *r, const char *project, const char *slug,
    const char **public_, char fingerprint[SSHKEY_FINGERPRINT],
    const char **sealed)
{
	const struct seal_place at = { project, "source", "deploy-key" };
	unsigned char seed[SSHKEY_SEED], pub[SSHKEY_PUBLIC], secret[64], *box;
	char hex[2 * SSHKEY_SEED + 1];
	size_t n;
	enum rc rc;

	randombytes_buf(seed, sizeof(seed));
	crypto_sign_seed_keypair(pub, secret, seed);
	sodium_bin2hex(hex, sizeof(hex), seed, sizeof(seed));
	rc = seal_close(r->arena, &r->w->seal_keys, &at, hex, &box, &n);
	sodium_memzero(hex, sizeof(hex));
	sodium_memzero(seed, sizeof(seed));
	sodium_memzero(secret, sizeof(secret));
	if (rc != RC_OK)
		return rc;
	*sealed = bytes_param(r->arena, box, n);
	*public_ = sshkey_public(r->arena, pub,
	    arena_printf(r->arena, "slipway-%s", slug));
	sshkey_fingerprint(pub, fingerprint);
	return RC_OK;
}

/* 201 with the public half; what was there before opens nothing any more. */
enum rc
deploy_key_make(struct req *r)
{
	const char *project, *public_, *sealed, *ignored;
	char fingerprint[SSHKEY_FINGERPRINT];
	PGresult *res;
	enum rc rc;

	if ((rc = req_project(r, "", &res)) != RC_OK)
		return rc;
	project = PQgetvalue(res, 0, 0);
	if ((rc = make_pair(r, project, PQgetvalue(res, 0, 1), &public_,
		 fingerprint, &sealed)) != RC_OK ||
	    (rc = db_json(r->w->db, r->arena, Q_DEPLOY_KEY_SET,
		 (const char *[]){ project, public_, fingerprint, sealed },
		 &ignored)) != RC_OK)
		return rc;
	return deploy_key_show(r);
}

/* 204; 404 if there is none. */
enum rc
deploy_key_delete(struct req *r)
{
	return discard(r, "deploy-key");
}

/* 200 with the host it is for, and not with it; 404. */
enum rc
git_token_show(struct req *r)
{
	return show(r, "token",
	    "The project has no access token; \"slipway git-token set\" sets "
	    "one.");
}

/* 200 as above; 409 where there is no host that it could be for. */
enum rc
git_token_set(struct req *r)
{
	const char *const params[] = { r->arg[0] };
	const char *user = req_string(r, "username"), *ignored;
	char origin[GITURL_ORIGIN];
	struct seal_place at = { .target = "source" };
	unsigned char *box;
	struct giturl u;
	PGresult *res;
	size_t n;
	enum rc rc;

	rc = db_run(r->w->db, r->arena, Q_PROJECT_REPO, params, &res);
	if (rc == RC_NOT_FOUND)
		return req_refused(r, Q_PROJECT_SEEN, params);
	if (rc != RC_OK)
		return rc;
	if (giturl_parse(&u, PQgetvalue(res, 0, 1), NULL) != NULL)
		return req_say(r, RC_CONFLICT,
		    "The project has no repository that a token could be for; "
		    "set its repo first.");
	giturl_token_origin(&u, origin);
	at.project = PQgetvalue(res, 0, 0);
	at.name = arena_printf(r->arena, "git-token %s", origin);
	if ((rc = seal_close(r->arena, &r->w->seal_keys, &at,
		 req_string(r, "token"), &box, &n)) != RC_OK ||
	    (rc = db_json(r->w->db, r->arena, Q_GIT_TOKEN_SET,
		 (const char *[]){ at.project, origin,
		     user != NULL ? user : DEFAULT_USER,
		     bytes_param(r->arena, box, n) },
		 &ignored)) != RC_OK)
		return rc;
	return git_token_show(r);
}

/* 204; 404 if there is none. */
enum rc
git_token_delete(struct req *r)
{
	return discard(r, "token");
}

/* 200 with the SSH hosts that were met, and those that are pinned. */
enum rc
known_host_list(struct req *r)
{
	return req_json(r, Q_KNOWN_HOST_LIST,
	    (const char *[]){ req_query(r, "team") });
}

/* 204: the next build takes the key it finds; 404. */
enum rc
known_host_delete(struct req *r)
{
	const char *const params[] = { r->arg[0], req_query(r, "port"),
		req_query(r, "team") };
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_KNOWN_HOST_DELETE, params, &ignored);
	return rc == RC_NOT_FOUND ? req_refused(r, Q_KNOWN_HOST_SEEN, params) :
				    rc;
}
