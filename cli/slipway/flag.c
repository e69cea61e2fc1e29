/*
 * flag -- options, as git and gh take them.
 *
 * --name, --name=VALUE, --name VALUE, -x, -xVALUE, -x VALUE, -xy; options and
 * operands in any order; "--" ends the options.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "slipway.h"

enum rc
usage(const struct cli *c, const char *fmt, ...)
{
	va_list ap;
	char line[512];

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (c->cmd == NULL)
		return complain(RC_MALFORMED, "%s; see \"slipway help\"", line);
	return complain(RC_MALFORMED, "%s%s%s: %s; see \"slipway help %s%s%s\"",
	    c->parent != NULL ? c->parent->name : "",
	    c->parent != NULL ? " " : "", c->cmd->name, line,
	    c->parent != NULL ? c->parent->name : "",
	    c->parent != NULL ? " " : "", c->cmd->name);
}

static const struct flag *
find(const struct cli *c, const char *name, size_t len, char letter)
{
	const struct flag *tables[5], *f;
	const struct flag *const *t;

	for (t = command_flags(c->cmd, tables); *t != NULL; t++)
		for (f = *t; f->name != NULL; f++)
			if (letter != 0 ? f->letter == letter :
					  strlen(f->name) == len &&
				    strncmp(f->name, name, len) == 0)
				return f;
	return NULL;
}

static bool
optional(const struct flag *f)
{
	return f->arg != NULL && f->arg[0] == '[';
}

static enum rc
give(struct cli *c, const struct flag *f, const char *value)
{
	if (c->ngiven == FLAGS_MAX)
		return usage(c, "too many options");
	c->given[c->ngiven].name = f->name;
	c->given[c->ngiven++].value = value != NULL ? value : "";
	return RC_OK;
}

static enum rc
long_flag(struct cli *c, const char *arg, const char *next, int *took)
{
	const char *eq = strchr(arg, '=');
	size_t len = eq != NULL ? (size_t)(eq - arg) : strlen(arg);
	const struct flag *f = find(c, arg, len, 0);

	if (f == NULL)
		return usage(c, "no option --%.*s", (int)len, arg);
	if (f->arg == NULL && eq != NULL)
		return usage(c, "--%s takes no value", f->name);
	if (f->arg == NULL || optional(f) || eq != NULL)
		return give(c, f, eq != NULL ? eq + 1 : NULL);
	if (next == NULL)
		return usage(c, "--%s wants %s", f->name, f->arg);
	*took = 1;
	return give(c, f, next);
}

static enum rc
short_flags(struct cli *c, const char *arg, const char *next, int *took)
{
	const struct flag *f;
	enum rc rc;

	for (; *arg != '\0'; arg++) {
		if ((f = find(c, "", 0, *arg)) == NULL)
			return usage(c, "no option -%c", *arg);
		if (f->arg == NULL) {
			if ((rc = give(c, f, NULL)) != RC_OK)
				return rc;
			continue;
		}
		if (arg[1] != '\0')
			return give(c, f, arg + 1);
		if (next == NULL)
			return usage(c, "-%c wants %s", f->letter, f->arg);
		*took = 1;
		return give(c, f, next);
	}
	return RC_OK;
}

/*
 * Without a command yet, stops at the first operand, which names it, and says
 * in used how far it came.
 */
enum rc
flags_parse(struct cli *c, int argc, char **argv, int *used)
{
	bool end = false;
	enum rc rc;
	int i, took;

	for (i = 0; i < argc; i++) {
		took = 0;
		rc = RC_OK;
		if (end || argv[i][0] != '-' || argv[i][1] == '\0') {
			if (c->cmd == NULL)
				break;
			c->argv[c->argc++] = argv[i];
		} else if (strcmp(argv[i], "--") == 0)
			end = true;
		else if (argv[i][1] == '-')
			rc = long_flag(c, argv[i] + 2, argv[i + 1], &took);
		else
			rc = short_flags(c, argv[i] + 1, argv[i + 1], &took);
		if (rc != RC_OK)
			return rc;
		i += took;
	}
	*used = i;
	return RC_OK;
}

const char *
flag_value(const struct cli *c, const char *name)
{
	int i;

	if (find(c, name, strlen(name), 0) == NULL)
		fatalx("%s has no option --%s", c->cmd->name, name);
	for (i = c->ngiven - 1; i >= 0; i--)
		if (strcmp(c->given[i].name, name) == 0)
			return c->given[i].value;
	return NULL;
}

bool
flag_on(const struct cli *c, const char *name)
{
	return flag_value(c, name) != NULL;
}
