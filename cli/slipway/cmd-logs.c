#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "follow", 'f', NULL, "go on until the build has ended", NULL },
	{ "timestamps", 't', NULL, "say when each line was written", NULL },
	{ "steps", 's', NULL, "say which step wrote it", NULL },
	{ "output", 'o', "FILE", "write it to a file, with times and steps", NULL },
	{ "search", 'S', "TEXT", "print the lines that contain this", NULL },
	{ "limit", 'n', "N", "at most so many of them (100)", NULL },
	{ NULL, 0, NULL, NULL, NULL }
};
/* clang-format on */

/* Raw pages of the log, as one list. */
static enum rc
as_json(struct cli *c, const char *id)
{
	struct json_object *all = NULL, *page, *lines, *more;
	long long after = 0;
	size_t i, n;
	enum rc rc;

	do {
		rc = api(c, 0, "GET",
		    arena_printf(c->arena,
			"/api/deployments/%s/logs?after=%lld&limit=1000",
			esc(c, id), after),
		    NULL, &page);
		if (rc != RC_OK)
			return rc;
		more = field(page, "lines");
		n = json_object_array_length(more);
		if (all == NULL)
			all = page;
		else
			for (i = 0; i < n; i++) {
				lines = field(all, "lines");
				json_object_array_add(lines,
				    json_object_get(
					json_object_array_get_idx(more, i)));
			}
		after = num(page, "last");
	} while (n == 1000);
	json_object_object_add(all, "last", json_object_new_int64(after));
	print_json(all);
	return RC_OK;
}

static enum rc
search(struct cli *c, const char *text)
{
	const char *path, *id = c->argc > 0 ? deployment_id(c, c->argv[0]) : "";
	const char *many = flag_value(c, "limit");
	struct json_object *all, *rows, *line;
	long long limit = 100;
	char *end;
	size_t i, n;
	enum rc rc;

	path = arena_printf(c->arena, "/logs?q=%s%s%s", esc(c, text),
	    *id != '\0' ? "&deployment=" : "", *id != '\0' ? esc(c, id) : "");
	if (many != NULL) {
		limit = strtoll(many, &end, 10);
		if (*many == '\0' || *end != '\0' || limit < 1 ||
		    limit > 100000)
			return usage(c, "--limit is 1 to 100000");
	}
	if ((path = project_path(c, path, &rc)) == NULL ||
	    (rc = api_list(c, path, "lines", limit, &all)) != RC_OK)
		return rc;
	rows = field(all, "lines");
	n = json_object_array_length(rows);
	if (want_json(c))
		print_json(all);
	for (i = 0; i < n && !want_json(c); i++) {
		line = json_object_array_get_idx(rows, i);
		printf("%s%s:%lld:%s ", tint(stdout, TINT_DIM),
		    clean(c, str_or(line, "deployment", "")), num(line, "seq"),
		    tint(stdout, TINT_NONE));
		if (flag_on(c, "timestamps"))
			printf("%s ", clean(c, str_or(line, "at", "")));
		if (flag_on(c, "steps"))
			printf("%-8s ", clean(c, str_or(line, "step", "")));
		printf("%s\n", clean(c, str_or(line, "line", "")));
	}
	return n > 0 ? RC_OK : complain(RC_FAIL, "no line contains that");
}

static enum rc
to_file(struct cli *c, const char *id, const char *path)
{
	struct json_object *d;
	FILE *f = fopen(path, "we");
	enum rc rc;

	if (f == NULL)
		return complain(RC_FAIL, "%s: %s", path, strerror(errno));
	rc = follow(c, id, f, FOLLOW_ONCE | FOLLOW_TIMES | FOLLOW_STEPS, &d);
	if (fclose(f) != 0 && rc == RC_OK)
		return complain(RC_FAIL, "%s: %s", path, strerror(errno));
	return rc;
}

static enum rc
run(struct cli *c)
{
	const char *id, *state, *text = flag_value(c, "search");
	const char *file = flag_value(c, "output");
	struct json_object *d;
	int how = 0;
	enum rc rc;

	if (want_json(c) && flag_on(c, "follow"))
		return usage(c, "--json and --follow exclude each other");
	if (text != NULL && (file != NULL || flag_on(c, "follow")))
		return usage(c, "--search excludes --follow and --output");
	if (file != NULL && (want_json(c) || flag_on(c, "follow")))
		return usage(c, "--output excludes --json and --follow");
	if (text != NULL)
		return search(c, text);
	if ((rc = deployment_pick(c, &id)) != RC_OK)
		return rc;
	if (want_json(c))
		return as_json(c, id);
	if (file != NULL)
		return to_file(c, id, file);
	how |= flag_on(c, "timestamps") ? FOLLOW_TIMES : 0;
	how |= flag_on(c, "steps") ? FOLLOW_STEPS : 0;
	how |= flag_on(c, "follow") ? 0 : FOLLOW_ONCE;
	if (flag_on(c, "follow"))
		catch_interrupts();
	if ((rc = follow(c, id, stdout, how, &d)) != RC_OK || d == NULL)
		return rc;
	state = str_or(d, "state", "");
	if (flag_on(c, "follow") && strcmp(state, "ready") != 0)
		return deployment_failed(c, d);
	return RC_OK;
}

const struct command cmd_logs = {
	.name = "logs",
	.example = "slipway logs --follow",
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "show what a build says",
	.about =
	    "Prints the build log of a deployment, the newest if none is "
	    "named. Control characters in it are shown as codes, so that "
	    "it cannot do anything to your terminal. Lines have the "
	    "colours that the build gave them, on a terminal. With "
	    "--follow, exits 1 unless the deployment is ready at the end. With --search, "
	    "prints the lines that contain the text, as it is written, of "
	    "all builds of the project, newest first, or of the "
	    "deployment; exits 1 if there are none.",
	.flags = flags,
	.run = run,
};
