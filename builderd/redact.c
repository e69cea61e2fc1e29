#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "redact.h"
#include "secret.h"
#include "text.h"

#define WINDOW  REDACT_MIN
#define BLOCK   2
#define BUCKETS 1024

struct form {
	const char *text, *name;
	size_t len;
	struct form *next; /* of the same bucket */
};

/*
 * After Wu and Manber: a window as long as the shortest form moves over the
 * text.  Its last two bytes say how far on the next place is where a form may
 * begin; mostly that is seven bytes.
 */
struct redactor {
	struct arena *arena;
	unsigned char shift[1 << 8 * BLOCK];
	struct form *bucket[BUCKETS]; /* by how the form begins */
	const char *name;             /* of what is learnt now */
	size_t longest;
};

struct redactor *
redact_new(struct arena *a)
{
	struct redactor *r = arena_alloc(a, sizeof(*r));

	r->arena = a;
	memset(r->shift, WINDOW - BLOCK + 1, sizeof(r->shift));
	return r;
}

static unsigned int
two(const char *s)
{
	return (unsigned int)(unsigned char)s[0] << 8 | (unsigned char)s[1];
}

static unsigned int
bucket(const char *s)
{
	uint32_t x;

	memcpy(&x, s, sizeof(x));
	return (x * 2654435761U) >> 22;
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
	unsigned char far;
	size_t i;

	if (n < REDACT_MIN)
		return;
	p = &r->bucket[bucket(s)];
	for (; *p != NULL && (*p)->len >= n; p = &(*p)->next)
		if ((*p)->len == n && memcmp((*p)->text, s, n) == 0)
			return;
	f = arena_alloc(r->arena, sizeof(*f));
	f->text = arena_strndup(r->arena, s, n);
	f->name = r->name;
	f->len = n;
	f->next = *p;
	*p = f;
	for (i = 0; i + BLOCK <= WINDOW; i++) {
		far = (unsigned char)(WINDOW - BLOCK - i);
		if (r->shift[two(s + i)] > far)
			r->shift[two(s + i)] = far;
	}
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
redact_add(struct redactor *r, const char *name, const char *value)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789";
	const unsigned char *u = (const unsigned char *)value;
	size_t n = strlen(value);

	if (n < REDACT_MIN)
		return;
	r->name = name;
	learn_lines(r, value, n);
	learn_base64(r, u, n, arena_printf(r->arena, "%s+/", abc));
	learn_base64(r, u, n, arena_printf(r->arena, "%s-_", abc));
	learn_url(r, value, n, "0123456789ABCDEF", "-_.!~*'()");
	learn_url(r, value, n, "0123456789abcdef", "-_.!~*'()");
	learn_url(r, value, n, "0123456789ABCDEF", "-_.~");
	learn_json(r, value, n, 0);
	learn_json(r, value, n, 1);
}

/* The first form at or after i; NULL and n for none. */
static const struct form *
next(const struct redactor *r, const char *text, size_t n, size_t *i)
{
	const struct form *f;
	size_t at = *i, shift;

	while (at + WINDOW <= n) {
		shift = r->shift[two(text + at + WINDOW - BLOCK)];
		if (shift > 0) {
			at += shift;
			continue;
		}
		for (f = r->bucket[bucket(text + at)]; f != NULL; f = f->next)
			if (f->len <= n - at &&
			    memcmp(text + at, f->text, f->len) == 0) {
				*i = at;
				return f;
			}
		at++;
	}
	*i = n;
	return NULL;
}

const char *
redact_find(const struct redactor *r, const char *text, size_t n)
{
	const struct form *f;
	size_t i = 0;

	f = r->longest != 0 ? next(r, text, n, &i) : NULL;
	return f != NULL ? f->name : NULL;
}

/* What is hidden next, and where that ends; n for nothing. */
struct hidden {
	size_t start, end;
};

/*
 * The next form with all that overlap it, so that nothing is left of any of
 * them.
 */
static void
next_form(const struct redactor *r, const char *text, size_t n, size_t i,
    struct hidden *h)
{
	const struct form *f = NULL;
	size_t far;

	h->start = i;
	if (r->longest != 0)
		f = next(r, text, n, &h->start);
	if (f == NULL) {
		h->start = h->end = n;
		return;
	}
	h->end = h->start + f->len;
	for (i = h->start + 1; i < h->end; i++) {
		far = n - h->end < r->longest ? n : h->end + r->longest;
		if ((f = next(r, text, far, &i)) == NULL || i >= h->end)
			break;
		if (i + f->len > h->end)
			h->end = i + f->len;
	}
}

size_t
redact(const struct redactor *r, char *text, size_t n, size_t *cut)
{
	struct hidden form, token, h;
	size_t i = 0, len = 0, at = *cut;

	next_form(r, text, n, 0, &form);
	secret_next(text, n, 0, &token.start, &token.end);
	for (;; i = h.end) {
		if (form.start < i)
			next_form(r, text, n, i, &form);
		if (token.start < i)
			secret_next(text, n, i, &token.start, &token.end);
		h = form.start <= token.start ? form : token;
		if (token.start < form.end && form.start < token.end) {
			h.end = form.end > token.end ? form.end : token.end;
		}
		if (at >= i && at <= h.start)
			*cut = len + (at - i);
		if (len != i)
			memmove(text + len, text + i, h.start - i);
		len += h.start - i;
		if (h.start == n)
			return len;
		memcpy(text + len, REDACTED, sizeof(REDACTED) - 1);
		len += sizeof(REDACTED) - 1;
		if (at > h.start && at < h.end) /* not through the middle */
			at = h.end;
	}
}
