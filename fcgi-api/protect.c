/*
 * Who may look at a project's hosts: a password for people, tokens for
 * machines.  Both go in and never come out.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "password.h"

#define PREFIX     "slv_"
#define TOKENS_MAX 10 /* of one project */
#define KEY_SIZE   32

/* clang-format off */
const struct js_field protect_fields[] = {
	{ "hosts",    JS_STRING, JS_REQUIRED, 0, 0, "previews|all", NULL, "Which ask for the password: all, or all but the production ones" },
	{ "password", JS_STRING, JS_SECRET, 0, 0, NULL, valid_password, "What visitors have to know, 10 to 1024 bytes; the one there is if not given" },
	{ 0 }
};
const struct js_field protect_token_fields[] = {
	{ "name", JS_STRING, JS_REQUIRED, 1, 100, NULL, valid_name, "What it is for" },
	{ 0 }
};
/* clang-format on */

/* 200 with which hosts, and the tokens without what they are; 404. */
enum rc
protect_show(struct req *r)
{
	return req_json(r, Q_PROTECT_SHOW, (const char *[]){ r->arg[0] });
}

/* A new password has a new key, so that the cookies of the old one end. */
static enum rc
set_password(struct req *r, const char *project, const char *password)
{
	char hash[PASSWORD_HASH_SIZE];
	unsigned char key[KEY_SIZE];
	const char *ignored;
	enum rc rc;

	if ((rc = gate_enter()) != RC_OK)
		return rc;
	rc = password_hash(r->w->conf, password, hash);
	gate_leave();
	if (rc != RC_OK)
		return rc;
	randombytes_buf(key, sizeof(key));
	rc = db_json(r->w->db, r->arena, Q_PROTECT_PASSWORD,
	    (const char *[]){ project, req_string(r, "hosts"), hash,
		bytes_param(r->arena, key, sizeof(key)) },
	    &ignored);
	sodium_memzero(key, sizeof(key));
	return rc;
}

/* 200 as protect_show(); 422 if there is no password yet and none is given. */
enum rc
protect_set(struct req *r)
{
	static const struct fault none = { "required", "",
		"give a password: there is none yet" };
	const char *password = req_string(r, "password"), *ignored;
	PGresult *res;
	enum rc rc;

	if ((rc = req_project(r, "", &res)) != RC_OK)
		return rc;
	if (password != NULL)
		rc = set_password(r, PQgetvalue(res, 0, 0), password);
	else
		rc = db_json(r->w->db, r->arena, Q_PROTECT_HOSTS,
		    (const char *[]){ PQgetvalue(res, 0, 0),
			req_string(r, "hosts") },
		    &ignored);
	if (rc == RC_NOT_FOUND)
		return req_fault(r, "password", &none);
	return rc == RC_OK ? protect_show(r) : rc;
}

/* 204: everybody may look, as before perhaps, and no token is left; 404. */
enum rc
protect_delete(struct req *r)
{
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_PROTECT_DELETE,
	    (const char *[]){ r->arg[0] }, &ignored);
	return rc == RC_NOT_FOUND ? req_gone(r) : rc;
}

/*
 * 201 with the token, this once; 409 if nothing is protected or there are ten
 * already.
 */
enum rc
protect_token_create(struct req *r)
{
	const char *text, *token;
	PGresult *res;
	enum rc rc;

	if ((rc = req_project(r, "", &res)) != RC_OK)
		return rc;
	text = apitoken_text(r->arena, PREFIX);
	rc = db_json(r->w->db, r->arena, Q_PROTECT_TOKEN_CREATE,
	    (const char *[]){ PQgetvalue(res, 0, 0), req_string(r, "name"),
		hash_param(r->arena, text),
		arena_printf(r->arena, "%d", TOKENS_MAX) },
	    &token);
	if (rc == RC_NOT_FOUND)
		return req_say(r, RC_CONFLICT,
		    "The project is not protected, or has 10 such tokens; "
		    "protect it first, or revoke one.");
	if (rc == RC_OK)
		apitoken_reply(r, text, token);
	return rc;
}

/* 204; 404. */
enum rc
protect_token_delete(struct req *r)
{
	const char *ignored;
	enum rc rc;

	rc = db_json(r->w->db, r->arena, Q_PROTECT_TOKEN_DELETE,
	    (const char *[]){ r->arg[0], r->arg[1] }, &ignored);
	return rc == RC_NOT_FOUND ? req_gone(r) : rc;
}
