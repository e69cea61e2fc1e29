#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "builderd.h"
#include "log.h"
#include "opener.h"
#include "source.h"
#include "sshkey.h"

#define AGAIN 300000000L /* ns before PostgreSQL is asked again */

/* Each is asked until it is heard: the loop ends us if that takes too long. */
static enum rc
ask(struct build *b, int query, const char *const params[], PGresult **res)
{
	const struct timespec again = { .tv_nsec = AGAIN };
	enum rc rc;

	while ((rc = db_run(b->db, b->arena, query, params, res)) == RC_BUSY)
		nanosleep(&again, NULL);
	return rc;
}

static void
wipe(void *p)
{
	sodium_memzero(p, strlen(p));
}

/* A text that has a secret in it. */
static char *
secret(struct build *b, char *text)
{
	arena_defer(b->arena, wipe, text);
	return text;
}

static enum rc
open_box(struct build *b, const PGresult *res, int row, const char *name,
    const char **value)
{
	unsigned char *box;
	size_t len;
	enum rc rc;

	box = PQunescapeBytea((unsigned char *)PQgetvalue(res, row, 3), &len);
	if (box == NULL)
		fatalx("out of memory");
	rc = opener_open(b->opener, b->arena, "source", name, box, len, value);
	PQfreemem(box);
	return rc;
}

/* The port that a key is offered at, where the repository is read by https. */
static void
ssh_origin(const struct giturl *u, char out[GITURL_ORIGIN])
{
	struct giturl ssh = *u;

	if (ssh.scheme != GITURL_SSH)
		ssh.port = 22;
	ssh.scheme = GITURL_SSH;
	giturl_origin(&ssh, out);
}

static enum rc
key(struct build *b, const PGresult *res, int row, const struct giturl *u,
    struct source *s)
{
	unsigned char seed[SSHKEY_SEED];
	char origin[GITURL_ORIGIN];
	const char *hex, *body;
	size_t n;

	if (open_box(b, res, row, "deploy-key", &hex) != RC_OK ||
	    sodium_hex2bin(seed, sizeof(seed), hex, strlen(hex), NULL, &n,
		NULL) != 0 ||
	    n != sizeof(seed))
		return build_fail(b, "deploy_key",
		    "the deploy key cannot be opened; make another with "
		    "\"slipway key make\"");
	body = sshkey_private(b->arena, seed);
	sodium_memzero(seed, sizeof(seed));
	redact_add(b->redactor, "deploy-key", hex);
	redact_add(b->redactor, "deploy-key", body);
	ssh_origin(u, origin);
	s->key = 1;
	s->lines = secret(b,
	    arena_printf(b->arena, "%skey %s %s\n", s->lines, origin, body));
	return RC_OK;
}

static enum rc
token(struct build *b, const PGresult *res, int row, const struct giturl *u,
    struct source *s)
{
	const char *origin = PQgetvalue(res, row, 1);
	const char *user = PQgetvalue(res, row, 2), *value;
	char here[GITURL_ORIGIN];

	giturl_origin(u, here);
	if (u->scheme != GITURL_SSH && strcmp(origin, here) != 0)
		return build_fail(b, "token_host",
		    "the access token is for %s, and the repository is at %s: "
		    "\"slipway git-token set\" sets one for there, "
		    "\"slipway git-token rm\" does without",
		    origin, here);
	if (open_box(b, res, row,
		arena_printf(b->arena, "git-token %s", origin),
		&value) != RC_OK)
		return build_fail(b, "git_token",
		    "the access token cannot be opened; set it again with "
		    "\"slipway git-token set\"");
	redact_add(b->redactor, "git-token", value);
	redact_add(b->redactor, "git-token",
	    secret(b, arena_printf(b->arena, "%s:%s", user, value)));
	s->lines = secret(b,
	    arena_printf(b->arena, "%stoken %s %s %s\n", s->lines, origin, user,
		value));
	return RC_OK;
}

static enum rc
hosts(struct build *b, struct source *s)
{
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret };
	PGresult *res;
	enum rc rc;
	int i;

	if ((rc = ask(b, Q_HOSTS, params, &res)) == RC_NOT_FOUND)
		return RC_OK;
	for (i = 0; rc == RC_OK && i < PQntuples(res); i++)
		s->lines = arena_printf(b->arena, "%s%s %s %s %s\n", s->lines,
		    *PQgetvalue(res, i, 3) == 't' ? "pinned" : "known",
		    PQgetvalue(res, i, 0), PQgetvalue(res, i, 1),
		    PQgetvalue(res, i, 2));
	return rc;
}

enum rc
source_load(struct build *b, const struct giturl *u, struct source *s)
{
	const char *const params[] = { b->c.id, b->c.fence, b->c.secret };
	PGresult *res;
	enum rc rc;
	int i;

	*s = (struct source){ .lines = "" };
	if ((rc = hosts(b, s)) != RC_OK)
		return rc;
	if ((rc = ask(b, Q_SECRETS, params, &res)) == RC_NOT_FOUND)
		return RC_OK;
	for (i = 0; rc == RC_OK && i < PQntuples(res); i++)
		rc = strcmp(PQgetvalue(res, i, 0), "token") == 0 ?
		    token(b, res, i, u, s) :
		    key(b, res, i, u, s);
	return rc;
}

void
source_met(struct build *b, const char *said)
{
	if (b->nmet < NITEMS(b->met))
		b->met[b->nmet++] = arena_printf(b->arena, "%s", said);
}

/* "host port type SHA256:...", of a process that has parsed strange bytes. */
static enum rc
keep_one(struct build *b, const char *said)
{
	const char *params[7] = { b->c.id, b->c.fence, b->c.secret };
	char *text = arena_printf(b->arena, "%s", said), *word;
	PGresult *res;
	size_t n = 3;
	enum rc rc;

	while ((word = strsep(&text, " ")) != NULL && n < NITEMS(params))
		params[n++] = word;
	if (n != NITEMS(params) || word != NULL) {
		log_warnx("not a host that was met");
		return RC_OK;
	}
	rc = ask(b, Q_MET, params, &res);
	if (rc == RC_NOT_FOUND || (rc == RC_OK && PQgetisnull(res, 0, 0)))
		return RC_CONFLICT;
	if (rc == RC_INVALID) { /* no host is called that */
		log_warnx("not a host that was met");
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	if (strcmp(PQgetvalue(res, 0, 0), "changed") == 0)
		return build_fail(b, "host_key",
		    "%s showed two different keys to two builds at once: "
		    "somebody may stand between",
		    params[3]);
	if (strcmp(PQgetvalue(res, 0, 0), "full") == 0)
		journal_say(b->journal,
		    "the key of %s is not kept: the team knows 200 hosts",
		    params[3]);
	return RC_OK;
}

enum rc
source_keep(struct build *b)
{
	enum rc rc = RC_OK;
	size_t i;

	for (i = 0; rc == RC_OK && i < b->nmet; i++)
		rc = keep_one(b, b->met[i]);
	return rc;
}
