/*
 * deployment -- naming one, acting on one, following one to its end.
 */
#include <string.h>

#include "slipway.h"

#define PATIENCE 300 /* seconds without an answer before we give up */
#define PAGE     500 /* lines in one answer */
#define WAIT     10  /* seconds for one, if there are no lines */
#define LAST     20  /* lines shown of a silent build that failed */

/* An id, the twelve characters of it, or a URL that shows it. */
char *
deployment_id(struct cli *c, const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	const char *host = strstr(s, "://"), *end;

	host = host != NULL ? host + 3 : s;
	end = strstr(host, "--");
	if (end != NULL && end - host == 12)
		return arena_printf(c->arena, "dpl_%.12s", host);
	if (strlen(s) == 12 && strspn(s, letters) == 12)
		return arena_printf(c->arena, "dpl_%s", s);
	return arena_printf(c->arena, "%s", s);
}

static enum rc
pick(struct cli *c, const char *filter, const char **id)
{
	struct json_object *page, *rows;
	const char *path;
	enum rc rc;

	if (c->argc > 0) {
		*id = deployment_id(c, c->argv[0]);
		return RC_OK;
	}
	if ((path = project_path(c, filter, &rc)) == NULL ||
	    (rc = api_list(c, path, "deployments", 1, &page)) != RC_OK)
		return rc;
	rows = field(page, "deployments");
	if (json_object_array_length(rows) == 0)
		return complain(RC_NOT_FOUND,
		    "the project has no deployments yet; run \"slipway "
		    "deploy\"");
	*id = str_or(json_object_array_get_idx(rows, 0), "id", "");
	return RC_OK;
}

/* The one that is named, or the newest of the project. */
enum rc
deployment_pick(struct cli *c, const char **id)
{
	return pick(c, "/deployments", id);
}

/* The same, of those that have files. */
enum rc
deployment_ready(struct cli *c, const char **id)
{
	return pick(c, "/deployments?state=ready", id);
}

/* verb: "/promote"; "" shows it. */
enum rc
deployment_act(struct cli *c, const char *verb, const char *id,
    struct json_object *body, struct json_object **out)
{
	return api(c, 0, verb[0] != '\0' ? "POST" : "GET",
	    arena_printf(c->arena, "/api/deployments/%s%s", esc(c, id), verb),
	    body, out);
}

/* "fetch: done" beside the name of its step needs not say it again. */
static const char *
without(const char *step, const char *text)
{
	size_t n = strlen(step);

	if (strncmp(text, step, n) != 0)
		return text;
	if (text[n] == '\0')
		return "started";
	return strncmp(text + n, ": ", 2) == 0 ? text + n + 2 : text;
}

static void
show(struct cli *c, FILE *f, int how, struct json_object *line)
{
	const char *step = clean(c, str_or(line, "step", ""));
	const char *text = clean(c, str_or(line, "line", ""));
	const char *stream = str_or(line, "stream", "out");
	struct json_object *colours = field(line, "colours");
	bool info = strcmp(stream, "info") == 0;

	progress_end();
	if (how & FOLLOW_TIMES)
		fprintf(f, "%s%s%s ", tint(f, TINT_DIM),
		    clean(c, str_or(line, "at", "")), tint(f, TINT_NONE));
	if (how & FOLLOW_STEPS)
		fprintf(f, "%s%-8s%s ", tint(f, TINT_DIM), step,
		    tint(f, TINT_NONE));
	if (!info && *tint(f, TINT_NONE) != '\0' &&
	    json_object_is_type(colours, json_type_array)) {
		colour_line(c->arena, f, str_or(line, "line", ""), colours);
		putc('\n', f);
		return;
	}
	if (how & FOLLOW_STEPS && info)
		text = without(step, text);
	fprintf(f, "%s%s%s\n", info ? tint(f, TINT_BOLD) : "", text,
	    info ? tint(f, TINT_NONE) : "");
}

/* Where a follower is. */
struct follower {
	const char *id;
	FILE *file;
	int how, wait;
	long long after, attempt;
	const char *why; /* it waits, as we have said; or NULL */
	struct json_object *tail[LAST];
	size_t ntail;
};

/* What it waits for, each time that it is something else. */
static void
say_why(struct cli *c, struct follower *w, const char *why)
{
	if (why != NULL && (w->why == NULL || strcmp(why, w->why) != 0))
		tell("It waits: %s.", clean(c, why));
	w->why = why;
}

/* One answer; *done says that there is no more. */
static enum rc
page(struct cli *c, struct follower *w, struct json_object *a, bool *done)
{
	struct json_object *lines = field(a, "lines"), *line;
	size_t i,
	    n = json_object_is_type(lines, json_type_array) ?
	    json_object_array_length(lines) :
	    0;
	const char *step;

	if (field(a, "attempt") != NULL && num(a, "attempt") != w->attempt) {
		if (w->attempt > 0 && w->after > 0) {
			tell("The builder was lost; another begins again.");
			w->attempt = num(a, "attempt");
			w->after = 0;
			return RC_OK;
		}
		w->attempt = num(a, "attempt");
	}
	for (i = 0; i < n; i++) {
		line = json_object_array_get_idx(lines, i);
		if (w->how & FOLLOW_SILENT)
			w->tail[w->ntail++ % LAST] = line;
		else
			show(c, w->file, w->how, line);
	}
	if (n > 0)
		w->after = num(a, "last");
	fflush(w->file);
	say_why(c, w, str_or(a, "waiting_for", NULL));
	step = str_or(a, "step", NULL);
	progress("%s%s%s", clean(c, str_or(a, "state", "")),
	    step != NULL ? ": " : "", step != NULL ? clean(c, step) : "");
	*done = n < PAGE && (truth(a, "done") || w->how & FOLLOW_ONCE);
	return RC_OK;
}

