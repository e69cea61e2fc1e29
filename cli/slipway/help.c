/*
 * help -- what the table says, for people.
 */
#include <string.h>

#include "slipway.h"

static void
list(FILE *f, const struct command *const *l, const char *before)
{
	for (; *l != NULL; l++)
		if (!((*l)->how & CMD_HIDDEN))
			fprintf(f, "  %s%-12s %s\n", before, (*l)->name,
			    (*l)->brief);
}

void
help_overview(FILE *f)
{
	fprintf(f,
	    "usage: slipway <command> [options]\n\n"
	    "Turns a Git repository or a folder into a live site.\n\n"
	    "Commands\n");
	list(f, commands, "");
	fprintf(f,
	    "\n\"slipway help <command>\" says more of one; "
	    "slipway(1) is the manual.\n"
	    "First: slipway login --url https://..., then slipway init and "
	    "slipway deploy.\n"
	    "Then: slipway open shows it, slipway explain URL says why it "
	    "answers so.\n");
}

static void
options(const struct flag *fl)
{
	char left[64];

	for (; fl->name != NULL; fl++) {
		snprintf(left, sizeof(left), "%s%c%s--%s%s%s",
		    fl->letter ? "-" : "  ", fl->letter ? fl->letter : ' ',
		    fl->letter ? ", " : " ", fl->name,
		    fl->arg != NULL && fl->arg[0] != '[' ? " " : "",
		    fl->arg != NULL ? fl->arg : "");
		printf("  %-26s %s\n", left, fl->help);
	}
}

/* Words of s, in lines of 76. */
static void
fill(const char *s)
{
	size_t col = 0, n;

	for (; *s != '\0'; s += n + (s[n] == ' ')) {
		n = strcspn(s, " ");
		if (col > 0 && col + 1 + n > 76) {
			putchar('\n');
			col = 0;
		}
		if (col > 0)
			putchar(' ');
		printf("%.*s", (int)n, s);
		col += n + (col > 0);
	}
	putchar('\n');
}

void
help_command(struct cli *c, const struct command *parent,
    const struct command *cmd)
{
	const struct flag *tables[5];
	const struct flag *const *t;
	char *title = command_title(c, parent, cmd);

	if (cmd->subs != NULL) {
		printf("usage: slipway %s <command> [options]\n\n", title);
		fill(cmd->about);
		printf("\nCommands\n");
		list(stdout, cmd->subs, "");
		printf("\n\"slipway help %s <command>\" says more of one.\n",
		    title);
		return;
	}
	printf("usage: slipway %s [options]%s%s\n\n", title,
	    cmd->operands[0] != '\0' ? " " : "", cmd->operands);
	fill(cmd->about);
	printf("\nExample\n  %s\n\nOptions\n", cmd->example);
	for (t = command_flags(cmd, tables); *t != NULL; t++)
		options(*t);
	if (cmd->see != NULL)
		printf("\nSee also: %s.\n", cmd->see);
}

static enum rc
run(struct cli *c)
{
	const struct command *const *l = commands;
	const struct command *cmd = NULL, *parent = NULL;
	const char *near;
	int i;

	for (i = 0; i < c->argc; i++) {
		parent = cmd;
		if (l == NULL || (cmd = command_find(l, c->argv[i])) == NULL) {
			near =
			    l != NULL ? command_nearest(l, c->argv[i]) : NULL;
			return usage(c,
			    near ? "no command \"%s\"; is it \"%s\"?" :
				   "no command \"%s\"%s",
			    c->argv[i], near ? near : "");
		}
		l = cmd->subs;
	}
	if (cmd == NULL)
		help_overview(stdout);
	else
		help_command(c, parent, cmd);
	return RC_OK;
}

const struct command cmd_help = {
	.name = "help",
	.example = "slipway help env set",
	.operands = "[command [subcommand]]",
	.max = 2,
	.brief = "say what a command does",
	.about = "Says what a command does and which options it has; without "
		 "one, which commands there are.",
	.run = run,
};
