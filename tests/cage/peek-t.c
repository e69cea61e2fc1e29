/* builderd/proxy/peek: the name in what a cage says first. */
#include "builderd/proxy/peek.h"

#include "hello.h"
#include "tap.h"

/* clang-format off */
static const struct {
	const char *head, *name; /* NULL: refused */
} requests[] = {
	{ "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "a.example" },
	{ "GET /x?y HTTP/1.0\r\nA: b\r\nhOsT:\tA.Example:80 \r\n\r\n", "a.example" },
	{ "GET / HTTP/1.1\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nHost : a.example\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nA: b\r\n Host: c\r\nHost: a.example\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nA: b\nHost: a.example\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nA: b\rHost: c\r\nHost: a.example\r\n\r\n", NULL },
	{ "GET http://b.example/ HTTP/1.1\r\nHost: a.example\r\n\r\n", NULL },
	{ "GET / x HTTP/1.1\r\nHost: a.example\r\n\r\n", NULL },
	{ "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n", NULL },
	{ "GET / HTTP/2.0\r\nHost: a.example\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nHost: [::1]\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nHost: \r\n\r\n", NULL },
	{ "SSH-2.0-x\r\n\r\n", NULL },
	{ "\r\n\r\n", NULL },
};
static const struct {
	const char *head, *once; /* NULL: refused */
} once[] = {
	{ "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nX: y\r\n\r\n",
	  "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\nConnection: close\r\n\r\n" },
	{ "HEAD / HTTP/1.1\r\nHost: a\r\nupgrade: h2c\r\nContent-Length: 0\r\n\r\n",
	  "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" },
	{ "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", NULL },
	{ "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", NULL },
	{ "POST / HTTP/1.1\r\nHost: a\r\n\r\n", NULL },
};
/* clang-format on */

static void
tls(void)
{
	char buf[HELLO_SIZE * 8], name[HOSTS_NAME];
	const char *why;
	size_t n, i, record, bad = 0;

	n = hello_make(buf, "Registry.Example", NULL, 0, 16384);
	ok(peek_tls(buf, n, name, &why) == PEEK_NAME, "a hello");
	is(name, "registry.example", "and its name");
	for (record = 1; record < 200; record += record < 8 ? 1 : 37) {
		n = hello_make(buf, "a.example", NULL, 0, record);
		for (i = 0; i < n; i++)
			bad += peek_tls(buf, i, name, &why) != PEEK_MORE;
		bad += peek_tls(buf, n, name, &why) != PEEK_NAME;
	}
	ok(bad == 0, "in pieces, in records of any length");
	memcpy(buf + n, "more", 4);
	ok(peek_tls(buf, n + 4, name, &why) == PEEK_NAME, "and then more");
	n = hello_make(buf, NULL, NULL, 0, 16384);
	ok(peek_tls(buf, n, name, &why) == PEEK_BAD, "%s", why);
	n = hello_make(buf, "a.example", NULL, 0xfe0d, 16384);
	ok(peek_tls(buf, n, name, &why) == PEEK_BAD, "%s", why);
	n = hello_make(buf, "a.example", "b.example", 0, 16384);
	ok(peek_tls(buf, n, name, &why) == PEEK_BAD, "%s", why);
	n = hello_make(buf, "10.0.0.1", NULL, 0, 16384);
	ok(peek_tls(buf, n, name, &why) == PEEK_BAD, "%s", why);
	n = hello_make(buf, "a.example", NULL, 0, 16384);
	buf[1] = 2;
	ok(peek_tls(buf, n, name, &why) == PEEK_BAD, "%s", why);
	buf[1] = 3;
	buf[5] = 2;
	ok(peek_tls(buf, n, name, &why) == PEEK_BAD, "%s", why);
	ok(peek_tls("SSH-2.0-x\r\n", 11, name, &why) == PEEK_BAD, "%s", why);
	/* Of any one byte changed nothing worse comes than another answer. */
	n = hello_make(buf, "a.example", NULL, 0, 16384);
	for (i = 0; i < n * 256; i++) {
		char was = buf[i / 256];

		buf[i / 256] = (char)i;
		(void)peek_tls(buf, n, name, &why);
		buf[i / 256] = was;
	}
	ok(peek_tls(buf, n, name, &why) == PEEK_NAME, "whatever it is");
}

int
main(void)
{
	char name[HOSTS_NAME], out[1024], text[PEEK_MAX + 1];
	const char *why;
	size_t i, head, len;
	enum peek p;

	tls();
	for (i = 0; i < NITEMS(requests); i++) {
		len = strlen(requests[i].head);
		p = peek_http(requests[i].head, len, name, &why, &head);
		if (requests[i].name == NULL)
			ok(p == PEEK_BAD, "refused: %s", why);
		else
			ok(p == PEEK_NAME && head == len &&
				strcmp(name, requests[i].name) == 0 &&
				peek_http(requests[i].head, len - 1, name, &why,
				    &head) == PEEK_MORE,
			    "a request to %s", name);
	}
	ok(peek_http("GET / HTTP/1.1\r\nHost: a.b\0\r\n\r\n", 30, name, &why,
	       &head) == PEEK_BAD,
	    "nor with a NUL");
	memset(text, 'x', sizeof(text));
	ok(peek_http(text, PEEK_MAX, name, &why, &head) == PEEK_BAD,
	    "nor without an end");
	for (i = 0; i < NITEMS(once); i++) {
		p = peek_once(once[i].head, strlen(once[i].head), out, &len,
		    &why);
		out[len] = '\0';
		if (once[i].once == NULL)
			ok(p == PEEK_BAD, "%s", why);
		else
			is(out, once[i].once, "one request");
	}
	return done();
}
