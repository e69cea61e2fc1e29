/* cli/slipway/flag and the table of commands. */
#include <stdlib.h>

#include "cli/slipway/slipway.h"
#include "tap.h"

static struct arena *a;

/* Parses words for cmd; the outcome as "rc operands prod branch prebuilt". */
static const char *
parse(const struct command *cmd, const char *words)
{
	struct cli c = { .arena = a, .cmd = cmd };
	char *copy = arena_printf(a, "%s", words), *argv[16], *s, *save;
	const char *out, *v;
	int argc = 0, used, i;
	enum rc rc;

	for (s = strtok_r(copy, " ", &save); s != NULL;
	     s = strtok_r(NULL, " ", &save))
		argv[argc++] = s;
	argv[argc] = NULL;
	c.argv = arena_alloc(a, sizeof(argv));
	rc = flags_parse(&c, argc, argv, &used);
	if (rc != RC_OK)
		return rc_name(rc);
	out = "ok";
	for (i = 0; i < c.argc; i++)
		out = arena_printf(a, "%s %s", out, c.argv[i]);
	if (flag_on(&c, "prod"))
		out = arena_printf(a, "%s prod", out);
	if ((v = flag_value(&c, "branch")) != NULL)
		out = arena_printf(a, "%s branch=%s", out, v);
	if ((v = flag_value(&c, "prebuilt")) != NULL)
		out = arena_printf(a, "%s prebuilt=%s", out, v);
	return out;
}

/* clang-format off */
static const struct { const char *words, *want; } table[] = {
	{ "",				"ok" },
	{ "folder",			"ok folder" },
	{ "--prod folder",		"ok folder prod" },
	{ "folder --prod",		"ok folder prod" },
	{ "-P",				"ok prod" },
	{ "--branch main",		"ok branch=main" },
	{ "--branch=main",		"ok branch=main" },
	{ "--branch=",			"ok branch=" },
	{ "-b main",			"ok branch=main" },
	{ "-bmain",			"ok branch=main" },
	{ "-Pbmain",			"ok prod branch=main" },
	{ "-b one -b two",		"ok branch=two" },
	{ "--branch -x",		"ok branch=-x" },
	{ "--prebuilt x",		"ok x prebuilt=" },
	{ "--prebuilt=x",		"ok prebuilt=x" },
	{ "-- --prod",			"ok --prod" },
	{ "-",				"ok -" },
	{ "--branch",			"malformed" },
	{ "-b",				"malformed" },
	{ "--prod=1",			"malformed" },
	{ "--nonsense",			"malformed" },
	{ "--pro",			"malformed" },
	{ "-z",				"malformed" },
};
/* clang-format on */

/* Every struct is whole, and no letter or name is taken twice. */
static void
sane(const struct command *cmd, bool sub)
{
	const struct flag *tables[5], *f, *all[64];
	const struct flag *const *t;
	size_t n = 0, i, j, twice = 0;
	bool told = true;

	ok(cmd->name != NULL && cmd->brief != NULL && cmd->about != NULL &&
		cmd->operands != NULL &&
		(cmd->run == NULL) != (cmd->subs == NULL) &&
		cmd->min <= cmd->max && !(sub && cmd->subs != NULL) &&
		(cmd->max > 0) == (cmd->operands[0] != '\0'),
	    "%s is whole", cmd->name);
	for (t = command_flags(cmd, tables); *t != NULL; t++)
		for (f = *t; f->name != NULL; f++) {
			told &= f->help != NULL;
			all[n++] = f;
		}
	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			twice += strcmp(all[i]->name, all[j]->name) == 0 ||
			    (all[i]->letter != 0 &&
				all[i]->letter == all[j]->letter);
	ok(told && twice == 0, "%s: its options too", cmd->name);
}

int
main(void)
{
	const struct command *const *c, *const *s;
	size_t i;

	a = arena_new();
	/* What it complains about is not for the test's reader. */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	for (i = 0; i < NITEMS(table); i++)
		is(parse(&cmd_deploy, table[i].words), table[i].want, "\"%s\"",
		    table[i].words);
	for (c = commands; *c != NULL; c++) {
		sane(*c, false);
		for (s = (*c)->subs; s != NULL && *s != NULL; s++)
			sane(*s, true);
	}
	ok(command_find(commands, "deploy") == &cmd_deploy, "found");
	ok(command_find(commands, "deplo") == NULL, "only by its whole name");
	is(command_nearest(commands, "deplyo"), "deploy", "nearest");
	is(command_nearest(commands, "lst"), "ls", "nearest to a short one");
	is(command_nearest(commands, "roll"), "rollback", "a beginning");
	ok(command_nearest(commands, "xyzzy") == NULL, "nothing near");
	arena_free(a);
	return done();
}
