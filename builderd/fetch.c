/*
 * fetch -- the checkout, made by slipway-fetch in a cage of its own.
 *
 * What it says is not believed further than it can be checked: it has parsed a
 * stranger's bytes.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "builderd.h"
#include "fetch.h"
#include "giturl.h"
#include "source.h"
#include "text.h"
#include "valid.h"

/* As text that PostgreSQL takes, at most max bytes of it. */
static const char *
clean(struct build *b, const char *s, size_t max)
{
	size_t n = strlen(s);

	n = text_cut(s, n, max < n ? max : n);
	return arena_strndup(b->arena, s, n);
}

static int
said(struct build *b, const char *line)
{
	const char *name, *value;
	size_t n = sizeof(FETCH_SAYS) - 1;

	if (strncmp(line, FETCH_SAYS, n) != 0)
		return 0;
	name = line + n;
	n = strcspn(name, " ");
	value = name[n] == ' ' ? name + n + 1 : name + n;
	if (n == 6 && strncmp(name, "commit", n) == 0) {
		if (valid_commit(value) == NULL)
			b->commit = clean(b, value, 64);
	} else if (n == 6 && strncmp(name, "branch", n) == 0) {
		if (valid_ref(value) == NULL)
			b->branch = clean(b, value, 250);
	} else if (n == 7 && strncmp(name, "message", n) == 0)
		b->message = clean(b, value, 400);
	else if (n == 6 && strncmp(name, "author", n) == 0)
		b->author = clean(b, value, 200);
	else if (n == 7 && strncmp(name, "hostkey", n) == 0)
		source_met(b, value);
	else if (n == 5 && strncmp(name, "error", n) == 0) {
		n = strcspn(value, " ");
		build_fail(b, clean(b, value, n < 40 ? n : 40), "%s",
		    value[n] == ' ' ? value + n + 1 : value);
	}
	return 1;
}

static enum rc
check(struct build *b, struct giturl *u)
{
	const struct fault *f = NULL;

	if (strcmp(b->c.source, "git") != 0)
		return RC_OK;
	f = giturl_parse(u, b->c.repo, b->conf->net_allow);
	if (f == NULL && *b->c.ref != '\0')
		f = strcmp(b->c.ref_kind, "commit") == 0 ?
		    valid_commit(b->c.ref) :
		    valid_ref(b->c.ref);
	if (f == NULL && *b->c.commit != '\0')
		f = valid_commit(b->c.commit);
	if (f != NULL)
		return build_fail(b, "repo", "%s", f->message);
	return RC_OK;
}

/*
 * Which port leads out besides 443 and 80: that of the repository, or that of
 * ssh where there is a key, which a submodule may need.
 */
static uint16_t
way_out(const struct giturl *u, int key)
{
	if (u->scheme != GITURL_SSH && u->port != 443 && u->port != 80)
		return u->port;
	return u->scheme == GITURL_SSH ? u->port : key ? 22 : 0;
}

/* What slipway-fetch is told has secrets in it. */
static void
wipe(void *text)
{
	sodium_memzero(text, strlen(text));
}

enum rc
step_fetch(struct build *b)
{
	static const char *const argv[] = { "/slipway/slipway-fetch", NULL };
	static const char *const env[] = { "PATH=/usr/bin:/bin",
		"HOME=/home/build", "LANG=C.UTF-8",
		"SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt", NULL };
	struct command c = { .kind = CAGE_FETCH,
		.what = "slipway-fetch",
		.cwd = ".",
		.argv = argv,
		.env = env,
		.line = said,
		.code = "fetch" };
	const char *commit = b->c.commit;
	char *input = NULL;
	struct source s;
	struct giturl u;
	enum rc rc;

	if ((rc = check(b, &u)) != RC_OK)
		return rc;
	if (strcmp(b->c.source, "git") == 0) {
		if (*commit == '\0' && strcmp(b->c.ref_kind, "commit") == 0)
			commit = b->c.ref;
		if ((rc = source_load(b, &u, &s)) != RC_OK)
			return rc;
		c.port = way_out(&u, s.key);
		journal_say(b->journal, "%s%s%s", b->c.repo,
		    *b->c.ref != '\0' ? ", " : "", b->c.ref);
		c.input = input = arena_printf(b->arena,
		    "url %s\nkind %s\nref %s\ncommit %s\nallow %s\n"
		    "submodules %s\nlfs %s\n%s",
		    b->c.repo, b->c.ref_kind, b->c.ref, commit,
		    b->conf->net_allow, b->c.submodules, b->c.lfs, s.lines);
		arena_defer(b->arena, wipe, input);
		if (strcmp(b->c.ref_kind, "branch") == 0 && *b->c.ref != '\0')
			b->branch = b->c.ref;
	} else {
		if (*b->c.upload == '\0')
			return build_fail(b, "upload",
			    "the upload is no longer there; send it again");
		c.input = arena_printf(b->arena,
		    "upload %s\nfiles %d\nbytes %d\nfile %d\n", b->c.upload,
		    b->conf->upload_files, b->conf->upload_bytes,
		    b->conf->upload_file_size);
	}
	c.input_size = strlen(c.input);
	rc = command_run(b, &c);
	if (input != NULL)
		wipe(input);
	/* Also of one that then said no. */
	if (rc != RC_CONFLICT && source_keep(b) == RC_CONFLICT)
		rc = RC_CONFLICT;
	if (rc != RC_OK || b->code != NULL)
		return rc != RC_OK ? rc : RC_INVALID;
	if (b->commit != NULL)
		journal_say(b->journal, "commit %.12s%s%s", b->commit,
		    b->message != NULL ? " " : "",
		    b->message != NULL ? b->message : "");
	return build_progress(b);
}
