#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "email", 'e', "EMAIL", "who you are; asked for if not given", NULL },
	{ "password-stdin", 0, NULL, "read the password from standard input", NULL },
	{ "token", 0, NULL, "read an API token instead of a password", NULL },
	{ "signup", 0, NULL, "make an account", NULL },
	{ "name", 0, "NAME", "with --signup: your name", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static enum rc
secret(struct cli *c, const char *question, char **out)
{
	if (flag_on(c, "password-stdin") ||
	    (flag_on(c, "token") && !term_is(stdin)))
		return read_secret(c, out);
	return ask_secret(c, question, out);
}

static enum rc
url_ask(struct cli *c)
{
	const char *url = flag_value(c, "url"), *preset = creds_default(c);

	if (url == NULL)
		url = getenv("SLIPWAY_URL");
	if (url == NULL && term_is(stdin))
		url = ask(c, "URL of your Slipway", preset);
	if (url == NULL)
		url = preset;
	if (url == NULL || url[0] == '\0')
		return usage(c, "wants --url");
	return http_url_check(c, url, &c->url);
}

/* A token is kept only if it opens the door. */
static enum rc
by_token(struct cli *c)
{
	struct session *s = arena_alloc(c->arena, sizeof(*s));
	struct json_object *me;
	char *token;
	enum rc rc;
	int lock;

	if ((rc = secret(c, "API token", &token)) != RC_OK)
		return rc;
	if (strncmp(token, "slp_", 4) != 0)
		return complain(RC_INVALID, "API tokens begin with slp_");
	s->token = token;
	c->session = s;
	if ((rc = api(c, 0, "GET", "/api/auth/me", NULL, &me)) != RC_OK)
		return rc;
	s->email = str_or(me, "user.email", "");
	if ((lock = creds_lock(c)) < 0)
		return RC_FAIL;
	rc = creds_save(c, c->url, s);
	close(lock);
	return rc;
}

static enum rc
by_password(struct cli *c, const char *path)
{
	const char *email = flag_value(c, "email");
	struct json_object *body = object(c), *answer;
	char *password, *again;
	enum rc rc;
	int lock;

	if (email == NULL && term_is(stdin))
		email = ask(c, "E-mail", NULL);
	if (email == NULL || email[0] == '\0')
		return usage(c, "wants --email");
	if ((rc = secret(c, "Password", &password)) != RC_OK)
		return rc;
	if (flag_on(c, "signup") && !flag_on(c, "password-stdin")) {
		if ((rc = secret(c, "Once more", &again)) != RC_OK)
			return rc;
		if (strcmp(password, again) != 0)
			return complain(RC_INVALID, "the two differ");
	}
	put(body, "email", email);
	put(body, "password", password);
	if (flag_on(c, "signup"))
		put_flag(c, body, "name", "name");
	if ((rc = api(c, API_PUBLIC, "POST", path, body, &answer)) != RC_OK)
		return rc;
	if ((lock = creds_lock(c)) < 0)
		return RC_FAIL;
	rc = session_keep(c, answer);
	close(lock);
	return rc;
}

static enum rc
run(struct cli *c)
{
	enum rc rc;

	if (flag_on(c, "token") && flag_on(c, "signup"))
		return usage(c, "--token and --signup exclude each other");
	if ((rc = url_ask(c)) != RC_OK)
		return rc;
	if (flag_on(c, "token"))
		rc = by_token(c);
	else
		rc = by_password(c,
		    flag_on(c, "signup") ? "/api/auth/signup" :
					   "/api/auth/login");
	if (rc == RC_OK)
		tell("Signed in at %s as %s.", c->url,
		    clean(c, c->session->email ? c->session->email : "?"));
	return rc;
}

const struct command cmd_login = {
	.name = "login",
	.example = "slipway login --url https://slipway.example.com",
	.operands = "",
	.brief = "sign in to a Slipway",
	.about = "Signs in and keeps the session in credentials.json, by URL. "
		 "The password is asked for without echo, or read from "
		 "standard input with --password-stdin. With --token an API "
		 "token takes its place; in scripts, set SLIPWAY_URL and "
		 "SLIPWAY_TOKEN instead.",
	.flags = flags,
	.run = run,
};
