/*
 * What a build said, and what it says next.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api.h"
#include "log.h"

/* clang-format off */
const struct js_field log_query[] = {
	{ "after", JS_INT, 0, 0, 2000000000, NULL, NULL, "Only lines after this number" },
	{ "limit", JS_INT, 0, 1, 1000, NULL, NULL, "How many lines; 500 if not given" },
	{ "wait",  JS_INT, 0, 0, 10, NULL, NULL, "Seconds to wait if there are none yet" },
	{ 0 }
};
const struct js_field search_query[] = {
	{ "q",          JS_STRING, 0, 1, 200, NULL, NULL, "What the lines contain, as it is; all of them if not given" },
	{ "deployment", JS_STRING, 0, 1, 40, NULL, NULL, "Only of this deployment" },
	{ "limit",      JS_INT, 0, 1, PAGE_MAX, NULL, NULL, "How many; 20 if not given" },
	{ "cursor",     JS_STRING, 0, 1, 500, NULL, NULL, "Where to go on: next of the page before" },
	{ 0 }
};
/* clang-format on */

#define TEXT_LINES "2000" /* read at once for a download */
#define NOTED      64     /* deployments whose builds know */
#define NOTE_MS    10000  /* and for how long; to them it is half a minute */

/*
 * Whose builds were told that somebody reads along.  If there are more, they
 * are told with each request; but not when one that waits is looked at again,
 * which is what they bring about.
 */
static struct noted {
	char id[24];
	long long until;
} noted[NOTED];

static const char *
given(struct req *r, const char *name, const char *preset)
{
	const char *s = req_query(r, name);

	return s != NULL ? s : preset;
}

/* Its place, or else that of whoever was told first. */
static struct noted *
noted_find(const char *id)
{
	struct noted *n = noted;
	size_t i;

	for (i = 0; i < NITEMS(noted); i++) {
		if (strcmp(noted[i].id, id) == 0)
			return &noted[i];
		if (noted[i].until < n->until)
			n = &noted[i];
	}
	return n;
}

/* 200 with lines after that number, at once or when there are some; 404. */
enum rc
log_show(struct req *r)
{
	struct noted *n = noted_find(r->arg[0]);
	int note = !r->again &&
	    (n->until <= now_ms() || strcmp(n->id, r->arg[0]) != 0);
	PGresult *res;
	enum rc rc;

	rc = db_run(r->w->db, r->arena, Q_LOG,
	    (const char *[]){ r->arg[0], given(r, "after", "0"),
		given(r, "limit", "500"), note ? "t" : "f" },
	    &res);
	if (rc != RC_OK)
		return rc;
	if (note && !PQgetisnull(res, 0, 2)) {
		snprintf(n->id, sizeof(n->id), "%s", r->arg[0]);
		n->until = now_ms() + NOTE_MS;
	}
	r->reply = PQgetvalue(res, 0, 0);
	r->deadline = r->arrived + atol(given(r, "wait", "0")) * 1000;
	if (*PQgetvalue(res, 0, 1) == 'f' && r->may_wait &&
	    r->deadline > now_ms() && strlen(r->arg[0]) < 24)
		r->wait_for = r->arg[0];
	return RC_OK;
}

/*
 * 200 with lines that contain a text.  A page may be short, or empty, and have
 * a next one all the same: a search goes on for a second at a time.  404; 503
 * while others search.
 */
enum rc
log_search(struct req *r)
{
	const char *at, *line = NULL;
	char *colon;
	enum rc rc;

	if ((rc = cursor_read(r, "lines", &at)) != RC_OK)
		return rc;
	if (at != NULL) {
		at = arena_strndup(r->arena, at, strlen(at));
		colon = strchr(at, ':');
		*colon = '\0';
		line = colon + 1;
	}
	if ((rc = gate_search()) != RC_OK)
		return rc;
	rc = req_list(r, Q_LOG_SEARCH,
	    (const char *[]){ r->arg[0], given(r, "q", ""),
		req_query(r, "deployment"), at, line, page_size(r) },
	    "lines");
	gate_searched();
	return rc;
}

/* One more page of it, in an arena of its own. */
static enum rc
text_page(struct req *r, const char *after, char last[24], int *more)
{
	struct arena *a = arena_new();
	PGresult *res;
	enum rc rc;

	rc = db_run(r->w->db, a, Q_LOG_TEXT,
	    (const char *[]){ r->arg[0], after, TEXT_LINES }, &res);
	if (rc == RC_OK) {
		if (!r->sent)
			reply_begin(r, "text/plain; charset=utf-8",
			    arena_printf(r->arena,
				"Content-Disposition: attachment; "
				"filename=\"%.40s.log\"\r\n",
				r->arg[0]));
		reply_part(r, PQgetvalue(res, 0, 0),
		    (size_t)PQgetlength(res, 0, 0));
		snprintf(last, 24, "%s", PQgetvalue(res, 0, 1));
		*more = *PQgetvalue(res, 0, 2) == 't';
	}
	arena_free(a);
	return rc;
}

/* 200 with the log as far as it goes, page after page; 404. */
enum rc
log_text(struct req *r)
{
	static const char broken[] = "slipway: the rest could not be read\n";
	char after[24] = "0";
	int more = 1;
	enum rc rc = RC_OK;

	while (rc == RC_OK && more) {
		alarm(REQ_SECONDS); /* for each page anew */
		rc = text_page(r, after, after, &more);
		if (r->head)
			more = 0;
	}
	if (rc != RC_OK && r->sent) {
		log_warnx("%s: %s", r->path, rc_name(rc));
		reply_part(r, broken, sizeof(broken) - 1);
		rc = RC_OK;
	}
	return rc;
}
