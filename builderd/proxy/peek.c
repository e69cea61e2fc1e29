#include <string.h>
#include <strings.h>

#include "peek.h"

#define HELLO      1
#define HANDSHAKE  22
#define SNI        0
#define ENCRYPTED  0xfe0d /* a hello within the hello */
#define CONNECTION "Connection: close\r\n"

/* What is left to read; short once somebody asked for more than that. */
struct view {
	const unsigned char *p;
	size_t n;
	int shortage;
};

static unsigned int
number(struct view *v, int bytes)
{
	unsigned int x = 0;

	if (v->n < (size_t)bytes) {
		v->shortage = 1;
		v->n = 0;
		return 0;
	}
	v->n -= (size_t)bytes;
	while (bytes-- > 0)
		x = x << 8 | *v->p++;
	return x;
}

/* What a length of so many bytes says. */
static struct view
piece(struct view *v, int bytes)
{
	size_t n = number(v, bytes);
	struct view w = { v->p, n, 0 };

	if (n > v->n) {
		v->shortage = 1;
		w.n = v->n = 0;
		return w;
	}
	v->p += n;
	v->n -= n;
	return w;
}

static enum peek
bad(const char **why, const char *what)
{
	*why = what;
	return PEEK_BAD;
}

static enum peek
server_name(struct view v, char name[HOSTS_NAME], const char **why)
{
	struct view list = piece(&v, 2), host;
	unsigned int type = number(&list, 1);

	host = piece(&list, 2);
	if (v.shortage || list.shortage || v.n > 0 || list.n > 0 || type != 0 ||
	    hosts_name(name, (const char *)host.p, host.n) != RC_OK)
		return bad(why, "a bad name in its TLS hello");
	return PEEK_NAME;
}

static enum peek
hello(struct view v, char name[HOSTS_NAME], const char **why)
{
	enum peek found = PEEK_MORE;
	struct view all, one;
	unsigned int type;

	number(&v, 2); /* version */
	if (v.n < 32)
		return bad(why, "a bad TLS hello");
	v.p += 32; /* random */
	v.n -= 32;
	piece(&v, 1); /* session */
	piece(&v, 2); /* ciphers */
	piece(&v, 1); /* compression */
	if (v.shortage)
		return bad(why, "a bad TLS hello");
	all = piece(&v, 2);
	while (all.n > 0) {
		type = number(&all, 2);
		one = piece(&all, 2);
		if (all.shortage)
			return bad(why, "a bad TLS hello");
		if (type == ENCRYPTED)
			return bad(why, "an encrypted TLS hello");
		if (type == SNI && found == PEEK_NAME)
			return bad(why, "two names in its TLS hello");
		if (type == SNI &&
		    (found = server_name(one, name, why)) == PEEK_BAD)
			return PEEK_BAD;
	}
	if (found != PEEK_NAME)
		return bad(why, "no name in its TLS hello");
	return PEEK_NAME;
}

enum peek
peek_tls(const char *s, size_t n, char name[HOSTS_NAME], const char **why)
{
	static unsigned char whole[PEEK_MAX];
	struct view v = { (const unsigned char *)s, n, 0 };
	size_t have = 0, need = 4, len;

	*why = "";
	while (have < need) {
		if (v.n > 0 && v.p[0] != HANDSHAKE)
			return bad(why, "not TLS");
		if (v.n > 1 && v.p[1] != 3)
			return bad(why, "not TLS");
		if (v.n < 5)
			return PEEK_MORE;
		len = (size_t)v.p[3] << 8 | v.p[4];
		if (len == 0 || have + len > sizeof(whole))
			return bad(why, "a bad TLS hello");
		v.p += 5;
		v.n -= 5;
		if (len > v.n) /* not all of this record is here */
			len = v.n;
		memcpy(whole + have, v.p, len);
		v.p += len;
		v.n -= len;
		have += len;
		if (have >= 1 && whole[0] != HELLO)
			return bad(why, "not a TLS hello");
		if (have >= 4)
			need = 4 +
			    ((size_t)whole[1] << 16 | (size_t)whole[2] << 8 |
				whole[3]);
		if (need > sizeof(whole))
			return bad(why, "a TLS hello that is too long");
		if (v.n == 0 && have < need)
			return PEEK_MORE;
	}
	return hello((struct view){ whole + 4, need - 4, 0 }, name, why);
}

