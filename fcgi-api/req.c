/*
 * One request, from FastCGI parameters to FastCGI reply.
 */
#include <arpa/inet.h>
#include <sodium.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#include "api.h"
#include "log.h"

#define PATH_LOGGED 200 /* bytes: what else there is to say has room */
#define ID_MAX      64  /* of a request, as the web server may send one */

/* A parameter copied into the arena, or "" when the server sent none. */
const char *
req_param(struct req *r, const char *name)
{
	const char *v = FCGX_GetParam(name, r->fcgx->envp);

	if (v == NULL)
		v = "";
	return arena_strndup(r->arena, v, strlen(v));
}

/* The web server's name for this request, or else one of ours. */
static const char *
id_of(struct req *r)
{
	const char *s = req_param(r, "SLIPWAY_REQUEST_ID");
	unsigned char random[8];
	char *id;
	size_t n = strlen(s);

	if (n > 0 && n <= ID_MAX &&
	    strspn(s,
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
		"TUVWXYZ-") == n)
		return s;
	randombytes_buf(random, sizeof(random));
	id = arena_alloc(r->arena, sizeof(random) * 2 + 1);
	return sodium_bin2hex(id, sizeof(random) * 2 + 1, random,
	    sizeof(random));
}

/* Where the client is, if that is an address; a UNIX socket is not. */
static const char *
addr_of(struct req *r)
{
	const char *s = req_param(r, "REMOTE_ADDR");
	unsigned char bytes[16];

	return inet_pton(AF_INET, s, bytes) == 1 ||
		inet_pton(AF_INET6, s, bytes) == 1 ?
	    s :
	    "";
}

/*
 * Who asks.  A token in the query string is no token: it would be in logs.
 * Whether a session or an API token is still good is for the database to say,
 * in the same round trip as whatever is asked of it.
 */
static enum rc
sign_in(struct req *r)
{
	const char *s = req_param(r, "HTTP_AUTHORIZATION");
	struct token t;

	if (strncasecmp(s, "Bearer ", 7) != 0)
		return RC_UNAUTHORIZED;
	s += 7;
	s += strspn(s, " ");
	if (strncmp(s, "slp_", 4) == 0) {
		if (!apitoken_ok(s))
			return RC_UNAUTHORIZED;
		r->api_token = hash_param(r->arena, s);
		r->enter[0] = r->api_token;
		r->enter[1] = r->id;
		r->enter[2] = r->addr;
		db_enter(r->w->db, Q_ENTER_TOKEN, r->enter);
	} else {
		if (token_verify(r->arena, &r->w->token_keys,
			r->w->conf->api_url, s, time(NULL), &t) != RC_OK)
			return RC_UNAUTHORIZED;
		r->session = t.session;
		r->enter[0] = t.user;
		r->enter[1] = t.session;
		r->enter[2] = t.epoch;
		r->enter[3] = r->id;
		r->enter[4] = r->addr;
		db_enter(r->w->db, Q_ENTER_USER, r->enter);
	}
	r->signed_in = 1;
	return RC_OK;
}

static enum rc
check_query(struct req *r)
{
	const struct js_field *f;
	enum rc rc = RC_OK;
	const char *v;

	for (f = r->route->query; f != NULL && f->name != NULL; f++)
		if ((v = req_query(r, f->name)) != NULL &&
		    js_check_text(r->arena, f, v, &r->errors) != RC_OK)
			rc = RC_INVALID;
	return rc;
}

static enum rc
answer(struct req *r)
{
	const char *uri = req_param(r, "REQUEST_URI"), *ignored;
	size_t n = strcspn(uri, "?");
	unsigned int flags;
	enum rc rc;

	/*
	 * The path as it was sent.  Of what web servers offer only this one is
	 * the same behind nginx and lighttpd; nothing in it is decoded, and no
	 * route has a character that would need it.
	 */
	r->path = arena_strndup(r->arena, uri, n);
	if (n > REQ_PATH_MAX)
		return RC_NOT_FOUND;
	if ((rc = route_find(r)) != RC_OK) {
		if (rc == RC_METHOD && strcmp(r->method, "OPTIONS") == 0) {
			r->status = 204;
			return RC_OK;
		}
		return rc;
	}
	r->status = r->route->status;
	flags = r->route->flags;
	if ((rc = param_parse(r, uri[n] == '?' ? uri + n + 1 : "")) != RC_OK ||
	    (rc = body_length(r)) != RC_OK)
		return rc;
	if ((!(flags & ROUTE_PUBLIC) || (flags & ROUTE_MAYBE)) &&
	    (rc = sign_in(r)) != RC_OK && !(flags & ROUTE_PUBLIC))
		return rc;
	if ((rc = check_query(r)) != RC_OK)
		return rc;
	/* What is large is read for those alone whom the database knows. */
	if ((flags & ROUTE_BIG) &&
	    (rc = db_json(r->w->db, r->arena, Q_PROJECT_SEEN,
		 (const char *[]){ r->arg[0] }, &ignored)) != RC_OK)
		return rc;
	if ((flags & ROUTE_BODY) && (rc = body_json(r)) != RC_OK)
		return rc;
	return r->route->handler(r);
}

int
req_serve(struct worker *w, FCGX_Request *fcgx, long long arrived, int may_wait,
    char wait_for[24], long long *deadline)
{
	struct req *r = arena_alloc(w->arena, sizeof(*r));
	long long began = now_ms();
	int waits;
	enum rc rc;

	alarm(REQ_SECONDS); /* whatever hangs, hangs no longer than this */
	*r = (struct req){ .w = w,
		.arena = w->arena,
		.fcgx = fcgx,
		.status = 200,
		.arrived = arrived,
		.may_wait = may_wait,
		.again = *wait_for != '\0' };
	r->id = id_of(r);
	r->addr = addr_of(r);
	log_tag(r->id);
	r->method = req_param(r, "REQUEST_METHOD");
	if (strcmp(r->method, "HEAD") == 0) {
		r->head = 1;
		r->method = "GET";
	}

	rc = answer(r);
	db_enter(w->db, -1, NULL);
	waits = rc == RC_OK && r->wait_for != NULL;
	if (r->apart)
		; /* to be answered elsewhere */
	else if (waits) {
		strcpy(wait_for, r->wait_for);
		*deadline = r->deadline;
	} else {
		reply_outcome(r, rc);
		metrics_count(w->metrics, r->route, r->status,
		    (now_ms() - began) * 1000);
		log_info("%s %.*s: %d %lld ms", r->head ? "HEAD" : r->method,
		    PATH_LOGGED, r->path, r->status, now_ms() - arrived);
	}
	log_tag(NULL);
	alarm(0);
	arena_reset(w->arena);
	return !waits;
}
