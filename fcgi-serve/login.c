#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cookie.h"
#include "form.h"
#include "log.h"
#include "login.h"
#include "logins.h"
#include "password.h"

#define LOGIN       "/.slipway/login"
#define TO_MAX      2048
#define TOKEN_MAX   128
#define BASIC_TIMES 4 /* login-rate: a page may ask for others by itself */
#define HASH_HEX    (2 * crypto_hash_sha256_BYTES)

/* Nothing that a page of the site could frame, script or learn from. */
static const char policy[] =
    "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static int
has_token(const struct req *r)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[HASH_HEX + 1];
	const char *s;
	size_t n = strlen(r->pass);

	if (n == 0 || n > TOKEN_MAX)
		return 0;
	crypto_hash_sha256(hash, (const unsigned char *)r->pass, n);
	sodium_bin2hex(hex, sizeof(hex), hash, sizeof(hash));
	for (s = r->route->tokens; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		if (n == HASH_HEX && sodium_memcmp(s, hex, n) == 0)
			return 1;
	}
	return 0;
}

int
login_admits(struct req *r)
{
	const char *value;

	if (*r->route->password == '\0' || has_token(r))
		return 1;
	value = cookie_find(r->w->arena, r->cookie, params_cookie(r));
	return value != NULL &&
	    cookie_ok(r->route->cookie_key, r->route->host, time(NULL), value);
}

/*
 * Where to go from here: a path of this host, or else its front page.  Two
 * slashes, or one and what a browser takes for one, would name another host.
 */
static const char *
to_ok(const char *to)
{
	const char *p;

	if (to == NULL || to[0] != '/' || to[1] == '/' || strlen(to) > TO_MAX ||
	    strncmp(to, LOGIN, strlen(LOGIN)) == 0)
		return "/";
	for (p = to; *p != '\0'; p++)
		if (*p <= ' ' || *p > '~' || *p == '\\')
			return "/";
	return to;
}

static const char *
escape(struct arena *a, const char *s)
{
	char *out = arena_alloc(a, strlen(s) * 6 + 1), *p = out;

	for (; *s != '\0'; s++)
		if (strchr("&<>\"'", *s) != NULL)
			p += sprintf(p, "&#%d;", *s);
		else
			*p++ = *s;
	return out;
}

static void
send_form(struct req *r, int status, const char *says, const char *to)
{
	char *text;

	text = arena_printf(r->w->arena,
	    "<!doctype html>\n"
	    "<html lang=\"en\"><meta charset=\"utf-8\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width\">\n"
	    "<title>Protected</title>\n"
	    "<style>body{font:1.1em/1.5 system-ui,sans-serif;"
	    "max-width:32em;margin:20vh auto;padding:0 1em}"
	    "input,button{font:inherit;padding:.3em .6em}</style>\n"
	    "<h1>Protected</h1><p>%s</p>\n"
	    "<form method=\"post\" action=\"" LOGIN "\">\n"
	    "<input type=\"hidden\" name=\"to\" value=\"%s\">\n"
	    "<p><label>Password <input type=\"password\" name=\"password\" "
	    "autocomplete=\"current-password\" required autofocus></label>\n"
	    "<button>Continue</button></p>\n"
	    "</form>\n",
	    says, escape(r->w->arena, to));
	answer_begin(r, status, 0);
	if (status == 401)
		reply_line(&r->reply, "WWW-Authenticate: Slipway");
	reply_line(&r->reply, "%s", policy);
	reply_line(&r->reply, "X-Frame-Options: DENY");
	reply_line(&r->reply, "Referrer-Policy: no-referrer");
	reply_line(&r->reply, "Content-Type: text/html; charset=utf-8");
	reply_line(&r->reply, "Content-Length: %zu", strlen(text));
	reply_send(&r->reply, text, r->head ? 0 : strlen(text));
}

