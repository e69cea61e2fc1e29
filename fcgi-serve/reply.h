/*
 * reply -- the FastCGI side of an answer: head and body as records, written
 * to the connection at once.  libfcgi reads requests; its output streams would
 * cost a copy, and a write for each 8 KiB.
 */
#ifndef REPLY_H
#define REPLY_H

#include <stddef.h>
#include <stdint.h>

#include "rc.h"

#define HEAD_MAX 6144

struct reply {
	int fd, id; /* connection, and number of the request on it */
	size_t n;
	char head[HEAD_MAX];
};

/* A line of the head, CRLF added.  One that does not fit ends the process. */
void reply_line(struct reply *, const char *, ...) PRINTF(2, 3);

/* Everything from a buffer. */
void reply_send(struct reply *, const void *body, size_t n);

/* The body from a file; buf is where it passes through. */
void reply_send_file(struct reply *, int from, uint64_t at, uint64_t n,
    void *buf, size_t size);

#endif
