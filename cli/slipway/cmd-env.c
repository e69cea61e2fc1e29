/*
 * env -- what builds find in their environment.  Values go in and never come
 * out again.
 */
#include <errno.h>
#include <string.h>

#include "slipway.h"

#define VALUE_MAX (64 << 10)
#define VARS_MAX  1000

/* clang-format off */
#define TARGET { "target", 't', "TARGET", \
	"for production, preview, development or all (all)", \
	"production preview development all" }

static const struct flag set_flags[] = {
	TARGET,
	{ "from-file", 'f', "FILE", "set each NAME=VALUE of a .env file", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};

static const struct flag rm_flags[] = {
	TARGET,
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

static void
row(struct cli *c, struct json_object *e, const char **cells)
{
	cells[0] = str_or(e, "name", "");
	cells[1] = str_or(e, "target", "");
	cells[2] = when(c, str_or(e, "updated_at", NULL));
}

static enum rc
ls(struct cli *c)
{
	static const struct list list = { "env", { "NAME", "TARGET", "SET" },
		row, 0 };

	return project_list(c, "/env", &list);
}

static enum rc
put_one(struct cli *c, const char *name, const char *value,
    struct json_object **answer)
{
	struct json_object *body = object(c);
	const char *path;

	path = arena_printf(c->arena, "/env/%s", esc(c, name));
	put(body, "value", value);
	put_flag(c, body, "target", "target");
	return project_api(c, "PUT", path, body, answer);
}

struct var {
	const char *name;
	const char *value;
};

/*
 * NAME=VALUE, export NAME="VALUE", # comment.  name stays NULL if the line
 * sets nothing.
 */
static enum rc
line(struct cli *c, char *s, const char *path, int nr, struct var *out)
{
	char *eq, *end;

	s += strspn(s, " \t");
	if (*s == '\0' || *s == '#')
		return RC_OK;
	if (strncmp(s, "export ", 7) == 0)
		s += 7;
	/* What stands there may be half a secret: not shown. */
	if ((eq = strchr(s, '=')) == NULL)
		return complain(RC_INVALID,
		    "%s:%d: not NAME=VALUE; nothing was set", clean(c, path),
		    nr);
	*eq++ = '\0';
	end = eq + strlen(eq);
	while (end > eq && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	if (end - eq >= 2 && (*eq == '"' || *eq == '\'') && end[-1] == *eq) {
		end[-1] = '\0';
		eq++;
	}
	out->name = s;
	out->value = eq;
	return RC_OK;
}

/* The whole file is read before any of it is set. */
static enum rc
from_file(struct cli *c, const char *path, struct json_object **answer)
{
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct var vars[VARS_MAX] = { 0 };
	char *text = NULL;
	size_t room = 0, n = 0, i;
	enum rc rc = RC_OK;
	int nr = 0;

	if (f == NULL)
		return complain(RC_NOT_FOUND, "%s: %s", path, strerror(errno));
	while (rc == RC_OK && getline(&text, &room, f) >= 0) {
		text[strcspn(text, "\r\n")] = '\0';
		if (n == VARS_MAX)
			rc = complain(RC_TOO_LARGE,
			    "%s: more than %d variables; nothing was set",
			    clean(c, path), VARS_MAX);
		else
			rc = line(c, arena_printf(c->arena, "%s", text), path,
			    ++nr, &vars[n]);
		n += rc == RC_OK && vars[n].name != NULL;
	}
	free(text);
	if (f != stdin)
		fclose(f);
	for (i = 0; rc == RC_OK && i < n; i++)
		rc = put_one(c, vars[i].name, vars[i].value, answer);
	return rc;
}

/* All of standard input but its last newline; a terminal asks. */
static enum rc
value(struct cli *c, const char *name, const char **out)
{
	char *buf, *secret;
	size_t n;
	enum rc rc;

	if (term_is(stdin)) {
		rc = ask_secret(c, arena_printf(c->arena, "Value of %s", name),
		    &secret);
		if (rc == RC_OK)
			*out = secret;
		return rc;
	}
	buf = arena_alloc(c->arena, VALUE_MAX + 2);
	n = fread(buf, 1, VALUE_MAX + 1, stdin);
	if (n > VALUE_MAX)
		return complain(RC_TOO_LARGE, "a value has at most %d bytes",
		    VALUE_MAX);
	if (memchr(buf, '\0', n) != NULL)
		return complain(RC_INVALID, "a value cannot hold a NUL byte");
	if (n > 0 && buf[n - 1] == '\n')
		buf[n - 1] = '\0';
	*out = buf;
	return RC_OK;
}

static enum rc
set(struct cli *c)
{
	const char *file = flag_value(c, "from-file"), *v = NULL;
	struct json_object *answer = NULL;
	char *eq, *name;
	enum rc rc;

	if ((file != NULL) == (c->argc > 0))
		return usage(c, "wants NAME[=VALUE] or --from-file");
	if (file != NULL)
		rc = from_file(c, file, &answer);
	else {
		name = c->argv[0];
		if ((eq = strchr(name, '=')) != NULL) {
			name =
			    arena_strndup(c->arena, name, (size_t)(eq - name));
			v = eq + 1;
		} else if ((rc = value(c, name, &v)) != RC_OK)
			return rc;
		rc = put_one(c, name, v, &answer);
	}
	if (rc != RC_OK)
		return rc;
	if (want_json(c) && answer != NULL)
		print_json(answer);
	else
		tell("Set; the next deployment uses it.");
	return RC_OK;
}

static enum rc
rm(struct cli *c)
{
	const char *target = flag_value(c, "target"), *path;
	enum rc rc;

	path = arena_printf(c->arena, "/env/%s?target=%s", esc(c, c->argv[0]),
	    target != NULL ? esc(c, target) : "all");
	if ((rc = project_api(c, "DELETE", path, NULL, NULL)) == RC_OK)
		tell("Removed %s.", clean(c, c->argv[0]));
	return rc;
}

static const struct command cmd_list = {
	.name = "ls",
	.example = "slipway env ls",
	.operands = "",
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "list the names",
	.about = "Lists the names of the variables and whose builds get them. "
		 "The values cannot be read again by anybody.",
	.run = ls,
}, cmd_set = {
	.name = "set",
	.example = "slipway env set --target production API_URL=https://api.example.com",
	.operands = "[NAME[=VALUE]]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "set one, or a file of them",
	.about = "Sets a variable for the next deployments. Without =VALUE the "
		 "value is asked for without echo, or read from standard "
		 "input, and so stays out of the shell's history.",
	.flags = set_flags,
	.run = set,
}, cmd_rm = {
	.name = "rm",
	.example = "slipway env rm API_URL",
	.operands = "NAME",
	.min = 1,
	.max = 1,
	.how = CMD_PROJECT,
	.brief = "remove one",
	.about = "Removes a variable; deployments that exist are not changed.",
	.flags = rm_flags,
	.run = rm,
};

const struct command cmd_env = {
	.name = "env",
	.operands = "",
	.brief = "the environment of builds",
	.about = "Sets what builds find in their environment. Values are "
		 "sealed: nobody can read them again, builds alone get them.",
	.subs = (const struct command *const[]){ &cmd_list, &cmd_set, &cmd_rm,
	    NULL },
};
