#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "redact.h"
#include "text.h"

struct form {
	const char *text;
	size_t len;
	struct form *next; /* of the same first byte */
};

struct redactor {
	struct arena *arena;
	struct form *first[256];
	size_t longest;
};

struct redactor *
redact_new(struct arena *a)
{
	struct redactor *r = arena_alloc(a, sizeof(*r));

	r->arena = a;
	return r;
}

size_t
redact_longest(const struct redactor *r)
{
	return r->longest;
}

/* Longest first, so that one that begins with another is hidden whole. */
static void
learn(struct redactor *r, const char *s, size_t n)
{
	struct form *f, **p;

	if (n < REDACT_MIN)
		return;
	p = &r->first[(unsigned char)*s];
	for (; *p != NULL && (*p)->len >= n; p = &(*p)->next)
		if ((*p)->len == n && memcmp((*p)->text, s, n) == 0)
			return;
	f = arena_alloc(r->arena, sizeof(*f));
	f->text = arena_strndup(r->arena, s, n);
	f->len = n;
	f->next = *p;
	*p = f;
	if (n > r->longest)
		r->longest = n;
}

/* As it will look once the log has cleaned it, line by line. */
static void
learn_lines(struct redactor *r, const char *s, size_t n)
{
	char *clean = arena_alloc(r->arena, 3 * n + 8);
	struct text t = { 0 };
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '\n' || s[i] == '\r') {
			len += text_end(&t, clean + len);
			learn(r, clean, len);
			len = 0;
		} else
			len += text_byte(&t, (unsigned char)s[i], clean + len);
	}
	len += text_end(&t, clean + len);
	learn(r, clean, len);
}

/*
 * Base64 of the value wherever it may stand in what was encoded: the value
 * begins at one of three places of a group, and of the characters that also
 * hold bits of its neighbours nothing is known.
 */
static void
learn_base64(struct redactor *r, const unsigned char *s, size_t n,
    const char *digits)
{
	char *out = arena_alloc(r->arena, n / 3 * 4 + 8);
	size_t i, bits, first, last, len;
	int shift;

	for (shift = 0; shift < 3; shift++) {
		len = 0;
		first = (size_t)(shift * 8 + 5) / 6; /* whole digits only */
		last = (shift * 8 + n * 8) / 6;
		for (i = first; i < last; i++) {
			unsigned int v = 0, b;

			for (b = 0; b < 6; b++) {
				bits = i * 6 + b - (size_t)shift * 8;
				v = v << 1 |
				    (s[bits / 8] >> (7 - bits % 8) & 1u);
			}
			out[len++] = digits[v];
		}
		learn(r, out, len);
	}
}

/* Percent-encoded as encodeURIComponent does, and with lower-case digits. */
static void
learn_url(struct redactor *r, const char *s, size_t n, const char *hex,
    const char *plain)
{
	char *out = arena_alloc(r->arena, 3 * n + 1);
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c >= '0' && c <= '9') || strchr(plain, c) != NULL)
			out[len++] = (char)c;
		else {
			out[len++] = '%';
			out[len++] = hex[c >> 4];
			out[len++] = hex[c & 15];
		}
	}
	learn(r, out, len);
}

static void
learn_json(struct redactor *r, const char *s, size_t n, int slash)
{
	static const char from[] = "\b\f\n\r\t\"\\/", to[] = "bfnrt\"\\/";
	static const char hex[] = "0123456789abcdef";
	char *out = arena_alloc(r->arena, 6 * n + 1);
	const char *p;
	size_t i, len = 0;

	for (i = 0; i < n; i++) {
		unsigned char c = (unsigned char)s[i];

		p = memchr(from, c, sizeof(from) - 1);
		if (p != NULL && (c != '/' || slash)) {
			out[len++] = '\\';
			out[len++] = to[p - from];
		} else if (c < ' ') {
			memcpy(out + len, "\\u00", 4);
			out[len + 4] = hex[c >> 4];
			out[len + 5] = hex[c & 15];
			len += 6;
		} else
			out[len++] = (char)c;
	}
	learn(r, out, len);
}

void
redact_add(struct redactor *r, const char *value)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789";
	const unsigned char *u = (const unsigned char *)value;
	size_t n = strlen(value);

	if (n < REDACT_MIN)
		return;
	learn_lines(r, value, n);
	learn_base64(r, u, n, arena_printf(r->arena, "%s+/", abc));
	learn_base64(r, u, n, arena_printf(r->arena, "%s-_", abc));
	learn_url(r, value, n, "0123456789ABCDEF", "-_.!~*'()");
	learn_url(r, value, n, "0123456789abcdef", "-_.!~*'()");
	learn_url(r, value, n, "0123456789ABCDEF", "-_.~");
	learn_json(r, value, n, 0);
	learn_json(r, value, n, 1);
}

size_t
redact(const struct redactor *r, char *text, size_t n, size_t *cut)
{
	size_t i = 0, len = 0, at = *cut;
	const struct form *f;

	if (r->longest == 0)
		return n;
	while (i < n) {
		for (f = r->first[(unsigned char)text[i]]; f != NULL;
		     f = f->next)
			if (f->len <= n - i &&
			    memcmp(text + i, f->text, f->len) == 0)
				break;
		if (i <= at)
			*cut = len;
		if (f == NULL) {
			text[len++] = text[i++];
			continue;
		}
		memcpy(text + len, REDACTED, sizeof(REDACTED) - 1);
		len += sizeof(REDACTED) - 1;
		i += f->len;
		if (at < i && at > i - f->len) /* not through the middle */
			at = i;
	}
	if (at >= n)
		*cut = len;
	return len;
}