/* The line at s, without its end; NULL: it has none, or a bad one. */
static const char *
line(const char *s, const char *end, size_t *n)
{
	const char *lf = memchr(s, '\n', (size_t)(end - s));

	if (lf == NULL || lf == s || lf[-1] != '\r')
		return NULL;
	*n = (size_t)(lf - s) - 1;
	if (memchr(s, '\r', *n) != NULL || memchr(s, '\0', *n) != NULL)
		return NULL;
	return lf + 1;
}

/* The value of a field of that name, or NULL. */
static const char *
field(const char *s, size_t n, const char *name, size_t *len)
{
	size_t k = strlen(name);

	if (n <= k || s[k] != ':' || strncasecmp(s, name, k) != 0)
		return NULL;
	s += k + 1;
	n -= k + 1;
	while (n > 0 && (*s == ' ' || *s == '\t')) {
		s++;
		n--;
	}
	while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
		n--;
	*len = n;
	return s;
}

/* "METHOD /path HTTP/1.x" */
static int
is_request(const char *s, size_t n)
{
	size_t method = 0;

	while (method < n && s[method] >= 'A' && s[method] <= 'Z')
		method++;
	return method > 0 && n >= method + 11 && s[method] == ' ' &&
	    s[method + 1] == '/' && memcmp(s + n - 9, " HTTP/1.", 8) == 0 &&
	    memchr(s + method + 1, ' ', n - method - 1) == s + n - 9;
}

enum peek
peek_http(const char *s, size_t n, char name[HOSTS_NAME], const char **why,
    size_t *head)
{
	const char *end, *p = s, *next, *value;
	size_t len, k;
	int hosts = 0;

	*why = "";
	if ((end = memmem(s, n, "\r\n\r\n", 4)) == NULL)
		return n < PEEK_MAX ? PEEK_MORE :
				      bad(why, "a request that is too long");
	end += 4;
	*head = (size_t)(end - s);
	if ((next = line(p, end, &len)) == NULL || !is_request(p, len))
		return bad(why, "not an HTTP request");
	for (p = next; (next = line(p, end, &len)) != NULL && len > 0;
	     p = next) {
		if (strcspn(p, ": \t\r") == 0 || p[strcspn(p, ": \t\r")] != ':')
			return bad(why, "a bad field in its request");
		if ((value = field(p, len, "Host", &k)) == NULL)
			continue;
		if (memchr(value, ':', k) != NULL)
			k = (size_t)((const char *)memchr(value, ':', k) -
			    value);
		if (hosts++ > 0 || hosts_name(name, value, k) != RC_OK)
			return bad(why, "a bad Host in its request");
	}
	if (next != end)
		return bad(why, "not an HTTP request");
	return hosts == 1 ? PEEK_NAME : bad(why, "no Host in its request");
}

/* What says how long a connection lives is for us to say. */
static int
of_connection(const char *s, size_t n)
{
	static const char *const names[] = { "Connection", "Proxy-Connection",
		"Keep-Alive", "Upgrade", "Expect", "HTTP2-Settings" };
	size_t i, k;

	for (i = 0; i < NITEMS(names); i++)
		if (field(s, n, names[i], &k) != NULL)
			return 1;
	return 0;
}

enum peek
peek_once(const char *s, size_t n, char *out, size_t *len, const char **why)
{
	const char *end = s + n, *next, *value;
	size_t k, size;

	*len = 0;
	if (strncmp(s, "GET ", 4) != 0 && strncmp(s, "HEAD ", 5) != 0)
		return bad(why, "only GET and HEAD without TLS");
	for (; (next = line(s, end, &k)) != NULL && k > 0; s = next) {
		value = field(s, k, "Content-Length", &size);
		if (field(s, k, "Transfer-Encoding", &size) != NULL ||
		    (value != NULL && (size != 1 || *value != '0')))
			return bad(why, "a request with a body without TLS");
		if (of_connection(s, k))
			continue;
		memcpy(out + *len, s, k + 2);
		*len += k + 2;
	}
	memcpy(out + *len, CONNECTION "\r\n", sizeof(CONNECTION) + 1);
	*len += sizeof(CONNECTION) + 1;
	return PEEK_NAME;
}
