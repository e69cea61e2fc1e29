/*
 * Signing up, in and out.
 */
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "api.h"
#include "log.h"
#include "password.h"

#define REFRESH_PREFIX "slr_"
#define REFRESH_CHARS  43 /* 32 bytes in base64 */
#define AGENT_MAX      200

/* clang-format off */
const struct js_field signup_fields[] = {
	{ "email",    JS_STRING, JS_REQUIRED, 3, 254, NULL, valid_email, "What you sign in with" },
	{ "password", JS_STRING, JS_REQUIRED | JS_SECRET, 0, 0, NULL, valid_password, "10 to 1024 bytes" },
	{ "name",     JS_STRING, 0, 0, 100, NULL, valid_name, "What you are called" },
	{ 0 }
};
const struct js_field login_fields[] = {
	{ "email",    JS_STRING, JS_REQUIRED, 3, 254, NULL, valid_email, "What you signed up with" },
	{ "password", JS_STRING, JS_REQUIRED | JS_SECRET, 1, PASSWORD_MAX, NULL, NULL, "Your password" },
	{ 0 }
};
const struct js_field refresh_fields[] = {
	{ "refresh_token", JS_STRING, JS_REQUIRED | JS_SECRET, 1, 200, NULL, NULL, "The newest refresh token; good once" },
	{ 0 }
};
const struct js_field logout_fields[] = {
	{ "refresh_token", JS_STRING, JS_SECRET, 1, 200, NULL, NULL, "Of the session to end" },
	{ 0 }
};
/* clang-format on */

