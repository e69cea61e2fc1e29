#include <sys/uio.h>

#include <errno.h>
#include <fastcgi.h>
#include <string.h>
#include <unistd.h>

#include "log.h"
#include "wire.h"

#define RECORD 65528 /* of a record's 65535, what needs no padding */
#define VECS   64

static int
write_all(int fd, struct iovec *v, int n)
{
	ssize_t w;

	while (n > 0) {
		if ((w = writev(fd, v, n)) == -1) {
			if (errno == EINTR)
				continue;
			return -1; /* the client went: no news */
		}
		for (; n > 0 && (size_t)w >= v->iov_len; v++, n--)
			w -= (ssize_t)v->iov_len;
		if (n > 0) {
			v->iov_base = (char *)v->iov_base + w;
			v->iov_len -= (size_t)w;
		}
	}
	return 0;
}

struct wire {
	struct reply *r;
	int fd, id; /* connection, and number of the request on it */
};

/* What is to be written: records, some of them in pieces. */
struct batch {
	struct wire *w;
	struct iovec v[VECS];
	int n;
	FCGI_Header h[VECS / 2];
	int heads;
};

static void
add(struct batch *b, const void *p, size_t n)
{
	if (n > 0)
		b->v[b->n++] = (struct iovec){ (void *)(uintptr_t)p, n };
}

static void
record(struct batch *b, int type, size_t n)
{
	FCGI_Header *h = &b->h[b->heads++];

	*h = (FCGI_Header){ .version = FCGI_VERSION_1,
		.type = (unsigned char)type,
		.requestIdB1 = (unsigned char)(b->w->id >> 8),
		.requestIdB0 = (unsigned char)b->w->id,
		.contentLengthB1 = (unsigned char)(n >> 8),
		.contentLengthB0 = (unsigned char)n,
		.paddingLength = (unsigned char)(-n & 7) };
	add(b, h, sizeof(*h));
}

static void
pad(struct batch *b, size_t n)
{
	static const char zero[8];

	add(b, zero, -n & 7);
}

/* The head, if there is one left to send, goes into the first record. */
static void
stdout_records(struct batch *b, const char *p, size_t n)
{
	size_t head = b->w->r->n, k;

	while (head + n > 0) {
		k = head + n < RECORD ? n : RECORD - head;
		record(b, FCGI_STDOUT, head + k);
		add(b, b->w->r->head, head);
		add(b, p, k);
		pad(b, head + k);
		p += k;
		n -= k;
		head = 0;
	}
	b->w->r->n = 0;
}

static void
finish(struct batch *b)
{
	static const FCGI_EndRequestBody end = { .protocolStatus =
						     FCGI_REQUEST_COMPLETE };

	record(b, FCGI_STDOUT, 0);
	record(b, FCGI_END_REQUEST, sizeof(end));
	add(b, &end, sizeof(end));
}

static void
send_text(struct wire *w)
{
	struct batch b = { .w = w };

	stdout_records(&b, w->r->text, w->r->length);
	finish(&b);
	(void)write_all(w->fd, b.v, b.n);
}

static void
send_file(struct wire *w, void *buf, size_t size)
{
	uint64_t at = w->r->at, n = w->r->length;
	ssize_t got;

	for (;;) {
		struct batch b = { .w = w };

		got = n == 0 ?
		    0 :
		    pread(w->r->from, buf, n < size ? n : size, (off_t)at);
		/* Cut short, the server sees that the length is wrong. */
		if (got == -1 || (got == 0 && n > 0)) {
			log_warn("read of a blob");
			return;
		}
		at += (uint64_t)got;
		n -= (uint64_t)got;
		stdout_records(&b, buf, (size_t)got);
		if (n == 0)
			finish(&b);
		if (write_all(w->fd, b.v, b.n) == -1 || n == 0)
			return;
	}
}

void
wire_send(struct reply *r, int fd, int id, void *buf, size_t size)
{
	struct wire w = { .r = r, .fd = fd, .id = id };

	memcpy(r->head + r->n, "\r\n", 2);
	r->n += 2;
	if (r->text != NULL)
		send_text(&w);
	else
		send_file(&w, buf, size);
}
