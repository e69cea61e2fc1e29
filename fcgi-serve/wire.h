/*
 * wire -- the FastCGI side of an answer: head and body as records, written to
 * the connection at once.  libfcgi reads requests; its output streams would
 * cost a copy, and a write for each 8 KiB.
 */
#ifndef WIRE_H
#define WIRE_H

#include "site/reply.h"

/* fd: the connection; id: the number of the request on it; buf: for files. */
void wire_send(struct reply *, int fd, int id, void *buf, size_t size);

#endif
