#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "reply.h"

void
reply_line(struct reply *r, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(r->head + r->n, HEAD_MAX - r->n, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n + 5 > HEAD_MAX - r->n)
		fatalx("head too long");
	r->n += (size_t)n;
	memcpy(r->head + r->n, "\r\n", 3);
	r->n += 2;
}

void
reply_send(struct reply *r, const void *body, size_t n)
{
	r->text = body;
	r->length = n;
}

void
reply_send_file(struct reply *r, int from, uint64_t at, uint64_t n)
{
	r->text = NULL;
	r->from = from;
	r->at = at;
	r->length = n;
}
