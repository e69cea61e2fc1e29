/*
 * match -- asks a table of rules (table.h) about a request.
 *
 * No pattern is matched by backtracking over what a request brings but
 * PCRE2's, which has limits of its own; and what one request may cost in all
 * is limited, too.
 */
#ifndef MATCH_H
#define MATCH_H

#include "table.h"

/* Things looked at for one request; each takes some nanoseconds. */
#define MATCH_STEPS_MAX   100000
#define MATCH_TEXT_MAX    4096 /* bytes of a destination or a value */
#define MATCH_HEADERS_MAX 64   /* that one answer gets */

struct match_request {
	const char *path;   /* decoded, without empty parts */
	const char *query;  /* as it was sent, without the '?' */
	const char *host;   /* small letters, without a port */
	const char *scheme; /* "http" or "https" */
	const char *country;
	/* A header by its name, in any case; "" if it was not sent. */
	const char *(*header)(void *, const char *name);
	void *arg;
	struct regexes *regexes;

	/* Noted while it is asked, by one phase after the other. */
	int looked; /* at more than host, path and query */
	size_t steps;
	struct match_parts *parts;
};

enum match_action {
	MATCH_REDIRECT, /* to, with that status */
	MATCH_REWRITE,  /* answered by the path to */
	MATCH_PROXY,    /* answered by the URL to */
	MATCH_PAGE,     /* 404 or 410, with the page to; "": it is missing */
	MATCH_STAY /* it leads here: no other rule is asked, of any phase */
};

struct match {
	enum match_action action;
	int status;
	const char *to; /* escaped, with its query */
	struct spot at;
	int check;   /* a rewrite to no file: ask from next on, with to */
	int catches; /* a rewrite to one file, whatever the pattern captured */
	int in_turn; /* an earlier rule of RULE_AFTER would hide it */
	uint32_t next; /* the rule after it */
};

/*
 * The first rule of a phase, from that number on, that fits.  RC_NOT_FOUND:
 * none does.  RC_LIMITED: finding out takes too long.  RC_TOO_LARGE: its
 * answer is longer than MATCH_TEXT_MAX.  RC_FAIL: the table is damaged.
 */
enum rc match_first(const struct table *, enum rule_phase, uint32_t from,
    struct match_request *, struct arena *, struct match *) MUST_CHECK;

/*
 * What comes before files.  Where the files' rules go by turns, as Netlify's
 * do, one that is hidden by an earlier rule of RULE_AFTER is none.
 */
enum rc match_before(const struct table *, struct match_request *,
    struct arena *, struct match *) MUST_CHECK;

/* Another path and query for the same request. */
void match_retarget(struct match_request *, const char *path,
    const char *query);

struct match_header {
	const char *name, *value; /* value NULL: not to be sent at all */
	struct spot at;
};
struct match_headers {
	struct match_header h[MATCH_HEADERS_MAX];
	size_t n;
	/* Those of which there are too many: all, and the first of them. */
	size_t left, nlost;
	struct match_header lost[MATCH_HEADERS_MAX];
	/* The last rule that says who may see it; NULL: anybody may. */
	const unsigned char *auth;
	size_t nauth;
};

/*
 * All headers of the rules that fit, less what later ones remove.  Where there
 * are too many, one that guards visitors takes the place of another.
 */
enum rc match_headers(const struct table *, struct match_request *,
    struct arena *, struct match_headers *) MUST_CHECK;

/* Is this Authorization header, or "", one of those that may? */
int match_authorized(const struct match_headers *, const char *);

#endif
