#include <string.h>
#include <strings.h>

#include "hex.h"
#include "path.h"

/*
 * "http://host/path", which only proxies send, is taken if it is for the host
 * that the header names.
 */
static enum rc
origin_form(const char **target, const char *host)
{
	const char *s = *target;
	size_t n;

	if (*s == '/')
		return RC_OK;
	if (strncasecmp(s, "http://", 7) == 0)
		s += 7;
	else if (strncasecmp(s, "https://", 8) == 0)
		s += 8;
	else
		return RC_MALFORMED;
	n = strcspn(host, ":");
	if (strncasecmp(s, host, n) != 0)
		return RC_MALFORMED;
	s += n;
	if (*s == ':')
		s += 1 + strspn(s + 1, "0123456789");
	if (*s != '/')
		return RC_MALFORMED;
	*target = s;
	return RC_OK;
}

/* Bytes of the character at s, or 0 if it is none, or a control character. */
static size_t
utf8(const unsigned char *s, size_t left)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned int c = *s;
	size_t i, n;

	if (c < 0x80)
		return c >= 0x20 && c != 0x7f;
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n > left)
		return 0;
	c &= 0x7fu >> n;
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ||
	    (c >= 0x80 && c < 0xa0))
		return 0;
	return n;
}

static int
is_text(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t k;

	for (; n > 0; p += k, n -= k)
		if ((k = utf8(p, n)) == 0)
			return 0;
	return 1;
}

/* Has it a part that is "." or ".."? */
static int
has_dots(const char *s)
{
	size_t n;

	for (; *s == '/'; s += n) {
		n = strcspn(++s, "/");
		if ((n == 1 || n == 2) && strspn(s, ".") >= n)
			return 1;
	}
	return 0;
}

enum rc
path_decode(struct arena *a, const char *target, const char *host, char **out,
    const char **query, int *canonical)
{
	const char *s, *end;
	int hi, lo, slash = 0;
	size_t n, len = 0;
	char *path, c;
	enum rc rc;

	*canonical = 1;
	if ((rc = origin_form(&target, host)) != RC_OK)
		return rc;
	n = strcspn(target, "?#");
	*query = target + n;
	if (target[n] == '#')
		return RC_MALFORMED;
	if (n > PATH_BYTES)
		return RC_TOO_LARGE;
	path = arena_alloc(a, n + 1);

	for (s = target, end = s + n; s < end; s++) {
		c = *s;
		if (c == '%') {
			if (end - s < 3 || (hi = hex_digit(s[1])) == -1 ||
			    (lo = hex_digit(s[2])) == -1)
				return RC_MALFORMED;
			c = (char)(hi << 4 | lo);
			s += 2;
			slash |= c == '/';
		} else if (c == '/' && len > 0 && path[len - 1] == '/') {
			*canonical = 0;
			continue;
		}
		path[len++] = c;
	}
	path[len] = '\0';
	if (!is_text(path, len) || has_dots(path))
		return RC_MALFORMED;
	if (slash) /* encoded: part of a name, and no file's name has one */
		return RC_NOT_FOUND;
	*out = path;
	return RC_OK;
}

char *
path_encode(struct arena *a, const char *path)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789/-._~!$&'()*+,;=:@";
	static const char digits[] = "0123456789ABCDEF";
	char *out = arena_alloc(a, strlen(path) * 3 + 1), *p = out;

	for (; *path != '\0'; path++) {
		unsigned char c = (unsigned char)*path;

		if (strchr(plain, c) != NULL) {
			*p++ = (char)c;
			continue;
		}
		*p++ = '%';
		*p++ = digits[c >> 4];
		*p++ = digits[c & 15];
	}
	*p = '\0';
	return out;
}
