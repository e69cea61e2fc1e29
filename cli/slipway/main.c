/*
 * slipway -- turn a repository or a folder into a live site.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>
#include <sodium.h>

#include "log.h"
#include "slipway.h"

/*
 * Exit statuses, as slipway(1) lists them; what is not here is 1.  The server
 * calling a request malformed is our bug, not the user's: http.c makes that
 * RC_INVALID.
 */
static const int statuses[RC__MAX] = {
	[RC_MALFORMED] = 2,
	[RC_UNAUTHORIZED] = 4,
};

/* Who asks for differences has the statuses of diff(1). */
static int
status_of(const struct cli *c, enum rc rc)
{
	bool differs = c->cmd != NULL && c->cmd->how & CMD_DIFFERS;

	if (rc == RC_OK)
		return differs && c->differs;
	return statuses[rc] != 0 ? statuses[rc] : differs ? 2 : 1;
}

static enum rc
unknown(struct cli *c, const struct command *const *list, const char *name)
{
	const char *near = command_nearest(list, name);

	if (near != NULL)
		return usage(c, "no command \"%s\"; is it \"%s\"?", name, near);
	return usage(c, "no command \"%s\"", name);
}

/* Which command argv means; the rest of argv goes into c. */
static enum rc
choose(struct cli *c, int argc, char **argv)
{
	const struct command *cmd;
	enum rc rc;
	int n;

	if ((rc = flags_parse(c, argc, argv, &n)) != RC_OK)
		return rc;
	argc -= n;
	argv += n;
	if (argc == 0)
		return RC_OK;
	if ((cmd = command_find(commands, argv[0])) == NULL)
		return unknown(c, commands, argv[0]);
	argc--;
	argv++;
	c->cmd = cmd;
	if (cmd->subs != NULL && argc > 0 && argv[0][0] != '-') {
		if ((cmd = command_find(c->cmd->subs, argv[0])) == NULL)
			return unknown(c, c->cmd->subs, argv[0]);
		c->parent = c->cmd;
		c->cmd = cmd;
		argc--;
		argv++;
	}
	c->argv = arena_alloc(c->arena, ((size_t)argc + 1) * sizeof(char *));
	return flags_parse(c, argc, argv, &n);
}

static enum rc
run(struct cli *c)
{
	if (flag_on(c, "version")) {
		puts("slipway " PACKAGE_VERSION);
		return RC_OK;
	}
	if (c->cmd == NULL) {
		help_overview(flag_on(c, "help") ? stdout : stderr);
		return flag_on(c, "help") ? RC_OK : RC_MALFORMED;
	}
	if (flag_on(c, "help")) {
		help_command(c, c->parent, c->cmd);
		return RC_OK;
	}
	if (c->cmd->subs != NULL)
		return usage(c, "which of its commands?");
	if (c->argc < c->cmd->min)
		return usage(c, "wants %s", c->cmd->operands);
	if (c->argc > c->cmd->max)
		return usage(c, "one operand too many: \"%s\"",
		    c->argv[c->cmd->max]);
	return c->cmd->run(c);
}

int
main(int argc, char **argv)
{
	struct cli c = { .arena = arena_new() };
	enum rc rc;
	int status;

	log_open("slipway", 0);
	signal(SIGPIPE, SIG_IGN);
	if (sodium_init() < 0 || curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		fatalx("cannot set up the libraries");
	term_open();
	if ((rc = choose(&c, argc - 1, argv + 1)) == RC_OK)
		rc = run(&c);
	progress_end();
	status = status_of(&c, rc);
	if (interrupts_forget())
		status = 130;
	if (fflush(stdout) != 0 && rc == RC_OK)
		status = status_of(&c,
		    complain(RC_FAIL, "standard output: write error"));
	arena_free(c.arena);
	curl_global_cleanup();
	return status;
}