/*
 * Asks for the next lines.  While the server is away we wait for it: the
 * build does not need us.
 */
static enum rc
next(struct cli *c, struct follower *w, struct json_object **out)
{
	const char *path = arena_printf(c->arena,
	    "/api/deployments/%s/logs?after=%lld&limit=%d&wait=%d",
	    esc(c, w->id), w->after, PAGE, w->wait);
	struct timespec from, now;
	long wait = 500;
	enum rc rc;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (;;) {
		rc = api(c, API_QUIET, "GET", path, NULL, out);
		if (rc == RC_OK || interrupted())
			return rc;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if ((rc != RC_BUSY && rc != RC_LIMITED) ||
		    w->how & FOLLOW_ONCE || now.tv_sec - from.tv_sec > PATIENCE)
			return rc == RC_UNAUTHORIZED && c->session == NULL ?
			    rc :
			    api(c, 0, "GET", path, NULL, out);
		progress("waiting for %s", c->url);
		pause_for(wait);
		wait = wait < 8000 ? 2 * wait : wait;
	}
}

/*
 * Shows the log in file until the deployment has ended, then gives it in *out.
 * Interrupted, it is RC_OK without one.
 */
enum rc
follow(struct cli *c, const char *id, FILE *file, int how,
    struct json_object **out)
{
	struct follower w = { .id = id, .file = file, .how = how };
	struct timespec from, now;
	struct json_object *a;
	long long was;
	bool done = false;
	size_t i;
	enum rc rc;

	*out = NULL;
	/* The first answer comes at once, for what it says beside lines. */
	while (!done && !interrupted()) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		was = w.after;
		rc = next(c, &w, &a);
		if (interrupted())
			break;
		if (rc != RC_OK || (rc = page(c, &w, a, &done)) != RC_OK)
			return rc;
		clock_gettime(CLOCK_MONOTONIC, &now);
		/* A server that does not hold requests is not to be hammered.
		 */
		if (w.wait > 0 && !done && w.after == was &&
		    now.tv_sec - from.tv_sec < 1)
			pause_for(300);
		w.wait = how & FOLLOW_ONCE ? 0 : WAIT;
	}
	progress_stop();
	if (interrupted())
		return RC_OK;
	if ((rc = deployment_act(c, "", id, NULL, out)) != RC_OK)
		return rc;
	if (how & FOLLOW_SILENT &&
	    strcmp(str_or(*out, "state", ""), "failed") == 0)
		for (i = w.ntail > LAST ? w.ntail - LAST : 0; i < w.ntail; i++)
			show(c, stderr, FOLLOW_STEPS, w.tail[i % LAST]);
	return RC_OK;
}

/*
 * The first line of the reason: what follows it are the last lines of the log,
 * which have been seen.
 */
enum rc
deployment_failed(struct cli *c, struct json_object *d)
{
	const char *why = str_or(d, "error", "");

	return complain(RC_FAIL, "%s%s%s", clean(c, str_or(d, "state", "")),
	    why[0] != '\0' ? ": " : "",
	    clean_n(c->arena, why, strcspn(why, "\n")));
}

static enum rc
left(struct cli *c, const char *id)
{
	struct json_object *d;

	if (flag_on(c, "cancel-on-interrupt")) {
		/* The flag that stopped us would stop this request too. */
		interrupts_forget();
		if (deployment_act(c, "/cancel", id, NULL, &d) == RC_OK)
			tell("Canceled %s.", id);
		return RC_FAIL;
	}
	tell("The build goes on.  \"slipway logs -f %s\" follows it, "
	     "\"slipway cancel %s\" stops it.",
	    id, id);
	return RC_FAIL;
}

/* Where it is to be seen, for whoever looks on. */
static void
addresses(struct cli *c, struct json_object *d)
{
	const char *branch = str_or(d, "branch_url", NULL);

	tell("%s  this deployment", clean(c, str_or(d, "url", "")));
	if (branch != NULL)
		tell("%s  the newest of branch %s", clean(c, branch),
		    clean(c, str_or(d, "ref", "")));
	if (truth(d, "live"))
		tell("%s  production",
		    clean(c, str_or(d, "production_url", "")));
}

/* To the end; the URL on standard output if that is a good one. */
enum rc
deployment_wait(struct cli *c, struct json_object *started)
{
	const char *id = str_or(started, "id", ""), *state;
	int how = FOLLOW_STEPS | (flag_on(c, "quiet") ? FOLLOW_SILENT : 0);
	struct json_object *d;
	enum rc rc;

	tell("Deployment %s of %s, %s.", id,
	    clean(c, str_or(started, "project.slug", "?")),
	    clean(c, str_or(started, "target", "?")));
	if (flag_on(c, "no-wait")) {
		if (want_json(c))
			print_json(started);
		else
			printf("%s\n", id);
		return RC_OK;
	}
	catch_interrupts();
	if ((rc = follow(c, id, stderr, how, &d)) != RC_OK)
		return rc;
	if (d == NULL)
		return left(c, id);
	if (want_json(c))
		print_json(d);
	state = str_or(d, "state", "");
	if (strcmp(state, "ready") != 0)
		return deployment_failed(c, d);
	addresses(c, d);
	if (!want_json(c))
		printf("%s\n",
		    clean(c,
			str_or(d, truth(d, "live") ? "production_url" : "url",
			    "")));
	return RC_OK;
}
