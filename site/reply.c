#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

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

int
reply_keeping(const char *line)
{
	static const char suffix[] = "cache-control";
	static const char *const names[] = { "expires", "pragma", "age",
		"x-accel-expires", "surrogate-control" };
	size_t i, n = strcspn(line, ":\r"), k = sizeof(suffix) - 1;

	if (n >= k && strncasecmp(line + n - k, suffix, k) == 0)
		return 1;
	for (i = 0; i < NITEMS(names); i++)
		if (n == strlen(names[i]) &&
		    strncasecmp(line, names[i], n) == 0)
			return 1;
	return 0;
}

void
reply_private(struct reply *r, int accel)
{
	char *line = r->head, *next, *to = r->head;

	for (; line < r->head + r->n; line = next) {
		next = strstr(line, "\r\n") + 2;
		if (reply_keeping(line))
			continue;
		memmove(to, line, (size_t)(next - line));
		to += next - line;
	}
	r->n = (size_t)(to - r->head);
	r->head[r->n] = '\0';
	reply_line(r, "Cache-Control: private, no-store");
	if (accel)
		reply_line(r, "X-Accel-Expires: 0");
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
