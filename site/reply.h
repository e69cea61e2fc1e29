/*
 * reply -- an answer: the lines of its head, and where its body is.
 *
 * Here it is only written down.  fcgi-serve sends it (wire.c); whoever explains
 * reads it.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "rc.h"

#define HEAD_MAX 12288 /* what a site may want in it, and ours */

struct reply {
	size_t n;
	char head[HEAD_MAX];
	const void *text; /* the body; or NULL, and it is in a file: */
	int from;
	uint64_t at, length; /* length: of either */
};

/* A line of the head, CRLF added.  One that does not fit ends the process. */
void reply_line(struct reply *, const char *, ...) PRINTF(2, 3);

/* Is this line of a head, or header of that name, about keeping? */
int reply_keeping(const char *);

/*
 * Nobody is to keep it, whatever the head says; accel: nginx is told so, too.
 */
void reply_private(struct reply *, int accel);

/* The body from a buffer, which must stay there. */
void reply_send(struct reply *, const void *body, size_t n);

/* The body from a file, which must stay open. */
void reply_send_file(struct reply *, int from, uint64_t at, uint64_t n);

#endif
