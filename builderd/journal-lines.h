/*
 * journal-lines -- what the two halves of journal.h share: journal.c makes
 * lines and puts them in a queue, and journal-send.c takes them to PostgreSQL.
 */
#ifndef JOURNAL_LINES_H
#define JOURNAL_LINES_H

#include "colour.h"
#include "journal.h"
#include "text.h"

#define TAIL 5 /* lines an error shows */

struct line {
	struct line *next;
	double at;
	const char *step;
	enum stream stream;
	const char *colours; /* or NULL */
	size_t size;         /* of all this */
	char text[];
};

/* The line that a stream has not finished. */
struct partial {
	struct text clean;
	char *buf;
	size_t len, size;
	int cr;  /* the last one ended in \r: a \n that follows is its */
	int key; /* it is within a private key (secret.h) */
	struct colours colours;
};

struct journal {
	struct db *db;
	const struct claim *claim;
	struct redactor *redactor;
	const char *step;
	struct partial partial[STREAM__MAX];
	struct line *head, **tail; /* from the first that is not safe on */
	struct line *unsent;       /* the first of those; NULL: none */
	size_t waiting;            /* bytes of them all */
	unsigned long lines;
	unsigned long theirs, max;     /* of programs; 0: no limit */
	unsigned long safe, sent;      /* numbers of the last of each */
	unsigned int connection;       /* which has those that are not safe */
	uint64_t last_send, last_safe; /* monotonic ms */
	uint64_t followed;             /* until then somebody reads along */
	int untold;        /* some were sent that nobody was told of */
	uint64_t again;    /* not before, if there was no server */
	uint64_t printed;  /* bytes of programs */
	long rate, credit; /* lines a second; 1/1000 lines, may be negative */
	uint64_t credited; /* monotonic ms */
	char *last[TAIL];
	unsigned int nlast;
};

#endif
