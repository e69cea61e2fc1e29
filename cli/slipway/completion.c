/*
 * completion -- for bash and zsh, out of the same table; "list" is for the
 * test that compares slipway(1).
 *
 * Both scripts are one function with a case per command; zsh runs the bash one
 * through its own bashcompinit.
 */
#include <string.h>

#include "slipway.h"

static void
words(const struct command *const *l)
{
	const char *sep = "";

	for (; *l != NULL; l++) {
		if ((*l)->how & CMD_HIDDEN)
			continue;
		printf("%s%s", sep, (*l)->name);
		sep = " ";
	}
}

static void
arm(const char *title, const struct command *cmd)
{
	const struct flag *tables[5], *f;
	const struct flag *const *t;
	const char *sep = "";

	printf("\t\"%s\")\n\t\tcase $prev in\n", title);
	for (t = command_flags(cmd, tables); *t != NULL; t++)
		for (f = *t; f->name != NULL; f++)
			if (f->words != NULL)
				printf("\t\t--%s) words=\"%s\" ;;\n", f->name,
				    f->words);
	printf("\t\t*) words=\"");
	for (t = command_flags(cmd, tables); *t != NULL; t++)
		for (f = *t; f->name != NULL; f++) {
			printf("%s--%s", sep, f->name);
			sep = " ";
		}
	printf("\" ;;\n\t\tesac\n\t\t;;\n");
}

static void
bash(struct cli *c)
{
	const struct command *const *l, *const *s;

	printf("# Completion of slipway; \"slipway completion\" made it.\n"
	       "_slipway()\n{\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} words=\n"
	       "\tlocal prev=${COMP_WORDS[COMP_CWORD-1]}\n"
	       "\tlocal cmd=${COMP_WORDS[1]} sub=\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tcmd=\n"
	       "\tfi\n"
	       "\tif [ \"$COMP_CWORD\" -gt 2 ]; then\n"
	       "\t\tcase $cmd in\n\t\t");
	for (l = commands; *l != NULL; l++)
		if ((*l)->subs != NULL)
			printf("%s%s", l == commands ? "" : "", (*l)->name),
			    printf("|");
	printf("-) sub=\" ${COMP_WORDS[2]}\" ;;\n\t\tesac\n\tfi\n"
	       "\tcase \"$cmd$sub\" in\n\t\"\") words=\"");
	words(commands);
	printf("\" ;;\n");
	for (l = commands; *l != NULL; l++) {
		if ((*l)->subs == NULL) {
			arm((*l)->name, *l);
			continue;
		}
		printf("\t\"%s\") words=\"", (*l)->name);
		words((*l)->subs);
		printf("\" ;;\n");
		for (s = (*l)->subs; *s != NULL; s++)
			arm(command_title(c, *l, *s), *s);
	}
	printf("\tesac\n"
	       "\tif [ \"$cmd\" = help ] && [ \"$COMP_CWORD\" -eq 2 ]; then\n"
	       "\t\twords=\"");
	words(commands);
	printf(
	    "\"\n\tfi\n"
	    "\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
	    "\tif [ ${#COMPREPLY[@]} -eq 0 ] && [ \"$cmd\" = deploy ]; then\n"
	    "\t\tCOMPREPLY=($(compgen -d -- \"$cur\"))\n"
	    "\tfi\n}\n"
	    "complete -F _slipway slipway\n");
}

static void
list_one(const char *title, const struct command *cmd)
{
	const struct flag *f;

	printf("%s\n", title);
	for (f = cmd->flags; f != NULL && f->name != NULL; f++)
		printf("%s --%s\n", title, f->name);
	if (cmd->how & CMD_PROJECT)
		printf("%s --project\n", title);
	if (cmd->how & CMD_JSON)
		printf("%s --json\n", title);
}

static void
list(struct cli *c)
{
	const struct command *const *l, *const *s;
	const struct flag *f;

	for (f = flags_global; f->name != NULL; f++)
		printf("- --%s\n", f->name);
	for (l = commands; *l != NULL; l++) {
		if ((*l)->subs == NULL)
			list_one((*l)->name, *l);
		for (s = (*l)->subs; s != NULL && *s != NULL; s++)
			list_one(command_title(c, *l, *s), *s);
	}
}

static enum rc
run(struct cli *c)
{
	const char *shell = c->argv[0];

	if (strcmp(shell, "bash") == 0)
		bash(c);
	else if (strcmp(shell, "zsh") == 0) {
		printf("#compdef slipway\n"
		       "autoload -Uz bashcompinit && bashcompinit\n");
		bash(c);
	} else if (strcmp(shell, "list") == 0)
		list(c);
	else
		return usage(c, "for bash or zsh, not for \"%s\"", shell);
	return RC_OK;
}

const struct command cmd_completion = {
	.name = "completion",
	.example =
	    "slipway completion bash >~/.local/share/bash-completion/completions/slipway",
	.operands = "bash|zsh",
	.min = 1,
	.max = 1,
	.brief = "print the completion for a shell",
	.about = "Prints the completion script for bash or zsh. It is "
		 "installed where both look for it; this is for other places.",
	.run = run,
};
