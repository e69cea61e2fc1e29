/*
 * rule -- what _redirects, _headers, netlify.toml and vercel.json say of
 * serving, in one form.
 *
 * redirects.c, headers.c, netlify.c and vercel.c read the files into a struct
 * rules; compile.c makes one table of it, which is part of the manifest; and
 * match.c asks that table.  A rule knows the line it stands on, and a line that
 * was refused is remembered with the reason: together they are the report.
 *
 * Everything lives in the arena of whoever reads.
 */
#ifndef RULE_H
#define RULE_H

#include <stddef.h>

#include "arena.h"

#define RULE_CONDITIONS_MAX 32 /* of one rule */

/* When it is asked.  Within a phase the first that fits wins. */
enum rule_phase {
	RULE_BEFORE,  /* before files: forced ones, and vercel.json's redirects
		       */
	RULE_AFTER,   /* where there is no file */
	RULE_HEADERS, /* all that fit, whatever the answer is */
	RULE__PHASES
};

enum pattern_kind {
	/*
	 * Netlify's: ":name" is one part of a path, "*" any number of them.
	 * Matched part by part, without backtracking over the request.
	 */
	PATTERN_PARTS,
	/*
	 * The same of _headers, which captures nothing: "*" stands for any
	 * number of bytes, anywhere.
	 */
	PATTERN_GLOB,
	PATTERN_EXACT, /* the path itself, byte by byte */
	/* PCRE2 (regex.h), of the whole decoded path; captures are "1", "2". */
	PATTERN_REGEX
};

struct pattern {
	enum pattern_kind kind;
	const char *text;
	const char *prefix; /* what every match of a regex begins with, or "" */
	int caseless;
};

enum condition_what {
	CONDITION_QUERY,
	CONDITION_HEADER,
	CONDITION_COOKIE,
	CONDITION_HOST,
	CONDITION_COUNTRY, /* of a header that the front server sets */
	CONDITION_LANGUAGE
};

/*
 * All of a rule's must hold.  Groups of the regex that have names are captures,
 * and come before what the path's are called.
 */
struct condition {
	enum condition_what what;
	int missing; /* holds if it does not */
	/*
	 * Of a query, header or cookie; else NULL.  Of cookies NULL, too, if
	 * any has names: then one of them must be there and not empty.
	 */
	const char *key;
	const char *const *any; /* one of these values, NULL; or NULL */
	const char *regex;      /* PCRE2, found in the value; or NULL */
	const char *compare;    /* of a number, for compare_fits(); or NULL */
	const char *capture;    /* the value's name in pieces; or NULL */
};

/* Text, or what a capture of the pattern or of a condition holds. */
struct piece {
	const char *text;    /* or NULL */
	const char *capture; /* "splat", "slug", "1" */
};

struct pieces {
	const struct piece *piece;
	size_t n;
};

struct rule_header {
	const char *name;
	struct pieces value;
	int remove; /* of earlier rules; alone, without a value: "! Name" */
};

/* Where something stands. */
struct spot {
	const char *file;  /* as it is named in the repository */
	unsigned int line; /* from 1; 0: all of it */
	/*
	 * "redirects[3]", in a file whose lines nobody counts; its line then
	 * only says what comes first.  Or NULL.
	 */
	const char *entry;
};
/* For people. */
const char *spot_name(struct arena *, const struct spot *);

struct rule {
	struct spot at;
	const char *text; /* the line, for people */
	const char
	    *note; /* what is odd about it, though it is obeyed; or NULL */
	enum rule_phase phase;
	struct pattern pattern;
	const char *host; /* "https://host" of the pattern, or NULL */
	const struct condition *conditions;
	size_t nconditions;

	/*
	 * 200 to a path is a rewrite, to a URL a proxy; 3xx redirects; 404 and
	 * 410 are answered by that page, if there is one.
	 */
	int status;
	/*
	 * A path or a URL as it may stand in one: "%2F" is an escape already,
	 * and captures are escaped for where they land.
	 */
	struct pieces to;
	int query; /* the request's query goes along, but for names "to" has */
	/* Of RULE_BEFORE: an earlier one of RULE_AFTER that fits hides it. */
	int in_turn;
	/*
	 * Of a redirect: paths that begin so, a slash added, are where it leads
	 * already, and are not sent on; nor is one that leads to itself.  NULL:
	 * neither is looked at.
	 */
	const char *guard;
	int check; /* a rewrite to no file: go on below it, with that path */

	const struct rule_header *headers; /* RULE_HEADERS */
	size_t nheaders;
	/* "user:password", NULL: who may see it; of RULE_HEADERS, or NULL. */
	const char *const *auth;
};

/* A line that is not obeyed, or not wholly. */
struct refusal {
	struct spot at;
	const char *text, *why;
	size_t i; /* in the order in which they were found */
};

/* What the files say beside rules; -1: nothing. */
struct rules_settings {
	int clean_urls, trailing_slash; /* of vercel.json */
	int vercel; /* there is one: no redirects to where a file is */
};

struct rules {
	struct arena *arena;
	struct rules_settings settings;
	struct rule *rules; /* in the order of precedence */
	size_t n, room;
	struct refusal *refused;
	size_t nrefused, refused_room;
	/*
	 * Nobody can say what a password was for: until that is mended nobody
	 * sees anything.
	 */
	int shut;
};

void rules_init(struct rules *, struct arena *);
/* A copy at the end; its strings stay where they are. */
void rules_add(struct rules *, const struct rule *);
void rules_refuse(struct rules *, const struct spot *, const char *text,
    const char *fmt, ...) PRINTF(4, 5);
/* What is refused, in the order of the files and their lines. */
void rules_sort(struct rules *);

#endif
