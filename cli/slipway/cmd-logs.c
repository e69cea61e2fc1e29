#include <string.h>

#include "slipway.h"

/* clang-format off */
static const struct flag flags[] = {
	{ "follow", 'f', NULL, "go on until the build has ended", NULL },
	{ "timestamps", 't', NULL, "say when each line was written", NULL },
	{ "steps", 's', NULL, "say which step wrote it", NULL },
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
run(struct cli *c)
{
	struct json_object *d;
	const char *id, *state;
	int how = 0;
	enum rc rc;

	if (want_json(c) && flag_on(c, "follow"))
		return usage(c, "--json and --follow exclude each other");
	if ((rc = deployment_pick(c, &id)) != RC_OK)
		return rc;
	if (want_json(c))
		return as_json(c, id);
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
	.operands = "[deployment]",
	.max = 1,
	.how = CMD_JSON | CMD_PROJECT,
	.brief = "show what a build says",
	.about = "Prints the build log of a deployment, the newest if none is "
		 "named. Control characters in it are shown as codes, so that "
		 "it cannot do anything to your terminal. With --follow, exits "
		 "1 unless the deployment is ready at the end.",
	.flags = flags,
	.run = run,
};
