/*
 * command -- the table of commands; what is not here does not exist.
 *
 * slipway(1) lists the same commands and options; tests/style/slipway-man.t
 * compares them.
 */
#include <string.h>

#include "slipway.h"

/* clang-format off */
const struct command *const commands[] = {
	&cmd_login, &cmd_logout, &cmd_whoami,
	&cmd_init, &cmd_link, &cmd_project,
	&cmd_deploy, &cmd_ls, &cmd_logs, &cmd_open,
	&cmd_explain, &cmd_rules, &cmd_diff, &cmd_download,
	&cmd_promote, &cmd_rollback, &cmd_redeploy, &cmd_cancel,
	&cmd_remove, &cmd_pin, &cmd_unpin, &cmd_usage,
	&cmd_env, &cmd_alias, &cmd_protect, &cmd_hook,
	&cmd_key, &cmd_git_token, &cmd_known_hosts, &cmd_token,
	&cmd_completion, &cmd_help,
	NULL
};

const struct flag flags_global[] = {
	{ "help", 'h', NULL, "say what this command does", NULL },
	{ "url", 0, "URL", "the Slipway to talk to", NULL },
	{ "insecure-http", 0, NULL,
	    "allow http to other machines than this one", NULL },
	{ "version", 0, NULL, "print the version", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};

const struct flag flags_json[] = {
	{ "json", 0, NULL, "print the answer as JSON", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};

const struct flag flags_project[] = {
	{ "project", 'p', "PROJECT",
	    "another project than the folder's", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

const struct command *
command_find(const struct command *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp((*list)->name, name) == 0)
			return *list;
	return NULL;
}

/* How many letters to add, drop or change; names are short. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[64], la = strlen(a), lb = strlen(b), i, j, was, left;

	if (la >= NITEMS(row) || lb >= NITEMS(row))
		return NITEMS(row);
	for (j = 0; j <= lb; j++)
		row[j] = j;
	for (i = 1; i <= la; i++) {
		was = row[0];
		row[0] = i;
		for (j = 1; j <= lb; j++) {
			left = was + (a[i - 1] != b[j - 1]);
			was = row[j];
			if (row[j] + 1 < left)
				left = row[j] + 1;
			if (row[j - 1] + 1 < left)
				left = row[j - 1] + 1;
			row[j] = left;
		}
	}
	return row[lb];
}

const char *
command_nearest(const struct command *const *list, const char *name)
{
	const char *best = NULL;
	size_t least = 3, d;

	for (; *list != NULL; list++) {
		if (strncmp((*list)->name, name, strlen(name)) == 0)
			return (*list)->name;
		if ((d = distance((*list)->name, name)) < least &&
		    d < strlen(name)) {
			least = d;
			best = (*list)->name;
		}
	}
	return best;
}

/* The option tables that hold for a command, its own first. */
const struct flag *const *
command_flags(const struct command *cmd, const struct flag *tables[5])
{
	size_t n = 0;

	if (cmd != NULL && cmd->flags != NULL)
		tables[n++] = cmd->flags;
	if (cmd != NULL && cmd->how & CMD_PROJECT)
		tables[n++] = flags_project;
	if (cmd != NULL && cmd->how & CMD_JSON)
		tables[n++] = flags_json;
	tables[n++] = flags_global;
	tables[n] = NULL;
	return tables;
}

char *
command_title(struct cli *c, const struct command *parent,
    const struct command *cmd)
{
	return arena_printf(c->arena, "%s%s%s",
	    parent != NULL ? parent->name : "", parent != NULL ? " " : "",
	    cmd->name);
}