static const char *
lower(struct arena *a, const char *s)
{
	char *p, *copy = arena_strndup(a, s, strlen(s));

	for (p = copy; *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return copy;
}

/* 32 bytes as a refresh token. */
static const char *
refresh_text(struct arena *a, const unsigned char bytes[32])
{
	char text[64];

	sodium_bin2base64(text, sizeof(text), bytes, 32,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return arena_printf(a, REFRESH_PREFIX "%s", text);
}

/*
 * The one that follows.  It is made from the old one, so that whoever did not
 * get our answer and asks again is given the same.
 */
static const char *
successor(struct req *r, const char *old)
{
	static const char purpose[] = "refresh token";
	unsigned char key[32], next[32];

	crypto_auth_hmacsha256(key, (const unsigned char *)purpose,
	    sizeof(purpose), r->w->token_keys.k[0].key);
	crypto_auth_hmacsha256(next, (const unsigned char *)old, strlen(old),
	    key);
	sodium_memzero(key, sizeof(key));
	return refresh_text(r->arena, next);
}

static int
refresh_ok(const char *s)
{
	size_t n = strlen(REFRESH_PREFIX);

	return s != NULL && strncmp(s, REFRESH_PREFIX, n) == 0 &&
	    strspn(s + n,
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789-_") == REFRESH_CHARS &&
	    s[n + REFRESH_CHARS] == '\0';
}

static void
event(struct req *r, const char *user, const char *what)
{
	const char *ignored;

	(void)!db_json(r->w->db, r->arena, Q_AUTH_EVENT,
	    (const char *[]){ user, what, r->id, r->addr }, &ignored);
}

/* The answer of everything that signs in. */
static enum rc
session(struct req *r, const struct token *t, const char *refresh)
{
	int seconds = r->w->conf->token_minutes * 60;
	const char *access, *who;
	enum rc rc;

	if ((rc = token_issue(r->arena, &r->w->token_keys, r->w->conf->api_url,
		 t, time(NULL), seconds, &access)) != RC_OK)
		return rc;
	r->enter[0] = t->user;
	r->enter[1] = t->session;
	r->enter[2] = t->epoch;
	r->enter[3] = r->id;
	r->enter[4] = r->addr;
	db_enter(r->w->db, Q_ENTER_USER, r->enter);
	if ((rc = db_json(r->w->db, r->arena, Q_SESSION_SHOW, NULL, &who)) !=
	    RC_OK)
		return rc;
	r->reply = arena_printf(r->arena,
	    "{\"access_token\":\"%s\",\"token_type\":\"Bearer\","
	    "\"expires_in\":%d,\"refresh_token\":\"%s\",%s",
	    access, seconds, refresh, who + 1);
	return RC_OK;
}

static enum rc
start(struct req *r, const char *user)
{
	const char *refresh, *agent = req_param(r, "HTTP_USER_AGENT");
	size_t n = strnlen(agent, AGENT_MAX);
	struct token t = { .user = user };
	unsigned char random[32];
	PGresult *res;
	enum rc rc;

	randombytes_buf(random, sizeof(random));
	refresh = refresh_text(r->arena, random);
	rc = db_run(r->w->db, r->arena, Q_SESSION_START,
	    (const char *[]){ user, hash_param(r->arena, refresh),
		arena_printf(r->arena, "%d days", r->w->conf->session_days),
		r->addr, arena_strndup(r->arena, agent, valid_utf8(agent, n)) },
	    &res);
	if (rc != RC_OK)
		return rc;
	t.session = PQgetvalue(res, 0, 0);
	t.epoch = PQgetvalue(res, 0, 1);
	return session(r, &t, refresh);
}

/* "Ann.B@example.com" would like "ann-b" for her team. */
static const char *
slug_wish(struct arena *a, const char *email)
{
	size_t i, n = 0, len = strcspn(email, "@");
	char *s = arena_alloc(a, len + 1);

	for (i = 0; i < len && n < 40; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyz0123456789", email[i]) !=
		    NULL)
			s[n++] = email[i];
		else if (n > 0 && s[n - 1] != '-')
			s[n++] = '-';
	while (n > 0 && s[n - 1] == '-')
		n--;
	s[n] = '\0';
	return n > 0 ? s : "team";
}

/* 201 with a session; 403 where signing up is closed; 409, 422, 429. */
enum rc
auth_signup(struct req *r)
{
	const char *email = lower(r->arena, req_string(r, "email"));
	const char *name = req_string(r, "name");
	char hash[PASSWORD_HASH_SIZE];
	const char *user;
	enum rc rc;

	if (strcmp(r->w->conf->signup, "open") != 0)
		return req_say(r, RC_DENIED,
		    "Signing up is closed here; ask the operator, who makes "
		    "accounts with slipwayctl user add.");
	if ((rc = limit_from(r, LIMIT_SIGNUP, LIMIT_SIGNUP_WIDE)) != RC_OK ||
	    (rc = gate_enter()) != RC_OK)
		return rc;
	rc = password_hash(r->w->conf, req_string(r, "password"), hash);
	gate_leave();
	if (rc != RC_OK)
		return rc;
	rc = db_json(r->w->db, r->arena, Q_ACCOUNT_CREATE,
	    (const char *[]){ email, name != NULL ? name : "", hash,
		slug_wish(r->arena, email) },
	    &user);
	if (rc == RC_CONFLICT)
		return req_say(r, rc,
		    "That address has an account already; sign in instead.");
	if (rc != RC_OK)
		return rc;
	event(r, user, "users.signup");
	return start(r, user);
}

/*
 * Somebody we do not know takes as long as somebody whose password is wrong.
 */
static enum rc
check(struct req *r, const char *hash, const char *user)
{
	const char *password = req_string(r, "password"), *ignored;
	char again[PASSWORD_HASH_SIZE];
	enum rc rc;

	if ((rc = gate_enter()) != RC_OK)
		return rc;
	rc = password_check(hash != NULL ? hash : r->w->dummy, password);
	if (rc == RC_OK && hash != NULL && password_stale(r->w->conf, hash) &&
	    password_hash(r->w->conf, password, again) == RC_OK)
		(void)!db_json(r->w->db, r->arena, Q_ACCOUNT_REHASH,
		    (const char *[]){ user, hash, again }, &ignored);
	gate_leave();
	return hash == NULL && rc == RC_OK ? RC_DENIED : rc;
}

/* 200 with a session; 401 and never why; 429. */
enum rc
auth_login(struct req *r)
{
	const char *email = lower(r->arena, req_string(r, "email"));
	const char *user = "", *hash = NULL, *net = limit_net(r);
	PGresult *res;
	enum rc rc;

	if ((rc = limit_from(r, LIMIT_LOGIN_IP, LIMIT_LOGIN_WIDE)) != RC_OK ||
	    (rc = limit_count(r, LIMIT_LOGIN,
		 arena_printf(r->arena, "%s %s", email, net))) != RC_OK)
		return rc;
	rc = db_run(r->w->db, r->arena, Q_ACCOUNT_PASSWORD,
	    (const char *[]){ email }, &res);
	if (rc == RC_OK) {
		user = PQgetvalue(res, 0, 0);
		hash = PQgetvalue(res, 0, 1);
	} else if (rc != RC_NOT_FOUND)
		return rc;
	rc = check(r, hash, user);
	if (rc == RC_OK || rc == RC_DENIED)
		event(r, user,
		    rc == RC_OK ? "users.login" : "users.login_failed");
	if (rc == RC_DENIED)
		return req_say(r, RC_UNAUTHORIZED,
		    "The address and the password do not belong together.");
	return rc == RC_OK ? start(r, user) : rc;
}

/* 200 with the next session; 401 for a token that is spent or unknown. */
enum rc
auth_refresh(struct req *r)
{
	const char *old = req_string(r, "refresh_token"), *next;
	struct token t;
	PGresult *res;
	enum rc rc;

	if (!refresh_ok(old))
		goto bad;
	next = successor(r, old);
	rc = db_run(r->w->db, r->arena, Q_SESSION_REFRESH,
	    (const char *[]){ hash_param(r->arena, old),
		hash_param(r->arena, next),
		arena_printf(r->arena, "%d days",
		    r->w->conf->session_idle_days) },
	    &res);
	if (rc != RC_OK)
		return rc;
	if (strcmp(PQgetvalue(res, 0, 0), "reuse") == 0)
		log_warnx("a spent refresh token was shown: session %s ended",
		    PQgetvalue(res, 0, 1));
	if (strcmp(PQgetvalue(res, 0, 0), "ok") != 0)
		goto bad;
	t.session = PQgetvalue(res, 0, 1);
	t.user = PQgetvalue(res, 0, 2);
	t.epoch = PQgetvalue(res, 0, 3);
	return session(r, &t, next);
bad:
	return req_say(r, RC_UNAUTHORIZED,
	    "The refresh token is spent or was never good; sign in again.");
}

/* 204, also when there was nothing left to end. */
enum rc
auth_logout(struct req *r)
{
	const char *refresh = req_string(r, "refresh_token"), *ignored;
	enum rc rc = RC_OK;

	if (refresh == NULL && r->session == NULL)
		return RC_UNAUTHORIZED;
	if (r->session != NULL)
		rc = db_json(r->w->db, r->arena, Q_SESSION_END,
		    (const char *[]){ NULL, r->session }, &ignored);
	if (rc == RC_UNAUTHORIZED || rc == RC_NOT_FOUND)
		rc = RC_OK;
	db_enter(r->w->db, -1, NULL);
	if (rc == RC_OK && refresh_ok(refresh))
		rc = db_json(r->w->db, r->arena, Q_SESSION_END,
		    (const char *[]){ hash_param(r->arena, refresh), NULL },
		    &ignored);
	return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* 200 with who asks, their teams, and the token they ask with. */
enum rc
auth_me(struct req *r)
{
	return req_json(r, Q_ME, NULL);
}