void
login_ask(struct req *r, const char *path, const char *query)
{
	const char *to;

	to = arena_printf(r->w->arena, "%s%s", path_encode(r->w->arena, path),
	    query);
	send_form(r, 401, "This site wants a password.", to_ok(to));
}

static void
go(struct req *r, const char *to, const char *cookie)
{
	answer_begin(r, 303, 0);
	reply_line(&r->reply, "Location: %s", to);
	if (cookie != NULL)
		reply_line(&r->reply,
		    "Set-Cookie: %s=%s; Path=/; Max-Age=%d; HttpOnly; "
		    "SameSite=Lax%s",
		    params_cookie(r), cookie, COOKIE_SECONDS,
		    params_https(r) ? "; Secure" : "");
	reply_line(&r->reply, "Content-Length: 0");
	reply_send(&r->reply, "", 0);
}

/* One at a time, so that many who try cannot take the memory (SEC-49). */
static enum rc
check(const struct req *r, const char *password)
{
	enum rc rc;

	if (strlen(password) > PASSWORD_MAX)
		return RC_DENIED;
	if ((rc = logins_enter(r->w->logins, r->route->team)) != RC_OK)
		return rc;
	rc = password_check(r->route->password, password);
	logins_leave();
	return rc;
}

static void
sign_in(struct req *r)
{
	const char *to, *password;
	char cookie[COOKIE_SIZE];
	int wait;

	if (r->form == NULL) {
		answer_page(r, 413);
		return;
	}
	to = to_ok(form_field(r->w->arena, r->form, "to"));
	password = form_field(r->w->arena, r->form, "password");
	if (logins_count(r->w->logins, r->route->project_id, r->addr,
		r->w->conf->login_rate, &wait) != RC_OK) {
		log_info("login: too many tries at %s", r->route->project);
		reply_line(&r->reply, "Retry-After: %d", wait);
		send_form(r, 429,
		    "That was tried too often; wait for a minute.", to);
		return;
	}
	switch (password != NULL ? check(r, password) : RC_DENIED) {
	case RC_OK:
		if (cookie_make(r->route->cookie_key, r->route->host,
			time(NULL) + COOKIE_SECONDS, cookie) == RC_OK)
			go(r, to, cookie);
		else
			answer_page(r, 500);
		return;
	case RC_DENIED:
		log_info("login: a wrong password for %s", r->route->project);
		send_form(r, 401, "That is not the password.", to);
		return;
	case RC_BUSY:
		reply_line(&r->reply, "Retry-After: 1");
		send_form(r, 503,
		    "Too many people sign in just now; try again.", to);
		return;
	default:
		answer_page(r, 500);
	}
}

int
login_tries(struct req *r, int wrong)
{
	int wait, each = r->w->conf->login_rate * BASIC_TIMES;
	enum rc rc;

	rc = wrong ? logins_count(r->w->logins, r->route->project_id, r->addr,
			 each, &wait) :
		     logins_look(r->w->logins, r->route->project_id, r->addr,
			 each, &wait);
	return rc == RC_OK ? 0 : wait;
}

void
login_serve(struct req *r, const char *path, const char *query)
{
	const char *to;

	/*
	 * A script from here could listen to what is typed here.  None is
	 * given; and none is ever let in as a worker.
	 */
	if (*r->service_worker != '\0')
		answer_page(r, 403);
	else if (strcmp(path, LOGIN) != 0 || *r->route->password == '\0')
		answer_page(r, 404);
	else if (strcmp(r->method, "POST") == 0)
		sign_in(r);
	else if (strcmp(r->method, "GET") != 0 && !r->head)
		answer_page(r, 405);
	else {
		to = *query == '?' ? form_field(r->w->arena, query + 1, "to") :
				     NULL;
		if (login_admits(r))
			go(r, to_ok(to), NULL);
		else
			send_form(r, 200, "This site wants a password.",
			    to_ok(to));
	}
}
